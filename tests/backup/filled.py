"""A store with something in every table, made by the bridge's own steps; and all that stands in one, by plain SQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shop import POLICY
from sqlalchemy import Connection, Table, create_engine, func, insert, inspect, select, text
from sqlalchemy.engine import make_url

from bridge.connector import Attachment, InboundEvent, Message, RawItem, Text, Traits
from bridge.desk import Desk
from bridge.learned import Fate, Remembered, Trust
from bridge.steps.parsing import ParseLimits, Parsing
from bridge.steps.queue import Queue
from bridge.store import learned
from bridge.store.book_tables import rooms
from bridge.store.case_tables import absences, postponed, problem_cases, problems, promises
from bridge.store.engine import database_file
from bridge.store.store import Store, open_store
from bridge.testing import FakeClock, ScriptedConnector, item, parse_text
from bridge.work import Outcome

LARGE = 70_000


def parse_with_files(raw: RawItem) -> Sequence[InboundEvent]:
    """As `parse_text`, with a large and a small attachment where the text asks for them."""
    assert isinstance(raw.raw, bytes)
    if not raw.raw.startswith(b"files"):
        return parse_text(raw)
    files = (
        Attachment(name="large.bin", content=raw.raw[::-1] * (LARGE // len(raw.raw) + 1)),
        Attachment(name="small.bin", content=b"\x00\xff small"),
    )
    words = raw.raw.decode(errors="replace")[:50]
    return (Message(address=raw.lane, text=Text(words), native_id=raw.native_id, attachments=files),)


_made: dict[str, bytes] = {}
"""A filled SQLite store: its large contents by their place in the folder of blobs, and the database under ""."""


async def fill(url: str) -> None:
    """Customers who write, an owner who answers and is asked, a dead letter, a timer, answers that wait.

    It takes a while: what was made once is copied to where there is no SQLite file yet.
    """
    file = database_file(url)
    if file is None or file.exists():
        await _fill(url)
        return
    blobs = blobs_of(file)
    if _made:
        for place, content in _made.items():
            path = blobs / place if place else file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return
    await _fill(url)
    _made[""] = file.read_bytes()
    _made.update({str(path.relative_to(blobs)): path.read_bytes() for path in blobs.glob("*/*")})


async def _fill(url: str) -> None:
    store = await open_store(url, lambda _: None)
    try:
        await store.leases.beat()
        mail = ScriptedConnector(name="mail", traits=Traits(session=False))
        mail.parse = parse_with_files
        desk = ScriptedConnector(name="desk")
        await _work(store, Desk(policy=POLICY, connectors={"mail": mail, "desk": desk}))
        await store.transactions.run("fill", _open_a_room)
        await store.transactions.run("fill", _learn)
        await store.transactions.run("fill", _cases)
        await store.inbox.receive([("mail", item("not yet worked on", "m9", lane="zoe"))], {})
    finally:
        await store.close()


def _open_a_room(connection: Connection) -> None:
    """One for each time that the store was filled."""
    count = connection.execute(select(func.count()).select_from(rooms)).scalar_one()
    place = {"connector": "hall", "address": "olga", "conversation": count + 1, "room": f"room {count}"}
    connection.execute(insert(rooms).values(place))


def _learn(connection: Connection) -> None:
    match = Remembered(
        id="1.1",
        conversation=1,
        entry="opening",
        answer_hash="abc",
        confidence=0.97,
        reason="sure",
        language="en",
        fate=Fate.SUGGESTED,
        at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    learned.remember(connection, match, 1)
    learned.trusted(connection, Trust(entry="opening", answer_hash="abc", approvals=2), match.at)


def _cases(connection: Connection) -> None:
    """What owners keep of their cases, likewise."""
    number = connection.execute(select(func.count()).select_from(problems)).scalar_one() + 1
    now = datetime(2026, 11, 2, tzinfo=UTC)
    promise = {
        "conversation": 1,
        "owner": "Olga",
        "words": "On Friday.",
        "due_at": now,
        "state": "open",
        "made_at": now,
    }
    rows: dict[Table, dict[str, object]] = {
        problems: {"number": number, "words": "No parcels", "opened_at": now},
        problem_cases: {"problem": number, "conversation": 1},
        promises: {"id": number, **promise},
        absences: {"owner": f"Olga {number}", "until": now},
        postponed: {"connector": "desk", "address": "olga", "body": "Meanwhile", "at": now},
    }
    for table, row in rows.items():
        connection.execute(insert(table).values(row))


async def _work(store: Store, desk: Desk) -> None:
    clock = FakeClock(datetime.now(UTC) + timedelta(seconds=5))
    queue = Queue(store.inbox, Parsing(ParseLimits()), lambda: desk, clock)
    working = asyncio.create_task(queue.run())
    written = [
        item("Hello \x00 Ä 😀", "m1", lane="anna", name="Anna \ud800", subject="Tulips", odd="\x00"),
        item("files of anna " + "x" * LARGE, "m2", lane="anna"),
        item("files of bob", "m3", lane="bob"),
        item("poison", "m4", lane="mallory"),
    ]
    await store.inbox.receive([("mail", one) for one in written], {"mail": {"seen": "4"}})
    await _until_idle(store, queue, clock)
    typed = [item(line, f"d{number}", lane="olga", authenticated=True) for number, line in enumerate(_TYPED)]
    await store.inbox.receive([("desk", one) for one in typed], {})
    await _until_idle(store, queue, clock)
    await store.outbox.put([], "connector:mail:down", clock())
    # The first ones are sent; what follows each is begun, and nobody knows what came of it.
    for sending in await store.outbox.claim({"desk": 0, "mail": 0}, 16, clock()):
        outcome = Outcome(state="sent", native_ids=(f"native {sending.outbound.id}",))
        await store.outbox.finish(sending, outcome, 0, clock())
    # Let the loop go on until the cancelled queue has really ended.
    working.cancel()
    while not working.done():
        await asyncio.wait({working}, timeout=0.1)
        working.cancel()


_TYPED = ("#1 Yes, five euros.", "note 1 a good customer", "#2 Certainly.", "For whom is this?")


async def _until_idle(store: Store, queue: Queue, clock: FakeClock) -> None:
    """No event tells that nothing is left to do."""
    while (await store.counts()).waiting_items > await _later(store) or not queue.idle:
        clock.advance(seconds=0.5)
        queue.wake()
        await asyncio.sleep(0.01)


async def _later(store: Store) -> int:
    query = text("SELECT count(*) FROM items WHERE connector = 'timer' AND state = 'ready'")
    return await store.transactions.run("read", lambda connection: int(connection.execute(query).scalar_one()))


def blobs_of(file: Path) -> Path:
    """The folder of the large contents of a SQLite file."""
    return file.with_name(f"{file.name}.blobs")


Tables = dict[str, list[dict[str, Any]]]


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A plain connection to a store."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def tables(url: str) -> Tables:
    """Every row of every table, as far as both engines can agree on it."""
    found: Tables = {}
    with connected(url) as connection:
        for name in inspect(connection).get_table_names():
            rows = [dict(row) for row in connection.execute(text(f'SELECT * FROM "{name}"')).mappings()]
            found[name] = sorted(([_plain(row) for row in rows]), key=repr)
    return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    plain = {key: int(value) if isinstance(value, bool) else value for key, value in row.items()}
    plain.pop("data", None)  # of a blob: a file with SQLite; compared by `contents`
    return {key: bytes(value) if isinstance(value, memoryview) else value for key, value in plain.items()}


def contents(url: str) -> dict[str, bytes]:
    """The large contents, by digest."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        folder = blobs_of(Path(str(parsed.database)))
        return {path.name: path.read_bytes() for path in folder.glob("*/*")}
    with connected(url) as connection:
        rows = connection.execute(text("SELECT digest, data FROM blobs"))
        return {row.digest: bytes(row.data) for row in rows}
