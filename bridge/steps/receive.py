"""Step 1: what a network hands over is stored, then acknowledged.

Items that arrive while a commit is under way go together into the next one: ten clients that deliver at once cost two
commits, not ten. Whoever called gets its answer when the commit that holds its items is durable, not before.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.crashpoint import reach
from bridge.failures import Busy, Unavailable
from bridge.messages import RawItem, Receive
from bridge.work import Inbox

FLOOD_PER_SECOND = 400.0
"""From so many items a second on, receiving goes before all else: whoever is kept waiting here may give up."""

CROWD = 5
CROWD_SECONDS = 0.1
"""So many that were waiting for the same commit are a flood from that moment on, for so long."""

_WINDOW_SECONDS = 0.05
GROUP_BYTES = 32 * 1024 * 1024
"""Larger groups would hold the database for too long."""


@dataclass(eq=False, slots=True)
class _Handed:
    connector: str
    items: Sequence[RawItem]
    position: Mapping[str, str] | None
    stored: asyncio.Future[None]

    @property
    def size(self) -> int:
        return sum(len(item.raw) if isinstance(item.raw, bytes) else 0 for item in self.items)


class Receiver:
    """Makes the `receive` of each connector, and stores what it is given."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._waiting: list[_Handed] = []
        self._storing: asyncio.Task[None] | None = None
        self._closed = False
        self._window_at = 0.0
        self._crowded_at = 0.0
        self._counted = 0
        self._rate = 0.0

    @property
    def flooded(self) -> bool:
        """Whether so much comes in at the moment that everything else should step back."""
        if time.monotonic() - self._crowded_at < CROWD_SECONDS:
            return True
        if time.monotonic() - self._window_at > 4 * _WINDOW_SECONDS:
            return False
        return self._rate > FLOOD_PER_SECOND

    def _count(self, stored: int) -> None:
        self._counted += stored
        now = time.monotonic()
        if stored >= CROWD:
            self._crowded_at = now
        passed = now - self._window_at
        if passed > _WINDOW_SECONDS:
            self._rate = self._counted / passed
            self._window_at, self._counted = now, 0

    def receive_for(self, connector: str) -> Receive:
        """The `receive` that this connector is run with."""

        async def receive(items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
            if self._closed:
                raise Busy("the bridge is stopping")
            handed = _Handed(connector, items, position, asyncio.get_running_loop().create_future())
            self._waiting.append(handed)
            if self._storing is None:
                self._storing = asyncio.create_task(self._store(), name="receive")
            # The caller may be cancelled (a client hangs up); what it handed over is stored all the same.
            await asyncio.shield(handed.stored)
            reach("receive.returned")

        return receive

    async def close(self) -> None:
        """Take nothing more; return when what was taken is stored."""
        self._closed = True
        if self._storing is not None:
            await self._storing

    async def _store(self) -> None:
        try:
            while self._waiting:
                group = self._next_group()
                await self._store_group(group)
        finally:
            self._storing = None

    def _next_group(self) -> list[_Handed]:
        size = 0
        for count, handed in enumerate(self._waiting):
            size += handed.size
            if size > GROUP_BYTES and count:
                group, self._waiting = self._waiting[:count], self._waiting[count:]
                return group
        group, self._waiting = self._waiting, []
        return group

    async def _store_group(self, group: list[_Handed]) -> None:
        reach("receive.grouped")
        received = [(handed.connector, item) for handed in group for item in handed.items]
        positions: dict[str, dict[str, str]] = {}
        for handed in group:
            if handed.position:
                positions.setdefault(handed.connector, {}).update(handed.position)
        try:
            await self._inbox.receive(received, positions)
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait; a fault of ours must not end receiving
            if len(group) > 1 and not isinstance(error, Unavailable):
                # Something in it cannot be stored at all: that is the business of whoever handed it over.
                for handed in group:
                    await self._store_group([handed])
                return
            failure = error if isinstance(error, Unavailable) else Unavailable(f"not stored: {type(error).__name__}")
            failure.__cause__ = None if failure is error else error
            _answer(group, failure)
        else:
            reach("receive.stored")
            self._count(len(received))
            _answer(group, None)


def _answer(group: Sequence[_Handed], failure: Exception | None) -> None:
    for handed in group:
        if handed.stored.done():
            continue
        if failure is None:
            handed.stored.set_result(None)
        else:
            handed.stored.set_exception(failure)
            handed.stored.exception()  # seen, even if the caller is gone
