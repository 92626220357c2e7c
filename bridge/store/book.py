"""The book that decisions read, within one transaction. Every method is one query or two; see `bridge.book.Book`.

Here are the look-ups of customers, conversations and the log; `said.py`, `sent.py` and `case_book.py` have the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, func, literal_column, select, union_all

from bridge.conversation import Conversation, Customer
from bridge.decision import Direction, Question
from bridge.happened import ANSWERED, BOT_ANSWERED, CLOSED, HEARD
from bridge.learned import Remembered, Trust
from bridge.outbound import OutboundKind
from bridge.store import learned
from bridge.store.book_tables import (
    IS_THERE,
    addresses,
    conversations,
    customers,
    events,
    messages,
    questions,
    rooms,
    shown,
)
from bridge.store.case_book import CONVERSATIONS, StoredCases, conversation_of
from bridge.store.rows import customer_from, question_from
from bridge.store.said import StoredSayings
from bridge.store.sent import StoredOutbounds
from bridge.store.work_tables import outbox
from bridge.valid import clean

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
_WAITS_SINCE = (
    select(events.c.at, events.c.data)
    .where(
        events.c.conversation == bindparam("wanted"),
        events.c.kind == HEARD,
        events.c.id
        > select(func.coalesce(func.max(_ended.c.id), 0))
        .where(_ended.c.conversation == bindparam("wanted"), _ended.c.kind.in_((ANSWERED, BOT_ANSWERED, CLOSED)))
        .scalar_subquery(),
    )
    .order_by(events.c.id)
    .limit(1000)
)


@dataclass(frozen=True, slots=True)
class StoredBook(StoredSayings, StoredOutbounds, StoredCases):
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
        return self.connection.execute(select(rooms.c.conversation).where(*here, IS_THERE)).scalar()

    def thread_ids(self, number: int, limit: int = 20) -> Sequence[str]:
        """See Book."""
        rows = self.connection.execute(_THREAD_IDS, {"wanted": number})
        ids = [row.native_id for row in rows]
        # The first one names the thread (RFC 5322 section 3.6.4), the last ones place the answer in it.
        return ids if len(ids) <= limit else [ids[0], *ids[1 - limit :]]

    def question(self, connector: str, address: str, now: datetime) -> Question | None:
        """See Book."""
        query = select(questions.c.payload).where(
            questions.c.connector == connector, questions.c.address == address, questions.c.expires_at > now
        )
        held = self.connection.execute(query).scalar()
        return None if held is None else question_from(held)

    def waits_since(self, number: int) -> datetime | None:
        """See Book."""
        heard = self.connection.execute(_WAITS_SINCE, {"wanted": number})
        # A wait that came from another conversation began there.
        began = [datetime.fromisoformat(row.data["received_at"]) if "moved" in row.data else row.at for row in heard]
        return min(began, default=None)

    def automatic_subjects(self, connector: str, since: datetime, but: int) -> Sequence[str]:
        """See Book."""
        lately = select(events.c.conversation).where(events.c.at >= since, events.c.kind == "acknowledged")
        query = select(conversations.c.subject).where(
            conversations.c.number.in_(lately), conversations.c.number != but, conversations.c.connector == connector
        )
        return list(self.connection.execute(query).scalars())

    def logged(self, kind: str, since: datetime) -> int:
        """See Book."""
        return self.count(select(func.count()).where(events.c.kind == kind, events.c.at >= since))

    def accepted(self, customer: str) -> bool:
        """See Book."""
        theirs = select(conversations.c.number).where(conversations.c.customer == customer)
        query = select(events.c.id).where(events.c.conversation.in_(theirs), events.c.kind == "accepted")
        return self.connection.execute(query.limit(1)).first() is not None

    def matches(self, number: int) -> Sequence[Remembered]:
        """See Book."""
        return learned.matches_of(self.connection, number)

    def matches_since(self, since: datetime, limit: int) -> Sequence[Remembered]:
        """See Book."""
        return learned.matches_since(self.connection, since, limit)

    def trust(self, entry: str, answer_hash: str) -> Trust:
        """See Book."""
        return learned.trust_of(self.connection, entry, answer_hash)
