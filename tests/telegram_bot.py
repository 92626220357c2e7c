"""What the tests of the Telegram connector share: a bot at a fake Bot API server, and a store that remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from servers.telegram import FakeTelegram

from bridge.connector import InboundEvent, RawItem, Unavailable
from connectors.telegram.connector import TelegramConnector
from connectors.telegram.parse import parse_update
from connectors.telegram.settings import TelegramSettings

ANNA, OWNER, GROUP = 4711, 99, -1001


def bot(telegram: FakeTelegram, **settings: Any) -> TelegramConnector:
    """A connector for this server's bot."""
    known = TelegramSettings(token=telegram.token, base_url=telegram.url, **settings)
    return TelegramConnector("telegram", known)


@dataclass(eq=False)
class Store:
    """A `receive`: what was committed, and how often it fails first."""

    items: dict[str, RawItem] = field(default_factory=dict)
    position: dict[str, str] = field(default_factory=dict)
    fails: int = 0
    commits: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("the database is locked")
        for item in items:
            self.items.setdefault(item.native_id, item)
        self.position |= position or {}
        self.commits += 1
        async with self.changed:
            self.changed.notify_all()

    async def until(self, count: int, seconds: float = 10) -> list[RawItem]:
        """Wait until so many items are there."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: len(self.items) >= count)
        return list(self.items.values())

    @property
    def events(self) -> list[InboundEvent]:
        """What all of it means; what cannot be read is left out."""
        made: list[InboundEvent] = []
        for item in self.items.values():
            try:
                made += parse_update(item)
            except ValueError:
                continue
        return made


@asynccontextmanager
async def running(connector: TelegramConnector, store: Store) -> AsyncIterator[asyncio.Task[None]]:
    """The connector, running; stopped as the daemon stops it."""
    task = asyncio.create_task(_run(connector, store))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=5)
        assert task.done()


async def _run(connector: TelegramConnector, store: Store) -> None:
    await connector.run(store.receive, dict(store.position))
