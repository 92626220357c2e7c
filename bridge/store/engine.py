"""Runs transactions, on SQLite or PostgreSQL.

A transaction is one synchronous function of Core statements, run in one go in a thread; nothing awaits inside it.

SQLite has one writer: one thread with one connection. Commits cost an fsync, so functions that come in while others are
run are committed together with them (group commit), each inside a savepoint of its own: one that raises undoes only
itself.
A database error may have undone the whole transaction behind our back (SQLite does so on a full disk); then the group
is rolled back and each function runs once more, alone. A function must therefore have no effect outside the database.

PostgreSQL groups commits itself: a few threads with a connection each; what deadlocked is run again.

Urgent work (receiving: a client waits for its 250) goes before all other, and alone; a group under way then ends with
the function that is running.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from bridge.connector import StoreFull, Unavailable
from bridge.crashpoint import reach

T = TypeVar("T")
Work = Callable[[Connection], T]

GROUP = 48
"""How many functions share one commit at most: bounds how long the first waits for the last."""

_SQLITE_FULL = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE"}
_SQLITE_DAMAGED = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}
_PG_DISK_FULL = "53100"
_PG_TRY_AGAIN = {"40001", "40P01"}
_PG_OUR_FAULT = ("22", "23", "42")


class Transactions(Protocol):
    """Something that runs transactions."""

    dialect: str

    async def run(self, name: str, work: Work[T], *, urgent: bool = False) -> T:
        """Commit what `work` does and return what it returns; raises what it raises, or Unavailable, or StoreFull.

        Once begun it is finished, even if the caller is cancelled meanwhile. `name` names its crash points.
        """

    async def close(self) -> None:
        """Finish what was begun and close all connections."""


def failure_of(error: DBAPIError) -> Exception:
    """The failure of the contract that a database error stands for; the error itself where it is a fault of ours."""
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(original) or error
    state = getattr(original, "sqlstate", None) or ""
    if state == _PG_DISK_FULL:
        return StoreFull("the database server's disk is full")
    if error.connection_invalidated or not state.startswith(_PG_OUR_FAULT):
        return Unavailable(f"the database server does not answer as it should ({state or type(original).__name__})")
    return error


def _of_sqlite(original: sqlite3.Error) -> Exception | None:
    code = getattr(original, "sqlite_errorname", "") or ""
    if code in _SQLITE_FULL or "disk is full" in str(original):
        return StoreFull("the disk that holds the database is full")
    if code in _SQLITE_DAMAGED:
        return Unavailable(f"the database is damaged ({original}): restore the latest backup")
    if isinstance(original, sqlite3.OperationalError) and not code.startswith("SQLITE_ERROR"):
        return Unavailable(f"the database cannot be written ({original})")
    return None


@dataclass(eq=False, slots=True)
class _Job:
    name: str
    work: Work[Any]
    future: asyncio.Future[Any]
    urgent: bool = False
    result: Any = None
    error: BaseException | None = None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin transactions by itself: it would do so before writes only, too late for a savepoint.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "cache_size=-8000"):
        connection.execute(f"PRAGMA {pragma}")


def sqlite_engine(url: URL) -> Engine:
    """An engine whose connections are durable: WAL, an fsync at each commit (synchronous=FULL)."""
    engine = create_engine(url, connect_args={"check_same_thread": False}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_postgres(connection: DBAPIConnection, _record: object) -> None:
    # A daemon that stands still within a transaction (a stopped process, a frozen machine) keeps its locks, and with
    # them the others from taking over. Ours last milliseconds: the server ends one whose client has gone quiet.
    cursor = connection.cursor()
    cursor.execute("SET idle_in_transaction_session_timeout = '3s'")
    cursor.close()
    connection.commit()


@dataclass(eq=False)
class SqliteTransactions:
    """One writer thread with group commit."""

    url: URL
    dialect: str = field(default="sqlite", init=False)

    def __post_init__(self) -> None:
        self._engine = sqlite_engine(self.url)
        self._urgent: deque[_Job] = deque()
        self._normal: deque[_Job] = deque()
        self._arrived = threading.Condition()
        self._closing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: Connection | None = None
        self._thread = threading.Thread(target=self._write, name="store-writer", daemon=True)

    async def run(self, name: str, work: Work[T], *, urgent: bool = False) -> T:
        """See Transactions."""
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
            self._thread.start()
        job = _Job(name, work, loop.create_future(), urgent)
        with self._arrived:
            if self._closing:
                raise Unavailable("the store is closed")
            (self._urgent if urgent else self._normal).append(job)
            self._arrived.notify()
        result: T = await job.future
        return result

    async def close(self) -> None:
        """See Transactions."""
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)
        self._engine.dispose()

    def _next(self) -> _Job | None:
        """The next job, urgent ones first; None when there will be no more."""
        with self._arrived:
            while not (self._urgent or self._normal or self._closing):
                self._arrived.wait()
            if self._urgent:
                return self._urgent.popleft()
            return self._normal.popleft() if self._normal else None

    def _another(self) -> _Job | None:
        """Another job for the commit under way; none where something urgent waits for its end."""
        with self._arrived:
            return self._normal.popleft() if self._normal and not self._urgent else None

    def _write(self) -> None:
        while (job := self._next()) is not None:
            group = [job]
            try:
                if job.urgent:
                    self._commit_alone(job)
                else:
                    self._commit_group(group)
            except DBAPIError as error:
                if len(group) == 1:
                    job.error = failure_of(error)
                    group += self._as_unavailable(job)
                else:
                    self._commit_one_by_one(group)
            except Exception as error:  # noqa: BLE001 - of the one job that ran alone: it belongs to its caller
                job.error = error
            assert self._loop is not None
            self._loop.call_soon_threadsafe(_resolve, group)
        if self._open is not None:
            self._open.close()

    def _as_unavailable(self, failed: _Job) -> list[_Job]:
        """Where the database could not be had, whoever has waited for as long hears so, too: not each after a time-out
        of its own.
        """
        if not failed.urgent or type(failed.error) is not Unavailable:  # a full disk may have room for a smaller one
            return []
        with self._arrived:
            waiting = list(self._urgent)
            self._urgent.clear()
        for job in waiting:
            job.error = failed.error
        return waiting

    def _commit_one_by_one(self, group: list[_Job]) -> None:
        for job in group:
            job.result, job.error = None, None
            try:
                self._commit_alone(job)
            except DBAPIError as error:
                job.error = failure_of(error)
            except Exception as error:  # noqa: BLE001 - see _write
                job.error = error

    def _commit_alone(self, job: _Job) -> None:
        with self._connection() as connection, connection.begin():
            reach(f"{job.name}.begun")
            job.result = job.work(connection)
            reach(f"{job.name}.written")
        reach(f"{job.name}.committed")

    def _commit_group(self, group: list[_Job]) -> None:
        """Commit the job in the group and those that join it while it is under way."""
        with self._connection() as connection, connection.begin():
            job: _Job | None = group[0]
            while job is not None:
                reach(f"{job.name}.begun")
                _run_in_savepoint(connection, job)
                reach(f"{job.name}.written")
                job = self._another() if len(group) < GROUP else None
                if job is not None:
                    group.append(job)
        for committed in group:
            reach(f"{committed.name}.committed")

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """The writer's one connection, kept open; a new one after any trouble, which may have been its own."""
        if self._open is None:
            self._open = self._engine.connect()
        try:
            yield self._open
        except BaseException:
            self._open.close()
            self._open = None
            raise


def _run_in_savepoint(connection: Connection, job: _Job) -> None:
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        job.result = job.work(connection)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the caller, who gets it; the others go on
        job.error = error
        connection.exec_driver_sql("ROLLBACK TO job")
    connection.exec_driver_sql("RELEASE job")


def _resolve(group: list[_Job]) -> None:
    for job in group:
        if job.future.done():  # its caller was cancelled
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)


@dataclass(eq=False)
class PostgresTransactions:
    """A few threads, a connection each; two of them kept for what is urgent."""

    url: URL
    threads: int = 4
    dialect: str = field(default="postgresql", init=False)

    def __post_init__(self) -> None:
        self._engine = create_engine(
            self.url.set(drivername="postgresql+psycopg"),
            pool_size=self.threads + 2,
            max_overflow=0,
            pool_pre_ping=True,
            # What is logged of an error must not hold a customer's words.
            hide_parameters=True,
        )
        event.listen(self._engine, "connect", _prepare_postgres)
        self._normal = ThreadPoolExecutor(self.threads, "store")
        self._urgent = ThreadPoolExecutor(2, "store-urgent")

    async def run(self, name: str, work: Work[T], *, urgent: bool = False) -> T:
        """See Transactions."""
        pool = self._urgent if urgent else self._normal
        begun = asyncio.get_running_loop().run_in_executor(pool, self._run, name, work)
        return await asyncio.shield(begun)

    async def close(self) -> None:
        """See Transactions."""
        for pool in (self._urgent, self._normal):
            await asyncio.to_thread(pool.shutdown)
        self._engine.dispose()

    def _run(self, name: str, work: Work[T], tries: int = 4) -> T:
        try:
            return self._run_once(name, work)
        except DBAPIError as error:
            if tries > 1 and getattr(error.orig, "sqlstate", None) in _PG_TRY_AGAIN:
                return self._run(name, work, tries - 1)
            failure = failure_of(error)
            if failure is error:
                raise
            raise failure from error

    def _run_once(self, name: str, work: Work[T]) -> T:
        with self._engine.begin() as connection:
            reach(f"{name}.begun")
            result = work(connection)
            reach(f"{name}.written")
        reach(f"{name}.committed")
        return result


def transactions(url: str) -> Transactions:
    """The engine for a URL: `sqlite:////absolute/path.db` or `postgresql://user:password@host/database`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteTransactions(parsed)
    if parsed.get_backend_name() == "postgresql":
        return PostgresTransactions(parsed)
    raise ValueError(f"the store can be sqlite or postgresql, not {parsed.get_backend_name()}")


def database_file(url: str) -> Path | None:
    """The file of a SQLite URL; None for a server."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)
