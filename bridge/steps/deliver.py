"""Step 4: takes outbounds out of the outbox, one per address at a time, in order, and has their connectors send them.

    claim (`sending` is committed) -> connector.send -> finish (what came of it is committed, the next one begins)

Where a connector would rather have several in one message (`merging.py`), a backlog's relays leave together.

What may leave at once does not wait for a claim: step 2 commits `sending` with the decision and hands it over.

What can come of one attempt:

    Receipt                     sent; the native ids are mapped to the conversation; of copies that were missed the
                                owners are told
    TemporaryFailure, or any    again with back-off, no sooner than the network asked for; everything behind it to the
    other exception             same address waits, so that order holds; a dead letter once it has been tried too long
    PermanentFailure            a dead letter; the owners are told
    OutcomeUnknown, or found    the network is asked whether it has it, where it can be asked and can tell; sent again
    `sending` after a crash     under the same id where receivers know it; shown to an owner again, and marked; else
                                "maybe sent"

Files that came by reference are fetched in the same way, by a deliverer of their own (`fetch.py`).

A daemon whose lease has run out stops sending first: its epochs are looked at right before each call.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bridge.abilities import Mark, Marks, Recalls
from bridge.addressing import addressed
from bridge.backoff import wait
from bridge.connector import Connector
from bridge.crashpoint import reach
from bridge.desk import Desk
from bridge.failures import (
    DeliveryFailure,
    NeverKnown,
    OutcomeUnknown,
    PermanentFailure,
    RoomGone,
    TemporaryFailure,
    Unavailable,
)
from bridge.language import language
from bridge.marks import shown_twice, told_of, unreached
from bridge.outbound import Outbound, OutboundKind, Receipt
from bridge.policy import Policy
from bridge.steps.changing import CHANGING, changed
from bridge.steps.fetch import fetched
from bridge.steps.merging import composed, joined, settled
from bridge.steps.opening import CLOSING, closed, opened
from bridge.steps.tally import Outcomes
from bridge.work import AWAITS_FILE, NOTHING_AT_ONCE, LostClaim, Outbox, Outcome, Sending, Start

log = structlog.get_logger()

LONGEST_SEND = timedelta(minutes=5)
"""No connector may take longer over one attempt; then its outcome is unknown."""

BEHIND = 64
"""With so many waiting to leave, a new message's relay would wait too long behind them."""

LARGEST_FILE = 25 * 1024 * 1024

_IDLE = timedelta(seconds=2)
# It is told when the file is there; this is for one that nobody tells it of.
_FILE_TAKES = timedelta(minutes=1)
_TO_OWNERS = (OutboundKind.RELAY, OutboundKind.NOTICE, OutboundKind.MARK)


class Deliverer:
    """The sending loop. `epochs` tells on which connectors this daemon may send now, with the epoch of its lease; what
    comes of its attempts is counted in `outcomes`.
    """

    def __init__(
        self,
        outbox: Outbox,
        desk: Callable[[], Desk],
        epochs: Callable[[], Mapping[str, int]],
        now: Callable[[], datetime],
        *,
        limit: int = 16,
        largest: int = LARGEST_FILE,
        outcomes: Outcomes | None = None,
    ) -> None:
        self._outbox = outbox
        self._desk = desk
        self._epochs = epochs
        self._now = now
        self._limit = limit
        self._largest = largest
        self._outcomes = Counter() if outcomes is None else outcomes
        self._dice = random.Random()  # noqa: S311 - spreads retries, keeps no secret
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is new work."""
        self._woken.set()

    @property
    def idle(self) -> bool:
        """Whether nothing is being sent."""
        return not self._lanes

    async def run(self) -> None:
        """Work until cancelled; what is being sent then is given a moment to finish, so that its outcome is known."""
        try:
            while True:
                await self._step()
        finally:
            if self._lanes:
                await asyncio.wait(self._lanes.values(), timeout=4)

    async def _step(self) -> None:
        self._woken.clear()
        try:
            begun = 0
            if len(self._lanes) < self._limit:
                begun = await self._claim()
            if not begun:
                await self._sleep(await self._outbox.next_at(self._epochs()))
        except Unavailable as error:
            log.warning("deliver.unavailable", reason=str(error))
            await asyncio.sleep(wait(2, self._dice).total_seconds())

    async def _claim(self) -> int:
        epochs = self._epochs()
        begun = await self._outbox.claim(epochs, self._limit - len(self._lanes), self._now())
        self.take(begun, epochs)
        return len(begun)

    async def behind(self) -> bool:
        """See bridge.work.Sender."""
        # What waits for a connector that is configured no more would hold everything up for ever.
        return await self._outbox.due(BEHIND, self._now(), self._desk().connectors) >= BEHIND

    def ready(self) -> Start:
        """See bridge.work.Sender."""
        if len(self._lanes) >= self._limit:
            return NOTHING_AT_ONCE
        return Start(epochs=self._epochs(), busy=frozenset(self._lanes))

    def take(self, begun: Sequence[Sending], epochs: Mapping[str, int]) -> None:
        """See bridge.work.Sender."""
        for sending in begun:
            epoch = epochs[sending.outbound.connector]
            # The lane's last task may have given it back and not have ended yet, or be an attempt that outlived its
            # claim: what is claimed is worked on all the same, after it.
            before = self._lanes.get(sending.lane)
            task = asyncio.create_task(self._lane(sending, epoch, before), name=f"deliver {sending.outbound.id}")
            self._lanes[sending.lane] = task
            task.add_done_callback(partial(self._done, sending.lane))

    def _done(self, lane: str, task: asyncio.Task[None]) -> None:
        if self._lanes.get(lane) is task:
            del self._lanes[lane]
        self._woken.set()

    async def _sleep(self, next_at: datetime | None) -> None:
        pause = _IDLE if next_at is None else min(_IDLE, max(next_at - self._now(), timedelta(milliseconds=20)))
        # Not wait_for: on Python 3.11 it swallows a cancellation that comes together with the wake-up.
        try:
            async with asyncio.timeout(pause.total_seconds()):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _lane(self, sending: Sending, epoch: int, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        following: Sending | None = sending
        while following is not None:
            current = following
            reach("send.begun")
            try:
                # What comes alone leaves alone, without another look.
                if current is not sending or current.attempts > 1 or current.again:
                    connector = self._desk().connectors.get(current.outbound.connector)
                    current = await joined(current, connector, self._outbox, self._now())
                outcome = settled(current, await self._attempt(current, epoch))
                reach("send.attempted")
                following = await self._finish(current, outcome, epoch)
            except LostClaim:
                log.warning("deliver.lost_claim", outbound=current.outbound.id)
                return

    async def _finish(self, sending: Sending, outcome: Outcome, epoch: int) -> Sending | None:
        while True:
            try:
                return await self._outbox.finish(sending, outcome, epoch, self._now())
            except LostClaim:
                raise
            except Unavailable as error:
                # What came of it must be written down before anything else happens in this lane.
                log.warning("deliver.unavailable", outbound=sending.outbound.id, reason=str(error))
            except Exception:  # a fault of ours: with this task the lane would stay claimed until the daemon ends
                log.exception("deliver.fault", outbound=sending.outbound.id)
            await asyncio.sleep(wait(2, self._dice).total_seconds())

    async def _attempt(self, sending: Sending, epoch: int) -> Outcome:
        outbound, desk = sending.outbound, self._desk()
        connector = desk.connectors.get(outbound.connector)
        concurrency = connector.traits.concurrency if connector else 1
        turn = self._turns.setdefault(outbound.connector, asyncio.Semaphore(concurrency))
        async with turn:
            # Looked at after the wait for the turn, right before the call.
            now = self._now()
            if outbound.expires_at is not None and outbound.expires_at <= now:
                return Outcome(state="expired", reason="too late to be of use")
            if connector is None or self._epochs().get(outbound.connector) != epoch:
                return Outcome(state="waiting", reason="its connector does not run here", due_at=now + _IDLE)
            outcome = await self._send(sending, connector, desk.policy)
        self._outcomes[outbound.connector, outcome.state] += 1
        if outcome.state not in ("sent", "waiting", "opened"):
            log.warning("deliver.failed", outbound=outbound.id, state=outcome.state, reason=outcome.reason)
        await self._tell_others(sending, outcome, desk.policy)
        told = told_of(sending, outcome, desk.policy)
        return replace(outcome, told=tuple(addressed(draft, desk.policy, self._now()) for draft in told))

    async def _tell_others(self, sending: Sending, outcome: Outcome, policy: Policy) -> None:
        """Before the outcome is written down: after a crash in between it is said all the same, and once."""
        told = unreached(sending, outcome, policy)
        if not told:
            return
        outbound, now = sending.outbound, self._now()
        # Once a day: one that fails as well is told of elsewhere, and two that fail would tell of each other for ever.
        once = f"surface:{outbound.connector}:{outbound.address}:{now.date()}"
        try:
            await self._outbox.put([addressed(draft, policy, now) for draft in told], once, now)
        except Unavailable as error:
            log.warning("deliver.untold", outbound=outbound.id, reason=str(error))

    async def _send(self, sending: Sending, connector: Connector, policy: Policy) -> Outcome:
        try:
            async with asyncio.timeout(LONGEST_SEND.total_seconds()):
                return await self._once(sending, connector, policy)
        except RoomGone as failure:
            return Outcome(state="gone" if sending.outbound.room else "dead", reason=failure.reason)
        except PermanentFailure as failure:
            # In a room of an owner's: a relay that can't stand there is rather shown outside than not at all.
            return Outcome(state="outside" if sending.in_room else "dead", reason=failure.reason)
        except DeliveryFailure as failure:
            return self._again(sending, connector, failure)
        except TimeoutError:
            return self._again(sending, connector, OutcomeUnknown("it took too long"))
        except Exception as error:  # the contract: anything else counts as before the request left
            log.exception("deliver.fault", outbound=sending.outbound.id)
            return self._again(sending, connector, TemporaryFailure(type(error).__name__))

    async def _once(self, sending: Sending, connector: Connector, policy: Policy) -> Outcome:
        """One network call, of whichever kind."""
        kind = sending.outbound.kind
        if sending.opening:
            return await opened(sending, connector)
        if kind in CLOSING:
            return await closed(sending, connector)
        if kind in CHANGING:
            return await changed(sending, connector)
        if kind is OutboundKind.FETCH:
            return await fetched(sending, connector, self._outbox, self._largest)
        return await self._send_once(sending, connector, policy)

    async def _send_once(self, sending: Sending, connector: Connector, policy: Policy) -> Outcome:
        outbound = composed(sending, connector) if sending.merged else await self._with_files(sending)
        if sending.outbound.kind not in _TO_OWNERS and any(file.awaited for file in outbound.attachments):
            return Outcome(state="waiting", reason=AWAITS_FILE, due_at=self._now() + _FILE_TAKES)
        known = await self._recall(outbound, connector, policy) if sending.again else outbound
        if isinstance(known, Outcome):
            return known
        reach("send.calling")
        receipt = await _call(connector, known)
        reach("send.called")
        return Outcome(state="sent", native_ids=receipt.native_ids, reason=receipt.missed)

    async def _with_files(self, sending: Sending) -> Outbound:
        if sending.message is None:
            return sending.outbound
        files = await self._outbox.files(sending)
        if sending.outbound.kind in _TO_OWNERS:
            files = [file for file in files if file.content is not None]
        for file in files:
            if file.content is None and not file.awaited:
                raise PermanentFailure(f"{file.name} could not be fetched, and it does not go without")
        return replace(sending.outbound, attachments=tuple(files))

    async def _recall(self, outbound: Outbound, connector: Connector, policy: Policy) -> Outbound | Outcome:
        """An earlier attempt's outcome is unknown: what it was, or what to send now."""
        why = "the connection broke while it was being sent"
        if isinstance(connector, Recalls):
            try:
                receipt = await connector.recall(outbound)
            except NeverKnown as failure:
                why = failure.reason
            else:
                return outbound if receipt is None else Outcome(state="sent", native_ids=receipt.native_ids)
        if connector.traits.resend_unknown:
            return outbound
        if outbound.kind in _TO_OWNERS:
            owner = policy.owner_at(outbound.connector, outbound.address)
            return replace(outbound, text=shown_twice(outbound.text, language(owner.language if owner else "en")))
        return Outcome(state="maybe", reason=why)

    def _again(self, sending: Sending, connector: Connector, failure: DeliveryFailure) -> Outcome:
        state = "unknown" if isinstance(failure, OutcomeUnknown) else "waiting"
        now = self._now()
        if now - sending.outbound.created_at > connector.traits.give_up_after:
            if sending.opening:
                return Outcome(state="refused", reason=f"given up: {failure.reason}")
            ended = "maybe" if sending.again or isinstance(failure, OutcomeUnknown) else "dead"
            return Outcome(state=ended, reason=f"given up: {failure.reason}")
        asked = failure.retry_after if isinstance(failure, TemporaryFailure) else None
        due_at = now + wait(sending.attempts, self._dice, asked)
        return Outcome(state=state, reason=failure.reason, due_at=due_at)


async def _call(connector: Connector, outbound: Outbound) -> Receipt:
    if outbound.kind is OutboundKind.MARK and outbound.mark and outbound.replies_to and isinstance(connector, Marks):
        await connector.mark(outbound.address, outbound.replies_to[0], Mark(outbound.mark), outbound.text.plain)
        return Receipt()
    return await connector.send(outbound)
