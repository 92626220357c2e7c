"""Rooms in the store, on both engines: opened once, by the first that needs one; gone, refused, and whose is which."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pieces import LATER, begin, draft, finish, look, place, rows

from bridge.outbound import OutboundKind
from bridge.store.book import StoredBook
from bridge.store.book_tables import rooms
from bridge.store.rooming import REFUSED_FOR
from bridge.store.store import Store
from bridge.store.work_tables import outbox
from bridge.text import Text
from bridge.work import Sending


def relay(text: str, conversation: int = 1, **fields: Any) -> Any:
    given = {"kind": OutboundKind.RELAY, "conversation": conversation, "in_room": True, "title": "#1 Bob", **fields}
    return draft("olga", text, head=f"#{conversation} Bob: ", **given)


async def first(store: Store, **fields: Any) -> Sending:
    (sending,) = await begin(store, **fields)
    return sending


async def after(store: Store, sending: Sending, **outcome: Any) -> Sending:
    following = await finish(store, sending, **outcome)
    assert following is not None
    return following


async def room_of(store: Store, conversation: int = 1, address: str = "olga") -> Any:
    found = await rows(store, rooms, "address", "conversation", "room")
    return next((room for where, number, room in found if (where, number) == (address, conversation)), None)


async def in_room(store: Store, room: str, address: str = "olga") -> Any:
    return await look(store, lambda connection: StoredBook(connection).in_room("mail", address, room))


async def test_the_first_opens_it_and_the_others_stand_behind_it(store: Store) -> None:
    await place(store, relay("one"), relay("two"))
    opening = await first(store)
    assert (opening.opening, opening.outbound.title, opening.again) == (True, "#1 Bob", False)
    one = await after(store, opening, state="opened", room="r1")
    assert (one.opening, one.outbound.room, one.outbound.text.plain, one.again) == (False, "r1", "one", False)
    two = await after(store, one)
    assert (two.opening, two.outbound.room, two.outbound.text.plain) == (False, "r1", "two")
    assert await in_room(store, "r1") == 1


async def test_a_room_is_one_conversations_at_one_address(store: Store) -> None:
    await place(store, relay("one"), relay("two", 2))
    one = await after(store, await first(store), state="opened", room="r1")
    opening = await after(store, one)
    assert opening.opening
    two = await after(store, opening, state="opened", room="r1")
    assert (two.outbound.room, two.outbound.text.plain) == ("", "#2 Bob: two")
    assert [await in_room(store, "r1"), await in_room(store, "r2"), await in_room(store, "")] == [1, None, None]
    assert await in_room(store, "r1", "paul") is None


@pytest.mark.parametrize("outcome", [{"state": "refused", "reason": "no right"}, {"state": "opened", "room": ""}])
async def test_where_none_can_be_opened_it_is_shown_outside(store: Store, outcome: dict[str, Any]) -> None:
    await place(store, relay("one"), relay("two"))
    one = await after(store, await first(store), **outcome)
    assert (one.outbound.room, one.outbound.text.plain, one.in_room) == ("", "#1 Bob: one", False)
    two = await after(store, one)
    assert two.outbound.text.plain == "#1 Bob: two"
    await finish(store, two)
    await place(store, relay("three"), now=LATER)
    again = await first(store, now=LATER + REFUSED_FOR + timedelta(seconds=1))
    assert again.opening


async def test_one_that_is_gone_is_opened_again_once(store: Store) -> None:
    await place(store, relay("one"), relay("two"))
    one = await after(store, await first(store), state="opened", room="r1")
    opening = await after(store, one, state="gone", reason="deleted")
    assert (opening.opening, opening.outbound.text.plain) == (True, "one")
    assert await in_room(store, "r1") is None
    one = await after(store, opening, state="opened", room="r2")
    assert (one.outbound.room, one.in_room) == ("r2", True)
    outside = await after(store, one, state="gone", reason="deleted")
    assert (outside.outbound.room, outside.outbound.text.plain) == ("", "#1 Bob: one")
    two = await after(store, outside)
    assert two.opening


async def test_what_cannot_stand_in_the_room_is_shown_outside(store: Store) -> None:
    await place(store, relay("one"))
    one = await after(store, await first(store), state="opened", room="r1")
    outside = await after(store, one, state="outside", reason="too many colours")
    assert (outside.outbound.room, outside.outbound.text.plain) == ("", "#1 Bob: one")
    assert await room_of(store) == "r1"


async def test_an_answer_to_a_line_in_a_room_that_is_gone_is_shown_outside(store: Store) -> None:
    await place(store, draft("olga", "-> #1 Bob", conversation=1, room="r1"))
    outside = await after(store, await first(store), state="gone", reason="deleted")
    assert (outside.outbound.room, outside.outbound.text.plain) == ("", "-> #1 Bob")


async def test_a_daemon_that_died_while_it_opened_one_opens_it_again_and_knows(open_one: Any) -> None:
    dead, living = await open_one(), await open_one()
    await place(dead, relay("one"))
    assert (await first(dead)).opening
    await living.leases.only_one()
    opening = await first(living)
    assert (opening.opening, opening.again) == (True, True)
    one = await after(living, opening, state="opened", room="r1")
    # The message itself was never sent: it is not marked as maybe shown.
    assert (one.opening, one.again) == (False, False)


async def test_an_unknown_outcome_of_opening_does_not_mark_the_message(store: Store) -> None:
    await place(store, relay("one"))
    assert await finish(store, await first(store), state="unknown", due_at=LATER) is not None
    await store.leases.beat()
    rows_now = await rows(store, outbox, "state", "unknown")
    assert rows_now == [("sending", True)]


CLOSING = [OutboundKind.CLOSE_ROOM, OutboundKind.REOPEN_ROOM]


@pytest.mark.parametrize("kind", CLOSING)
async def test_closing_needs_a_room_and_opens_none(store: Store, kind: OutboundKind) -> None:
    await place(store, relay("", kind=kind))
    closing = await first(store)
    assert (closing.opening, closing.outbound.room) == (False, "")
    await finish(store, closing)
    await place(store, relay("one"), relay("", kind=kind))
    one = await after(store, await first(store), state="opened", room="r1")
    closing = await after(store, one)
    assert (closing.outbound.kind, closing.outbound.room, closing.in_room) == (kind, "r1", False)
    await finish(store, closing, state="cancelled", reason="gone")
    assert await in_room(store, "r1") is None


async def test_without_a_conversation_nothing_stands_in_a_room(store: Store) -> None:
    await place(store, draft("olga", "the mailbox does not answer", in_room=True))
    sending = await first(store)
    assert (sending.opening, sending.outbound.room, sending.outbound.text) == (
        False,
        "",
        Text("the mailbox does not answer"),
    )
