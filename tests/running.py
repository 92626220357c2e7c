"""A whole bridge in this process: the real store, receiver, queue and deliverer; connectors and a clock of the test's.

    async with Running(url, policy, ("mail", "desk"), clock) as bridge:
        await bridge.hand_over("mail", item(...))
        await bridge.cases.quiet()

`quiet` returns when nothing is in work and nothing is due; it wakes nobody, so that a step which was not told of its
work is seen to come seconds late. Time stands still until the test moves it. `crash` ends everything that runs, as a
kill would, and starts again on the same store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from sqlalchemy import bindparam, or_, select

from bridge.connector import RawItem, Traits
from bridge.desk import Desk
from bridge.policy import Policy
from bridge.scripted import able
from bridge.steps.deliver import Deliverer
from bridge.steps.parsing import ParseLimits, Parsing
from bridge.steps.queue import Queue
from bridge.steps.receive import Receiver
from bridge.store.columns import Moment
from bridge.store.store import Store, open_store
from bridge.store.work_tables import lanes
from bridge.testing import FakeClock, ScriptedConnector

_BUSY = select(lanes.c.lane).where(or_(lanes.c.holder != "", lanes.c.ready_at <= bindparam("now", type_=Moment)))


@dataclass
class Running:
    """One daemon's steps, without supervisors: every connector counts as running. `abilities` by connector."""

    url: str
    policy: Policy
    names: Sequence[str]
    clock: FakeClock
    abilities: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    connectors: dict[str, ScriptedConnector] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self.connectors = {
            name: able(name, Traits(session=False), **self.abilities.get(name, {})) for name in self.names
        }
        await self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def _start(self) -> None:
        self.store: Store = await open_store(self.url, self._added, exclusive=False)
        await self.store.leases.only_one()
        await self.store.leases.beat()
        desk = Desk(policy=self.policy, connectors=self.connectors)
        epochs = dict.fromkeys(self.names, 0)
        self.deliverer = Deliverer(self.store.outbox, lambda: desk, lambda: epochs, self.clock)
        self.queue = Queue(self.store.inbox, Parsing(ParseLimits()), lambda: desk, self.clock, sender=self.deliverer)
        self.fetcher = Deliverer(self.store.fetches, lambda: desk, lambda: epochs, self.clock, limit=4)
        self.receiver = Receiver(self.store.inbox)
        self._tasks = [asyncio.create_task(step.run()) for step in (self.queue, self.deliverer, self.fetcher)]

    def _added(self, work: str) -> None:
        if hasattr(self, "fetcher"):
            steps: dict[str, Queue | Deliverer] = {"in": self.queue, "out": self.deliverer, "fetch": self.fetcher}
            steps[work].wake()

    async def _end(self) -> None:
        """Nothing gets to finish: neither what is being decided nor what is being sent."""
        at_work = [task for task in asyncio.all_tasks() if task.get_name().startswith(("item ", "deliver "))]
        for task in (*at_work, *self._tasks):
            task.cancel()
        await asyncio.wait([*at_work, *self._tasks])
        await self.store.close()

    async def crash(self) -> None:
        """Killed, and started again."""
        await self._end()
        for connector in self.connectors.values():
            connector.hold = None
            if hasattr(connector, "hold_opening"):
                connector.hold_opening = None
        await self._start()

    async def hand_over(self, connector: str, raw: RawItem) -> None:
        """The network hands this over; returns when it is stored."""
        await self.receiver.receive_for(connector)([raw], None)

    async def quiet(self) -> None:
        """Until nothing is in work and nothing is due. Two seconds is what a step sleeps that nobody wakes."""
        async with asyncio.timeout(20):
            while await self._busy():  # noqa: ASYNC110 - two loops and a database have no one event for this
                await asyncio.sleep(0.001)

    async def _busy(self) -> bool:
        if not self._idle:
            return True
        now = {"now": self.clock()}
        busy = await self.store.transactions.run("look", lambda connection: connection.execute(_BUSY, now).first())
        return busy is not None or not self._idle

    @property
    def _idle(self) -> bool:
        return self.queue.idle and self.deliverer.idle and self.fetcher.idle

    async def until_attempted(self, connector: str, count: int) -> None:
        """Until the connector was given so many to send in all."""
        async with asyncio.timeout(20):
            while len(self.connectors[connector].attempted) < count:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.001)

    async def moved(self, seconds: float) -> None:
        """Time passes, and what became due is done."""
        self.clock.advance(seconds=seconds)
        for step in (self.queue, self.deliverer, self.fetcher):
            step.wake()
        await self.quiet()
