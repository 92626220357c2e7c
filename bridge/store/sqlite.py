"""Transactions on SQLite: one writer thread with one connection, and group commit.

Commits cost an fsync, so functions that come in while others are run are committed together with them, each inside a
savepoint of its own: one that raises undoes only itself. A database error may have undone the whole transaction behind
our back (SQLite does so on a full disk); then the group is rolled back and each function runs once more, alone.

Urgent work commits alone and first; a group under way then ends with the function that is running.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bridge.crashpoint import reach
from bridge.failures import Unavailable
from bridge.store.transactions import T, Work, failure_of

GROUP = 48
"""How many functions share one commit at most: bounds how long the first waits for the last."""


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
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-8000"):
        connection.execute(f"PRAGMA {pragma}")


def sqlite_engine(url: URL, patience_seconds: float = 5.0) -> Engine:
    """An engine whose connections are durable: WAL, an fsync at each commit (synchronous=FULL). While another process
    holds the database each waits for it for at most `patience_seconds`.
    """
    connecting = {"check_same_thread": False, "timeout": patience_seconds}
    engine = create_engine(url, connect_args=connecting, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


@dataclass(eq=False)
class SqliteTransactions:
    """One writer thread with group commit."""

    url: URL
    patience_seconds: float = 5.0
    dialect: str = field(default="sqlite", init=False)

    def __post_init__(self) -> None:
        self._engine = sqlite_engine(self.url, self.patience_seconds)
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
