"""Reading in a process that can be killed: whatever a parser does, the daemon lives and the next item is read."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from shop import POLICY
from sqlalchemy import select, update

from bridge.connector import Ignored, InboundEvent, Message, Parse, RawItem, Traits
from bridge.desk import Desk
from bridge.steps.parsing import ParseLimits, Parsing, Unreadable
from bridge.steps.queue import Queue
from bridge.store.book_tables import attachments
from bridge.store.reviving import revive
from bridge.store.store import Store, open_store
from bridge.store.work_tables import items, outbox
from bridge.testing import FakeClock, ScriptedConnector, item
from daemon import parsers
from daemon.process import free_port
from daemon.shop import Shop

pytestmark = pytest.mark.servers

LIMITS = ParseLimits(seconds=20, memory_mb=256, workers=2)
HASTY = ParseLimits(seconds=1, memory_mb=256, workers=2)
_MB = 1024 * 1024


@pytest.fixture
def parsing() -> Iterator[Parsing]:
    made = Parsing(LIMITS)
    yield made
    made.close()


@pytest.fixture
def hasty() -> Iterator[Parsing]:
    made = Parsing(HASTY)
    yield made
    made.close()


def connector(parse: Parse, *, in_worker: bool = True) -> ScriptedConnector:
    made = ScriptedConnector(name="mail", traits=Traits(session=False, parse_in_worker=in_worker))
    made.parse = parse  # type: ignore[assignment]
    return made


async def read(parsing: Parsing, raw: str, parse: Parse = parsers.hostile, *, in_worker: bool = True) -> Message:
    events = await parsing.read({"mail": connector(parse, in_worker=in_worker)}, "mail", item(raw, "1"))
    (event,) = events
    assert isinstance(event, Message)
    return event


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("eat", "took more than 256 MB"),
        ("eat bit by bit", "took more than 256 MB"),
        ("die", "ended the process"),
        ("leave", "SystemExit"),
        ("interrupt", "KeyboardInterrupt"),
        ("stop", "StopIteration"),
        ("needy", "Needy"),
        ("recurse", "RecursionError"),
        ("timeout", "TimeoutError"),
    ],
)
async def test_what_goes_wrong_is_said_and_the_next_is_read(parsing: Parsing, deed: str, reason: str) -> None:
    neighbours = [asyncio.create_task(read(parsing, f"neighbour {number}")) for number in range(6)]

    with pytest.raises(Unreadable, match=reason):
        await asyncio.wait_for(read(parsing, deed), 20)

    assert [(await task).text.plain for task in neighbours] == [f"neighbour {number}" for number in range(6)]
    assert (await asyncio.wait_for(read(parsing, "after"), 20)).text.plain == "after"


async def test_what_takes_too_long_is_ended(hasty: Parsing) -> None:
    with pytest.raises(Unreadable, match="took more than 1 s"):
        await asyncio.wait_for(read(hasty, "hang"), 20)

    assert (await asyncio.wait_for(read(hasty, "after"), 20)).text.plain == "after"


@pytest.mark.parametrize("parse", [parsers.nonsense, parsers.unpicklable, parsers.nested])
async def test_what_cannot_be_an_answer_is_none(parsing: Parsing, parse: Parse) -> None:
    with pytest.raises(Unreadable):
        await asyncio.wait_for(read(parsing, "x", parse), 20)

    assert (await read(parsing, "after")).text.plain == "after"


async def test_in_the_loop_the_same_reasons(parsing: Parsing) -> None:
    for deed in ("needy", "leave", "stop", "recurse"):
        with pytest.raises(Unreadable):
            await read(parsing, deed, in_worker=False)
    with pytest.raises(Unreadable, match="no event"):
        await read(parsing, "x", parsers.nonsense, in_worker=False)


async def test_a_worker_can_be_had_beforehand(parsing: Parsing) -> None:
    here, there = connector(parsers.hostile, in_worker=False), connector(parsers.hostile)

    await parsing.warm({"mail": here}, "mail")
    await parsing.warm({}, "gone")
    assert _workers(os.getpid()) == []

    await parsing.warm({"mail": there}, "mail")
    assert _workers(os.getpid())


def _workers(pid: int) -> Sequence[int]:
    return [child for child in _children(pid) if "bridge.steps.worker" in _command(child)]


async def test_events_cross_whole(parsing: Parsing) -> None:
    here = parsers.large(item("x", "1"))

    assert (await read(parsing, "x", parsers.large)) == here[0]


async def test_the_worker_is_another_process_with_a_limit_and_little_in_it(
    parsing: Parsing, capsys: pytest.CaptureFixture[str]
) -> None:
    said = (await read(parsing, "x", parsers.whereabouts)).text.plain.split()

    pid, soft, hard, pss, *modules = said
    assert int(pid) != os.getpid()
    assert int(soft) == int(hard) == LIMITS.memory_mb * _MB
    assert not {"sqlalchemy", "typer", "bridge.daemon.daemon", "bridge.store", "connectors.email"} & set(modules)
    with capsys.disabled():
        print(f"\nPSS of a worker that has imported the bridge's contract: {int(pss) / 1024:.1f} MB")


def _pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _children(pid: int) -> Sequence[int]:
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def test_the_daemons_own_worker_is_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = Shop(tmp_path, port=free_port())
    with shop.running() as running:
        assert shop.send("Hello") == 250
        running.out.wait_for("^#1 carla")
        pid = running.process.pid
        worker = next(child for child in _children(pid) if "bridge.steps.worker" in _command(child))
        sizes = {_command(child).split("import ")[-1][:40]: _pss(child) for child in _children(pid)}
        total = _pss(pid) + sum(sizes.values())
        assert _pss(worker) < 45
        assert running.stop() == 0
    with capsys.disabled():
        print(f"\nPSS: all {total:.1f} MB, of which {sizes}")
    assert not Path(f"/proc/{worker}").exists()


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[Store]:
    opened = await open_store(sqlite_url, lambda _: None)
    yield opened
    await opened.close()


async def _states(store: Store) -> dict[str, tuple[str, str]]:
    rows = await store.transactions.run(
        "read", lambda connection: connection.execute(select(items.c.native_id, items.c.state, items.c.outcome)).all()
    )
    return {row.native_id: (row.state, row.outcome) for row in rows if not row.native_id.startswith("timer")}


async def _until(store: Store, condition: Callable[[dict[str, tuple[str, str]]], bool]) -> None:
    """The store tells nobody of an item that is done: look until it is so."""
    while not condition(await _states(store)):  # noqa: ASYNC110 - see above
        await asyncio.sleep(0.02)


def _no_more(states: dict[str, tuple[str, str]], *, queue: Queue, clock: FakeClock) -> bool:
    clock.advance(seconds=1)
    queue.wake()
    return all(state != "ready" for state, _ in states.values())


async def test_three_tries_then_a_dead_letter_and_the_others_flow(sqlite_store: Store, hasty: Parsing) -> None:
    store, clock = sqlite_store, FakeClock(datetime.now(UTC) + timedelta(seconds=5))
    desk = Desk(policy=POLICY, connectors={"mail": connector(parsers.hostile)})
    queue = Queue(store.inbox, hasty, lambda: desk, clock)
    deeds = ("hang", "eat", "die", "recurse")
    arrived = [
        *(("mail", RawItem(native_id=deed, raw=deed.encode(), lane=deed, received_at=clock())) for deed in deeds),
        *(("mail", RawItem(native_id=f"{deed}+", raw=b"x", lane=deed, received_at=clock())) for deed in deeds),
        *(("mail", item(f"hello {number}", f"n{number}", lane=f"lane {number}")) for number in range(5)),
    ]
    await store.inbox.receive(arrived, {})
    working = asyncio.create_task(queue.run())
    try:
        async with asyncio.timeout(60):
            # The others are done before the clock moves at all, so before any second try.
            await _until(store, lambda states: all(states[f"n{number}"][0] == "done" for number in range(5)))
            await _until(store, partial(_no_more, queue=queue, clock=clock))
    finally:
        await _end(working)

    states = await _states(store)
    notices = await _notices(store)
    assert {deed: states[deed][0] for deed in deeds} == dict.fromkeys(deeds, "dead")
    assert {deed: states[f"{deed}+"][0] for deed in deeds} == dict.fromkeys(deeds, "done")
    assert "took more than 1 s" in states["hang"][1]
    assert len(notices) == len(deeds)
    assert all("could not be read" in notice for notice in notices)
    assert sorted(await _raw_files(store)) == sorted(deed.encode() for deed in deeds)


async def _raw_files(store: Store) -> list[bytes]:
    """What the notices carry."""
    query = select(attachments.c.content).join(outbox, outbox.c.message == attachments.c.message)
    return await store.transactions.run("read", lambda connection: list(connection.execute(query).scalars()))


@pytest.fixture
def no_descriptors() -> Iterator[Callable[[bool], None]]:
    """The machine has no pipe to give, or has again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    def switch(none: bool) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3 if none else soft, hard))  # what is open stays so

    yield switch
    switch(False)


@pytest.fixture
def no_program(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Every process ends before it has begun."""
    before = sys.executable
    return lambda none: monkeypatch.setattr(sys, "executable", "/bin/false" if none else before)


@pytest.mark.parametrize("trouble", ["no_descriptors", "no_program"])
async def test_without_a_process_to_read_it_in_an_item_waits_and_is_not_blamed(
    request: pytest.FixtureRequest, sqlite_store: Store, parsing: Parsing, trouble: str
) -> None:
    switch: Callable[[bool], None] = request.getfixturevalue(trouble)
    store, clock = sqlite_store, FakeClock(datetime.now(UTC) + timedelta(seconds=5))
    desk = Desk(policy=POLICY, connectors={"mail": connector(parsers.hostile)})
    queue = Queue(store.inbox, parsing, lambda: desk, clock)
    await store.inbox.receive([("mail", item("hello", "m1", lane="anna"))], {})
    await asyncio.to_thread(int)  # its threads are there
    switch(True)
    working = asyncio.create_task(queue.run())
    try:
        async with asyncio.timeout(60):
            for _ in range(5):  # more often than an item may fail
                await _until(store, _is_put_off)
                await _forget_why(store)
                clock.advance(seconds=60)
                queue.wake()
            assert parsing.trouble(time.monotonic()) == ""
            assert "no process to read messages in" in parsing.trouble(time.monotonic() + 61)
            switch(False)
            clock.advance(seconds=60)
            await _until(store, partial(_no_more, queue=queue, clock=clock))
    finally:
        switch(False)
        await _end(working)

    assert (await _states(store))["m1"][0] == "done"
    assert parsing.trouble(time.monotonic() + 61) == ""


def _is_put_off(states: dict[str, tuple[str, str]]) -> bool:
    state, outcome = states["m1"]
    return state == "ready" and "no process" in outcome


async def _forget_why(store: Store) -> None:
    blank = update(items).values(outcome="")
    await store.transactions.run("write", lambda connection: connection.execute(blank).rowcount)


async def _notices(store: Store) -> list[str]:
    query = select(outbox.c.payload).where(outbox.c.kind == "notice")
    return await store.transactions.run(
        "read", lambda connection: [str(payload) for payload in connection.execute(query).scalars()]
    )


async def test_a_dead_letter_that_is_tried_again_in_vain_is_one_again(sqlite_store: Store, parsing: Parsing) -> None:
    store, clock = sqlite_store, FakeClock(datetime.now(UTC) + timedelta(seconds=5))
    desk = Desk(policy=POLICY, connectors={"mail": connector(parsers.hostile, in_worker=False)})
    queue = Queue(store.inbox, parsing, lambda: desk, clock)
    await store.inbox.receive([("mail", item("needy", "n1", lane="mallory"))], {})
    working = asyncio.create_task(queue.run())
    try:
        async with asyncio.timeout(60):
            for times in (1, 2, 3):
                await _until(store, partial(_no_more, queue=queue, clock=clock))
                assert len(await _notices(store)) == times
                assert await store.transactions.run("revive", lambda connection: revive(connection, "i1", clock()))
    finally:
        await _end(working)


def ignored(item: RawItem) -> Sequence[InboundEvent]:
    return (Ignored(reason=str(len(item.raw) if isinstance(item.raw, bytes) else 0)),)


def _large(number: int, size: int, now: datetime) -> RawItem:
    return RawItem(native_id=f"m{number}", raw=bytes([number]) * size, lane=f"lane {number}", received_at=now)


async def test_a_backlog_of_large_items_is_not_all_in_memory(sqlite_store: Store, parsing: Parsing) -> None:
    store, clock, size = sqlite_store, FakeClock(datetime.now(UTC) + timedelta(seconds=5)), 4 * _MB
    desk = Desk(policy=POLICY, connectors={"mail": connector(ignored, in_worker=False)})
    queue = Queue(store.inbox, parsing, lambda: desk, clock)
    for number in range(16):
        await store.inbox.receive([("mail", _large(number, size, clock()))], {})
    tracemalloc.start()
    working = asyncio.create_task(queue.run())
    try:
        async with asyncio.timeout(60):
            await _until(store, lambda states: all(state == "done" for state, _ in states.values()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        await _end(working)

    assert peak < 6 * size
    assert len(await _states(store)) == 16


async def _end(task: asyncio.Task[None]) -> None:
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)
