"""Step 2: takes what was received out of the queue, one item per lane at a time, reads it and has it decided.

    claim -> read (parsing.py) -> decide (decide.py) and apply, in one transaction -> done

What can go wrong, and what follows:

    the parser fails, hangs or is killed     tried again; after the third time a dead letter, and the owner is told
    somebody changed the conversation first  decided again at once
    the store does not answer                the claim stays; tried again with back-off until it does
    the claim was lost to another daemon     dropped: the other one has it
    a decision raises (a fault of ours)      as if the parser had failed: one item must not stop the others
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bridge.addressing import addressed
from bridge.autoanswer import question_in
from bridge.backoff import wait
from bridge.book import Book
from bridge.connector import TemporaryFailure, Unavailable, Vouched, Vouches
from bridge.crashpoint import reach
from bridge.decide import decide, decide_timer
from bridge.decision import Decision
from bridge.desk import Desk
from bridge.faq.match import Match
from bridge.faq.rules import Rules
from bridge.letterbox import Letterbox
from bridge.marks import unreadable
from bridge.messages import Attachment, InboundEvent, Message
from bridge.parsing import NoWorker, Parsing, Unreadable
from bridge.parts import in_parts
from bridge.tally import Outcomes
from bridge.teaching import CHANGE_TIMER
from bridge.work import (
    CULPRIT,
    INLINE_LIMIT,
    NOTHING_AT_ONCE,
    SUSPECT,
    TIMER,
    Claimed,
    Conflict,
    Decider,
    Inbox,
    LostClaim,
    Sender,
)

log = structlog.get_logger()

TRIES = 3
VOUCH_FOR = timedelta(hours=4)
"""How long it is tried to find out whether a message is from the owner it names."""

CATCH_UP_SECONDS = 0.05
CATCH_UP_LOOKS = 20
FLOOD_BATCH = 8
FLOOD_PAUSE_SECONDS = 0.8
"""During a flood this step takes a batch at a time, the latest and the oldest, and leaves the machine to receiving."""

CONFLICTS = 50
NO_WORKER_PAUSE = timedelta(seconds=15)
"""Where the machine has no process to read in, an item is tried again after so long: it is not to blame."""

LARGE_AT_ONCE = 3
"""So many large items have their bytes in memory: one that is read, the next one, and one whose files are stored."""

LARGEST_RAW = 20 * 1024 * 1024
"""Above this owners are told of what could not be read, and do not get it as a file."""

_IDLE = timedelta(seconds=2)
_SOONEST = timedelta(milliseconds=5)


class Library(Protocol):
    """What the shop knows: its FAQ. It lies beside the book and may take a while."""

    @property
    def rules(self) -> Rules | None:
        """The entries, and the rules of answering with them; None where there are none."""

    async def match(self, text: str) -> Match | None:
        """The entries that this text asks for; None where that cannot be said now."""

    async def change(self, change: Mapping[str, object]) -> str:
        """Write into the FAQ what it is to learn (`teaching.py`); why that failed, or "". Harmless twice."""


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
        step_back: Callable[[], bool] = lambda: False,
        limit: int = 32,
        outcomes: Outcomes | None = None,
    ) -> None:
        self._inbox = inbox
        self._parsing = parsing
        self._desk = desk
        self._now = now
        self._sender = sender
        self._library = library
        self._step_back = step_back
        self._limit = limit
        self._outcomes = Counter() if outcomes is None else outcomes
        self._dice = random.Random()  # noqa: S311 - spreads retries, keeps no secret
        self._full = False
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
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
            await self._put_off(claimed, TemporaryFailure(str(error), NO_WORKER_PAUSE), counts=False)
            return
        if claimed.deaths >= CULPRIT:
            work = self._written(claimed, lambda: self._bury(claimed, "the bridge ended while reading it", desk))
        else:
            await self._written(claimed, lambda: self._inbox.begin_alone(claimed))
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
            deciders = await self._deciders(claimed, desk)
            reach("work.read")
            await self._settle(claimed, deciders)
            reach("work.settled")
            self._outcomes[claimed.connector, "done"] += 1
        except LostClaim:
            log.warning("queue.lost_claim", item=claimed.id)
        except Unavailable as error:  # the store, or the machine: it is not the item's fault
            await self._put_off(claimed, TemporaryFailure(str(error), NO_WORKER_PAUSE), counts=False)
        except Unreadable as error:
            await self._failed(claimed, str(error), desk)
        except TemporaryFailure as failure:
            await self._put_off(claimed, failure)
        except Exception as error:  # the one loop that may: the item survives, the next one flows
            log.exception("queue.fault", item=claimed.id)
            await self._failed(claimed, f"{type(error).__name__} while deciding about it", desk)

    async def _deciders(self, claimed: Claimed, desk: Desk) -> list[Decider]:
        if claimed.is_timer:
            return [await self._timer(claimed, desk)]
        if claimed.blob:
            async with self._large:
                events = await self._events(await self._inbox.whole(claimed), desk)
        else:
            events = await self._events(claimed, desk)
        return [self._decider(event, claimed, desk, await self._matched(event, claimed, desk)) for event in events]

    async def _timer(self, claimed: Claimed, desk: Desk) -> Decider:
        facts = claimed.item.facts
        if self._library is not None and facts.get("timer") == CHANGE_TIMER:
            facts = {**facts, "failed": await self._library.change(facts)}
        return lambda book: in_parts(decide_timer(facts, self._box(claimed, desk, book)), desk.splits)

    async def _matched(self, event: InboundEvent, claimed: Claimed, desk: Desk) -> Match | None:
        """What the FAQ has for a customer's words; None where there is no FAQ, or nothing to look up."""
        if self._library is None or not isinstance(event, Message) or event.automatic or event.spam:
            return None
        if desk.policy.owner_at(claimed.connector, event.address) is not None:
            return None
        return await self._library.match(question_in(event))

    async def _events(self, claimed: Claimed, desk: Desk) -> list[InboundEvent]:
        """What it says; large files are in the store already."""
        if claimed.missing:
            raise Unreadable(claimed.missing)
        events = await self._parsing.read(desk.connectors, claimed.connector, claimed.item)
        vouched = [await self._vouched(event, claimed, desk) for event in events]
        return [await self._keep_files(event) for event in vouched]

    async def _vouched(self, event: InboundEvent, claimed: Claimed, desk: Desk) -> InboundEvent:
        """A message in an owner's name, where the network vouches for nobody: the connector looks whether it is.

        Raises TemporaryFailure while that cannot be found out and it is worth another try.
        """
        connector = desk.connectors[claimed.connector]
        if not isinstance(event, Message) or event.authenticated or not isinstance(connector, Vouches):
            return event
        if event.automatic or desk.policy.owner_at(claimed.connector, event.address) is None:
            return event
        try:
            found = await connector.vouch(claimed.item, event)
        except TemporaryFailure as failure:
            if self._now() - claimed.item.received_at < VOUCH_FOR:
                raise
            found = Vouched(sure=False, why=failure.reason)
        return replace(event, authenticated=found.sure, doubt="" if found.sure else found.why)

    def _decider(self, event: InboundEvent, claimed: Claimed, desk: Desk, match: Match | None) -> Decider:
        def decider(book: Book) -> Decision:
            return in_parts(decide(event, replace(self._box(claimed, desk, book), match=match)), desk.splits)

        return decider

    def _box(self, claimed: Claimed, desk: Desk, book: Book) -> Letterbox:
        return Letterbox(
            connector=claimed.connector,
            received_at=claimed.item.received_at,
            book=book,
            policy=desk.policy,
            now=self._now(),
            hours=desk.hours,
            faq=self._library.rules if self._library else None,
        )

    async def _keep_files(self, event: InboundEvent) -> InboundEvent:
        if not isinstance(event, Message) or not event.attachments:
            return event
        return replace(event, attachments=tuple([await self._keep_file(file) for file in event.attachments]))

    async def _keep_file(self, file: Attachment) -> Attachment:
        if file.content is None or len(file.content) <= INLINE_LIMIT:
            return file
        return replace(file, blob=await self._inbox.keep(file.content), content=None)

    async def _settle_once(self, claimed: Claimed, deciders: Sequence[Decider]) -> None:
        start = self._sender.ready() if self._sender else NOTHING_AT_ONCE
        begun = await self._inbox.settle(claimed, deciders, self._now(), start)
        if begun and self._sender:
            self._sender.take(begun, start.epochs)

    async def _settle(self, claimed: Claimed, deciders: Sequence[Decider]) -> None:
        for attempt in itertools.count(1):
            try:
                await self._settle_once(claimed, deciders)
            except Conflict:
                if attempt == CONFLICTS:
                    raise
                log.info("queue.conflict", item=claimed.id, attempt=attempt)
            except Unavailable as error:
                # Its claim is kept: nobody else can have it, and it is not the item's fault.
                log.warning("queue.unavailable", item=claimed.id, reason=str(error))
                await asyncio.sleep(wait(min(attempt, 4), self._dice).total_seconds())
            else:
                return

    async def _put_off(self, claimed: Claimed, failure: TemporaryFailure, *, counts: bool = True) -> None:
        """Nothing is wrong with the item: it waits, as does its lane."""
        self._outcomes[claimed.connector, "put off"] += 1
        log.warning("queue.put_off", item=claimed.id, reason=failure.reason)
        due_at = self._now() + wait(claimed.attempts + 1, self._dice, failure.retry_after)
        await self._written(claimed, lambda: self._inbox.retry(claimed, due_at, failure.reason, counts=counts))

    async def _failed(self, claimed: Claimed, reason: str, desk: Desk) -> None:
        reach("work.failed")
        self._outcomes[claimed.connector, "failed"] += 1
        log.warning("queue.failed", item=claimed.id, connector=claimed.connector, reason=reason)
        await self._written(claimed, lambda: self._retry_or_bury(claimed, reason, desk))

    async def _written(self, claimed: Claimed, write: Callable[[], Awaitable[None]]) -> None:
        """Have it written down however long the store does not answer: without this its lane would stay claimed."""
        for attempt in itertools.count(1):
            try:
                await write()
            except LostClaim:
                log.warning("queue.lost_claim", item=claimed.id)
            except Unavailable as error:
                log.warning("queue.unavailable", item=claimed.id, reason=str(error))
                await asyncio.sleep(wait(min(attempt, 4), self._dice).total_seconds())
                continue
            return

    async def _retry_or_bury(self, claimed: Claimed, reason: str, desk: Desk) -> None:
        attempts = claimed.attempts + 1
        if attempts < TRIES:
            await self._inbox.retry(claimed, self._now() + wait(attempts, self._dice), reason)
        else:
            await self._bury(claimed, reason, desk)

    async def _bury(self, claimed: Claimed, reason: str, desk: Desk) -> None:
        now = self._now()
        told = [addressed(draft, desk.policy, now) for draft in unreadable(claimed, reason, desk.policy)]
        await self._inbox.bury(claimed, reason, told, now, await self._raw(claimed, desk))

    async def _raw(self, claimed: Claimed, desk: Desk) -> Attachment | None:
        """What nobody could read, as a file for the owners."""
        content = (await self._inbox.whole(claimed)).item.raw
        if claimed.is_timer or not isinstance(content, bytes) or not 0 < len(content) <= LARGEST_RAW:
            return None
        name = desk.connectors[claimed.connector].traits.raw_name
        return await self._keep_file(Attachment(name=name, content=content))
