"""Contents too large for a row, by their SHA-256.

With SQLite they are files beside the database, written and fsynced before the row that names them; with PostgreSQL they
are rows, so that any daemon can read them. A content is kept once however often it comes. What no item and no
attachment names is swept, but not in its first hour: then it may be about to be named.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, select, union_all

from bridge.crashpoint import reach
from bridge.failures import StoreFull, Unavailable
from bridge.store.book_tables import attachments
from bridge.store.transactions import Transactions
from bridge.store.upserting import upsert
from bridge.store.work_tables import blobs, items

_SWEEP_AFTER = timedelta(hours=1)
_DISK_FULL = {28, 122}  # ENOSPC, EDQUOT


class BlobMissing(Exception):
    """A row names a content that is not there: the folder was moved, or a backup was restored without it."""


@dataclass(frozen=True, slots=True)
class Blobs:
    """The contents of one store; `folder` is None where they stand in the database."""

    transactions: Transactions
    folder: Path | None

    async def keep(self, content: bytes) -> str:
        """Make it durable; the digest it is now known by. Raises StoreFull, Unavailable."""
        digest = await asyncio.to_thread(_digest, content)
        if self.folder is not None:
            await asyncio.to_thread(_keep_file, self.folder / digest[:2] / digest, content)
        row = {
            "digest": digest,
            "size": len(content),
            "created_at": datetime.now(UTC),
            "data": content if self.folder is None else None,
        }

        def name(connection: Connection) -> None:
            insert = upsert(connection)(blobs).values(row)
            again = {"created_at": insert.excluded.created_at}
            connection.execute(insert.on_conflict_do_update(index_elements=["digest"], set_=again))

        await self.transactions.run("blob", name, urgent=True)
        return digest

    def read(self, connection: Connection, digest: str) -> bytes:
        """The content, within a transaction. Raises BlobMissing."""
        if self.folder is None:
            data: bytes | None = connection.execute(select(blobs.c.data).where(blobs.c.digest == digest)).scalar()
            if data is None:
                raise BlobMissing(f"no content {digest} in the database")
            return data
        try:
            return (self.folder / digest[:2] / digest).read_bytes()
        except OSError as error:
            raise BlobMissing(f"no content {digest} in {self.folder}: {error.strerror}") from error

    async def sweep(self, now: datetime) -> int:
        """Drop what nothing names; how many those were."""
        gone = await self.transactions.run("sweep", lambda connection: _unname(connection, now - _SWEEP_AFTER))
        if self.folder is not None:
            for digest in gone:
                (self.folder / digest[:2] / digest).unlink(missing_ok=True)
        return len(gone)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _unname(connection: Connection, before: datetime) -> list[str]:
    named = union_all(
        select(items.c.blob).where(items.c.blob.is_not(None)),
        select(attachments.c.blob).where(attachments.c.blob.is_not(None)),
    )
    unnamed = (blobs.c.created_at < before, blobs.c.digest.not_in(named))
    return list(connection.execute(delete(blobs).where(*unnamed).returning(blobs.c.digest)).scalars())


def _keep_file(path: Path, content: bytes) -> None:
    try:
        _write(path, content)
    except OSError as error:
        if error.errno in _DISK_FULL:
            raise StoreFull("the disk that holds the attachments is full") from error
        raise Unavailable(f"{path.parent} cannot be written: {error.strerror}") from error


def _write(path: Path, content: bytes) -> None:
    if path.exists() and path.stat().st_size == len(content):
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        reach("blob.file.written")
        os.fsync(file.fileno())
    partial.rename(path)
    reach("blob.file.renamed")
    for folder in (path.parent, path.parent.parent):
        _fsync_folder(folder)
    reach("blob.file.durable")


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
