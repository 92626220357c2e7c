"""Lanes on both engines: one item per lane at a time, in order, and nobody waits behind a crowd."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from pieces import LATER, claim, decider, draft, place, raw, receive, rows, together
from shop import POLICY
from sqlalchemy import insert

from bridge.connector import Unavailable
from bridge.decision import Remind
from bridge.desk import Desk
from bridge.steps.deliver import BEHIND, Deliverer
from bridge.steps.parsing import ParseLimits, Parsing
from bridge.steps.queue import Queue
from bridge.store.store import Store
from bridge.store.work_tables import items, lanes
from bridge.testing import START, FakeClock, ScriptedConnector
from bridge.work import Claimed, LostClaim


async def done(store: Store, claimed: Claimed) -> None:
    await store.inbox.settle(claimed, [decider()], LATER)


async def test_one_item_of_a_lane_at_a_time_in_order(store: Store) -> None:
    await receive(store, *(raw(str(number)) for number in range(3)))
    seen = []
    while found := await claim(store):
        (claimed,) = found
        assert await claim(store) == []
        seen.append(claimed.item.native_id)
        await done(store, claimed)
    assert seen == ["0", "1", "2"]
    assert await rows(store, lanes, "lane") == []


async def test_two_lanes_at_once(store: Store) -> None:
    await receive(store, raw("1", "anna"), raw("2", "bob"), raw("3", "anna"))
    assert sorted(claimed.item.native_id for claimed in await claim(store)) == ["1", "2"]


async def test_only_for_connectors_that_are_here(store: Store) -> None:
    await receive(store, raw("1"), connector="gone")
    assert await claim(store) == []


async def test_what_comes_while_its_lane_is_in_work_is_next(store: Store) -> None:
    await receive(store, raw("1"))
    (claimed,) = await claim(store)
    await receive(store, raw("2"))
    await done(store, claimed)
    assert [found.item.native_id for found in await claim(store)] == ["2"]


async def test_not_before_its_moment(store: Store) -> None:
    await receive(store, raw("1"))
    (claimed,) = await claim(store)
    due = LATER + timedelta(seconds=10)
    await store.inbox.retry(claimed, due, "could not be read")
    await receive(store, raw("2"))
    assert await store.inbox.next_at() == due
    assert await claim(store) == []
    (again,) = await claim(store, now=due)
    assert (again.item.native_id, again.attempts) == ("1", 1)


async def test_a_buried_item_frees_its_lane(store: Store) -> None:
    await receive(store, raw("1"), raw("2"))
    (claimed,) = await claim(store)
    await store.inbox.bury(claimed, "nonsense", [], LATER)
    assert [found.item.native_id for found in await claim(store)] == ["2"]
    assert (await rows(store, items, "state", "outcome"))[0] == ("dead", "nonsense")


async def test_half_of_a_claim_is_the_oldest_half_the_latest(store: Store) -> None:
    for number in range(20):
        await receive(store, raw(str(number), f"lane {number:02}", received_at=START + timedelta(seconds=number)))
    taken = sorted(int(claimed.item.native_id) for claimed in await claim(store, limit=6))
    assert taken == [0, 1, 2, 17, 18, 19]


async def test_a_backlog_of_thousands_does_not_delay_a_new_one(store: Store) -> None:
    waiting = [raw(f"old {number}", f"lane {number}") for number in range(5_000)]
    await receive(store, *waiting)
    await claim(store, limit=32)
    await receive(store, raw("new", "eve", received_at=START + timedelta(minutes=5)))
    assert "new" in [claimed.item.native_id for claimed in await claim(store, limit=32)]


async def test_a_new_one_every_second_does_not_starve_the_backlog(store: Store) -> None:
    await receive(store, *(raw(f"old {number}", f"lane {number}") for number in range(20)))
    for number in range(20):
        await receive(store, raw(f"new {number}", f"new {number}", received_at=START + timedelta(minutes=number)))
        for claimed in await claim(store, limit=2):
            await done(store, claimed)
    states = dict(await rows(store, items, "native_id", "state"))
    assert [states[f"old {number}"] for number in range(20)].count("done") >= 19


# -- several daemons --------------------------------------------------------------------------------------------------


async def test_two_daemons_never_claim_the_same_lane(open_one) -> None:  # type: ignore[no-untyped-def]
    first, second = await open_one(), await open_one()
    await receive(first, *(raw(str(number), f"lane {number}") for number in range(40)))
    rounds = await together(*(claim(store, limit=5) for _ in range(4) for store in (first, second)))
    taken = [claimed.id for found in rounds for claimed in found]
    assert len(taken) == len(set(taken)) == 40


async def test_a_claim_that_was_taken_over_is_lost(open_one) -> None:  # type: ignore[no-untyped-def]
    first, second = await open_one(), await open_one()
    await receive(first, raw("1"))
    (claimed,) = await claim(first)
    await first.leases.release([])  # it was gone for so long that another daemon freed its lanes
    (again,) = await claim(second)
    for late in (
        first.inbox.settle(claimed, [decider()], LATER),
        first.inbox.retry(claimed, LATER, "x"),
        first.inbox.bury(claimed, "x", [], LATER),
    ):
        with pytest.raises(LostClaim):
            await late
    await done(second, again)
    assert await rows(first, items, "state", "attempts") == [("done", 0)]


# -- timers -----------------------------------------------------------------------------------------------------------


async def remind(store: Store, key: str, due: timedelta, number: int = 0) -> None:
    await receive(store, raw(f"{key} {due} {number}", "setter"))
    (claimed,) = [one for one in await claim(store, now=START) if not one.is_timer]
    effect = Remind(key=key, due_at=START + due, data={"number": number})
    await store.inbox.settle(claimed, [decider(effect)], START)


async def test_a_timer_rings_once_at_its_moment(store: Store) -> None:
    await remind(store, "tea", timedelta(minutes=5))
    assert await claim(store, now=START + timedelta(minutes=4)) == []
    (timer,) = await claim(store, now=START + timedelta(minutes=5))
    assert timer.is_timer
    assert timer.item.facts == {"number": 0}
    await done(store, timer)
    assert await claim(store) == []


async def test_one_timer_of_a_key_waits_at_a_time(store: Store) -> None:
    await remind(store, "tea", timedelta(minutes=5), 1)
    await remind(store, "tea", timedelta(minutes=9), 2)
    (timer,) = await claim(store)
    assert timer.item.facts == {"number": 1}
    await done(store, timer)
    assert await claim(store) == []


async def test_a_timer_that_has_rung_can_be_set_again(store: Store) -> None:
    for number in (1, 2):
        await remind(store, "tea", timedelta(minutes=5), number)
        (timer,) = await claim(store)
        assert timer.item.facts == {"number": number}
        await done(store, timer)


async def test_a_timer_set_again_by_its_own_ringing_rings(store: Store) -> None:
    await remind(store, "tea", timedelta(minutes=5))
    (timer,) = await claim(store)
    again = Remind(key="tea", due_at=LATER + timedelta(hours=1), data={"number": 7})
    await store.inbox.settle(timer, [decider(again)], LATER)
    assert await claim(store) == []
    (timer,) = await claim(store, now=LATER + timedelta(hours=1))
    assert timer.item.facts == {"number": 7}


# -- broken rows ------------------------------------------------------------------------------------------------------


async def test_a_content_that_is_gone_stops_only_its_own_item(store: Store, made_url: str) -> None:
    """A folder that was moved: the item cannot be read, all others can."""
    await receive(store, raw("1", "anna", b"x" * 100_000), raw("2", "bob"))

    def lose(connection):  # type: ignore[no-untyped-def]
        connection.exec_driver_sql("UPDATE items SET blob = 'no-such-digest' WHERE blob IS NOT NULL")

    await store.transactions.run("lose", lose)
    found = await claim(store)
    assert "2" in [claimed.item.native_id for claimed in found]


async def test_a_lane_without_work_goes_away(store: Store) -> None:
    def orphan(connection):  # type: ignore[no-untyped-def]
        row = {"work": "in", "lane": "mail nobody", "connector": "mail", "ready_at": START, "holder": ""}
        connection.execute(insert(lanes).values(row))

    await store.transactions.run("orphan", orphan)
    assert await claim(store) == []
    assert await rows(store, lanes, "lane") == []


async def test_a_closed_store_is_unavailable(open_one) -> None:  # type: ignore[no-untyped-def]
    store = await open_one()
    await store.close()
    with pytest.raises((Unavailable, RuntimeError)):
        await receive(store, raw("1"))


async def test_what_waits_for_a_connector_that_is_not_here_keeps_no_loop_awake(store: Store) -> None:
    """It was taken out of the configuration, or another daemon has its lease."""
    await receive(store, raw("1"))
    await place(store, draft(), now=START)
    desk = Desk(policy=POLICY, connectors={"desk": ScriptedConnector(name="desk")})
    queue = Queue(store.inbox, Parsing(ParseLimits()), lambda: desk, FakeClock(LATER))
    deliverer = Deliverer(store.outbox, lambda: desk, lambda: {"desk": 0}, FakeClock(LATER))
    for step in (queue, deliverer):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await step._step()


async def test_what_waits_for_a_connector_that_is_gone_holds_nobody_up(store: Store) -> None:
    """Deciding keeps pace with what leaves; this never does."""
    await place(store, *(draft(text=str(number)) for number in range(BEHIND)))
    for name, behind in (("mail", True), ("desk", False)):
        desk = Desk(policy=POLICY, connectors={name: ScriptedConnector(name=name)})
        deliverer = Deliverer(store.outbox, partial(_same, desk), dict, FakeClock(LATER))
        assert await deliverer.behind() == behind


def _same(desk: Desk) -> Desk:
    return desk
