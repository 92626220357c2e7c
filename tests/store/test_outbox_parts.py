"""Parts of one message in the outbox, on both engines: in order, taken back, failed and tried again as one."""

from __future__ import annotations

from typing import Any

import pytest
from pieces import LATER, begin, claim, decider, draft, finish, look, raw, receive, rows

from bridge.decision import Effect, OwnerLine, Revive, Reword, Send, Withdraw, WithdrawAutomatic
from bridge.outbound import OutboundKind
from bridge.store.book import StoredBook
from bridge.store.book_tables import events
from bridge.store.store import Store
from bridge.store.work_tables import outbox
from bridge.text import Text
from bridge.work import Conflict

LINE = OwnerLine(connector="desk", address="olga", native_id="line-1")
TOLD = (draft("olga", "told"),)


def answer(*texts: str, **fields: Any) -> Send:
    given = {"kind": OutboundKind.ANSWER, "author": "Olga", "origin": LINE, "conversation": 1, **fields}
    first, *more = [draft(text=text, **given) for text in texts]
    return Send(draft=first, more=tuple(more))


async def follows(store: Store, *effects: Effect) -> None:
    name = f"{effects}"[:200]
    await receive(store, raw(name, name))
    (claimed,) = [one for one in await claim(store) if one.item.native_id == name]
    await store.inbox.settle(claimed, [decider(*effects)], LATER)


async def said(store: Store) -> list[tuple[str, str]]:
    found = await rows(store, outbox, "payload", "state")
    return [(payload["text"], state) for payload, state in found]


async def first_id(store: Store) -> str:
    return str((await rows(store, outbox, "id"))[0][0])


async def test_they_leave_in_order_and_are_told_of_once(store: Store) -> None:
    await follows(store, answer("1", "2", "3"))
    (sending,) = await begin(store)
    seen = []
    following: Any = sending
    while following is not None:
        seen.append(following.outbound.text.plain)
        following = await finish(store, following, told=TOLD)
    assert seen == ["1", "2", "3", ]  # fmt: skip
    assert (await said(store))[3:] == [("told", "waiting")]
    assert [kind for (kind,) in await rows(store, events, "kind")] == ["delivery"]


async def test_the_first_failure_is_told_and_stops_the_rest_until_it_is_tried_again(store: Store) -> None:
    await follows(store, answer("1", "2", "3"))
    (first,) = await begin(store)
    second = await finish(store, first, told=TOLD)
    assert second is not None
    assert await finish(store, second, state="dead", reason="no", told=TOLD) is None
    assert await said(store) == [("1", "sent"), ("2", "dead"), ("3", "cancelled"), ("told", "waiting")]
    (told,) = await begin(store)
    await finish(store, told)

    await follows(store, Revive(letter="o2"))
    (again,) = await begin(store)
    third = await finish(store, again, told=TOLD)
    assert third is not None
    assert third.outbound.text.plain == "3"
    await finish(store, third, told=TOLD)
    assert [state for _, state in await said(store)] == ["sent", "sent", "sent", "sent", "waiting"]


async def test_what_may_have_arrived_is_told_once_and_the_rest_follows(store: Store) -> None:
    await follows(store, answer("1", "2"))
    (first,) = await begin(store)
    second = await finish(store, first, state="maybe", told=TOLD)
    assert second is not None
    await finish(store, second, told=TOLD)
    assert await said(store) == [("1", "maybe"), ("2", "sent"), ("told", "waiting")]


async def test_all_are_taken_back_together(store: Store) -> None:
    await follows(store, answer("1", "2"))
    await follows(store, Withdraw(outbound_id=await first_id(store), reason="undone"))
    assert await said(store) == [("1", "cancelled"), ("2", "cancelled")]
    assert await begin(store) == []


async def test_none_is_taken_back_once_the_first_has_begun(store: Store) -> None:
    await follows(store, answer("1", "2"))
    (first,) = await begin(store)
    await finish(store, first, state="sent")
    assert await look(store, lambda connection: StoredBook(connection).waiting_of("Olga")) is None
    found = await look(store, lambda connection: StoredBook(connection).from_line(LINE))
    assert found.state == "sent"
    with pytest.raises(Conflict):
        await follows(store, Withdraw(outbound_id=found.id, reason="undone"))
    with pytest.raises(Conflict):
        await follows(store, Reword(outbound_id=found.id, text=Text("new")))


REWORDED = [
    (("1",), ("a", "b"), [("1", "cancelled"), ("behind", "waiting"), ("a", "waiting"), ("b", "waiting")]),
    (("1", "2"), ("a", "b"), [("a", "waiting"), ("b", "waiting"), ("behind", "waiting")]),
    (("1", "2"), ("a",), [("1", "cancelled"), ("2", "cancelled"), ("behind", "waiting"), ("a", "waiting")]),
    (("1",), ("a",), [("a", "waiting"), ("behind", "waiting")]),
]


@pytest.mark.parametrize(("before", "after", "expected"), REWORDED)
async def test_reworded(store: Store, before: tuple[str], after: tuple[str], expected: list[tuple[str, str]]) -> None:
    await follows(store, answer(*before), Send(draft=draft(text="behind")))
    new = tuple(Text(text) for text in after)
    parts = new if len(new) > 1 else ()
    await follows(store, Reword(outbound_id=await first_id(store), text=Text("".join(after)), parts=parts))
    assert await said(store) == expected
    found = await look(store, lambda connection: StoredBook(connection).from_line(LINE))
    assert (found.state, found.text.plain) == ("waiting", after[0])
    await follows(store, Withdraw(outbound_id=found.id, reason="undone"))
    assert [text for text, state in await said(store) if state == "waiting"] == ["behind"]


async def test_they_count_as_one(store: Store) -> None:
    automatic = {"kind": OutboundKind.AUTOMATIC, "author": ""}
    await follows(store, answer("1", "2"), answer("3", "4", **automatic))
    counts = await look(
        store,
        lambda connection: (
            StoredBook(connection).answers(1),
            StoredBook(connection).automatic_since("mail", "anna", LATER),
        ),
    )
    assert counts == (1, 1)


async def test_an_automatic_one_that_has_left_in_part_is_finished(store: Store) -> None:
    await follows(store, answer("1", "2", kind=OutboundKind.AUTOMATIC), answer("3", "4", kind=OutboundKind.AUTOMATIC))
    (first,) = await begin(store)
    await finish(store, first, state="sent")
    await follows(store, WithdrawAutomatic(conversation=1))
    assert [state for _, state in await said(store)] == ["sent", "sending", "cancelled", "cancelled"]


async def test_what_changes_an_answer_knows_what_the_network_calls_it(store: Store) -> None:
    await follows(store, answer("1"))
    changes: dict[str, Any] = {"kind": OutboundKind.EDIT, "changes": await first_id(store), "conversation": 1}
    await follows(store, Send(draft=draft(text="new", **changes)))
    (first,) = await begin(store)
    edit = await finish(store, first, native_ids=("m1",))
    assert edit is not None
    assert (edit.changed, edit.outbound.kind, edit.outbound.text.plain) == ("m1", OutboundKind.EDIT, "new")


async def test_what_never_arrived_cannot_be_changed(store: Store) -> None:
    await follows(store, answer("1"))
    changes: dict[str, Any] = {"kind": OutboundKind.DELETION, "changes": await first_id(store), "conversation": 1}
    await follows(store, Send(draft=draft(text="", **changes)))
    (first,) = await begin(store)
    deletion = await finish(store, first, state="dead", reason="no")
    assert deletion is not None
    assert deletion.changed == ""
