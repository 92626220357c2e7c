"""The version of a database: made new, recognised, or refused; `upgrade` (the command) moves an old one on.

Alembic, which does the moving, is loaded only then: a running daemon does without it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import make_url

from bridge.store.engine import database_file
from bridge.store.partial import tell_postgresql
from bridge.store.schema import metadata
from bridge.store.sqlite import sqlite_engine

VERSION = "0009"
"""The newest migration in `migrations/versions`; a test holds that it is."""

MIGRATIONS = Path(__file__).parent / "migrations"


class WrongVersion(Exception):
    """The database is older or newer than this program; the message says what to do."""


def version_of(connection: Connection) -> str | None:
    """The version that a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def prepare(connection: Connection, *, make: bool) -> None:
    """Accept a database of this version, refuse any other; `make` an empty one, or refuse it. Raises WrongVersion."""
    if connection.dialect.name == "postgresql":
        # Two daemons may start on an empty database at once.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(742000)")
    found = version_of(connection)
    if found is None and make:
        create(connection)
    elif found is None:
        raise WrongVersion("it is empty: the first start of the daemon makes it")
    elif found != VERSION:
        raise WrongVersion(_advice(found))


def create(connection: Connection) -> None:
    """All tables, at the newest version."""
    if connection.dialect.name == "postgresql":
        tell_postgresql(metadata)
    metadata.create_all(connection)
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": VERSION})


def _advice(found: str) -> str:
    if found > VERSION:
        return (
            f"the database is of version {found}, this program knows versions up to {VERSION}: install the newer "
            "inbox-bridge again, or restore the backup that `inbox-bridge upgrade` made before"
        )
    return f"the database is of version {found}, this program needs {VERSION}: run `inbox-bridge upgrade`"


def upgrade(connection: Connection, target: str = "head", scripts: Path = MIGRATIONS) -> None:
    """Move a database to a version, newer or older. Atomic on both engines. Raises WrongVersion for an unknown one."""
    from alembic import command  # noqa: PLC0415 - 12 MB that only this needs
    from alembic.config import Config  # noqa: PLC0415 - likewise
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - likewise

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = version_of(connection)
    if found is not None and found not in known:
        raise WrongVersion(_advice(found))
    if target not in {"head", *known}:
        raise WrongVersion(f"there is no version {target}; this program knows {', '.join(sorted(known))}")
    if target == "head" or found is None or target > found:
        command.upgrade(config, target)
    else:
        command.downgrade(config, target)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return sqlite_engine(parsed)
    return create_engine(parsed.set(drivername="postgresql+psycopg"))


def version_at(url: str) -> str | None:
    """The version of the store at a URL; None where there is none."""
    file = database_file(url)
    if file is not None and not file.exists():
        return None
    engine = _engine(url)
    with engine.begin() as connection:
        found = version_of(connection)
    engine.dispose()
    return found


def daemons_at(url: str) -> int:
    """How many daemons live on the PostgreSQL at a URL, by what they last said; with SQLite see `store.locked`."""
    if database_file(url) is not None:
        return 0
    alive = text("SELECT count(*) FROM leases WHERE name LIKE 'daemon:%' AND until > :now")
    engine = _engine(url)
    with engine.begin() as connection:
        now = connection.exec_driver_sql("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").scalar()
        found: int = connection.execute(alive, {"now": now}).scalar_one()
    engine.dispose()
    return found


def upgrade_store(url: str, target: str, scripts: Path = MIGRATIONS) -> None:
    """Bring the store at a URL to a version, in one transaction. Raises WrongVersion."""
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            upgrade(connection, target, scripts)
    finally:
        engine.dispose()
