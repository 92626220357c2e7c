"""What runs a transaction promises, and what its failures mean.

A transaction is one synchronous function of Core statements, run in one go in a thread; nothing awaits inside it. It
may be run more than once, so it must have no effect outside the database. Urgent work (receiving: a client waits) goes
before all other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bridge.failures import StoreFull, Unavailable

T = TypeVar("T")
Work = Callable[[Connection], T]

_SQLITE_FULL = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE"}
_SQLITE_DAMAGED = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}
_PG_DISK_FULL = "53100"
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
