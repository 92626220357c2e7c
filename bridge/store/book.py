"""The book that decisions read, within one transaction. Every method is one query or two; see `bridge.book.Book`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from bridge.book import BEGINNING, Letter, Line, Pending
from bridge.conversation import Conversation, Customer
from bridge.decision import Direction, OwnerLine, Question
from bridge.happened import ANSWERED, BOT_ANSWERED, CLOSED, HEARD
from bridge.learned import Remembered, Trust
from bridge.outbound import OutboundKind
from bridge.store import learned
from bridge.store.case_book import CONVERSATIONS, StoredCases, conversation_of
from bridge.store.parts import first, of
from bridge.store.rows import customer_from, line_from, origin_json, pending_from, question_from
from bridge.store.schema import (
    addresses,
    attachments,
    conversations,
    customers,
    events,
    items,
    messages,
    outbox,
    questions,
    rooms,
    shown,
)
from bridge.valid import clean

# Literals, so that SQLite sees that a partial index covers the query; it does not look into parameters.
_WAITING: ColumnElement[str] = literal_column("'waiting'")
_ANSWER: ColumnElement[str] = literal_column("'answer'")
_AUTOMATIC: ColumnElement[str] = literal_column("'automatic'")
_IS_THERE = rooms.c.room > literal_column("''")
_TAKEN_BACK = ("cancelled", "expired")

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

# Built once: making a statement costs more than running it.
_CUSTOMER_AT = (
    select(customers)
    .join(addresses, addresses.c.customer == customers.c.id)
    .where(addresses.c.connector == bindparam("network"), addresses.c.address == bindparam("place"))
    .with_for_update(of=customers)
)
_CUSTOMER = select(customers).where(customers.c.id == bindparam("whose")).with_for_update()
_HIGHEST = select(func.max(conversations.c.number))
_CONVERSATION = CONVERSATIONS.where(conversations.c.number == bindparam("wanted"))
_LATEST_FIRST = CONVERSATIONS.where(conversations.c.merged_into == 0).order_by(
    conversations.c.changed_at.desc(), conversations.c.number.desc()
)
_RECENT_OF = _LATEST_FIRST.where(conversations.c.customer == bindparam("whose")).limit(bindparam("limit"))
_UNFINISHED = _LATEST_FIRST.where(conversations.c.state.in_(("open", "waiting", "snoozed"))).limit(bindparam("limit"))
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_REFERRED = union_all(
    select(messages.c.native_id, messages.c.conversation).where(
        messages.c.connector == bindparam("network"), messages.c.native_id.in_(_IDS)
    ),
    select(shown.c.native_id, shown.c.conversation).where(
        shown.c.connector == bindparam("network"), shown.c.native_id.in_(_IDS)
    ),
    # A message that shows several relays is known by the first one's.
    select(shown.c.native_id, outbox.c.conversation)
    .join(outbox, outbox.c.merged_into == shown.c.outbound)
    .where(
        shown.c.connector == bindparam("network"),
        shown.c.native_id.in_(_IDS),
        # A literal, so that SQLite sees that the partial index covers the query; it does not look into parameters.
        outbox.c.merged_into > literal_column("''"),
    ),
    select(outbox.c.id, outbox.c.conversation).where(outbox.c.connector == bindparam("network"), outbox.c.id.in_(_IDS)),
)
_NETWORK = select(conversations.c.connector).where(conversations.c.number == bindparam("wanted")).scalar_subquery()
_THREAD_IDS = union_all(
    select(messages.c.native_id.label("native_id"), messages.c.at.label("at")).where(
        messages.c.conversation == bindparam("wanted"),
        messages.c.direction == Direction.IN,
        messages.c.connector == _NETWORK,
        messages.c.native_id != "",
    ),
    select(outbox.c.native_id, outbox.c.created_at).where(
        outbox.c.conversation == bindparam("wanted"),
        outbox.c.connector == _NETWORK,
        outbox.c.native_id != "",
        outbox.c.kind.in_((str(OutboundKind.ANSWER), str(OutboundKind.AUTOMATIC))),
    ),
).order_by("at")


_ended = events.alias()
_WAITS_SINCE = select(func.min(events.c.at)).where(
    events.c.conversation == bindparam("wanted"),
    events.c.kind == HEARD,
    events.c.id
    > select(func.coalesce(func.max(_ended.c.id), 0))
    .where(_ended.c.conversation == bindparam("wanted"), _ended.c.kind.in_((ANSWERED, BOT_ANSWERED, CLOSED)))
    .scalar_subquery(),
)
_LAST_AUTOMATIC = select(func.max(outbox.c.created_at)).where(
    outbox.c.conversation == bindparam("wanted"), outbox.c.kind == _AUTOMATIC, outbox.c.state.not_in(_TAKEN_BACK)
)


@dataclass(frozen=True, slots=True)
class StoredBook(StoredCases):
    """`bridge.book.Book` over a connection."""

    def customer_at(self, connector: str, address: str) -> Customer | None:
        """See Book."""
        row = self.connection.execute(_CUSTOMER_AT, {"network": connector, "place": address}).first()
        return None if row is None else customer_from(row)

    def addresses_of(self, customer: str) -> Sequence[tuple[str, str]]:
        """See Book."""
        query = select(addresses.c.connector, addresses.c.address).where(addresses.c.customer == customer)
        return [(row.connector, row.address) for row in self.connection.execute(query)]

    def customer(self, customer: str) -> Customer | None:
        """See Book."""
        row = self.connection.execute(_CUSTOMER, {"whose": customer}).first()
        return None if row is None else customer_from(row)

    def find_address(self, address: str) -> Sequence[tuple[str, str]]:
        """See Book."""
        query = select(addresses.c.connector, addresses.c.address).where(
            func.lower(addresses.c.address) == clean(address).lower()
        )
        return [(row.connector, row.address) for row in self.connection.execute(query)]

    def next_number(self) -> int:
        """See Book."""
        # Conversations are numbered without gaps a person would wonder about; who opens one waits for who opens one.
        if self.connection.dialect.name == "postgresql":
            self.connection.exec_driver_sql("SELECT pg_advisory_xact_lock(742001)")
        highest = self.connection.execute(_HIGHEST).scalar()
        return (highest or 0) + 1

    def conversation(self, number: int) -> Conversation | None:
        """See Book."""
        row = self.connection.execute(_CONVERSATION, {"wanted": number}).first()
        if row is not None and row.merged_into:
            # It leads to the kept one, and that to no other.
            row = self.connection.execute(_CONVERSATION, {"wanted": row.merged_into}).first()
        return None if row is None else conversation_of(row)

    def recent_of(self, customer: str, limit: int = 5) -> Sequence[Conversation]:
        """See Book."""
        rows = self.connection.execute(_RECENT_OF, {"whose": customer, "limit": limit})
        return [conversation_of(row) for row in rows]

    def unfinished(self, limit: int = 20) -> Sequence[Conversation]:
        """See Book."""
        rows = self.connection.execute(_UNFINISHED, {"limit": limit})
        return [conversation_of(row) for row in rows]

    def referred(self, connector: str, native_ids: Sequence[str]) -> Sequence[int]:
        """See Book."""
        wanted = list(native_ids)[:50]
        if not wanted:
            return ()
        found = self.connection.execute(_REFERRED, {"network": connector, "ids": wanted})
        # Ids are the senders' word: two mails may bear the same one. All that it can mean is named, nothing is guessed.
        by_id: dict[str, list[int]] = {}
        for row in found:
            if row.conversation:
                by_id.setdefault(row.native_id, []).append(row.conversation)
        return list(dict.fromkeys(number for native_id in wanted for number in sorted(by_id.get(native_id, ()))))

    def in_room(self, connector: str, address: str, room: str) -> int | None:
        """See Book."""
        here = (rooms.c.connector == connector, rooms.c.address == address, rooms.c.room == room)
        return self.connection.execute(select(rooms.c.conversation).where(*here, _IS_THERE)).scalar()

    def thread_ids(self, number: int, limit: int = 20) -> Sequence[str]:
        """See Book."""
        rows = self.connection.execute(_THREAD_IDS, {"wanted": number})
        ids = [row.native_id for row in rows]
        # The first one names the thread (RFC 5322 section 3.6.4), the last ones place the answer in it.
        return ids if len(ids) <= limit else [ids[0], *ids[1 - limit :]]

    def history(self, number: int, limit: int) -> Sequence[Line]:
        """See Book."""
        return self._lines(select(messages, _files).where(messages.c.conversation == number), limit)

    def last_heard(self, number: int) -> Line | None:
        """See Book."""
        heard = select(messages, _files).where(
            messages.c.conversation == number, messages.c.direction == Direction.IN, messages.c.automatic == ""
        )
        return next(iter(self._lines(heard, 1)), None)

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

    def question(self, connector: str, address: str, now: datetime) -> Question | None:
        """See Book."""
        query = select(questions.c.payload).where(
            questions.c.connector == connector, questions.c.address == address, questions.c.expires_at > now
        )
        held = self.connection.execute(query).scalar()
        return None if held is None else question_from(held)

    def outbound(self, id_or_native: str, connector: str = "") -> Pending | None:
        """See Book."""
        found = self._pending(select(outbox).where(outbox.c.id == id_or_native))
        if found is not None or not connector:
            return found
        by_native = select(shown.c.outbound).where(shown.c.connector == connector, shown.c.native_id == id_or_native)
        return self._pending(select(outbox).where(outbox.c.id.in_(by_native)))

    def parts_of(self, outbound_id: str) -> Sequence[str]:
        """See Book."""
        query = select(outbox.c.id).where(of(outbound_id), outbox.c.state != "cancelled").order_by(outbox.c.seq)
        return self.connection.execute(query).scalars().all() or (outbound_id,)

    def waiting_of(self, author: str) -> Pending | None:
        """See Book."""
        return self._pending(
            select(outbox)
            .where(outbox.c.author == author, outbox.c.kind == _ANSWER, outbox.c.state == _WAITING)
            .where(outbox.c.unknown.is_(False), first())
            .order_by(outbox.c.seq.desc())
        )

    def from_line(self, line: OwnerLine) -> Pending | None:
        """See Book."""
        query = select(outbox).where(outbox.c.origin == origin_json(line), outbox.c.kind == _ANSWER, first())
        return self._pending(query.order_by(outbox.c.seq.desc()))

    def _pending(self, query: Select[Any]) -> Pending | None:
        row = self.connection.execute(query.limit(1)).first()
        return None if row is None else pending_from(row)

    def answers(self, number: int) -> int:
        """See Book."""
        return self._count(
            select(func.count()).where(
                outbox.c.conversation == number,
                outbox.c.kind == _ANSWER,
                outbox.c.state.not_in(_TAKEN_BACK),
                first(),
            )
        )

    def automatic_since(self, connector: str, address: str, since: datetime) -> int:
        """See Book."""
        return self._count(
            select(func.count()).where(
                outbox.c.lane == f"{connector} {address}",
                outbox.c.kind == _AUTOMATIC,
                outbox.c.created_at >= since,
                outbox.c.state.not_in(_TAKEN_BACK),
                first(),
            )
        )

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

    def waits_since(self, number: int) -> datetime | None:
        """See Book."""
        return self.connection.execute(_WAITS_SINCE, {"wanted": number}).scalar()

    def last_automatic(self, number: int) -> datetime | None:
        """See Book."""
        return self.connection.execute(_LAST_AUTOMATIC, {"wanted": number}).scalar()

    def automatic_subjects(self, connector: str, since: datetime, but: int) -> Sequence[str]:
        """See Book."""
        lately = select(events.c.conversation).where(events.c.at >= since, events.c.kind == "acknowledged")
        query = select(conversations.c.subject).where(
            conversations.c.number.in_(lately), conversations.c.number != but, conversations.c.connector == connector
        )
        return list(self.connection.execute(query).scalars())

    def logged(self, kind: str, since: datetime) -> int:
        """See Book."""
        return self._count(select(func.count()).where(events.c.kind == kind, events.c.at >= since))

    def messages_between(self, customer: str, since: datetime, until: datetime) -> int:
        """See Book."""
        theirs = select(conversations.c.number).where(
            conversations.c.customer == customer, conversations.c.changed_at >= since
        )
        return self._count(
            select(func.count()).where(
                messages.c.conversation.in_(theirs),
                messages.c.direction == Direction.IN,
                messages.c.at >= since,
                messages.c.at < until,
            )
        )

    def _count(self, query: Select[Any]) -> int:
        return self.connection.execute(query).scalar() or 0

    def accepted(self, customer: str) -> bool:
        """See Book."""
        theirs = select(conversations.c.number).where(conversations.c.customer == customer)
        query = select(events.c.id).where(events.c.conversation.in_(theirs), events.c.kind == "accepted")
        return self.connection.execute(query.limit(1)).first() is not None

    def filed(self, kinds: Sequence[str], since: datetime, limit: int) -> Sequence[Line]:
        """See Book."""
        these = select(events.c.conversation).where(events.c.kind.in_(kinds), events.c.at >= since)
        last = (
            select(func.max(messages.c.id))
            .where(messages.c.conversation.in_(these), messages.c.direction == Direction.IN)
            .group_by(messages.c.conversation)
        )
        return self._lines(_BEGINNINGS.where(messages.c.id.in_(last)), limit)

    def matches(self, number: int) -> Sequence[Remembered]:
        """See Book."""
        return learned.matches_of(self.connection, number)

    def matches_since(self, since: datetime, limit: int) -> Sequence[Remembered]:
        """See Book."""
        return learned.matches_since(self.connection, since, limit)

    def trust(self, entry: str, answer_hash: str) -> Trust:
        """See Book."""
        return learned.trust_of(self.connection, entry, answer_hash)

    def letters(self, limit: int = 20) -> Sequence[Letter]:
        """See Book."""
        unread = select(items.c.id, items.c.lane, items.c.outcome, items.c.due_at).where(
            items.c.state == literal_column("'dead'")
        )
        unsent = select(outbox).where(outbox.c.state.in_((literal_column("'dead'"), literal_column("'maybe'"))))
        found = [
            Letter(id=f"i{row.id}", what=row.lane, reason=row.outcome, at=row.due_at)
            for row in self.connection.execute(unread.order_by(items.c.id.desc()).limit(limit))
        ]
        for row in self.connection.execute(unsent.order_by(outbox.c.seq.desc()).limit(limit)):
            what = f"{row.address}: {row.payload.get('text', '')}"
            reason = row.reason if row.state == "dead" else f"maybe sent ({row.reason})"
            number = row.conversation
            found.append(Letter(id=f"o{row.seq}", what=what, reason=reason, at=row.due_at, conversation=number))
        return sorted(found, key=lambda letter: letter.at, reverse=True)[:limit]
