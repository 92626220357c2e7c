"""A store for connector tests: keeps what `receive` is given as the real one does, each native id once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bridge.connector import Connector, InboundEvent, Message, RawItem, Unavailable

Event = TypeVar("Event", bound=InboundEvent)


@dataclass(eq=False)
class Desk:
    """What a connector handed over. `refuse` makes the next so many calls raise Unavailable."""

    connector: Connector
    position: dict[str, str] = field(default_factory=dict)
    items: dict[str, RawItem] = field(default_factory=dict)
    offered: int = 0
    refuse: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        """See Receive."""
        await asyncio.sleep(0)
        if self.refuse:
            self.refuse -= 1
            raise Unavailable("the test says so")
        self.offered += len(items)
        for item in items:
            self.items.setdefault(item.native_id, item)
        self.position.update(position or {})
        self._changed.set()

    @property
    def events(self) -> list[InboundEvent]:
        """What came of it all, in the order in which it was stored."""
        return [event for item in self.items.values() for event in self.connector.parse(item)]

    def of(self, kind: type[Event]) -> list[Event]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def texts(self) -> list[str]:
        """What people wrote."""
        return [message.text.plain for message in self.of(Message)]

    async def until(self, there: Callable[[], bool], seconds: float = 15) -> None:
        """Until it holds; looked at again whenever something was stored."""
        async with asyncio.timeout(seconds):
            while not there():
                self._changed.clear()
                await self._changed.wait()

    async def until_told(self, text: str, seconds: float = 15) -> Message:
        """The message with this text, once it is stored."""
        await self.until(lambda: text in self.texts, seconds)
        return next(message for message in self.of(Message) if message.text.plain == text)
