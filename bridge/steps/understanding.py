"""What an item in the queue means, and what is to be decided about it: all that is waited for before a decision.

    read it (parsing.py) -> is it from the owner it names? -> its large files into the store -> what the FAQ has for it

The decision itself is made later, within a transaction, with the book as it stands then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bridge.abilities import Vouched, Vouches
from bridge.book import Book
from bridge.bot.autoanswer import question_in
from bridge.bot.learning import CHANGE_TIMER
from bridge.cases.weekly import TIMER as WEEKLY
from bridge.decide import decide, decide_timer
from bridge.decision import Decision
from bridge.desk import Desk
from bridge.failures import TemporaryFailure
from bridge.faq.match import Match
from bridge.faq.rules import Rules
from bridge.letterbox import Letterbox
from bridge.messages import Attachment, InboundEvent, Message
from bridge.parts import in_parts
from bridge.steps.counting import LogReader, weeks
from bridge.steps.parsing import Parsing, Unreadable
from bridge.work import INLINE_LIMIT, Claimed, Decider, Inbox

VOUCH_FOR = timedelta(hours=4)
"""How long it is tried to find out whether a message is from the owner it names."""

LARGE_AT_ONCE = 3
"""So many large items have their bytes in memory: one that is read, the next one, and one whose files are stored."""


class Library(Protocol):
    """What the shop knows: its FAQ. It lies beside the book and may take a while."""

    @property
    def rules(self) -> Rules | None:
        """The entries, and the rules of answering with them; None where there are none."""

    async def match(self, text: str, channel: str = "") -> Match | None:
        """The entries that this text asks for, which came by the connector `channel`; None where that cannot be said
        now.
        """

    async def change(self, change: Mapping[str, object]) -> str:
        """Write into the FAQ what it is to learn (`bot/learning.py`); why that failed, or "". Harmless twice."""


class Understanding:
    """Makes deciders of items."""

    def __init__(
        self,
        inbox: Inbox,
        parsing: Parsing,
        now: Callable[[], datetime],
        library: Library | None,
        log: LogReader | None,
    ) -> None:
        self._inbox = inbox
        self._parsing = parsing
        self._now = now
        self._library = library
        self._log = log
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

    async def deciders(self, claimed: Claimed, desk: Desk) -> list[Decider]:
        """One for each of its events. Raises Unreadable, TemporaryFailure, Unavailable."""
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
        read = None
        if self._log is not None and facts.get("timer") == WEEKLY:
            read = await weeks(self._log, desk, self._now())
        return lambda book: in_parts(
            decide_timer(facts, replace(self._box(claimed, desk, book), weeks=read)), desk.splits
        )

    async def _matched(self, event: InboundEvent, claimed: Claimed, desk: Desk) -> Match | None:
        """What the FAQ has for a customer's words; None where there is no FAQ, or nothing to look up."""
        if self._library is None or not isinstance(event, Message) or event.automatic or event.spam:
            return None
        if desk.policy.owner_at(claimed.connector, event.address) is not None:
            return None
        return await self._library.match(question_in(event), claimed.connector)

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
        return replace(event, attachments=tuple([await self.kept(file) for file in event.attachments]))

    async def kept(self, file: Attachment) -> Attachment:
        """The same; a large content is in the store, and named."""
        if file.content is None or len(file.content) <= INLINE_LIMIT:
            return file
        return replace(file, blob=await self._inbox.keep(file.content), content=None)
