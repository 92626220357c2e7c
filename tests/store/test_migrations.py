"""Migrations, from the first version up and back down again, on both engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import make_url

from bridge.store.migrating import MIGRATIONS, VERSION, WrongVersion, prepare, upgrade, version_of
from bridge.store.schema import metadata
from bridge.store.sqlite import sqlite_engine
from bridge.store.store import open_store


def versions() -> list[str]:
    """All versions, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    return [revision.revision for revision in script.walk_revisions()][::-1]


@pytest.fixture
def engine(engine_url: str) -> Iterator[Engine]:
    url = make_url(engine_url)
    sqlite = url.get_backend_name() == "sqlite"
    made = sqlite_engine(url) if sqlite else create_engine(url.set(drivername="postgresql+psycopg"))
    yield made
    made.dispose()


def shape(connection: Connection) -> dict[str, object]:
    """Tables with their columns, keys and indexes, as the database tells them."""
    told = inspect(connection)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in told.get_columns(table)],
            told.get_pk_constraint(table)["constrained_columns"],
            sorted(
                (i["name"], tuple(i["column_names"]), bool(i["unique"]), *_conditions(i.get("dialect_options", {})))
                for i in told.get_indexes(table)
            ),
        )
        for table in told.get_table_names()
        if table != "alembic_version"
    }


def _conditions(options: Mapping[str, object]) -> list[str]:
    """Which rows an index is of, where not of all."""
    return [str(options[key]) for key in sorted(options) if key.endswith("_where")]


def test_the_version_is_the_newest() -> None:
    assert versions()[-1] == VERSION
    assert versions()[0] == "0001"


def test_a_migrated_database_is_like_a_new_one(engine: Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection)
        assert version_of(connection) == VERSION
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        migrated = shape(connection)
    with engine.begin() as connection:
        for table in (*metadata.tables, "alembic_version"):
            connection.execute(text(f"DROP TABLE {table}"))
        prepare(connection, make=True)
        assert shape(connection) == migrated
        assert "'ready'" in str(migrated["items"])


def test_up_and_down_step_by_step(engine: Engine) -> None:
    with engine.begin() as connection:
        for version in versions():
            upgrade(connection, version)
            assert version_of(connection) == version
        for version in versions()[-2::-1]:
            upgrade(connection, version)
            assert version_of(connection) == version


def test_a_failed_migration_leaves_nothing(engine: Engine) -> None:
    def cut_short() -> None:
        with engine.begin() as connection:
            upgrade(connection)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        cut_short()
    with engine.begin() as connection:
        assert shape(connection) == {}
        assert version_of(connection) is None


@pytest.mark.parametrize(
    ("found", "advice"), [("9999", "install the newer inbox-bridge again"), ("0000", "run `inbox-bridge upgrade`")]
)
async def test_a_database_of_another_version_is_refused(
    engine: Engine, engine_url: str, found: str, advice: str
) -> None:
    with engine.begin() as connection:
        prepare(connection, make=True)
        connection.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": found})
        before = shape(connection)
    with pytest.raises(WrongVersion, match=advice):
        await open_store(engine_url, lambda work: None)
    with engine.begin() as connection:
        assert shape(connection) == before


async def test_the_namespace_is_made_once(engine_url: str) -> None:
    seen = set()
    for _ in range(2):
        store = await open_store(engine_url, lambda work: None)
        seen.add(store.namespace)
        await store.close()
    assert len(seen) == 1
