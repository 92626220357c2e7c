"""Backups: one tar file that either engine can be restored from, so it also moves a shop from SQLite to PostgreSQL.

    manifest.json        the format, the database's version, when it was made, how many rows each table has
    tables/NAME.jsonl    a row a line, as the driver gives it; bytes as {"b64": ...}
    blobs/DIGEST         the large contents, checked against their name when they are restored

It is read in one transaction that sees one moment, while daemons go on writing. A restored store is another store: what
waited to be sent may have been sent since the backup was made, so each of those counts as of unknown outcome; and new
outbounds get ids of a new namespace, since the old numbers come again.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import tarfile
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event, func, insert, inspect, select, update
from sqlalchemy.engine import make_url

from bridge.store.engine import database_file, sqlite_engine
from bridge.store.migrating import upgrade, version_of
from bridge.store.schema import lanes, meta, outbox
from bridge.store.store import blob_folder

FORMAT = 1
_ROWS = 500
_VERSION_TABLE = "alembic_version"
# Who was alive when the backup was made is nobody's business later.
_NOT_KEPT = {_VERSION_TABLE, "leases"}


class BackupError(Exception):
    """The backup cannot be made, or not be restored; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds: rows by table, and how many large contents."""

    version: str
    made_at: str
    rows: dict[str, int]
    blobs: int


def make(url: str, target: Path) -> Contents:
    """Write a backup of the store to `target`, which must not exist yet; it is there whole or not at all."""
    if target.exists():
        raise BackupError(f"{target} exists; name a new file")
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with _reading(url) as connection, tarfile.open(partial, "w") as tar:
            contents = _write(connection, blob_folder(url), tar)
        partial.chmod(0o600)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return contents


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


def _write(connection: Connection, folder: Path | None, tar: tarfile.TarFile) -> Contents:
    version = version_of(connection)
    if version is None:
        raise BackupError("the database is empty: there is nothing to keep")
    rows = {}
    digests: list[str] = []
    for name in sorted(set(inspect(connection).get_table_names()) - _NOT_KEPT):
        with tempfile.TemporaryFile() as file:
            rows[name] = _dump(connection, name, file, digests)
            _add(tar, f"tables/{name}.jsonl", file)
    for digest in digests:
        _add_blob(connection, folder, digest, tar)
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


def _add_blob(connection: Connection, folder: Path | None, digest: str, tar: tarfile.TarFile) -> None:
    if folder is None:
        found = connection.exec_driver_sql("SELECT data FROM blobs WHERE digest = %s", (digest,)).scalar_one()
        _add(tar, f"blobs/{digest}", io.BytesIO(bytes(found)))
        return
    try:
        with (folder / digest[:2] / digest).open("rb") as file:
            _add(tar, f"blobs/{digest}", file)
    except FileNotFoundError as error:
        raise BackupError(f"{error.filename} is missing: the folder of large contents is not whole") from error


def restore(source: Path, url: str) -> Contents:
    """Fill an empty store at `url` from a backup. Refuses one that holds anything. All or nothing."""
    with tarfile.open(source) as tar:
        manifest = json.loads(_read(tar, "manifest.json"))
        if manifest["format"] != FORMAT:
            raise BackupError(f"{source} is of format {manifest['format']}; this program reads {FORMAT}")
        engine = _target(url)
        try:
            with engine.begin() as connection:
                if version_of(connection) is not None:
                    raise BackupError("the store holds a database already; restore never overwrites: name an empty one")
                _fill(connection, tar, manifest, blob_folder(url))
        finally:
            engine.dispose()
    return Contents(manifest["version"], manifest["made_at"], manifest["rows"], manifest["blobs"])


def _target(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"))
    file = database_file(url)
    assert file is not None
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return sqlite_engine(parsed)


def _fill(connection: Connection, tar: tarfile.TarFile, manifest: dict[str, Any], folder: Path | None) -> None:
    upgrade(connection, manifest["version"])
    tables = MetaData()
    tables.reflect(connection)
    for name, expected in manifest["rows"].items():
        found = _load(connection, tables.tables[name], tar, folder)
        if found != expected:
            raise BackupError(f"the backup is damaged: {found} rows of {name}, not {expected}")
    _make_other(connection)


def _load(connection: Connection, table: Table, tar: tarfile.TarFile, folder: Path | None) -> int:
    count, rows = 0, []
    file = tar.extractfile(f"tables/{table.name}.jsonl")
    assert file is not None
    booleans = {column.name for column in table.columns if column.type.python_type is bool}
    for line in file:
        row = {key: _from_json(value, as_bool=key in booleans) for key, value in json.loads(line).items()}
        if table.name == "blobs":
            row["data"] = _restore_blob(tar, row["digest"], folder)
        rows.append(row)
        if len(rows) == _ROWS:
            connection.execute(insert(table), rows)
            count, rows = count + len(rows), []
    if rows:
        connection.execute(insert(table), rows)
    _move_sequence(connection, table)
    return count + len(rows)


def _from_json(value: Any, *, as_bool: bool) -> Any:
    if isinstance(value, dict):
        return base64.b64decode(value["b64"])
    return bool(value) if as_bool else value


def _restore_blob(tar: tarfile.TarFile, digest: str, folder: Path | None) -> bytes | None:
    content = _read(tar, f"blobs/{digest}")
    if hashlib.sha256(content).hexdigest() != digest:
        raise BackupError(f"the backup is damaged: content {digest} does not match its name")
    if folder is None:
        return content
    path = folder / digest[:2] / digest
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)
    return None


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    try:
        file = tar.extractfile(name)
    except KeyError as error:
        raise BackupError(f"this is no backup of inbox-bridge, or a damaged one: it has no {name}") from error
    assert file is not None
    return file.read()


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
