"""What the log needs to say so that clocks can be computed from it: which outbound an event is about."""

from __future__ import annotations

from typing import Any

from shop import Shop
from sqlalchemy import select

from bridge.happened import ACKNOWLEDGED, ANSWERED, HEARD, TRACKED, UNDONE
from bridge.store.book_tables import events


def logged(shop: Shop) -> list[tuple[str, dict[str, Any]]]:
    with shop.engine.connect() as connection:
        rows = connection.execute(select(events.c.kind, events.c.data).order_by(events.c.id)).all()
    return [(row.kind, row.data) for row in rows]


def test_an_answer_and_its_undoing_name_the_same_outbound(shop: Shop) -> None:
    shop.customer("anna@example.com", "Tulips?")
    shop.owner("#1 Yes")
    (answer,) = shop.sent("answer")
    shop.owner("undo")
    said = logged(shop)
    assert [kind for kind, _ in said] == [HEARD, ANSWERED, UNDONE]
    assert [data["outbound"] for _, data in said[1:]] == [answer.id] * 2


def test_an_acknowledgement_names_its_outbound(shop: Shop) -> None:
    shop.with_policy(acknowledge=True).customer("anna@example.com", "Tulips?")
    shop.clock.advance(seconds=20)
    shop.ring()
    (sent,) = shop.sent("automatic")
    assert (ACKNOWLEDGED, {"outbound": sent.id}) in logged(shop)


def test_what_sends_nothing_names_none(shop: Shop) -> None:
    shop.customer("anna@example.com", "Tulips?")
    ((kind, data),) = logged(shop)
    assert kind in TRACKED
    assert sorted(data) == ["connector", "received_at"]
