"""Where it is shown that somebody types: in the rooms of an open conversation, to a customer who is welcome."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from bridge.store.book_tables import addresses, conversations, customers, rooms
from bridge.store.store import Store
from bridge.testing import START
from bridge.work import Spot

ANNA = "anna@example.org"
ROOM = Spot("desk", "olga", "r42")
DESKS = [("desk", "paul"), ("desk", "olga")]


def a_conversation(connection: Connection, number: int = 42, **fields: Any) -> None:
    told = {"opened_at": START, "changed_at": START, "state": "open", "version": 1}
    where = {"customer": "c1", "connector": "chat", "address": ANNA}
    connection.execute(insert(conversations).values(number=number, **told, **where))
    room = {"connector": "desk", "address": "olga", "room": f"r{number}"}
    connection.execute(insert(rooms).values(conversation=number, **room))
    if fields:
        connection.execute(update(conversations).values(**fields))


def anna(connection: Connection) -> None:
    window = {"window_at": START, "window_count": 0, "created_at": START}
    connection.execute(insert(customers).values(id="c1", name="Anna", blocked=False, held=False, **window))
    connection.execute(insert(addresses).values(connector="chat", address=ANNA, customer="c1", first_customer="c1"))


async def filled(store: Store, fields: dict[str, Any], person: dict[str, Any]) -> None:
    def fill(connection: Connection) -> None:
        anna(connection)
        a_conversation(connection, **fields)
        if person:
            connection.execute(update(customers).values(**person))

    await store.transactions.run("fill", fill)


@pytest.mark.parametrize(
    ("fields", "person", "shown"),
    [
        ({}, {}, True),
        ({"state": "waiting"}, {}, True),
        ({"state": "snoozed"}, {}, True),
        ({"state": "closed"}, {}, False),
        ({"merged_into": 41}, {}, False),
        ({}, {"blocked": True}, False),
        ({}, {"held": True}, False),
    ],
)
async def test_where_typing_is_shown(
    store: Store, fields: dict[str, Any], person: dict[str, Any], *, shown: bool
) -> None:
    await filled(store, fields, person)
    assert list(await store.spots.rooms_of("chat", ANNA, DESKS)) == ([ROOM] if shown else [])
    assert await store.spots.customer_in("desk", "olga", "r42") == (Spot("chat", ANNA) if shown else None)


async def test_another_place_is_nobodys(store: Store) -> None:
    await filled(store, {}, {})
    assert not await store.spots.rooms_of("mail", ANNA, DESKS)
    assert not await store.spots.rooms_of("chat", "bob@example.org", DESKS)
    for connector, address, room in (("chat", "olga", "r42"), ("desk", "paul", "r42"), ("desk", "olga", "")):
        assert await store.spots.customer_in(connector, address, room) is None


async def test_a_room_of_who_is_no_owner_any_more_is_none(store: Store) -> None:
    await filled(store, {}, {})
    assert not await store.spots.rooms_of("chat", ANNA, [("desk", "paul")])


async def test_of_several_conversations_the_latest_counts(store: Store) -> None:
    await filled(store, {"state": "closed"}, {})
    long_ago = update(conversations).values(changed_at=START - timedelta(days=1))
    await store.transactions.run("fill", lambda connection: connection.execute(long_ago).close())
    await store.transactions.run("fill", lambda connection: a_conversation(connection, 43))
    assert list(await store.spots.rooms_of("chat", ANNA, DESKS)) == [Spot("desk", "olga", "r43")]
