"""Reading the log for reports, beside a daemon that writes: in many short transactions, as of one moment.

A transaction on SQLite keeps all others from writing: one of 20 ms now and then delays nobody, one of a minute would
turn mail away. What is logged after the first of them is left out, so that all of them see the same log.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Select, Text, func, select, tuple_, type_coerce

from bridge.happened import HEARD, HELD, TRACKED, Happened
from bridge.store.schema import events
from bridge.store.transactions import Transactions, Work

ROWS = 4_000
"""So many events are read in one transaction."""

CASES = 400
"""So many conversations are looked up by their numbers in one."""

_LATE = timedelta(days=7)

# As the database has them: a report makes nothing of most of them but a number.
_COLUMNS = (
    events.c.conversation,
    type_coerce(events.c.at, BigInteger).label("at"),
    events.c.kind,
    type_coerce(events.c.data, Text).label("data"),
    events.c.id,
)


async def whole(transactions: Transactions) -> AsyncIterator[Sequence[Happened]]:
    """Everything that clocks are computed from, conversation by conversation, each in the order of the log."""
    last = await transactions.run("read", _last)
    place = (0, 0)
    while True:
        query = (
            select(*_COLUMNS)
            .where(tuple_(events.c.conversation, events.c.id) > place, events.c.kind.in_(TRACKED), events.c.id <= last)
            .order_by(events.c.conversation, events.c.id)
            .limit(ROWS)
        )
        rows = await transactions.run("read", _rows(query))
        if not rows:
            return
        place = (rows[-1].conversation, rows[-1].id)
        yield _happened(rows)


async def of_period(transactions: Transactions, since: datetime, until: datetime) -> AsyncIterator[Sequence[Happened]]:
    """The same, of conversations whose customers wrote from `since` up to `until` alone."""
    last = await transactions.run("read", _last)
    numbers = await _written_in(transactions, since, until + _LATE, last)
    for start in range(0, len(numbers), CASES):
        query = (
            select(*_COLUMNS)
            .where(events.c.conversation.in_(numbers[start : start + CASES]), events.c.kind.in_(TRACKED))
            .where(events.c.id <= last)
            .order_by(events.c.conversation, events.c.id)
        )
        yield _happened(await transactions.run("read", _rows(query)))


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


def _last(connection: Connection) -> int:
    return connection.execute(select(func.max(events.c.id))).scalar() or 0


def _happened(rows: Sequence[Any]) -> Sequence[Happened]:
    return [Happened(number, at, kind, json.loads(data)) for number, at, kind, data, _ in rows]
