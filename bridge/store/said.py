"""What was said, looked up for decisions within one transaction; see `bridge.book.Book`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal_column, select

from bridge.book import BEGINNING, Line
from bridge.decision import Direction
from bridge.store.book_tables import attachments, conversations, events, messages
from bridge.store.reading import Reading
from bridge.store.rows import line_from

_files = (
    select(func.count())
    .where(attachments.c.message == messages.c.id)
    .correlate(messages)
    .scalar_subquery()
    .label("files")
)

# For look-ups of many messages, any of which may be megabytes: of each its beginning only.
_BEGINNINGS = select(
    *(column for column in messages.c if column.name not in ("body", "spans")),
    func.substr(messages.c.body, 1, BEGINNING).label("body"),
    literal_column("NULL").label("spans"),
    _files,
)


@dataclass(frozen=True, slots=True)
class StoredSayings(Reading):
    """`bridge.book.Book` over a connection: what customers and the shop have said."""

    def history(self, number: int, limit: int) -> Sequence[Line]:
        """See Book."""
        return self._lines(select(messages, _files).where(messages.c.conversation == number), limit)

    def last_heard(self, number: int) -> Line | None:
        """See Book."""
        heard = select(messages, _files).where(
            messages.c.conversation == number, messages.c.direction == Direction.IN, messages.c.automatic == ""
        )
        return next(iter(self._lines(heard, 1)), None)

    def heard(self, message: int) -> Line | None:
        """See Book."""
        this = select(messages, _files).where(messages.c.id == message, messages.c.direction == Direction.IN)
        return next(iter(self._lines(this, 1)), None)

    def last_said(self, number: int) -> Line | None:
        """See Book."""
        said = select(messages, _files).where(
            messages.c.conversation == number, messages.c.direction == Direction.OUT, messages.c.automatic == ""
        )
        return next(iter(self._lines(said, 1)), None)

    def history_of(self, customer: str, before: int, limit: int) -> Sequence[Line]:
        """See Book."""
        theirs = select(conversations.c.number).where(
            conversations.c.customer == customer, conversations.c.number != before
        )
        told = (Direction.IN, Direction.OUT)
        query = select(messages, _files).where(messages.c.conversation.in_(theirs), messages.c.direction.in_(told))
        return self._lines(query, limit)

    def _lines(self, query: Select[Any], limit: int) -> list[Line]:
        told = query.where(messages.c.direction != Direction.UNDONE)
        rows = self.connection.execute(told.order_by(messages.c.id.desc()).limit(limit)).all()
        return [line_from(row) for row in reversed(rows)]

    def search(self, words: Sequence[str], limit: int) -> Sequence[Line]:
        """See Book."""
        query = select(messages, _files)
        for word in words[:10]:
            query = query.where(messages.c.body.icontains(word, autoescape=True))
        return self._lines(query, limit)[::-1]

    def heard_since(self, connector: str, since: datetime, limit: int) -> Sequence[Line]:
        """See Book."""
        # By the log, which has an index by time.
        here = (conversations.c.number == events.c.conversation) & (conversations.c.connector == connector)
        lately = (
            select(events.c.conversation)
            .join(conversations, here)
            .where(events.c.at >= since, events.c.kind == "customer wrote")
        )
        heard = _BEGINNINGS.where(
            messages.c.conversation.in_(lately),
            messages.c.direction == Direction.IN,
            messages.c.automatic == "",
            messages.c.at >= since,
        )
        return self._lines(heard, limit)

    def messages_between(self, customer: str, since: datetime, until: datetime) -> int:
        """See Book."""
        theirs = select(conversations.c.number).where(
            conversations.c.customer == customer, conversations.c.changed_at >= since
        )
        return self.count(
            select(func.count()).where(
                messages.c.conversation.in_(theirs),
                messages.c.direction == Direction.IN,
                messages.c.at >= since,
                messages.c.at < until,
            )
        )

    def filed(self, kinds: Sequence[str], since: datetime, limit: int) -> Sequence[Line]:
        """See Book."""
        these = select(events.c.conversation).where(events.c.kind.in_(kinds), events.c.at >= since)
        last = (
            select(func.max(messages.c.id))
            .where(messages.c.conversation.in_(these), messages.c.direction == Direction.IN)
            .group_by(messages.c.conversation)
        )
        return self._lines(_BEGINNINGS.where(messages.c.id.in_(last)), limit)
