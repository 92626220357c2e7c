"""The outbox on both engines: order per address, windows, retries, what nobody can know, and the network's own word."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pieces import LATER, begin, claim, decider, draft, finish, look, place, raw, receive, rows
from sqlalchemy import update

from bridge.decision import Effect, Revive, Reword, Settle, Withdraw
from bridge.messages import Attachment
from bridge.outbound import OutboundKind
from bridge.store.book import StoredBook
from bridge.store.book_tables import shown
from bridge.store.store import Store
from bridge.store.work_tables import lanes, notices, outbox
from bridge.testing import START
from bridge.text import Text
from bridge.work import Conflict, LostClaim, Outcome

LONG_AGO, WINDOW = START - timedelta(days=3), timedelta(seconds=5)


async def follows(store: Store, *effects: Effect) -> None:
    """A later decision has these effects."""
    await receive(store, raw(f"{effects}", f"{effects}"))
    (claimed,) = await claim(store)
    await store.inbox.settle(claimed, [decider(*effects)], LATER)


async def states(store: Store) -> list[str]:
    return [state for (state,) in await rows(store, outbox, "state")]


async def test_in_order_one_at_a_time_to_one_address(store: Store) -> None:
    await place(store, draft(text="1"), draft(text="2"), draft("bob", "3"))
    begun = await begin(store)
    assert sorted(sending.outbound.text.plain for sending in begun) == ["1", "3"]
    assert await begin(store) == []
    first = next(sending for sending in begun if sending.outbound.text.plain == "1")
    following = await finish(store, first)
    assert following is not None
    assert following.outbound.text.plain == "2"
    assert await finish(store, following) is None
    assert await states(store) == ["sent", "sent", "sending"]


async def test_an_outbound_comes_back_as_it_was_put(store: Store) -> None:
    given: dict[str, Any] = {"subject": "S", "replies_to": ("<a@b>", "<c@d>"), "conversation": 7, "mark": "sent"}
    await place(store, draft(kind=OutboundKind.ANSWER, text="Ä 😀", author="Olga", **given))
    (sending,) = await begin(store)
    outbound = sending.outbound
    assert {name: getattr(outbound, name) for name in given} == given
    assert (outbound.kind, outbound.text, sending.author) == (OutboundKind.ANSWER, Text("Ä 😀"), "Olga")
    assert (sending.attempts, sending.again) == (1, False)


async def test_not_before_its_window_has_passed(store: Store) -> None:
    await place(store, draft(due_at=START + WINDOW))
    assert await begin(store, now=START) == []
    assert await store.outbox.next_at() == START + WINDOW
    assert len(await begin(store, now=START + WINDOW)) == 1


async def test_a_withdrawn_head_lets_the_next_go(store: Store) -> None:
    await place(store, draft(text="1", due_at=START + timedelta(hours=9)), draft(text="2"))
    assert await begin(store) == []
    ((first,), _) = await rows(store, outbox, "id")
    await follows(store, Withdraw(outbound_id=first, reason="undone"))
    (sending,) = await begin(store)
    assert sending.outbound.text.plain == "2"
    assert await states(store) == ["cancelled", "sending"]


@pytest.mark.parametrize("effect", [lambda one: Withdraw(outbound_id=one, reason="undone"),
                                    lambda one: Reword(outbound_id=one, text=Text("new"))])  # fmt: skip
async def test_what_has_begun_can_neither_be_withdrawn_nor_changed(store: Store, effect: Any) -> None:
    await place(store, draft())
    (sending,) = await begin(store)
    with pytest.raises(Conflict):
        await follows(store, effect(sending.outbound.id))
    await finish(store, sending)
    assert await states(store) == ["sent"]


async def test_what_may_have_arrived_cannot_be_withdrawn(store: Store) -> None:
    await place(store, draft(kind=OutboundKind.ANSWER, author="Olga"))
    (sending,) = await begin(store)
    await finish(store, sending, state="unknown", due_at=LATER + timedelta(hours=1))
    assert await look(store, lambda connection: StoredBook(connection).waiting_of("Olga")) is None
    with pytest.raises(Conflict):
        await follows(store, Withdraw(outbound_id=sending.outbound.id, reason="undone"))


async def test_a_reworded_one_leaves_in_its_new_words(store: Store) -> None:
    await place(store, draft(text="old", subject="S"))
    ((first,),) = await rows(store, outbox, "id")
    await follows(store, Reword(outbound_id=first, text=Text("new")))
    (sending,) = await begin(store)
    assert (sending.outbound.text.plain, sending.outbound.subject) == ("new", "S")


async def test_a_later_try_holds_up_its_own_lane_only(store: Store) -> None:
    await place(store, draft(text="1"), draft(text="2"), draft("bob", "3"))
    again = LATER + timedelta(minutes=5)
    for sending in await begin(store):
        if sending.outbound.address == "anna":
            assert await finish(store, sending, state="waiting", due_at=again, reason="greylisted") is None
    assert await begin(store) == []
    (sending,) = await begin(store, now=again)
    assert (sending.outbound.text.plain, sending.attempts, sending.again) == ("1", 2, False)


async def test_what_nobody_knows_comes_again_as_such(store: Store) -> None:
    await place(store, draft())
    (sending,) = await begin(store)
    again = await finish(store, sending, state="unknown", due_at=LATER)
    assert again is not None
    assert again.again
    again = await finish(store, again, state="waiting", due_at=LATER)
    assert again is not None
    assert again.again, "a temporary failure afterwards does not make it known"


async def test_what_a_dead_daemon_was_sending_comes_again_as_unknown(open_one) -> None:  # type: ignore[no-untyped-def]
    first, second = await open_one(), await open_one()
    await place(first, draft(text="1"), draft(text="2"))
    (lost,) = await begin(first)
    await first.leases.release([])
    (sending,) = await begin(second)
    assert (sending.outbound.id, sending.again) == (lost.outbound.id, True)
    with pytest.raises(LostClaim):
        await finish(first, lost)
    following = await finish(second, sending)
    assert following is not None
    assert not following.again


async def test_a_dead_letter_lets_the_next_go_and_can_be_tried_again(store: Store) -> None:
    await place(store, draft(text="1", kind=OutboundKind.ANSWER), draft(text="2"))
    (sending,) = await begin(store)
    told = draft("olga", "NOT delivered")
    following = await finish(store, sending, state="dead", reason="no such user", told=(told,))
    assert following is not None
    await finish(store, following)
    (letter,) = await look(store, lambda connection: StoredBook(connection).letters())
    assert (letter.id, letter.what, letter.reason) == ("o1", "anna: 1", "no such user")
    await follows(store, Revive(letter="o1"))
    again = {found.outbound.text.plain: found for found in await begin(store)}
    assert set(again) == {"1", "NOT delivered"}
    assert (again["1"].attempts, again["1"].again) == (1, False)


async def test_revived_it_does_not_expire_or_give_up_at_once(store: Store) -> None:
    await place(store, draft(expires_at=START), now=LONG_AGO)
    (sending,) = await begin(store)
    await finish(store, sending, state="dead", reason="x")
    await follows(store, Revive(letter="o1"))
    (sending,) = await begin(store)
    assert (sending.outbound.created_at, sending.outbound.expires_at) == (LATER, None)


@pytest.mark.parametrize("letter", ["o9", "i9", "x1", "o", "", "o1", "o\u0661"])
async def test_reviving_what_is_no_dead_letter_does_nothing(store: Store, letter: str) -> None:
    await place(store, draft())
    await follows(store, Revive(letter=letter))
    assert await states(store) == ["waiting"]


async def test_a_dead_item_can_be_tried_again(store: Store) -> None:
    await receive(store, raw("1", content=b"poison"))
    (claimed,) = await claim(store)
    await store.inbox.bury(claimed, "ValueError", [draft("olga")], LATER)
    (letter,) = await look(store, lambda connection: StoredBook(connection).letters())
    await follows(store, Revive(letter=letter.id))
    (again,) = await claim(store)
    assert (again.item.raw, again.attempts) == (b"poison", 0)


@pytest.mark.parametrize("word", ["delivered", "read", "bounced"])
@pytest.mark.parametrize("ours", [{"state": "sent"}, {"state": "unknown", "due_at": LATER}, {"state": "maybe"},
                                  {"state": "waiting", "due_at": LATER}])  # fmt: skip
async def test_the_networks_word_may_come_before_our_own(store: Store, word: str, ours: dict[str, Any]) -> None:
    """It says delivered while our call still hangs: it is known then, and not sent again."""
    await place(store, draft())
    (sending,) = await begin(store)
    await follows(store, Settle(outbound_id=sending.outbound.id, state=word, reason="by the network"))
    await finish(store, sending, **ours)
    assert await rows(store, outbox, "state", "reason") == [(word, "by the network")]
    assert await begin(store) == []


async def test_native_ids_lead_to_the_conversation(store: Store) -> None:
    await place(store, draft(conversation=7))
    (sending,) = await begin(store)
    await finish(store, sending, native_ids=("n1", "n2", ""))
    assert sorted(await rows(store, shown, "native_id", "conversation")) == [("n1", 7), ("n2", 7)]
    referred = await look(store, lambda connection: StoredBook(connection).referred("mail", ["zz", "n2"]))
    assert list(referred) == [7]
    by_id = await look(store, lambda c: StoredBook(c).referred("mail", [sending.outbound.id]))
    assert list(by_id) == [7]


async def test_hostile_native_ids_and_reasons(store: Store) -> None:
    await place(store, draft(conversation=7), draft("bob"))
    first, second = await begin(store)
    await finish(store, first, native_ids=("a\x00\ud800",))
    await finish(store, second, state="dead", reason="a\x00\ud800")
    assert len(await rows(store, shown, "native_id")) == 1


async def test_the_same_native_id_twice_is_no_fault(store: Store) -> None:
    await place(store, draft(text="1"), draft(text="2"))
    (sending,) = await begin(store)
    following = await finish(store, sending, native_ids=("same",))
    assert following is not None
    assert await finish(store, following, native_ids=("same",)) is None


async def test_files_go_along_large_and_small(store: Store) -> None:
    from bridge.decision import Record, Send  # noqa: PLC0415 - here only

    large = b"x" * 200_000
    blob = await store.blobs.keep(large)
    files = (Attachment(name="a", content=b"small"), Attachment(name="b", blob=blob, size=len(large)))
    record = Record(conversation=1, direction="out", connector="desk", text=Text(""), attachments=files)
    await follows(store, record, Send(draft=draft(carries=True)))
    (sending,) = await begin(store)
    found = await store.outbox.files(sending)
    assert [(one.name, one.content) for one in found] == [("a", b"small"), ("b", large)]


async def test_what_is_told_once_is_told_once(store: Store) -> None:
    assert await store.outbox.put([draft("olga", "broken")], "mail:down", START)
    assert not await store.outbox.put([draft("olga", "broken")], "mail:down", START)
    assert await store.outbox.forget("mail:down")
    assert not await store.outbox.forget("mail:down")
    assert await store.outbox.put([draft("olga", "broken")], "mail:down", START)
    assert len(await rows(store, outbox, "id")) == 2
    assert await rows(store, notices, "key") == [("mail:down",)]


async def test_without_the_lease_nothing_is_begun(open_one) -> None:  # type: ignore[no-untyped-def]
    first, second = await open_one(), await open_one()
    await place(first, draft())
    epoch = await first.leases.acquire("mail")
    assert await begin(second, epoch=epoch) == []
    assert await begin(first, epoch=epoch + 1) == []
    assert len(await begin(first, epoch=epoch)) == 1


async def test_a_lease_that_ended_meanwhile_begins_no_next_one(open_one) -> None:  # type: ignore[no-untyped-def]
    first, second = await open_one(), await open_one()
    await place(first, draft(text="1"), draft(text="2"))
    epoch = await first.leases.acquire("mail")
    (sending,) = await begin(first, epoch=epoch)
    await look(first, lambda c: c.exec_driver_sql("UPDATE leases SET until = 0"))
    assert await second.leases.acquire("mail") == epoch + 1
    from bridge.work import Outcome  # noqa: PLC0415 - here only

    assert await first.outbox.finish(sending, Outcome(state="sent"), epoch, LATER) is None
    (following,) = await begin(second, epoch=epoch + 1)
    assert (following.outbound.text.plain, following.again) == ("2", False)


async def test_an_undo_and_a_deliverer_at_once_never_both_win(open_one) -> None:  # type: ignore[no-untyped-def]
    """What the owner reads as taken back was not sent, whichever came first."""
    from pieces import together  # noqa: PLC0415 - here only

    store, other = await open_one(), await open_one()
    for number in range(8):
        await look(store, lambda c: c.execute(update(outbox).values(state="sent")))
        await look(store, lambda c: c.exec_driver_sql("DELETE FROM lanes"))
        await place(store, draft(f"a{number}"))
        ident = (await rows(store, outbox, "id"))[-1][0]
        undone, begun = await together(follows(store, Withdraw(outbound_id=ident, reason="undone")), begin(other))
        assert not isinstance(begun, Exception), begun
        assert isinstance(undone, Conflict) == bool(begun), (undone, begun)
        state = (await states(store))[-1]
        assert state == ("sending" if begun else "cancelled")
    assert await rows(store, lanes, "work") is not None


async def test_what_is_due_leaves_out_what_stands_behind_a_later_try(store: Store) -> None:
    await place(store, draft(text="1"), draft(text="2"), draft("bob", "3"), draft("carl", "4", due_at=START + WINDOW))
    assert await store.outbox.due(10, START) == 3
    assert await store.outbox.due(2, START) == 2
    (first, _) = sorted(await begin(store, now=START), key=lambda sending: sending.outbound.text.plain)
    assert await store.outbox.due(10, START) == 3  # being sent is not sent
    await store.outbox.finish(first, Outcome(state="waiting", due_at=LATER), 0, START)
    assert await store.outbox.due(10, START) == 1
