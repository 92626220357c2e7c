"""How much room there is: a full store refuses before the disk is full, so that what is begun can still be finished.

It is measured now and then, not at each message: a file system answers in microseconds, a database server in
milliseconds. With PostgreSQL the disk is the server's; only the size of the database counts there.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from bridge.failures import StoreFull
from bridge.store.transactions import Transactions
from bridge.store.work_tables import blobs

_MB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """At most so much stored in all, at least so much free on the disk, in bytes; None for no limit."""

    stored: int | None = None
    free: int = 0


@dataclass(slots=True)
class Room:
    """Measures, and refuses while there is too little. `file` is the SQLite database."""

    transactions: Transactions
    file: Path | None
    limits: Limits
    _problem: str = ""

    def require(self) -> None:
        """Raises StoreFull while there is too little room."""
        if self._problem:
            raise StoreFull(self._problem)

    async def measure(self) -> str:
        """Look again; what is wrong, or nothing."""
        self._problem = self._free() or await self._stored()
        return self._problem

    def _free(self) -> str:
        if self.file is None:
            return ""
        free = shutil.disk_usage(self.file.parent).free
        if free >= self.limits.free:
            return ""
        return f"only {free // _MB} MB are free on the disk of {self.file.parent}, {self.limits.free // _MB} must be"

    async def _stored(self) -> str:
        if self.limits.stored is None:
            return ""
        stored = await self.transactions.run("room", self._size)
        if stored <= self.limits.stored:
            return ""
        return f"{stored // _MB} MB are stored, {self.limits.stored // _MB} may be (limits.stored_megabytes)"

    def _size(self, connection: Connection) -> int:
        if self.file is None:
            size: int = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
            return size
        contents = connection.execute(select(func.coalesce(func.sum(blobs.c.size), 0))).scalar_one()
        # What was written last is in the log beside it, which may grow large while somebody reads for long.
        files = (self.file, self.file.with_name(f"{self.file.name}-wal"))
        return int(contents) + sum(file.stat().st_size for file in files if file.exists())
