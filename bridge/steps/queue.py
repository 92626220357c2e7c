"""Step 2: takes what was received out of the queue, one item per lane at a time, reads it and has it decided.

    claim -> read (understanding.py) -> decide (decide.py) and apply, in one transaction (settling.py) -> done

What can go wrong, and what follows:

    the parser fails, hangs or is killed     tried again; after the third time a dead letter, and the owner is told
    somebody changed the conversation first  decided again at once
    the store does not answer                the claim stays; tried again with back-off until it does
    the claim was lost to another daemon     dropped: the other one has it
    a decision raises (a fault of ours)      as if the parser had failed: one item must not stop the others
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta

import structlog

from bridge.backoff import wait
from bridge.crashpoint import reach
from bridge.desk import Desk
from bridge.failures import TemporaryFailure, Unavailable
from bridge.steps.counting import LogReader
from bridge.steps.parsing import NoWorker, Parsing, Unreadable
from bridge.steps.settling import Settling
from bridge.steps.tally import Outcomes
from bridge.steps.understanding import Library, Understanding
from bridge.work import CULPRIT, SUSPECT, TIMER, Claimed, Inbox, LostClaim, Sender

log = structlog.get_logger()

CATCH_UP_SECONDS = 0.05
CATCH_UP_LOOKS = 20
FLOOD_BATCH = 8
FLOOD_PAUSE_SECONDS = 0.8
"""During a flood this step takes a batch at a time, the latest and the oldest, and leaves the machine to receiving."""

NO_WORKER_PAUSE = timedelta(seconds=15)
"""Where the machine has no process to read in, an item is tried again after so long: it is not to blame."""

_IDLE = timedelta(seconds=2)
_SOONEST = timedelta(milliseconds=5)


class Queue:
    """The worker loop. `desk` is asked for at each item, so that a new policy counts from the next one on. While
    `step_back` says so, receiving goes first. `sender` gets what may leave at once. What becomes of items is
    counted in `outcomes`.
    """

    def __init__(
        self,
        inbox: Inbox,
        parsing: Parsing,
        desk: Callable[[], Desk],
        now: Callable[[], datetime],
        *,
        sender: Sender | None = None,
        library: Library | None = None,
        log_reader: LogReader | None = None,
        step_back: Callable[[], bool] = lambda: False,
        limit: int = 32,
        outcomes: Outcomes | None = None,
    ) -> None:
        self._inbox = inbox
        self._parsing = parsing
        self._desk = desk
        self._now = now
        self._sender = sender
        self._step_back = step_back
        self._limit = limit
        self._outcomes = Counter() if outcomes is None else outcomes
        self._understanding = Understanding(inbox, parsing, now, library, log_reader)
        self._settling = Settling(
            inbox=inbox, understanding=self._understanding, now=now, sender=sender, outcomes=self._outcomes
        )
        self._dice = random.Random()  # noqa: S311 - spreads retries, keeps no secret
        self._full = False
        self._in_work: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is new work."""
        self._woken.set()

    @property
    def idle(self) -> bool:
        """Whether nothing is in work."""
        return not self._in_work

    async def run(self) -> None:
        """Work until cancelled; what is in work then is finished first, since it is a matter of milliseconds."""
        try:
            while True:
                await self._step()
        finally:
            if self._in_work:
                await asyncio.wait(self._in_work, timeout=5)

    async def _step(self) -> None:
        self._woken.clear()
        if len(self._in_work) > self._limit // 2:
            # A claim is a transaction: worth it for many lanes, not for each that gets free.
            await asyncio.wait(self._in_work, return_when=asyncio.FIRST_COMPLETED)
            return
        try:
            if self._step_back():
                await self._yield_to_receiving()
            elif self._full and await self._catching_up():
                await self._claim(FLOOD_BATCH)
            elif not await self._claim(self._limit):
                await self._sleep(await self._inbox.next_at([*self._desk().connectors, TIMER]))
        except Unavailable as error:
            log.warning("queue.unavailable", reason=str(error))
            await asyncio.sleep(wait(2, self._dice).total_seconds())

    async def _yield_to_receiving(self) -> None:
        """Finish what is in work, take a small batch, and leave the machine alone for a while."""
        if self._in_work:
            await asyncio.wait(self._in_work)
        await self._claim(FLOOD_BATCH)
        await asyncio.sleep(FLOOD_PAUSE_SECONDS)

    async def _catching_up(self) -> bool:
        """Wait, but not for long, until what was decided has left; whether it still has not.

        All relays to an owner leave in one lane: what is decided faster than that waits there, and a new message's
        relay behind it.
        """
        assert self._sender is not None
        for _ in range(CATCH_UP_LOOKS):
            if not await self._sender.behind():
                return False
            await asyncio.sleep(CATCH_UP_SECONDS)
        return True

    async def _claim(self, limit: int) -> int:
        desk = self._desk()
        free = limit - len(self._in_work)
        claimed = await self._inbox.claim([*desk.connectors, TIMER], free, self._now())
        for item in claimed:
            if item.deaths < SUSPECT:
                self._begin(item, self._work(item, desk))
        self._full = self._sender is not None and len(claimed) >= FLOOD_BATCH
        for item in claimed:
            if item.deaths >= SUSPECT:
                await self._alone(item, desk)
        return len(claimed)

    def _begin(self, claimed: Claimed, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"item {claimed.id}")
        self._in_work.add(task)
        task.add_done_callback(self._done)
        return task

    async def _alone(self, claimed: Claimed, desk: Desk) -> None:
        """Daemons died with it in work: with nothing beside it, it will be seen whether it is the cause."""
        if self._in_work:
            await asyncio.wait(self._in_work)
        log.warning("queue.suspect", item=claimed.id, connector=claimed.connector, deaths=claimed.deaths)
        try:
            # Beforehand: what is noted has to be over in no time, or a kill from outside would too often fall into it.
            await self._parsing.warm(desk.connectors, claimed.connector)
        except (NoWorker, Unreadable) as error:
            await self._settling.put_off(claimed, TemporaryFailure(str(error), NO_WORKER_PAUSE), counts=False)
            return
        if claimed.deaths >= CULPRIT:
            work = self._settling.written(
                claimed, lambda: self._settling.bury(claimed, "the bridge ended while reading it", desk)
            )
        else:
            await self._settling.written(claimed, lambda: self._inbox.begin_alone(claimed))
            work = self._work(claimed, desk)
        await asyncio.wait({self._begin(claimed, work)})

    def _done(self, task: asyncio.Task[None]) -> None:
        self._in_work.discard(task)
        self._woken.set()

    async def _sleep(self, next_at: datetime | None) -> None:
        pause = _IDLE if next_at is None else min(_IDLE, max(next_at - self._now(), timedelta(milliseconds=5)))
        # Not wait_for: on Python 3.11 it swallows a cancellation that comes together with the wake-up.
        try:
            async with asyncio.timeout(pause.total_seconds()):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _work(self, claimed: Claimed, desk: Desk) -> None:
        reach("work.claimed")
        try:
            deciders = await self._understanding.deciders(claimed, desk)
            reach("work.read")
            await self._settling.settle(claimed, deciders)
            reach("work.settled")
            self._outcomes[claimed.connector, "done"] += 1
        except LostClaim:
            log.warning("queue.lost_claim", item=claimed.id)
        except Unavailable as error:  # the store, or the machine: it is not the item's fault
            await self._settling.put_off(claimed, TemporaryFailure(str(error), NO_WORKER_PAUSE), counts=False)
        except Unreadable as error:
            await self._settling.failed(claimed, str(error), desk)
        except TemporaryFailure as failure:
            await self._settling.put_off(claimed, failure)
        except Exception as error:  # the one loop that may: the item survives, the next one flows
            log.exception("queue.fault", item=claimed.id)
            await self._settling.failed(claimed, f"{type(error).__name__} while deciding about it", desk)
