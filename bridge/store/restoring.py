"""The way back from a backup (see `backup`) into an empty store, on either engine: all of it or nothing.

A restored store is another store: what waited to be sent may have been sent since the backup was made, so each of those
counts as of unknown outcome; and new outbounds get ids of a new namespace, since the old numbers come again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tarfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, delete, func, insert, inspect, select, update
from sqlalchemy.engine import make_url

from bridge.store.backup import FORMAT, NOT_KEPT, BackupError, Contents, fsync_folder
from bridge.store.engine import database_file
from bridge.store.migrating import WrongVersion, upgrade
from bridge.store.sqlite import sqlite_engine
from bridge.store.store import blob_folder
from bridge.store.work_tables import RESTORED_UP_TO, items, lanes, meta, outbox

_ROWS = 500
_BLOB_COLUMNS = {"digest", "size", "created_at"}


def restore(source: Path, url: str) -> Contents:
    """Fill an empty store at `url`. Raises BackupError, having left nothing behind."""
    try:
        with tarfile.open(source, "r:") as tar:
            contents = _manifest(tar)
            _fill(url, tar, contents)
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{source} is no backup of inbox-bridge, or a damaged one: {error}") from error
    except WrongVersion as error:
        raise BackupError(f"{source} cannot be read by this program: {error}") from error
    return contents


def _manifest(tar: tarfile.TarFile) -> Contents:
    try:
        manifest = json.loads(_open(tar, "manifest.json").read())
        made_by, version, rows = manifest["format"], str(manifest["version"]), dict(manifest["rows"])
        contents = Contents(version, str(manifest["made_at"]), rows, int(manifest["blobs"]))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BackupError(f"its manifest.json is damaged: {type(error).__name__}") from error
    if made_by != FORMAT:
        raise BackupError(f"it is of format {made_by}; this program reads {FORMAT}")
    return contents


def _open(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise BackupError(f"this is no backup of inbox-bridge, or a damaged one: it has no file {name}")
    return file


def _fill(url: str, tar: tarfile.TarFile, contents: Contents) -> None:
    files = _Files(blob_folder(url))
    with _target(url) as engine:
        try:
            with engine.begin() as connection:
                _fill_tables(connection, tar, contents, files)
                files.make_durable()
        except BaseException:
            files.remove()
            raise


@contextmanager
def _target(url: str) -> Iterator[Engine]:
    """The engine; where there was no SQLite file before and it came to nothing, there is none afterwards."""
    parsed, file = make_url(url), database_file(url)
    if file is None:
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"))
    else:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = sqlite_engine(parsed)
    new = file is not None and not file.exists()
    try:
        yield engine
    except BaseException:
        engine.dispose()
        for end in ("", "-wal", "-shm") if file is not None and new else ():
            Path(f"{file}{end}").unlink(missing_ok=True)
        raise
    engine.dispose()


def _fill_tables(connection: Connection, tar: tarfile.TarFile, contents: Contents, files: _Files) -> None:
    if inspect(connection).get_table_names():
        raise BackupError("the store holds tables already; restore never overwrites: name an empty one")
    upgrade(connection, contents.version)
    tables = MetaData()
    tables.reflect(connection)
    if set(contents.rows) != set(tables.tables) - NOT_KEPT:
        raise BackupError(f"the backup is damaged: its tables are not those of version {contents.version}")
    for name, expected in contents.rows.items():
        found = _load(connection, tables.tables[name], tar, files)
        if found != expected:
            raise BackupError(f"the backup is damaged: {found} rows of {name}, not {expected}")
    _make_other(connection)


def _load(connection: Connection, table: Table, tar: tarfile.TarFile, files: _Files) -> int:
    count, rows = 0, []
    for row in _rows(table, _open(tar, f"tables/{table.name}.jsonl")):
        if table.name == "blobs":
            row["data"] = _blob(tar, row["digest"], files)
        rows.append(row)
        if len(rows) == _ROWS:
            connection.execute(insert(table), rows)
            count, rows = count + len(rows), []
    if rows:
        connection.execute(insert(table), rows)
    _move_sequence(connection, table)
    return count + len(rows)


def _rows(table: Table, file: IO[bytes]) -> Iterator[dict[str, Any]]:
    booleans = {column.name for column in table.columns if column.type.python_type is bool}
    expected = _BLOB_COLUMNS if table.name == "blobs" else {column.name for column in table.columns}
    for number, line in enumerate(file, start=1):
        try:
            row = {key: _value(value, as_bool=key in booleans) for key, value in json.loads(line).items()}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BackupError(f"the backup is damaged: line {number} of {table.name} cannot be read") from error
        if row.keys() != expected:
            raise BackupError(f"the backup is damaged: line {number} of {table.name} has other columns")
        yield row


def _value(value: Any, *, as_bool: bool) -> Any:
    if isinstance(value, dict):
        return base64.b64decode(value["b64"], validate=True)
    return bool(value) if as_bool else value


def _blob(tar: tarfile.TarFile, digest: str, files: _Files) -> bytes | None:
    """What goes into the row: the content, or None where it is a file now."""
    content = _open(tar, f"blobs/{digest}").read()
    # A name that is the hash of what it names cannot lead out of the folder.
    if hashlib.sha256(content).hexdigest() != digest:
        raise BackupError(f"the backup is damaged: content {digest} does not match its name")
    if files.folder is None:
        return content
    files.write(digest, content)
    return None


@dataclass(eq=False)
class _Files:
    """The files of large contents that this restore made."""

    folder: Path | None
    _made: list[Path] = field(default_factory=list)

    def write(self, digest: str, content: bytes) -> None:
        assert self.folder is not None
        path = self.folder / digest[:2] / digest
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            self._made.append(path)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def make_durable(self) -> None:
        """Before the rows that name them are committed."""
        for folder in {path.parent for path in self._made}:
            fsync_folder(folder)
        if self._made and self.folder is not None:
            fsync_folder(self.folder)
            fsync_folder(self.folder.parent)

    def remove(self) -> None:
        for path in self._made:
            path.unlink(missing_ok=True)
        folders = {path.parent for path in self._made}
        for folder in [*folders, *([self.folder] if self.folder is not None and folders else [])]:
            if not any(folder.iterdir()):
                folder.rmdir()


def _move_sequence(connection: Connection, table: Table) -> None:
    """PostgreSQL counts on from where its sequence stands, not from the highest row."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        # The names are those of our own tables.
        known = f"pg_get_serial_sequence('{table.name}', '{column.name}')"
        highest = connection.execute(select(func.max(column))).scalar()
        if connection.exec_driver_sql(f"SELECT {known}").scalar() and highest:
            connection.exec_driver_sql(f"SELECT setval({known}, {int(highest)})")


def _make_other(connection: Connection) -> None:
    connection.execute(update(lanes).values(holder=""))
    connection.execute(update(outbox).where(outbox.c.state.in_(("waiting", "sending"))).values(unknown=True))
    connection.execute(update(meta).where(meta.c.key == "namespace").values(value=str(uuid.uuid4())))
    highest = connection.execute(select(func.max(items.c.id))).scalar() or 0
    connection.execute(delete(meta).where(meta.c.key == RESTORED_UP_TO))
    connection.execute(insert(meta).values(key=RESTORED_UP_TO, value=str(highest)))
