"""A decision and "this item is done" commit together or not at all, on both engines."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from pieces import LATER, claim, decider, draft, raw, receive, rows, together

from bridge.book import Book
from bridge.conversation import Conversation, Customer, State
from bridge.decision import Change, Decision, Enrol, Log, Open, Record, Send
from bridge.messages import Attachment
from bridge.store.book_tables import attachments, conversations, customers, events, messages
from bridge.store.store import Store
from bridge.store.work_tables import items, lanes, outbox
from bridge.testing import START
from bridge.text import Text
from bridge.work import Conflict

ANNA = Customer(id="anna", name="Anna", window_at=START)
ENROL = Enrol(customer=ANNA, connector="mail", address="anna@example.org")
MATTER = Conversation(
    number=1, customer=ANNA, connector="mail", address="anna@example.org", state=State.OPEN, version=0,
    opened_at=START, changed_at=START,
)  # fmt: skip
OPEN = Open(conversation=MATTER)
RECORD = Record(conversation=1, direction="in", connector="mail", text=Text("Hi"), native_id="m1")
SEND = Send(draft=draft("olga", "#1 Anna: Hi"))
LOG = Log(kind="customer wrote", conversation=1)


async def settle(store: Store, native_id: str, *deciders, lane: str = "anna") -> None:  # type: ignore[no-untyped-def]
    await receive(store, raw(native_id, lane))
    (claimed,) = [one for one in await claim(store) if one.item.native_id == native_id]
    await store.inbox.settle(claimed, list(deciders), LATER)


async def test_everything_of_a_decision_is_there_at_once(store: Store) -> None:
    await settle(store, "1", decider(ENROL, OPEN, RECORD, SEND, LOG, reason="relayed"))
    assert await rows(store, items, "state", "outcome") == [("done", "relayed")]
    assert await rows(store, conversations, "number", "version") == [(1, 1)]
    assert await rows(store, messages, "body") == [("Hi",)]
    assert await rows(store, outbox, "address", "state") == [("olga", "waiting")]
    assert await rows(store, events, "kind") == [("customer wrote",)]
    assert await rows(store, lanes, "work", "lane") == [("out", "mail olga")]


def raises(book: Book) -> Decision:
    raise RuntimeError("a fault of ours")


async def test_a_decider_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError):
        await settle(store, "1", decider(ENROL, OPEN, RECORD, SEND, LOG), raises)
    for table in (customers, conversations, messages, outbox, events):
        assert await rows(store, table, table.primary_key.columns.keys()[0]) == []
    assert await rows(store, items, "state") == [("ready",)]


async def test_one_that_raises_undoes_nothing_of_its_neighbours(store: Store) -> None:
    """Those that share a commit (SQLite) or a server (PostgreSQL)."""
    await receive(store, *(raw(str(number), f"lane {number}") for number in range(12)))
    found = await claim(store)
    calls = [
        store.inbox.settle(one, [raises if place % 3 == 0 else decider(SEND)], LATER) for place, one in enumerate(found)
    ]
    failed = [result for result in await together(*calls) if isinstance(result, Exception)]
    assert [type(one) for one in failed] == [RuntimeError] * 4
    assert len(await rows(store, outbox, "id")) == 8
    assert sorted(state for (state,) in await rows(store, items, "state")) == ["done"] * 8 + ["ready"] * 4


async def test_several_events_of_an_item_see_each_others_effects(store: Store) -> None:
    def second(book: Book) -> Decision:
        found = book.conversation(1)
        assert found is not None
        return Decision("second", (Change(after=replace(found, subject="seen")),))

    await settle(store, "1", decider(ENROL, OPEN, reason="first"), second)
    assert await rows(store, items, "outcome") == [("first; second",)]
    assert await rows(store, conversations, "subject", "version") == [("seen", 2)]


async def test_who_changes_a_conversation_second_decides_again(store: Store) -> None:
    await settle(store, "1", decider(ENROL, OPEN))
    read = replace(MATTER, version=1)
    await settle(store, "2", decider(Change(after=replace(read, state=State.CLOSED))))
    with pytest.raises(Conflict):
        await settle(store, "3", decider(RECORD, Change(after=replace(read, state=State.WAITING))))
    assert await rows(store, conversations, "state", "version") == [("closed", 2)]
    assert await rows(store, messages, "id") == []


async def test_who_enrols_the_same_stranger_second_decides_again(store: Store) -> None:
    await settle(store, "1", decider(ENROL))
    with pytest.raises(Conflict):
        await settle(store, "2", decider(ENROL, RECORD))
    assert await rows(store, messages, "id") == []


async def test_two_who_open_at_once_get_two_numbers(open_one) -> None:  # type: ignore[no-untyped-def]
    """Numbers have no gaps and no twins, however many daemons decide at once."""
    stores = [await open_one() for _ in range(3)]

    def opens(book: Book) -> Decision:
        return Decision("opened", (Open(conversation=replace(MATTER, number=book.next_number())),))

    await settle(stores[0], "0", decider(ENROL))
    await receive(stores[0], *(raw(str(number + 1), f"lane {number}") for number in range(18)))
    claimed = [(store, one) for store in stores for one in await claim(store, limit=6)]

    async def until_done(store: Store, one) -> None:  # type: ignore[no-untyped-def]
        while True:
            try:
                await store.inbox.settle(one, [opens], LATER)
            except Conflict:
                continue
            return

    await asyncio.gather(*(until_done(store, one) for store, one in claimed))
    assert [number for (number,) in await rows(stores[0], conversations, "number")] == list(range(1, 19))


async def test_a_repeated_decision_makes_the_same_ids(store: Store) -> None:
    """What is decided again after a crash has the ids that it had: no network sees two."""
    await receive(store, raw("1"))
    (claimed,) = await claim(store)
    with pytest.raises(RuntimeError):
        await store.inbox.settle(claimed, [decider(SEND), raises], LATER)
    await store.inbox.settle(claimed, [decider(SEND)], LATER)
    first = await rows(store, outbox, "id")
    await receive(store, raw("2"))
    (claimed,) = await claim(store)
    await store.inbox.settle(claimed, [decider(SEND)], LATER)
    assert len({*first, *await rows(store, outbox, "id")}) == 2


HOSTILE = "a\x00b\ud800c\r\nBcc: d\u202e\x9f"


async def test_what_databases_choke_on_goes_through_a_decision(store: Store) -> None:
    customer = replace(ANNA, name=HOSTILE)
    record = replace(
        RECORD, text=Text(HOSTILE), author=HOSTILE, subject=HOSTILE, native_id=HOSTILE,
        attachments=(Attachment(name=HOSTILE, media_type=HOSTILE, content=b"\x00"),),
    )  # fmt: skip
    log = Log(kind="x", data={HOSTILE: HOSTILE})
    send = Send(draft=draft(text=HOSTILE, subject=HOSTILE, replies_to=(HOSTILE,), author=HOSTILE))
    matter = replace(MATTER, customer=customer, subject=HOSTILE, answered_by=HOSTILE)
    effects = (replace(ENROL, customer=customer), Open(conversation=matter), record, log, send)
    await settle(store, "1", decider(*effects, reason=HOSTILE))
    ((name, media_type, content),) = await rows(store, attachments, "name", "media_type", "content")
    assert "\n" not in name + media_type
    assert content == b"\x00"
    ((body,),) = await rows(store, messages, "body")
    assert body == "a\ufffdb\ufffdc\r\nBcc: d\u202e\ufffd"


async def test_the_book_answers_hostile_questions_with_nothing(store: Store) -> None:
    def asks(book: Book) -> Decision:
        assert book.customer_at("mail", HOSTILE) is None
        assert book.find_address(HOSTILE) == []
        assert list(book.referred("mail", [HOSTILE])) == []
        assert list(book.search([HOSTILE, "%", "\\"], 5)) == []
        assert book.outbound(HOSTILE, "mail") is None
        assert book.conversation(10**15) is None
        assert book.question("mail", HOSTILE, LATER) is None
        return Decision("asked")

    await settle(store, "1", asks)
