"""A Telegram for the tests of limits: the bot's real pace and real merging, on a clock that the test moves; no network.

It is as strict as Telegram: what breaks a limit is a fault of the test's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from bridge.connector import Outbound, Receipt, Surface, TemporaryFailure, Traits
from bridge.testing import FakeClock, ScriptedConnector
from connectors.telegram.merging import merge
from connectors.telegram.names import chat_of
from connectors.telegram.pace import ALL_PER_SECOND, GROUP_PER_MINUTE, Pace


class Paced(ScriptedConnector):
    """A bot whose messages take no time. `taken` is when which message was taken; `told_to_wait` is until when a chat
    gets 429, whatever the bot believes.
    """

    def __init__(self, name: str, clock: FakeClock) -> None:
        super().__init__(name, traits=Traits(session=False, concurrency=30), surface=Surface(buttons=True))
        self.clock = clock
        self.pace = Pace(lambda: clock().timestamp())
        self.taken: list[tuple[datetime, Outbound]] = []
        self.told_to_wait: dict[str, datetime] = {}
        self.numbers: dict[str, int] = defaultdict(int)
        self.refused = 0

    def merge(self, outbounds: Sequence[Outbound], waiting: int) -> tuple[Outbound, int]:
        """See Merges."""
        return merge(outbounds, waiting)

    async def send(self, outbound: Outbound) -> Receipt:
        """See Connector."""
        chat = chat_of(outbound.address)
        assert chat is not None
        if seconds := self.pace.take(chat):
            raise TemporaryFailure("so soon", timedelta(seconds=seconds))
        now = self.clock()
        if (until := self.told_to_wait.get(outbound.address, now)) > now:
            self.refused += 1
            self.pace.pause(chat, (until - now).total_seconds())
            raise TemporaryFailure("429", until - now)
        self.taken.append((now, outbound))
        return await super().send(outbound)

    def faults(self) -> list[str]:
        """Limits that were broken."""
        found, chats = list[str](), defaultdict[str, list[datetime]](list)
        for at, outbound in self.taken:
            chats[outbound.address].append(at)
        for address, times in chats.items():
            found += [f"two within a second to {address}" for a, b in pairwise(times) if b - a < timedelta(seconds=1)]
            spans = zip(times, times[GROUP_PER_MINUTE:], strict=False)
            if address.startswith("-") and any(b - a < timedelta(minutes=1) for a, b in spans):
                found.append(f"more than {GROUP_PER_MINUTE} within a minute to {address}")
        every = [at for at, _ in self.taken]
        if any(b - a < timedelta(seconds=1) for a, b in zip(every, every[ALL_PER_SECOND:], strict=False)):
            found.append(f"more than {ALL_PER_SECOND} within a second")
        return found


class PacedTopics(Paced):
    """The same in a group with topics. `rooms` are their titles, by their names."""

    def __init__(self, name: str, clock: FakeClock) -> None:
        super().__init__(name, clock)
        self.surface = Surface(rooms=True)
        self.rooms: dict[str, str] = {}

    async def open_room(self, address: str, title: str) -> str:
        """See Rooms."""
        self.rooms[str(len(self.rooms) + 1)] = title
        return str(len(self.rooms))

    async def close_room(self, address: str, room: str, *, reopen: bool = False) -> None:
        """See Rooms."""
