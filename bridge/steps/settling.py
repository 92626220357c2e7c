"""What came of an item is written down, however long the store does not answer: settled, put off, or set aside."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bridge.addressing import addressed
from bridge.backoff import wait
from bridge.crashpoint import reach
from bridge.desk import Desk
from bridge.failures import TemporaryFailure, Unavailable
from bridge.marks import unreadable
from bridge.messages import Attachment
from bridge.steps.tally import Outcomes
from bridge.steps.understanding import Understanding
from bridge.work import NOTHING_AT_ONCE, Claimed, Conflict, Decider, Inbox, LostClaim, Sender

log = structlog.get_logger()

TRIES = 3
CONFLICTS = 50

LARGEST_RAW = 20 * 1024 * 1024
"""Above this owners are told of what could not be read, and do not get it as a file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settling:
    """Ends the work on items. `sender` gets what may leave at once; what becomes of items is counted in `outcomes`."""

    inbox: Inbox
    understanding: Understanding
    now: Callable[[], datetime]
    sender: Sender | None
    outcomes: Outcomes
    dice: random.Random = field(default_factory=random.Random)

    async def _settle_once(self, claimed: Claimed, deciders: Sequence[Decider]) -> None:
        start = self.sender.ready() if self.sender else NOTHING_AT_ONCE
        begun = await self.inbox.settle(claimed, deciders, self.now(), start)
        if begun and self.sender:
            self.sender.take(begun, start.epochs)

    async def settle(self, claimed: Claimed, deciders: Sequence[Decider]) -> None:
        """Decide and apply; again where somebody else was first. Raises LostClaim, Conflict, what a decider raises."""
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
                await asyncio.sleep(wait(min(attempt, 4), self.dice).total_seconds())
            else:
                return

    async def put_off(self, claimed: Claimed, failure: TemporaryFailure, *, counts: bool = True) -> None:
        """Nothing is wrong with the item: it waits, as does its lane."""
        self.outcomes[claimed.connector, "put off"] += 1
        log.warning("queue.put_off", item=claimed.id, reason=failure.reason)
        due_at = self.now() + wait(claimed.attempts + 1, self.dice, failure.retry_after)
        await self.written(claimed, lambda: self.inbox.retry(claimed, due_at, failure.reason, counts=counts))

    async def failed(self, claimed: Claimed, reason: str, desk: Desk) -> None:
        """It could not be read, or decided about: tried again, then a dead letter."""
        reach("work.failed")
        self.outcomes[claimed.connector, "failed"] += 1
        log.warning("queue.failed", item=claimed.id, connector=claimed.connector, reason=reason)
        await self.written(claimed, lambda: self._retry_or_bury(claimed, reason, desk))

    async def written(self, claimed: Claimed, write: Callable[[], Awaitable[None]]) -> None:
        """Have it written down however long the store does not answer: without this its lane would stay claimed."""
        for attempt in itertools.count(1):
            try:
                await write()
            except LostClaim:
                log.warning("queue.lost_claim", item=claimed.id)
            except Unavailable as error:
                log.warning("queue.unavailable", item=claimed.id, reason=str(error))
                await asyncio.sleep(wait(min(attempt, 4), self.dice).total_seconds())
                continue
            return

    async def _retry_or_bury(self, claimed: Claimed, reason: str, desk: Desk) -> None:
        attempts = claimed.attempts + 1
        if attempts < TRIES:
            await self.inbox.retry(claimed, self.now() + wait(attempts, self.dice), reason)
        else:
            await self.bury(claimed, reason, desk)

    async def bury(self, claimed: Claimed, reason: str, desk: Desk) -> None:
        """A dead letter; the owners are told."""
        now = self.now()
        told = [addressed(draft, desk.policy, now) for draft in unreadable(claimed, reason, desk.policy)]
        await self.inbox.bury(claimed, reason, told, now, await self._raw(claimed, desk))

    async def _raw(self, claimed: Claimed, desk: Desk) -> Attachment | None:
        """What nobody could read, as a file for the owners."""
        content = (await self.inbox.whole(claimed)).item.raw
        if claimed.is_timer or not isinstance(content, bytes) or not 0 < len(content) <= LARGEST_RAW:
            return None
        name = desk.connectors[claimed.connector].traits.raw_name
        return await self.understanding.kept(Attachment(name=name, content=content))
