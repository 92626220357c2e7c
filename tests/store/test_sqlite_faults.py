"""A full disk, a locked or read-only database: nothing half stored, the right failure, and it goes on by itself."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from pathlib import Path

import pytest
from pieces import LATER, claim, decider, draft, raw, receive, rows, together

from bridge.connector import StoreFull, Unavailable
from bridge.decision import Send
from bridge.steps.receive import Receiver
from bridge.store.room import Limits
from bridge.store.sqlite import SqliteTransactions
from bridge.store.store import Store, open_store
from bridge.store.work_tables import items, outbox


@pytest.fixture
async def store(sqlite_url: str):  # type: ignore[no-untyped-def]
    opened = await open_store(sqlite_url, lambda work: None)
    yield opened
    await opened.close()


async def pages(store: Store, limit: int | None) -> None:
    """No more pages than there are now and so many more; None for no limit."""

    def cap(connection) -> None:  # type: ignore[no-untyped-def]
        used = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {1 << 30 if limit is None else used + limit}")

    await store.transactions.run("cap", cap)


BIG = b"x" * 60_000


async def test_a_full_disk_stores_nothing_and_says_so_and_resumes(store: Store) -> None:
    receiver = Receiver(store.inbox).receive_for("mail")
    await receiver([raw("before")], {"seen": "1"})
    await pages(store, 2)
    for _ in range(3):
        with pytest.raises(StoreFull):
            await receiver([raw("small", "eve"), raw("large", content=BIG)], {"seen": "2"})
    assert [row[0] for row in await rows(store, items, "native_id")] == ["before"]
    assert await store.position("mail") == {"seen": "1"}
    await pages(store, None)
    await receiver([raw("small", "eve"), raw("large", content=BIG)], {"seen": "2"})
    assert await store.position("mail") == {"seen": "2"}
    assert len(await claim(store)) == 2


async def test_one_that_is_too_large_does_not_fail_its_neighbours(store: Store) -> None:
    """They share a commit; SQLite may undo all of it."""
    await pages(store, 4)
    large = receive(store, raw("large", "eve", content=BIG))
    small = [receive(store, raw(f"small {number}", f"lane {number}")) for number in range(5)]
    failed, *stored = await together(large, *small)
    assert isinstance(failed, StoreFull)
    assert stored == [1] * 5
    assert len(await rows(store, items, "id")) == 5


async def test_a_decision_on_a_full_disk_is_made_later(store: Store) -> None:
    await receive(store, raw("1"))
    (claimed,) = await claim(store)
    await pages(store, 0)
    sends = [Send(draft=draft(text="y" * 50_000)) for _ in range(3)]
    with pytest.raises(StoreFull):
        await store.inbox.settle(claimed, [decider(*sends)], LATER)
    assert await rows(store, outbox, "id") == []
    await pages(store, None)
    await store.inbox.settle(claimed, [decider(*sends)], LATER)
    assert len(await rows(store, outbox, "id")) == 3


async def test_a_locked_database_is_unavailable_and_then_not(store: Store, sqlite_url: str) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    await pragma(store, "busy_timeout = 50")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as caught:
        await receive(store, raw("1"))
    assert not isinstance(caught.value, StoreFull)
    other.execute("COMMIT")
    other.close()
    assert await receive(store, raw("1")) == 1


async def test_a_client_hears_of_a_lock_within_two_seconds(store: Store, sqlite_url: str) -> None:
    """Behind work that waits for the database in vain already."""
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    before = asyncio.create_task(store.position("mail"))
    await asyncio.sleep(0)
    assert isinstance(store.transactions, SqliteTransactions)
    while store.transactions._normal:  # noqa: ASYNC110 - until the writer's thread has begun with it
        await asyncio.sleep(0)
    started = time.monotonic()
    with pytest.raises(Unavailable):
        await receive(store, raw("1"))
    took = time.monotonic() - started
    other.execute("COMMIT")
    other.close()
    await asyncio.wait({before})

    assert isinstance(before.exception(), Unavailable)
    assert took < 2.2


async def pragma(store: Store, setting: str) -> None:
    """Set something on the writer's own connection."""
    await store.transactions.run("set", lambda connection: connection.exec_driver_sql(f"PRAGMA {setting}"))


async def test_a_read_only_database_is_unavailable(store: Store, sqlite_url: str) -> None:
    await pragma(store, "query_only = 1")
    for _ in range(2):
        with pytest.raises(Unavailable):
            await receive(store, raw("1"))
    again = await open_store(sqlite_url, lambda work: None, exclusive=False)
    assert await receive(again, raw("1")) == 1
    await again.close()


async def test_a_folder_that_cannot_be_written_is_unavailable(store: Store, sqlite_url: str) -> None:
    folder = Path(f"{sqlite_url.removeprefix('sqlite:///')}.blobs")
    folder.write_text("not a folder")  # noqa: ASYNC240 - a moment
    with pytest.raises(Unavailable):
        await receive(store, raw("1", content=BIG * 2))
    folder.unlink()  # noqa: ASYNC240 - a moment
    assert await receive(store, raw("1", content=BIG * 2)) == 1


async def test_too_little_room_refuses_before_the_disk_is_full(sqlite_url: str) -> None:
    store = await open_store(sqlite_url, lambda work: None, limits=Limits(free=1 << 60))
    assert await receive(store, raw("1")) == 1
    assert "MB are free" in await store.room.measure()
    with pytest.raises(StoreFull):
        await receive(store, raw("2"))
    assert len(await claim(store)) == 1, "what is stored can still be worked on"
    await store.close()


async def test_the_log_beside_the_database_counts(sqlite_url: str) -> None:
    store = await open_store(sqlite_url, lambda work: None, limits=Limits(stored=1 << 20))
    assert await store.room.measure() == ""
    reader = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM items").fetchone()  # while it reads, nothing leaves the log
    for number in range(25):
        await receive(store, raw(str(number), content=BIG))
    assert Path(sqlite_url.removeprefix("sqlite:///")).stat().st_size < 1 << 20  # noqa: ASYNC240 - a moment
    assert "may be (limits.stored_megabytes)" in await store.room.measure()
    reader.close()
    await store.close()


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    path.write_bytes(os.urandom(8192))
    with pytest.raises(Exception, match="database"):
        await open_store(f"sqlite:///{path}", lambda work: None)


async def test_a_database_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await open_store(f"sqlite:///{tmp_path}/no/such/bridge.db", lambda work: None, exclusive=False)
