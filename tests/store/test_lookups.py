"""Look-ups that go by the log read a day's worth, not the whole book."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shop import Shop
from sqlalchemy import create_engine, event

from bridge.book import BEGINNING
from bridge.messages import Message
from bridge.store.book import StoredBook
from bridge.store.schema import metadata
from bridge.testing import START
from bridge.text import Span, SpanKind, Text


def test_what_was_heard_lately_is_found_by_the_log() -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    asked: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _u, query, given, *_: asked.append((query, given)))
    with engine.connect() as connection:
        StoredBook(connection).heard_since("mail", START - timedelta(days=1), 500)
        query, given = asked[-1]
        plan = [row[3] for row in connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {query}", given)]
    assert "SEARCH events USING INDEX events_at (at>?)" in plan
    assert "SEARCH messages USING INDEX messages_conversation (conversation=?)" in plan


def test_of_a_long_message_the_beginning_is_looked_at() -> None:
    """A day's 500 messages are compared at once: some of them may be megabytes."""
    shop = Shop()
    shop.customer("anna@example.org", "x" * 1_000_000)
    bold = Text("y" * 10_000, (Span(start=5_000, end=6_000, kind=SpanKind.BOLD),))
    shop.happens(Message(address="bob@example.org", text=bold, native_id="b1"), "mail")
    with shop.read() as book:
        heard = book.heard_since("mail", START - timedelta(days=1), 500)
    assert [len(line.text.plain) for line in heard] == [BEGINNING, BEGINNING]
