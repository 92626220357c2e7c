"""An item that kills the daemon itself: it is found out and set aside, and nothing else pays for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pieces import LATER, claim, decider, raw, receive, rows
from shop import POLICY
from sqlalchemy import select

from bridge.connector import InboundEvent, RawItem, Traits
from bridge.decision import Remind
from bridge.desk import Desk
from bridge.steps.parsing import ParseLimits, Parsing
from bridge.steps.queue import Queue
from bridge.store.store import Store
from bridge.store.work_tables import items, outbox
from bridge.testing import FakeClock, ScriptedConnector, parse_text
from bridge.work import CULPRIT, SUSPECT


class Death(BaseException):
    """The daemon is gone at this moment."""


class Life:
    """One daemon's life on a store: until nothing is left to do, or until an item ends it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.died = asyncio.Event()
        self.beside = 0
        mail = ScriptedConnector(name="mail", traits=Traits(session=False))
        mail.parse = self._parse  # type: ignore[assignment]
        desk = Desk(policy=POLICY, connectors={"mail": mail, "desk": ScriptedConnector(name="desk")})
        self.queue = Queue(store.inbox, Parsing(ParseLimits()), lambda: desk, FakeClock(LATER))

    def _parse(self, item: RawItem) -> Sequence[InboundEvent]:
        if item.raw == b"poison":
            self.beside = len(self.queue._in_work) - 1
            self.died.set()
            raise Death
        return parse_text(item)

    async def run(self) -> bool:
        """Whether it died."""
        await self.store.leases.only_one()
        await self.store.leases.beat()
        working = asyncio.create_task(self.queue.run())
        async with asyncio.timeout(20):
            while not self.died.is_set() and await self._busy():  # noqa: ASYNC110 - two ends, and one is in a database
                await asyncio.sleep(0.001)
        left = [task for task in asyncio.all_tasks() if task is working or task.get_name().startswith("item ")]
        for task in left:
            task.cancel()
        await asyncio.wait(left)
        return self.died.is_set()

    async def _busy(self) -> bool:
        left = await rows(self.store, items, "state", "connector")
        return ("ready", "mail") in left or not self.queue.idle


async def states(store: Store) -> dict[str, str]:
    return dict(await rows(store, items, "native_id", "state"))


async def test_what_ends_the_daemon_is_set_aside_and_nothing_else(open_one) -> None:  # type: ignore[no-untyped-def]
    store = await open_one()
    await receive(store, raw("bad", "mallory", b"poison"), raw("next", "mallory"))
    lives, beside = 0, list[int]()
    while True:
        await receive(store, *(raw(f"good {lives} {number}", f"lane {number}") for number in range(8)))
        life = Life(await open_one())
        died = await life.run()
        if not died:
            break
        lives, beside = lives + 1, [*beside, life.beside]

    found = await states(store)
    assert lives == CULPRIT
    assert beside[:SUSPECT] != [0] * SUSPECT, "it shows nothing if there is no company"
    assert beside[SUSPECT:] == [0] * (CULPRIT - SUSPECT)
    assert found.pop("bad") == "dead"
    assert {state for name, state in found.items() if not name.startswith("timer")} == {"done"}
    notices = await store.transactions.run(
        "look", lambda c: c.execute(select(outbox.c.payload).where(outbox.c.kind == "notice")).scalars().all()
    )
    assert ["the bridge ended while reading it" in str(notice) for notice in notices] == [True]


async def test_whoever_is_killed_by_force_buries_nothing(open_one) -> None:  # type: ignore[no-untyped-def]
    store = await open_one()
    await receive(store, *(raw(f"good {number}", f"lane {number}") for number in range(3)), raw("later", "lane 0"))
    for _ in range(10):
        killed = await open_one()
        await killed.leases.only_one()
        assert len(await claim(killed)) == 3

    assert not await Life(await open_one()).run()
    assert {state for name, state in (await states(store)).items() if name.startswith(("good", "later"))} == {"done"}


async def deaths(store: Store) -> list[int]:
    return [row[0] for row in await rows(store, items, "deaths")]


async def test_what_is_counted_and_taken_back(open_one) -> None:  # type: ignore[no-untyped-def]
    store, other = await open_one(), await open_one()
    await receive(store, raw("1"), raw("2"), raw("3", "bob"))
    for expected in (1, 2, 2):
        assert len(await claim(store)) == 2
        assert await other.leases.only_one() == 2
        assert await deaths(store) == [expected, 0, expected]

    (first, bob) = await claim(store)
    await store.inbox.begin_alone(first)
    assert await deaths(store) == [3, 0, 2]
    await store.leases.release([])  # stopped in time: it was not the end of this one
    assert await deaths(store) == [2, 0, 2]

    (first, bob) = await claim(store)
    await store.inbox.begin_alone(first)
    await store.inbox.retry(first, LATER, "not now")
    await store.inbox.settle(bob, [decider()], LATER)
    assert await deaths(store) == [2, 0, 2]


async def test_a_timer_that_is_set_again_begins_anew(open_one) -> None:  # type: ignore[no-untyped-def]
    """The digest is one row for years: what it saw long ago must not bury it one day."""
    store, other = await open_one(), await open_one()
    again = decider(Remind(key="digest", due_at=LATER, data={}))
    await receive(store, raw("1"))
    await store.inbox.settle((await claim(store))[0], [again], LATER)
    for _ in range(SUSPECT):
        assert len(await claim(store)) == 1
        await other.leases.only_one()
    for _ in range(CULPRIT):
        (timer,) = await claim(store)
        if timer.deaths >= SUSPECT:
            await store.inbox.begin_alone(timer)
        await store.inbox.settle(timer, [again], LATER)
    assert (await claim(store))[0].deaths < SUSPECT
