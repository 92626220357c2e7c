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
from datetime import timedelta
from typing import Protocol

import structlog

from bridge.abilities import Partial
from bridge.backoff import wait
from bridge.connector import Connector
from bridge.crashpoint import reach
from bridge.failures import Unavailable
from bridge.messages import Receive

log = structlog.get_logger()

_WELL = "well"


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """Seconds, and how long to wait after so many failures in a row.

    lease    how long a lease holds once it is taken or renewed: what the store gives
    renew    how often it is renewed, and how long a renewal may take
    margin   whoever cannot renew stops this long before the lease ends
    healthy  a connector that has run for so long counts as mended
    """

    lease: float = 10.0
    renew: float = 3.0
    margin: float = 2.0
    healthy: float = 20.0
    pause: Callable[[int, random.Random], timedelta] = wait


class Leases(Protocol):
    """What a supervisor asks of the store's leases."""

    async def acquire(self, connector: str) -> int:
        """Take or renew: the epoch, 0 while another daemon holds it. Raises Unavailable."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """How a connector is: whether it runs here, may send, and whether it or a part of it does not work. One whose lease
    another daemon holds is not up, and in no trouble.
    """

    up: bool
    may_send: bool
    trouble: bool


class LeaseLost(Exception):
    """The lease could not be renewed in time, or another daemon has it."""


class EndedByItself(Exception):
    """A connector cancelled its own `run`."""


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
    terms: Terms = Terms()
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    _dice: random.Random = field(default_factory=random.Random)
    _epoch: int = 0
    _valid_until: float = 0.0
    _running: bool = False
    _broken: bool = False

    @property
    def epoch(self) -> int | None:
        """The epoch under which this daemon may send on it now; 0 where none is needed, None if it may not."""
        if not self.connector.traits.session:
            return 0
        return self._epoch if self._epoch and time.monotonic() < self._valid_until else None

    @property
    def condition(self) -> Condition:
        """How it is at this moment."""
        partly = isinstance(self.connector, Partial) and bool(self.connector.trouble)
        return Condition(up=self._running, may_send=self.epoch is not None, trouble=self._broken or partly)

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
            self._broken = True
            attempts = 1 if time.monotonic() - started > self.terms.healthy else attempts + 1
            await self._say(reason)
            await asyncio.sleep(self.terms.pause(attempts, self._dice).total_seconds())

    async def _run_once(self) -> None:
        if self.connector.traits.session:
            await self._take_lease()
        reach("connector.starting")
        running = asyncio.create_task(self._run_connector(), name=f"connector {self.name}")
        keeping = asyncio.create_task(self._keep(), name=f"lease {self.name}")
        self._running = True
        try:
            await asyncio.wait({running, keeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._running = False
            for task in (running, keeping):
                task.cancel()
            await asyncio.wait({running, keeping})
        for task in (keeping, running):
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        if running.cancelled():
            raise EndedByItself("it stopped without saying why")
        self.finished.set()

    async def _run_connector(self) -> None:
        await self.connector.run(self.receive, await self.position())

    async def _take_lease(self) -> None:
        while True:
            before = time.monotonic()
            epoch = await self.leases.acquire(self.name)
            if epoch:
                self._epoch, self._valid_until = epoch, before + self.terms.lease - self.terms.margin
                log.info("connector.lease", connector=self.name, epoch=epoch)
                return
            await asyncio.sleep(self.terms.renew * self._dice.uniform(0.6, 1.0))

    async def _keep(self) -> None:
        """Renew the lease; say once that the connector works again, or that a part of it does not."""
        well_since, told = time.monotonic(), ""
        while True:
            await asyncio.sleep(self.terms.renew)
            if self.connector.traits.session:
                await self._renew()
            trouble = self.connector.trouble if isinstance(self.connector, Partial) else ""
            if trouble:
                well_since = time.monotonic()
            elif time.monotonic() - well_since <= self.terms.healthy:
                continue
            else:
                self._broken = False
            # What is not told for want of time is tried again; what was told, is told once.
            if (trouble or _WELL) != told and await self._say(trouble or None):
                told = trouble or _WELL

    async def _renew(self) -> None:
        before = time.monotonic()
        try:
            # Never past the moment from which on somebody else may take it.
            async with asyncio.timeout(max(0.0, min(self.terms.renew, self._valid_until - before))):
                epoch = await self.leases.acquire(self.name)
        except (Unavailable, TimeoutError) as error:
            if time.monotonic() + self.terms.renew > self._valid_until:
                raise LeaseLost("the store does not answer") from error
            return
        if epoch != self._epoch:
            self._epoch = 0
            raise LeaseLost("another daemon has it")
        self._valid_until = before + self.terms.lease - self.terms.margin

    async def _say(self, reason: str | None) -> bool:
        """Tell the owner, unless that takes so long that the lease would suffer; whether it was told."""
        try:
            async with asyncio.timeout(self.terms.renew):
                await self.tell(self.name, reason)
        except (Unavailable, TimeoutError) as error:
            log.warning("connector.untold", connector=self.name, reason=str(error))
            return False
        return True
