"""Relays in one message, in the store, on both engines: marked together, ended together, and never guessed between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pieces import LATER, begin, draft, finish, look, place, rows

from bridge.decision import Draft
from bridge.outbound import Outbound, OutboundKind
from bridge.store.book import StoredBook
from bridge.store.reviving import revive
from bridge.store.store import Store
from bridge.store.work_tables import outbox
from bridge.work import LostClaim, Sending


def relay(text: str, conversation: int = 1, **fields: Any) -> Draft:
    return draft("olga", text, **{"kind": OutboundKind.RELAY, "conversation": conversation, **fields})


def room_relay(text: str, conversation: int) -> Draft:
    return relay(text, conversation, in_room=True, head=f"#{conversation}: ")


def everything(relays: Sequence[Outbound], waiting: int) -> int:
    return len(relays)


async def first(store: Store) -> Sending:
    (sending,) = await begin(store)
    return sending


async def joined(store: Store, sending: Sending, choose: Any = everything) -> Sending:
    return await store.outbox.join(sending, choose, LATER)


def texts(sending: Sending | None) -> list[str]:
    return [] if sending is None else [one.text.plain for one in (sending.outbound, *sending.merged)]


async def states(store: Store) -> list[tuple[str, bool, bool]]:
    """Of each outbound its state, whether its outcome is unknown, and whether it is merged."""
    found = await rows(store, outbox, "state", "unknown", "merged_into")
    return [(state, bool(unknown), bool(merged)) for state, unknown, merged in found]


async def meant(store: Store, native_id: str) -> list[int]:
    return list(await look(store, lambda held: StoredBook(held).referred("mail", [native_id])))


async def test_they_leave_together_and_a_quote_means_all_of_them(store: Store) -> None:
    await place(store, relay("1"), relay("2", 2), relay("3", 2), relay("4", 4))
    together = await joined(store, await first(store), lambda relays, waiting: 3)
    assert texts(together) == ["1", "2", "3"]
    assert await states(store) == [("sending", False, True)] * 3 + [("waiting", False, False)]
    following = await finish(store, together, native_ids=("n-1",))
    assert texts(following) == ["4"]
    assert [state for state, _, _ in await states(store)] == ["sent"] * 3 + ["sending"]
    assert await meant(store, "n-1") == [1, 2]
    assert following is not None
    await finish(store, following, native_ids=("n-2",))
    assert await meant(store, "n-2") == [4]


async def test_of_one_conversation_a_quote_means_just_that(store: Store) -> None:
    await place(store, relay("1", 7), relay("2", 7))
    await finish(store, await joined(store, await first(store)), native_ids=("n-1",))
    assert await meant(store, "n-1") == [7]


async def test_in_a_room_what_the_bridge_says_there_leaves_with_it(store: Store) -> None:
    said = room_relay("-> Anna", 1)
    await place(store, room_relay("1", 1), replace(said, kind=OutboundKind.NOTICE), room_relay("2", 1))
    one = await finish(store, await first(store), state="opened", room="r1")
    assert one is not None
    assert texts(await joined(store, one)) == ["1", "-> Anna", "2"]


async def test_how_many_wait_is_said_and_one_may_stand_alone(store: Store) -> None:
    await place(store, *(relay(str(number)) for number in range(6)))
    seen: list[tuple[int, int]] = []

    def choose(relays: Sequence[Outbound], waiting: int) -> int:
        seen.append((len(relays), waiting))
        return 1

    alone = await joined(store, await first(store), choose)
    assert (texts(alone), seen) == (["0"], [(6, 6)])
    assert [merged for _, _, merged in await states(store)] == [False] * 6


@pytest.mark.parametrize(
    "stranger",
    [
        relay("x", kind=OutboundKind.NOTICE),  # a quote of the relay would mean its conversation as well
        relay("x", kind=OutboundKind.MARK),
        relay("x", carries_of=1),
        relay("x", in_room=True),
        relay("x", expires_at=LATER),
        relay("x", due_at=LATER + timedelta(hours=1)),
    ],
)
async def test_what_is_no_plain_relay_stands_alone_and_is_not_overtaken(store: Store, stranger: Draft) -> None:
    await place(store, relay("1"), relay("2"), stranger, relay("3"))
    assert texts(await joined(store, await first(store))) == ["1", "2"]


async def test_in_rooms_only_what_is_of_the_same_room(store: Store) -> None:
    await place(store, *(room_relay(f"{number}", 1 + number % 2) for number in range(6)), relay("outside", 1))
    opening = await first(store)
    assert opening.opening
    one = await finish(store, opening, state="opened", room="r1")
    assert one is not None
    together = await joined(store, one)
    assert (texts(together), {each.room for each in together.merged}) == (["0", "2", "4"], {"r1"})
    other = await finish(store, together, native_ids=("n-1",))
    assert other is not None
    assert (texts(other), other.opening) == (["1"], True)
    assert await meant(store, "n-1") == [1]


async def test_where_rooms_are_refused_each_has_its_number(store: Store) -> None:
    await place(store, room_relay("a", 1), room_relay("b", 2))
    opening = await first(store)
    one = await finish(store, opening, state="refused", reason="no right")
    assert one is not None
    opening = await joined(store, one)
    assert texts(opening) == ["#1: a"]  # the other one's room has not been refused yet


async def test_what_surely_did_not_arrive_goes_apart_and_may_join_again(store: Store) -> None:
    await place(store, relay("1"), relay("2", 2), relay("3", 3))
    together = await joined(store, await first(store), lambda relays, waiting: 2)
    assert await finish(store, together, state="waiting", due_at=LATER) is not None  # it is its lane's first again
    held = await states(store)
    assert held == [("sending", False, False), ("waiting", False, False), ("waiting", False, False)]
    assert [attempts for (attempts,) in await rows(store, outbox, "attempts")] == [2, 0, 0]


async def test_what_may_have_arrived_stays_together(store: Store) -> None:
    await place(store, relay("1"), relay("2", 2), relay("3", 3))
    together = await joined(store, await first(store), lambda relays, waiting: 2)
    again = await finish(store, together, state="unknown", due_at=LATER)
    assert again is not None
    assert again.again
    assert texts(await joined(store, again)) == ["1", "2"]  # not the third, which was never sent
    await finish(store, await joined(store, again), native_ids=("n-1",))
    assert await meant(store, "n-1") == [1, 2]


async def test_what_a_dead_daemon_was_sending_is_sent_together_again(open_one: Any) -> None:
    store, other = await open_one(), await open_one()
    await place(store, relay("1"), relay("2", 2), relay("3", 3))
    lost = await joined(store, await first(store), lambda relays, waiting: 2)
    await other.leases.only_one()
    again = await first(other)
    assert (again.again, texts(await joined(other, again))) == (True, ["1", "2"])
    third = await finish(other, await joined(other, again), native_ids=("n-1",))
    assert (texts(third), third.again if third else None) == (["3"], False)
    assert await meant(other, "n-1") == [1, 2]
    with pytest.raises(LostClaim):
        await finish(store, lost, native_ids=("n-0",))


async def test_what_is_refused_for_good_is_tried_one_by_one(store: Store) -> None:
    await place(store, relay("1"), relay("2", 2), relay("3", 3))
    together = await joined(store, await first(store))
    alone = await finish(store, together, state="apart")
    assert alone is not None
    assert texts(await joined(store, alone)) == ["1"]
    dead = await finish(store, alone, state="dead", reason="it is refused")
    assert dead is not None
    assert (texts(await joined(store, dead)), dead.again) == (["2"], False)
    assert [state for state, _, _ in await states(store)] == ["dead", "sending", "waiting"]


async def test_one_that_is_tried_again_stands_for_itself(store: Store) -> None:
    await place(store, relay("1"), relay("2", 2), relay("3", 3))
    await finish(store, await joined(store, await first(store)), state="maybe")
    await place(store, relay("later", 4))
    await look(store, lambda held: revive(held, "o1", LATER))
    again = await first(store)
    assert texts(await joined(store, again, lambda relays, waiting: 1)) == ["1"]
    await finish(store, again, native_ids=("n-1",))
    assert await meant(store, "n-1") == [1]


async def test_a_lane_that_is_lost_joins_nothing(open_one: Any) -> None:
    store, other = await open_one(), await open_one()
    await place(store, relay("1"), relay("2"))
    sending = await first(store)
    await other.leases.only_one()
    with pytest.raises(LostClaim):
        await joined(store, sending)
    assert [state for state, _, _ in await states(store)] == ["sending", "waiting"]


async def test_no_text_is_changed_by_it(store: Store) -> None:
    await place(store, relay("1\n"), relay("2"))
    kept = [payload["text"] for (payload,) in await rows(store, outbox, "payload")]
    await finish(store, await joined(store, await first(store)), native_ids=("n-1",))
    assert [payload["text"] for (payload,) in await rows(store, outbox, "payload")] == kept
