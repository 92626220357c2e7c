"""What decisions ask of the log about a wait, on each engine: since when, whether one has ended, what was told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pieces import look
from sqlalchemy import Connection, insert

from bridge.store.book import StoredBook
from bridge.store.book_tables import addresses, conversations, events
from bridge.store.logbook import StoredLog
from bridge.store.store import Store
from bridge.testing import START

MINUTE = timedelta(minutes=1)
MOVED = {"moved": True, "received_at": (START - timedelta(hours=5)).isoformat()}

Written = list[tuple[int, str] | tuple[int, str, dict[str, Any]]]


async def log(store: Store, *written: tuple[Any, ...], conversation: int = 1) -> None:
    """Events, each so many minutes after START."""
    rows = [
        {"at": START + minutes * MINUTE, "kind": kind, "conversation": conversation, "data": data[0] if data else {}}
        for minutes, kind, *data in written
    ]
    await look(store, lambda connection: connection.execute(insert(events), rows))


@pytest.mark.parametrize(
    ("written", "since", "ended"),
    [
        ([(0, "customer wrote")], 0, False),
        ([(0, "customer wrote"), (5, "customer wrote")], 0, False),
        ([(0, "customer wrote"), (5, "answered"), (9, "customer wrote")], 9, True),
        ([(0, "customer wrote"), (5, "closed"), (9, "customer wrote")], 9, True),
        ([(0, "customer wrote"), (5, "bot answered"), (9, "customer wrote")], 9, False),
        ([(0, "answered"), (5, "customer wrote")], 5, False),  # the shop wrote first
        ([(0, "customer wrote"), (5, "answered")], None, True),
        ([(0, "noted")], None, False),
        ([(0, "customer wrote"), (5, "answered"), (7, "customer wrote"), (9, "customer wrote", MOVED)], -300, True),
    ],
)
async def test_since_when_and_whether_one_has_ended(
    store: Store, written: Written, since: int | None, *, ended: bool
) -> None:
    await log(store, *written)
    await log(store, (-60, "customer wrote"), (-50, "answered"), conversation=2)

    def ask(connection: Connection) -> tuple[Any, bool]:
        book = StoredBook(connection)
        return book.waits_since(1), book.ended_before(1)

    assert await look(store, ask) == (None if since is None else START + since * MINUTE, ended)


async def test_what_was_told_of_a_wait(store: Store) -> None:
    await log(store, (0, "due soon"), (30, "overdue"))

    def ask(connection: Connection) -> list[bool]:
        book = StoredBook(connection)
        asked: list[tuple[int, tuple[str, ...], int]] = [
            (1, ("due soon",), 0),
            (1, ("due soon",), 1),
            (1, ("due soon", "overdue"), 30),
            (2, ("due soon", "overdue"), 0),
        ]
        return [book.happened_in(number, kinds, START + since * MINUTE) for number, kinds, since in asked]

    assert await look(store, ask) == [True, False, True, False]


async def test_the_addresses_of_customers(store: Store) -> None:
    case = {"connector": "mail", "address": "a@home.example", "state": "open", "version": 1}
    cases = [
        {**case, "number": number, "customer": whose, "opened_at": START, "changed_at": START}
        for number, whose in ((1, "anna"), (2, "anna"), (3, "bob"))
    ]
    known = [
        {"connector": connector, "address": address, "customer": whose, "first_customer": whose}
        for connector, address, whose in (
            ("mail", "a@home.example", "anna"),
            ("chat", "a@work.example", "anna"),
            ("mail", "b@home.example", "bob"),
        )
    ]

    def write(connection: Connection) -> None:
        connection.execute(insert(conversations), cases)
        connection.execute(insert(addresses), known)

    await look(store, write)
    found = await StoredLog(store.transactions).addresses_of([1, 3, 9])
    assert {number: sorted(theirs) for number, theirs in found.items()} == {
        1: ["a@home.example", "a@work.example"],
        3: ["b@home.example"],
    }
