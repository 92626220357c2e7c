"""Keeps one connector running: under its lease where it needs one, started again with back-off when it breaks.

The owner is told, through another connector, once when it breaks and once when it works again. One broken connector is
no other's business. Where another daemon holds the lease this one stands by, and takes over when the lease ends.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from bridge.backoff import wait
from bridge.connector import Connector, Receive, Unavailable
from bridge.crashpoint import reach

log = structlog.get_logger()

TERM_SECONDS = 10.0
RENEW_SECONDS = 3.0
MARGIN_SECONDS = 2.0
"""Whoever cannot renew stops this long before the lease ends."""

HEALTHY_SECONDS = 20.0
"""A connector that has run for so long counts as mended."""


class Leases(Protocol):
    """What a supervisor asks of the store's leases."""

    async def acquire(self, connector: str) -> int:
        """Take or renew: the epoch, 0 while another daemon holds it. Raises Unavailable."""


class LeaseLost(Exception):
    """The lease could not be renewed in time, or another daemon has it."""


@dataclass(eq=False, kw_only=True)
class Supervisor:
    """One connector and the task that keeps it running.

    `position` reads what the connector stored last. `tell(name, reason)` tells the owner that it is broken, or with
    None that it works again.
    """

    name: str
    connector: Connector
    receive: Receive
    position: Callable[[], Awaitable[dict[str, str]]]
    leases: Leases
    tell: Callable[[str, str | None], Awaitable[None]]
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    _dice: random.Random = field(default_factory=random.Random)
    _epoch: int = 0
    _valid_until: float = 0.0

    @property
    def epoch(self) -> int | None:
        """The epoch under which this daemon may send on it now; 0 where none is needed, None if it may not."""
        if not self.connector.traits.session:
            return 0
        return self._epoch if self._epoch and time.monotonic() < self._valid_until else None

    async def run(self) -> None:
        """Until cancelled, or until the connector says that nothing more can come."""
        attempts = 0
        while not self.finished.is_set():
            started = time.monotonic()
            try:
                await self._run_once()
            except LeaseLost as lost:
                log.warning("connector.lease_lost", connector=self.name, reason=str(lost))
                attempts = 0
                continue
            except Unavailable as error:
                reason = str(error)
            except Exception as error:  # one connector's fault must not reach the others
                log.exception("connector.broken", connector=self.name)
                reason = str(error) or type(error).__name__
            else:
                continue
            attempts = 1 if time.monotonic() - started > HEALTHY_SECONDS else attempts + 1
            await self._say(reason)
            await asyncio.sleep(wait(attempts, self._dice).total_seconds())

    async def _run_once(self) -> None:
        if self.connector.traits.session:
            await self._take_lease()
        reach("connector.starting")
        running = asyncio.create_task(self._run_connector(), name=f"connector {self.name}")
        keeping = asyncio.create_task(self._keep(), name=f"lease {self.name}")
        try:
            await asyncio.wait({running, keeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (running, keeping):
                task.cancel()
            await asyncio.wait({running, keeping})
        for task in (keeping, running):
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        if not running.cancelled():
            self.finished.set()

    async def _run_connector(self) -> None:
        await self.connector.run(self.receive, await self.position())

    async def _take_lease(self) -> None:
        while True:
            before = time.monotonic()
            epoch = await self.leases.acquire(self.name)
            if epoch:
                self._epoch, self._valid_until = epoch, before + TERM_SECONDS - MARGIN_SECONDS
                log.info("connector.lease", connector=self.name, epoch=epoch)
                return
            await asyncio.sleep(RENEW_SECONDS * self._dice.uniform(0.6, 1.0))

    async def _keep(self) -> None:
        """Renew the lease; say once that the connector works again."""
        started, told = time.monotonic(), False
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            if self.connector.traits.session:
                await self._renew()
            if not told and time.monotonic() - started > HEALTHY_SECONDS:
                told = True
                await self._say(None)

    async def _renew(self) -> None:
        before = time.monotonic()
        try:
            async with asyncio.timeout(RENEW_SECONDS):
                epoch = await self.leases.acquire(self.name)
        except (Unavailable, TimeoutError) as error:
            if time.monotonic() + RENEW_SECONDS > self._valid_until:
                raise LeaseLost("the store does not answer") from error
            return
        if epoch != self._epoch:
            self._epoch = 0
            raise LeaseLost("another daemon has it")
        self._valid_until = before + TERM_SECONDS - MARGIN_SECONDS

    async def _say(self, reason: str | None) -> None:
        try:
            await self.tell(self.name, reason)
        except Unavailable as error:
            log.warning("connector.untold", connector=self.name, reason=str(error))
