"""What owners are told of the bridge itself: each thing once."""

from __future__ import annotations

from pieces import look
from shop import POLICY
from sqlalchemy import select

from bridge.desk import Desk
from bridge.steps.telling import Telling
from bridge.store.store import Store
from bridge.store.work_tables import outbox
from bridge.testing import START


async def test_a_fault_in_the_faq_is_told_once_though_its_line_moves(store: Store) -> None:
    telling = Telling(store.outbox, lambda: Desk(policy=POLICY, connectors={}), lambda: START)

    for reason in (
        "/faq.toml:46: hours: is wrong",
        "/faq.toml:47: hours: is wrong",
        "/faq.toml:9: gifts: is wrong",
        None,
    ):
        await telling.faq(reason)

    rows = await look(store, lambda c: c.execute(select(outbox).order_by(outbox.c.seq)).all())
    told = [
        row.payload["text"]["plain"] if isinstance(row.payload["text"], dict) else row.payload["text"] for row in rows
    ]
    assert [text.partition(":")[0] for text in told] == [
        "Something is wrong with the FAQ",
        "Something is wrong with the FAQ",
        "The FAQ is in order again.",
    ]
    assert "/faq.toml:46" in told[0]
    assert "/faq.toml:9" in told[1]
