"""Reading the log for reports, beside a daemon that writes: in many short transactions, as of one moment.

A transaction on SQLite keeps all others from writing: one of 20 ms now and then delays nobody, one of a minute would
turn mail away. What is logged after the first of them is left out, so that all of them see the same log.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import from_json  # three times as quick as json's: there are a million
from sqlalchemy import BigInteger, Connection, Row, Select, Text, func, select, tuple_, type_coerce

from bridge.happened import HEARD, HELD, TRACKED, Happened
from bridge.store.book_tables import addresses, conversations, events
from bridge.store.transactions import Transactions, Work

ROWS = 4_000
"""So many events are read in one transaction."""

CASES = 400
"""So many conversations are looked up by their numbers in one."""

_LATE = timedelta(days=7)
_MOMENT = timedelta(microseconds=1)
_NOTHING = datetime(1970, 1, 1, tzinfo=UTC)

# Each by its index: together in one SELECT they would be found by reading the whole table.
_FIRST = select(func.min(events.c.at)).scalar_subquery()
_LATEST = select(func.max(events.c.at)).scalar_subquery()
_NEWEST = select(func.max(events.c.id)).scalar_subquery()

# As the database has them: a report makes nothing of most of them but a number.
_COLUMNS = (
    events.c.conversation,
    type_coerce(events.c.at, BigInteger).label("at"),
    events.c.kind,
    type_coerce(events.c.data, Text).label("data"),
    events.c.id,
)


async def whole(transactions: Transactions) -> AsyncIterator[Sequence[Happened]]:
    """Everything that clocks are computed from: whole conversations, each in the order of the log."""
    last = (await transactions.run("read", _extent))[2]
    place, begun = (0, 0), list[Happened]()
    while rows := await transactions.run("read", _rows(_after(place, last))):
        place = (rows[-1].conversation, rows[-1].id)
        begun += _happened(rows)
        # The last conversation may go on with the next rows.
        complete = [event for event in begun if event.conversation != place[0]]
        begun = begun[len(complete) :]
        yield complete
    yield begun


def _after(place: tuple[int, int], last: int) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(tuple_(events.c.conversation, events.c.id) > place, events.c.kind.in_(TRACKED), events.c.id <= last)
        .order_by(events.c.conversation, events.c.id)
        .limit(ROWS)
    )


async def of_period(transactions: Transactions, since: datetime, until: datetime) -> AsyncIterator[Sequence[Happened]]:
    """The same, of conversations whose customers wrote from `since` up to `until` alone."""
    oldest, latest, last = await transactions.run("read", _extent)
    numbers = await _written_in(transactions, max(since, oldest), min(until + _LATE, latest + _MOMENT), last)
    for start in range(0, len(numbers), CASES):
        query = (
            select(*_COLUMNS)
            .where(events.c.conversation.in_(numbers[start : start + CASES]), events.c.kind.in_(TRACKED))
            .where(events.c.id <= last)
            .order_by(events.c.conversation, events.c.id)
        )
        yield _happened(await transactions.run("read", _rows(query)))


async def addresses_of(transactions: Transactions, numbers: Sequence[int]) -> Mapping[int, Sequence[str]]:
    """Every address of the customers of these conversations, by the conversation's number."""
    found: dict[int, list[str]] = {}
    for start in range(0, len(numbers), CASES):
        query = (
            select(conversations.c.number, addresses.c.address)
            .join(addresses, addresses.c.customer == conversations.c.customer)
            .where(conversations.c.number.in_(numbers[start : start + CASES]))
        )
        for row in await transactions.run("read", _rows(query)):
            found.setdefault(row.number, []).append(row.address)
    return found


@dataclass(frozen=True, slots=True)
class StoredLog:
    """`bridge.steps.counting.LogReader` over a store."""

    transactions: Transactions

    def of_period(self, since: datetime, until: datetime) -> AsyncIterator[Sequence[Happened]]:
        """See LogReader."""
        return of_period(self.transactions, since, until)

    async def addresses_of(self, numbers: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """See LogReader."""
        return await addresses_of(self.transactions, numbers)


async def _written_in(transactions: Transactions, since: datetime, until: datetime, last: int) -> Sequence[int]:
    """The conversations, in order. What came in within the period was decided then, or up to a week later."""
    found: set[int] = set()
    day = timedelta(days=1)
    while since < until:
        query = select(events.c.conversation).distinct()
        query = query.where(events.c.at >= since, events.c.at < min(since + day, until), events.c.id <= last)
        query = query.where(events.c.kind.in_((HEARD, HELD)))
        found.update(row.conversation for row in await transactions.run("read", _rows(query)))
        since += day
    return sorted(found)


def _rows(query: Select[Any]) -> Work[Sequence[Row[Any]]]:
    return lambda connection: connection.execute(query).all()


def _extent(connection: Connection) -> tuple[datetime, datetime, int]:
    """When the first and the latest event happened, and the last one's number."""
    oldest, latest, last = connection.execute(select(_FIRST, _LATEST, _NEWEST)).one()
    return (oldest, latest, last) if last else (_NOTHING, _NOTHING, 0)


def _happened(rows: Sequence[Any]) -> Sequence[Happened]:
    return [Happened(number, at, kind, from_json(data)) for number, at, kind, data, _ in rows]
