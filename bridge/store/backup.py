"""Backups: one tar file that either engine can be restored from, so it also moves a shop from SQLite to PostgreSQL.

    manifest.json        the format, the database's version, when it was made, how many rows each table has
    tables/NAME.jsonl    a row a line, as the driver gives it; bytes as {"b64": ...}
    blobs/DIGEST         the large contents, checked against their name when they are restored

It is read in one transaction that sees one moment, while daemons go on writing. With SQLite the large contents are
files, of which that transaction knows nothing: where a daemon swept one away meanwhile, which happens once an hour at
most, the backup is made anew. `restoring` is the way back.
"""

from __future__ import annotations

import base64
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url

from bridge.store.engine import database_file
from bridge.store.migrating import version_of
from bridge.store.store import blob_folder

FORMAT = 1
TRIES = 3
_ROWS = 500
_VERSION_TABLE = "alembic_version"
# Who was alive when the backup was made is nobody's business later.
NOT_KEPT = {_VERSION_TABLE, "leases"}


class BackupError(Exception):
    """The backup cannot be made, or not be restored; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds: rows by table, and how many large contents."""

    version: str
    made_at: str
    rows: dict[str, int]
    blobs: int


class _SweptError(Exception):
    """A content was dropped after this backup was begun: it is as old as that."""


def make(url: str, target: Path, *, wrote: Callable[[str], None] = lambda _: None) -> Contents:
    """Write a backup of the store to `target`, which must not exist yet; it is there whole or not at all.

    `wrote` is called with the name of each table that has been written.
    """
    if target.exists():
        raise BackupError(f"{target} exists; name a new file")
    for _ in range(TRIES):
        try:
            return _make(url, target, wrote)
        except _SweptError:
            continue
    raise BackupError(f"contents went away {TRIES} times while they were read: make the backup at a quieter time")


def _make(url: str, target: Path, wrote: Callable[[str], None]) -> Contents:
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with _reading(url) as connection, _new_file(partial) as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                contents = _write(connection, url, tar, target.parent, wrote)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(target)
        fsync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return contents


def _new_file(path: Path) -> IO[bytes]:
    """Readable by its owner alone from the first byte on: it holds what all customers wrote."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _reading(url: str) -> Iterator[Connection]:
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        snapshot = "REPEATABLE READ"
        return create_engine(parsed.set(drivername="postgresql+psycopg"), isolation_level=snapshot)
    file = database_file(url)
    if file is None or not file.exists():
        raise BackupError(f"there is no database {file}")
    engine = create_engine(parsed)
    # A plain BEGIN, not an immediate one: a reader of a WAL sees one moment and keeps no writer waiting.
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _write(
    connection: Connection, url: str, tar: tarfile.TarFile, room: Path, wrote: Callable[[str], None]
) -> Contents:
    version = version_of(connection)
    if version is None:
        raise BackupError("the database is empty: there is nothing to keep")
    rows = {}
    digests: list[str] = []
    for name in sorted(set(inspect(connection).get_table_names()) - NOT_KEPT):
        # Beside the backup, where there must be room anyway: /tmp may be a small part of the memory.
        with tempfile.TemporaryFile(dir=room) as file:
            rows[name] = _dump(connection, name, file, digests)
            _add(tar, f"tables/{name}.jsonl", file)
        wrote(name)
    for digest in digests:
        _add_blob(connection, url, digest, tar)
    contents = Contents(version, datetime.now(UTC).isoformat(), rows, len(digests))
    manifest = {"format": FORMAT, "version": version, "made_at": contents.made_at, "rows": rows, "blobs": len(digests)}
    _add(tar, "manifest.json", io.BytesIO(json.dumps(manifest, indent=2).encode()))
    return contents


def _dump(connection: Connection, name: str, file: IO[bytes], digests: list[str]) -> int:
    # The names are those of the database's own tables.
    columns = "digest, size, created_at" if name == "blobs" else "*"
    result = connection.execution_options(stream_results=True).exec_driver_sql(
        f'SELECT {columns} FROM "{name}"'  # noqa: S608 - see above
    )
    count = 0
    for row in result.yield_per(_ROWS).mappings():
        file.write(json.dumps({key: _to_json(value) for key, value in row.items()}).encode() + b"\n")
        count += 1
        if name == "blobs":
            digests.append(row["digest"])
    return count


def _to_json(value: object) -> object:
    return {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = file.seek(0, os.SEEK_END)
    entry.mode = 0o600
    file.seek(0)
    tar.addfile(entry, file)


def _add_blob(connection: Connection, url: str, digest: str, tar: tarfile.TarFile) -> None:
    folder = blob_folder(url)
    if folder is None:
        found = connection.exec_driver_sql("SELECT data FROM blobs WHERE digest = %s", (digest,)).scalar_one()
        _add(tar, f"blobs/{digest}", io.BytesIO(bytes(found)))
        return
    try:
        with (folder / digest[:2] / digest).open("rb") as file:
            _add(tar, f"blobs/{digest}", file)
    except FileNotFoundError as error:
        if not _is_named(url, digest):
            raise _SweptError(digest) from error
        raise BackupError(f"{error.filename} is missing: the folder of large contents is not whole") from error


def _is_named(url: str, digest: str) -> bool:
    """Whether the store has this content at this moment, which is later than the backup's."""
    with _reading(url) as connection:
        return connection.exec_driver_sql("SELECT 1 FROM blobs WHERE digest = ?", (digest,)).first() is not None
