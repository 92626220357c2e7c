"""Leases on both engines: one daemon per connector, an epoch that grows, and what a dead one held is free again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pieces import LATER, begin, claim, decider, draft, look, place, raw, receive, together
from sqlalchemy import update

from bridge.store.leases import TERM, clock, holds
from bridge.store.store import InUse, Store, open_store
from bridge.store.work_tables import leases
from bridge.work import LostClaim


async def dies(store: Store, seconds: float = 60) -> None:
    """It could not renew for so long."""
    mine = update(leases).where(leases.c.holder == store.leases.holder)
    await look(store, lambda c: c.execute(mine.values(until=clock(c) - timedelta(seconds=seconds))))


async def test_one_holder_at_a_time_and_the_epoch_grows(open_one) -> None:  # type: ignore[no-untyped-def]
    first, second = await open_one(), await open_one()
    assert await first.leases.acquire("mail") == 1
    assert await first.leases.acquire("mail") == 1
    assert await second.leases.acquire("mail") == 0
    await first.leases.release(["mail"])
    assert await second.leases.acquire("mail") == 2
    assert await first.leases.acquire("mail") == 0
    await dies(second)
    assert await first.leases.acquire("mail") == 3


async def test_connectors_have_leases_of_their_own(open_one) -> None:  # type: ignore[no-untyped-def]
    first, second = await open_one(), await open_one()
    assert await first.leases.acquire("mail") == 1
    assert await second.leases.acquire("chat") == 1


async def test_of_many_at_once_one_gets_it(open_one) -> None:  # type: ignore[no-untyped-def]
    stores = [await open_one() for _ in range(6)]
    epochs = await together(*(store.leases.acquire("mail") for store in stores))
    assert sorted(epochs) == [0, 0, 0, 0, 0, 1]


async def test_a_lease_holds_for_its_term_by_the_databases_clock(store: Store) -> None:
    epoch = await store.leases.acquire("mail")
    until = await look(store, lambda c: c.execute(leases.select()).one().until)
    now = await look(store, clock)
    assert TERM - timedelta(seconds=5) < until - now <= TERM
    holder = store.leases.holder
    assert await look(store, lambda c: holds(c, "mail", holder, epoch))
    assert not await look(store, lambda c: holds(c, "mail", holder, epoch + 1))
    assert not await look(store, lambda c: holds(c, "mail", "another", epoch))
    assert await look(store, lambda c: holds(c, "anything", "anybody", 0))
    await dies(store)
    assert not await look(store, lambda c: holds(c, "mail", holder, epoch))


async def test_what_a_dead_daemon_held_is_taken_over(open_one) -> None:  # type: ignore[no-untyped-def]
    first, second = await open_one(), await open_one()
    await first.leases.beat()
    await place(first, draft())
    await receive(first, raw("1"))
    (claimed,) = await claim(first)
    assert len(await begin(first)) == 1
    assert await second.leases.beat() == 0
    await dies(first)
    assert await second.leases.beat() == 2
    assert [one.id for one in await claim(second)] == [claimed.id]
    assert [one.again for one in await begin(second)] == [True]
    with pytest.raises(LostClaim):
        await first.inbox.settle(claimed, [decider()], LATER)


async def test_a_living_daemon_keeps_what_it_holds(open_one) -> None:  # type: ignore[no-untyped-def]
    first, second = await open_one(), await open_one()
    for _ in range(2):
        assert await first.leases.beat() == 0
        assert await second.leases.beat() == 0
    await receive(first, raw("1"))
    assert len(await claim(first)) == 1
    assert await second.leases.beat() == 0
    assert await claim(second) == []


async def test_what_was_claimed_by_one_that_never_beat_is_free_in_the_end(open_one) -> None:  # type: ignore[no-untyped-def]
    """A daemon that stalled, was given up, claimed once more and died before its next beat."""
    first, second = await open_one(), await open_one()
    await second.leases.beat()
    await receive(first, raw("1"))
    assert len(await claim(first)) == 1
    assert await second.leases.beat() == 1
    assert len(await claim(second)) == 1


async def test_the_only_daemon_takes_over_all(open_one) -> None:  # type: ignore[no-untyped-def]
    first, second = await open_one(), await open_one()
    await first.leases.beat()
    await first.leases.acquire("mail")
    await receive(first, raw("1"))
    await claim(first)
    assert await second.leases.only_one() == 1
    assert await second.leases.acquire("mail") == 1


async def test_a_daemon_that_stops_gives_everything_back(open_one) -> None:  # type: ignore[no-untyped-def]
    first, second = await open_one(), await open_one()
    await first.leases.beat()
    await receive(first, raw("1"))
    await claim(first)
    await first.leases.release([])
    assert len(await claim(second)) == 1


async def test_two_daemons_on_one_sqlite_file_are_refused(sqlite_url: str) -> None:
    first = await open_store(sqlite_url, lambda work: None)
    with pytest.raises(InUse, match="another inbox-bridge runs on"):
        await open_store(sqlite_url, lambda work: None)
    await first.close()
    second = await open_store(sqlite_url, lambda work: None)
    await second.close()
