"""Transactions on PostgreSQL: a few threads with a connection each; what deadlocked is run again."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from bridge.crashpoint import reach
from bridge.store.transactions import T, Work, failure_of

_PG_TRY_AGAIN = {"40001", "40P01"}


def _prepare_postgres(connection: DBAPIConnection, _record: object) -> None:
    # A daemon that stands still within a transaction (a stopped process, a frozen machine) keeps its locks, and with
    # them the others from taking over. Ours last milliseconds: the server ends one whose client has gone quiet.
    cursor = connection.cursor()
    cursor.execute("SET idle_in_transaction_session_timeout = '3s'")
    cursor.close()
    connection.commit()


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
