"""What waits, and since when, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pieces import LATER, begin, claim, decider, draft, finish, look, place, raw, receive
from sqlalchemy import insert

from bridge.decision import Remind
from bridge.store.book_tables import conversations, messages
from bridge.store.figures import Waiting
from bridge.store.store import Store
from bridge.testing import START


async def open_conversation(store: Store, **fields: Any) -> None:
    values = {"customer": "c", "connector": "mail", "address": "anna", "state": "open", "version": 1}
    times = {"opened_at": START, "changed_at": LATER}
    await look(store, lambda c: c.execute(insert(conversations).values(**{**values, **times, **fields})))


async def said(store: Store, conversation: int, at: timedelta, direction: str = "in") -> None:
    row = {"conversation": conversation, "direction": direction, "body": "x", "connector": "mail", "at": START + at}
    await look(store, lambda c: c.execute(insert(messages).values(row)))


async def test_an_empty_store_has_nothing_waiting(store: Store) -> None:
    found = await store.figures()
    assert (found.items, dict(found.outbounds), found.answers) == (Waiting(), {}, Waiting())
    assert found.conversations == {"open": 0, "waiting": 0, "snoozed": 0}
    assert found.dead == {"item": 0}


async def test_items_wait_and_timers_do_not(store: Store) -> None:
    await receive(store, raw("1", received_at=START - timedelta(seconds=9)), raw("2"), raw("3", lane="carla"))
    (first, other) = sorted(await claim(store), key=lambda claimed: claimed.id)
    assert (await store.figures()).items == Waiting(3, START - timedelta(seconds=9))

    timer = Remind(key="burst 1", due_at=LATER + timedelta(days=9), data={})
    await store.inbox.settle(first, [decider(timer)], LATER)
    assert (await store.figures()).items == Waiting(2, START)

    await store.inbox.bury(other, "unreadable", [draft()], LATER)
    found = await store.figures()
    assert (found.items, found.dead) == (Waiting(1, START), {"item": 1})


async def test_outbounds_wait_by_connector(store: Store) -> None:
    await place(store, draft(), draft(address="carla"), draft(connector="bot", address="7 8"))
    found = await store.figures()
    assert found.outbounds == {"mail": Waiting(2, START), "bot": Waiting(1, START)}

    for sending in await begin(store):
        await finish(store, sending, state="dead" if sending.outbound.address == "carla" else "sent")
    found = await store.figures()
    assert (found.outbounds, found.dead) == ({"bot": Waiting(1, START)}, {"item": 0, "notice": 1})


async def test_the_longest_wait_begins_with_the_first_unanswered_words(store: Store) -> None:
    hour = timedelta(hours=1)
    answered = START - 3 * hour
    await open_conversation(store, opened_at=START - 9 * hour, person_answered_at=answered)
    await said(store, 1, -9 * hour)
    await said(store, 1, -3 * hour, "out")
    await said(store, 1, -2 * hour)
    await said(store, 1, -1 * hour)
    await open_conversation(store, state="closed", opened_at=START - 50 * hour)
    await open_conversation(store, state="waiting", opened_at=START - 50 * hour)
    found = await store.figures()
    assert (found.answers, found.conversations["waiting"]) == (Waiting(1, START - 2 * hour), 1)

    await open_conversation(store, opened_at=START - 4 * hour)
    assert (await store.figures()).answers == Waiting(2, START - 4 * hour)
