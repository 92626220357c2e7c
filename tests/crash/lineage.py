"""One shop through many lives: each daemon starts where the last one died, and dies at the next point."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from crash.points import COMMANDS, HURRIED, PROVOKED, stem
from crash.post import Customer
from crash.shop import STARTS, Daemon, Shop

LIFE_SECONDS = 25.0
"""On a busy machine a daemon takes a while until it has come so far."""

BIG = 40_000


@dataclass(eq=False)
class Lineage:
    """Lives of one daemon. `unreached` names the points at which it did not die, `lives` says how long each took."""

    shop: Shop
    daemon: Daemon
    regulars: Sequence[Customer]
    unreached: list[str] = field(default_factory=list)
    lives: dict[str, float] = field(default_factory=dict)
    _errands: dict[Customer, asyncio.Queue[int]] = field(default_factory=dict)
    _tasks: list[asyncio.Task[object]] = field(default_factory=list)

    async def die_at(self, point: str) -> None:
        """One life."""
        born = time.monotonic()
        program = (str(STARTS / "hurried.py"),) if stem(point) in HURRIED or point in HURRIED else ("-m", "bridge")
        if stem(point) in COMMANDS:
            await self.daemon.command(COMMANDS[stem(point)], crash_at=point)
        else:
            await self.daemon.start(crash_at=point, program=program)
            await self._provoke(point)
        if not await self.daemon.dies(LIFE_SECONDS):
            self.unreached.append(point)
        await self.shop.leases_end()
        self.lives[point] = time.monotonic() - born

    async def _provoke(self, point: str) -> None:
        """Everything that a daemon may have to do happens in each of its lives."""
        wanted = PROVOKED.get(stem(point))
        connected = len(self.shop.desk.hellos)
        if stem(point) in HURRIED:
            self.shop.desk.poison()
        for customer in self.regulars:
            self._errands[customer].put_nowait(0 if self.daemon.lives % 2 else BIG)
        self._tasks.append(asyncio.create_task(_once(self.shop.customer())))
        self.shop.chat()
        if wanted == "break":
            async with asyncio.timeout(LIFE_SECONDS):
                await self.shop.desk.connected(connected + 1)
            self.shop.desk.break_wire()
        if wanted == "stop":
            await self.daemon.listening()
            self.daemon.signal(signal.SIGTERM)

    async def last_life(self, seconds: float) -> None:
        """A daemon that is left alone until everything is written, read and answered."""
        await self.daemon.start()
        async with asyncio.timeout(seconds):
            for errands in self._errands.values():
                await errands.join()
            await asyncio.gather(*self._tasks)
        await self.shop.quiet(seconds)

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """The regular customers write what is put into their errands."""
        self._errands = {customer: asyncio.Queue() for customer in self.regulars}
        writers = [asyncio.create_task(_run_errands(*pair)) for pair in self._errands.items()]
        try:
            yield
        finally:
            for task in (*writers, *self._tasks):
                task.cancel()
            await asyncio.gather(*writers, *self._tasks, return_exceptions=True)


async def _run_errands(customer: Customer, errands: asyncio.Queue[int]) -> None:
    try:
        while True:
            await customer.write(await errands.get())
            errands.task_done()
    finally:
        customer.hang_up()


async def _once(customer: Customer) -> None:
    await customer.write()
    customer.hang_up()
