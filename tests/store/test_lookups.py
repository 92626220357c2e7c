"""Look-ups that go by the log read a day's worth, not the whole book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shop import Shop
from sqlalchemy import Connection, create_engine, event

from bridge.book import BEGINNING
from bridge.messages import Message
from bridge.store.book import StoredBook
from bridge.store.schema import metadata
from bridge.store.spots import customer_in, room_of
from bridge.store.store import Store
from bridge.testing import START
from bridge.text import Span, SpanKind, Text


def plans(look: Callable[[Connection], object]) -> list[str]:
    """How SQLite goes about each of its statements."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    asked: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _u, query, given, *_: asked.append((query, given)))
    with engine.connect() as connection:
        look(connection)
        cursor = connection.connection.cursor()
        return [row[3] for query, given in asked for row in cursor.execute(f"EXPLAIN QUERY PLAN {query}", given)]


def test_what_was_heard_lately_is_found_by_the_log() -> None:
    plan = plans(lambda connection: StoredBook(connection).heard_since("mail", START - timedelta(days=1), 500))
    assert "SEARCH events USING INDEX events_at (at>?)" in plan
    assert "SEARCH messages USING INDEX messages_conversation (conversation=?)" in plan


def test_where_typing_is_shown_is_found_among_any_number_of_rooms() -> None:
    """It is asked several times a second."""
    plan = plans(lambda connection: customer_in(connection, "desk", "olga", "r42"))
    plan += plans(lambda connection: room_of(connection, "desk", "olga", 42))
    rooms = [step for step in plan if "rooms" in step]
    assert rooms == [
        "SEARCH rooms USING INDEX rooms_room (connector=? AND address=? AND room=?)",
        "SEARCH rooms USING INDEX sqlite_autoindex_rooms_1 (connector=? AND address=? AND conversation=?)",
    ]
    assert not [step for step in plan if step.startswith("SCAN")]


def test_of_a_long_message_the_beginning_is_looked_at() -> None:
    """A day's 500 messages are compared at once: some of them may be megabytes."""
    shop = Shop()
    shop.customer("anna@example.org", "x" * 1_000_000)
    bold = Text("y" * 10_000, (Span(start=5_000, end=6_000, kind=SpanKind.BOLD),))
    shop.happens(Message(address="bob@example.org", text=bold, native_id="b1"), "mail")
    with shop.read() as book:
        heard = book.heard_since("mail", START - timedelta(days=1), 500)
    assert [len(line.text.plain) for line in heard] == [BEGINNING, BEGINNING]


async def test_of_what_was_never_shown_nothing_stands_together(store: Store) -> None:
    assert await store.transactions.run("look", lambda held: StoredBook(held).shown_together("desk", "m1")) == 0


def test_what_stands_together_is_found_by_the_first_ones_name() -> None:
    plan = plans(lambda connection: StoredBook(connection).shown_together("desk", "m1"))
    assert "SEARCH outbox USING INDEX outbox_merged (merged_into=?)" in plan
