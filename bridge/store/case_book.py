"""What decisions about cases look up (`bridge.case_book.CaseBook`), within one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Text, bindparam, case, func, literal, literal_column, select, type_coerce, union_all

from bridge.case_book import Wanted
from bridge.case_effects import Concern, Problem, Promise
from bridge.conversation import Conversation, Customer
from bridge.happened import ANSWERED, CLOSED, HEARD
from bridge.store.book_tables import conversations, customers, events, shown
from bridge.store.case_tables import absences, postponed, problem_cases, problems, promises
from bridge.store.reading import Reading
from bridge.store.rows import conversation_from
from bridge.store.work_tables import outbox

CONVERSATIONS = select(conversations, *(column.label(f"customer_{column.name}") for column in customers.c)).join(
    customers, customers.c.id == conversations.c.customer
)

_heard = events.alias()
_ENDED_BEFORE = (
    select(events.c.id)
    .where(
        events.c.conversation == bindparam("wanted"),
        events.c.kind.in_((ANSWERED, CLOSED)),
        events.c.id
        > select(func.min(_heard.c.id))
        .where(_heard.c.conversation == bindparam("wanted"), _heard.c.kind == HEARD)
        .scalar_subquery(),
    )
    .limit(1)
)


def conversation_of(row: Row[Any]) -> Conversation:
    """From a row of CONVERSATIONS."""
    customer = Customer(
        id=row.customer_id,
        name=row.customer_name,
        blocked=row.customer_blocked,
        held=row.customer_held,
        window_at=row.customer_window_at,
        window_count=row.customer_window_count,
    )
    return conversation_from(row, customer)


@dataclass(frozen=True, slots=True)
class StoredCases(Reading):
    """`bridge.case_book.CaseBook` over a connection."""

    def listed(self, wanted: Wanted, limit: int) -> Sequence[Conversation]:
        """See CaseBook."""
        states = [str(state) for state in wanted.states]
        query = CONVERSATIONS.where(conversations.c.state.in_(states), conversations.c.merged_into == 0)
        if wanted.tag:
            # Tags are kept as JSON in ASCII, so one between its quotes is found as it is.
            tags = type_coerce(conversations.c.tags, Text)
            query = query.where(tags.contains(json.dumps(wanted.tag), autoescape=True))
        if wanted.assigned_to:
            query = query.where(conversations.c.assigned_to == wanted.assigned_to)
        waits = case((conversations.c.state == "open", 0), (conversations.c.state == "snoozed", 2), else_=1)
        by_age = (waits, conversations.c.priority.desc(), conversations.c.changed_at, conversations.c.number)
        return self._conversations(query.order_by(*by_age).limit(limit))

    def asleep_until(self, now: datetime, limit: int) -> Sequence[Conversation]:
        """See CaseBook."""
        until = conversations.c.snoozed_until
        query = CONVERSATIONS.where(conversations.c.state == "snoozed", until <= now)
        return self._conversations(query.order_by(until, conversations.c.number).limit(limit))

    def _conversations(self, query: Any) -> list[Conversation]:
        return [conversation_of(row) for row in self.connection.execute(query)]

    def away_until(self, owner: str) -> datetime | None:
        """See CaseBook."""
        until: datetime | None = self.connection.execute(
            select(absences.c.until).where(absences.c.owner == owner)
        ).scalar()
        return until

    def postponed(self, connector: str, address: str) -> Sequence[str]:
        """See CaseBook."""
        here = (postponed.c.connector == connector, postponed.c.address == address)
        return self.connection.execute(select(postponed.c.body).where(*here).order_by(postponed.c.id)).scalars().all()

    def shown_message(self, connector: str, native_ids: Sequence[str]) -> int | None:
        """See CaseBook."""
        for native_id in native_ids[:50]:
            by_native = select(shown.c.outbound).where(shown.c.connector == connector, shown.c.native_id == native_id)
            named = (outbox.c.id == native_id) | outbox.c.id.in_(by_native)
            found: int | None = self.connection.execute(
                select(outbox.c.shows).where(
                    # One that shows several says of none which one is meant.
                    named,
                    outbox.c.connector == connector,
                    outbox.c.shows > 0,
                    outbox.c.merged_into == "",
                )
            ).scalar()
            if found:
                return found
        return None

    def shown_together(self, connector: str, native_id: str) -> int:
        """See CaseBook."""
        by_native = select(shown.c.outbound).where(shown.c.connector == connector, shown.c.native_id == native_id)
        first = outbox.c.merged_into.in_(union_all(select(literal(native_id)), by_native))
        # A literal, so that SQLite sees that the partial index covers the query; it does not look into parameters.
        merged = outbox.c.merged_into > literal_column("''")
        here = (outbox.c.connector == connector, outbox.c.shows > 0)
        return self.count(select(func.count()).where(first, merged, *here))

    def told_since(self, customer: str, kind: str, since: datetime) -> bool:
        """See CaseBook."""
        theirs = select(conversations.c.number).where(conversations.c.customer == customer)
        query = select(events.c.id).where(
            events.c.conversation.in_(theirs), events.c.kind == kind, events.c.at >= since
        )
        return self.connection.execute(query.limit(1)).first() is not None

    def happened_in(self, number: int, kinds: Sequence[str], since: datetime) -> bool:
        """See CaseBook."""
        query = select(events.c.id).where(
            events.c.conversation == number, events.c.kind.in_(kinds), events.c.at >= since
        )
        return self.connection.execute(query.limit(1)).first() is not None

    def ended_before(self, number: int) -> bool:
        """See CaseBook."""
        return self.connection.execute(_ENDED_BEFORE, {"wanted": number}).first() is not None

    def next_promise(self) -> int:
        """See CaseBook."""
        return self._next(promises.c.id, 742002)

    def _next(self, column: Any, lock: int) -> int:
        if self.connection.dialect.name == "postgresql":
            self.connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")
        return (self.connection.execute(select(func.max(column))).scalar() or 0) + 1

    def promise(self, promise: int) -> Promise | None:
        """See CaseBook."""
        row = self.connection.execute(select(promises).where(promises.c.id == promise)).first()
        return None if row is None else _promise(row)

    def promises(self, state: str, *, conversation: int = 0, owner: str = "") -> Sequence[Promise]:
        """See CaseBook."""
        query = select(promises).where(promises.c.state == state)
        if conversation:
            query = query.where(promises.c.conversation == conversation)
        if owner:
            query = query.where(promises.c.owner == owner)
        rows = self.connection.execute(query.order_by(promises.c.due_at, promises.c.id).limit(100))
        return [_promise(row) for row in rows]

    def next_problem(self) -> int:
        """See CaseBook."""
        return self._next(problems.c.number, 742003)

    def problem(self, number: int) -> Problem | None:
        """See CaseBook."""
        row = self.connection.execute(select(problems).where(problems.c.number == number)).first()
        return None if row is None else _problem(row)

    def problems(self, limit: int) -> Sequence[Problem]:
        """See CaseBook."""
        latest = (problems.c.closed_at.is_not(None), problems.c.number.desc())
        return [_problem(row) for row in self.connection.execute(select(problems).order_by(*latest).limit(limit))]

    def concerned(self, problem: int) -> Sequence[Concern]:
        """See CaseBook."""
        query = select(problem_cases).where(problem_cases.c.problem == problem).order_by(problem_cases.c.conversation)
        return [
            Concern(problem=problem, conversation=row.conversation, told=row.told)
            for row in self.connection.execute(query)
        ]


def _promise(row: Row[Any]) -> Promise:
    return Promise(
        id=row.id,
        conversation=row.conversation,
        owner=row.owner,
        words=row.words,
        due_at=row.due_at,
        state=row.state,
        made_at=row.made_at,
    )


def _problem(row: Row[Any]) -> Problem:
    return Problem(number=row.number, words=row.words, opened_at=row.opened_at, closed_at=row.closed_at, told=row.told)
