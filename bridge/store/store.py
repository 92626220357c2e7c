"""One open store: its engine and the parts of it that the steps use."""

from __future__ import annotations

import fcntl
import os
import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from bridge.store import lanes
from bridge.store.blobs import Blobs
from bridge.store.book_tables import conversations
from bridge.store.engine import database_file, transactions
from bridge.store.figures import Figures, figures
from bridge.store.inbox import StoredInbox, positions_of
from bridge.store.leases import StoredLeases
from bridge.store.listening import Listener
from bridge.store.migrating import prepare
from bridge.store.outbox import StoredOutbox
from bridge.store.retention import forget
from bridge.store.room import Limits, Room
from bridge.store.spots import StoredSpots
from bridge.store.transactions import Transactions
from bridge.store.work_tables import RESTORED_UP_TO, items, meta, outbox


class InUse(Exception):
    """Another daemon runs on this SQLite file."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits, in figures: for `doctor` and the log."""

    waiting_items: int
    waiting_outbounds: int
    dead: int
    unfinished: int


@dataclass(frozen=True, slots=True)
class Store:
    """An open store. `namespace` makes the ids of its outbounds unlike those of any other store; `token_key`, a secret,
    makes the tokens in its addresses.
    """

    transactions: Transactions
    blobs: Blobs
    room: Room
    inbox: StoredInbox
    outbox: StoredOutbox
    fetches: StoredOutbox
    leases: StoredLeases
    namespace: uuid.UUID
    token_key: bytes = field(repr=False)
    lock: int | None
    listener: Listener | None

    @property
    def spots(self) -> StoredSpots:
        """Where typing is shown."""
        return StoredSpots(self.transactions)

    @property
    def shared(self) -> bool:
        """Whether other daemons may work on it at the same time."""
        return self.transactions.dialect != "sqlite"

    async def position(self, connector: str) -> dict[str, str]:
        """What a connector stored last as its position."""
        return await self.transactions.run("position", lambda connection: positions_of(connection, connector))

    async def counts(self) -> Counts:
        """What waits."""
        return await self.transactions.run("counts", _counts)

    async def figures(self) -> Figures:
        """What waits, and since when."""
        return await self.transactions.run("counts", figures)

    async def filed(self, connector: str, reason: str) -> bool:
        """Whether an item of a connector was ignored for a reason that begins so; of the last thousand items."""
        mine = items.c.outcome.startswith(f"ignored: {reason}", autoescape=True)
        latest = select(func.max(items.c.id) - 1000).scalar_subquery()
        query = select(items.c.id).where(items.c.id > latest, items.c.connector == connector, mine).limit(1)
        return await self.transactions.run("read", lambda connection: connection.execute(query).first() is not None)

    async def forget(self, now: datetime, keep: timedelta | None) -> int:
        """Drop raw forms older than `keep`; how many those were."""
        return await self.transactions.run("forget.raw", lambda connection: forget(connection, now, keep))

    async def close(self) -> None:
        """Finish what was begun and close."""
        if self.listener is not None:
            await self.listener.close()
        await self.transactions.close()
        if self.lock is not None:
            os.close(self.lock)


def blob_folder(url: str) -> Path | None:
    """Where the large contents of a SQLite store are; None where they are in the database."""
    file = database_file(url)
    return None if file is None else file.with_name(f"{file.name}.blobs")


async def open_store(
    url: str, added: Callable[[str], None], *, exclusive: bool = True, limits: Limits | None = None
) -> Store:
    """Open, and make or check, the store at a URL. `added` is called in the loop when there is work ("in", "out").

    `exclusive`, as a daemon opens it: it is made where there is none, and with SQLite no second daemon may.
    Raises InUse, migrating.WrongVersion, connector.Unavailable.
    """
    lock = _lock(url) if exclusive else None
    engine = transactions(url, daemon=exclusive)
    try:
        own = await engine.run("prepare", lambda connection: _own(connection, make=exclusive))
    except BaseException:
        await engine.close()
        if lock is not None:
            os.close(lock)
        raise
    holder = uuid.uuid4().hex
    blobs = Blobs(engine, blob_folder(url))
    room = Room(engine, database_file(url), limits or Limits())
    going_out = StoredOutbox(engine, blobs, holder, added)
    return Store(
        transactions=engine,
        blobs=blobs,
        room=room,
        inbox=StoredInbox(engine, blobs, room, own.namespace, holder, added, going_out, own.restored_up_to),
        outbox=going_out,
        fetches=StoredOutbox(engine, blobs, holder, added, lanes.FETCH),
        leases=StoredLeases(engine, holder),
        namespace=own.namespace,
        token_key=own.token_key,
        lock=lock,
        listener=Listener(url, added) if exclusive and engine.dialect == "postgresql" else None,
    )


def _lock(url: str) -> int | None:
    file = database_file(url)
    if file is None:
        return None
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise InUse(f"another inbox-bridge runs on {file}; stop it first, or use PostgreSQL for several") from error
    return descriptor


@contextmanager
def locked(url: str) -> Iterator[None]:
    """No daemon runs on this SQLite file meanwhile. Raises InUse."""
    lock = _lock(url)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


@dataclass(frozen=True, slots=True)
class _Own:
    """What is made once for each store; and the last item that it was restored with, 0 where it was not."""

    namespace: uuid.UUID
    token_key: bytes
    restored_up_to: int


def _own(connection: Connection, *, make: bool) -> _Own:
    prepare(connection, make=make)
    namespace = _once(connection, "namespace", lambda: str(uuid.uuid4()))
    key = _once(connection, "token_key", lambda: secrets.token_hex(32))
    restored = connection.execute(select(meta.c.value).where(meta.c.key == RESTORED_UP_TO)).scalar()
    return _Own(uuid.UUID(namespace), bytes.fromhex(key), int(restored or 0))


def _once(connection: Connection, key: str, make: Callable[[], str]) -> str:
    known: str | None = connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()
    if known is None:
        known = make()
        connection.execute(insert(meta).values(key=key, value=known))
    return known


def _counts(connection: Connection) -> Counts:
    def count(query: object) -> int:
        return connection.execute(query).scalar() or 0  # type: ignore[call-overload]

    return Counts(
        waiting_items=count(select(func.count()).select_from(items).where(items.c.state == "ready")),
        waiting_outbounds=count(select(func.count()).where(outbox.c.state.in_(("waiting", "sending")))),
        dead=count(select(func.count()).where(items.c.state == "dead"))
        + count(select(func.count()).where(outbox.c.state.in_(("dead", "maybe")))),
        unfinished=count(select(func.count()).where(conversations.c.state == "open")),
    )
