"""What tests of several folders share: the engines that a store runs on, and a store that is closed afterwards."""

from __future__ import annotations

import gc
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import compiled
import dealing
import examples
import pytest
import structlog
from servers import postgres
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.engine import make_url

from bridge.store.migrating import prepare
from bridge.store.schema import metadata
from bridge.store.sqlite import sqlite_engine
from bridge.store.store import Store, open_store

OpenOne = Callable[..., Awaitable[Store]]

examples.register()
compiled.share()

# Unless told otherwise structlog draws each traceback in a frame, with the source around it: half a second each.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)

ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.servers))


# A third of the time that importing and collecting take went into looking for garbage, and there is none.
gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long is begun first (by then it is known which tests are not wanted)."""
    items[:] = dealing.deal(items, dealing.own_limit, dealing.processes())


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the collector need not look through it again and again."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """A PostgreSQL of this test process's own."""
    try:
        server = postgres.start()
    except postgres.Missing as missing:
        pytest.skip(str(missing))
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: postgres.Postgres) -> Iterator[str]:
    """A fresh database on it."""
    url = postgres_server.database()
    yield url
    postgres_server.drop(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'bridge.db'}"


@pytest.fixture(params=ENGINES)
def engine_url(request: pytest.FixtureRequest) -> str:
    """An empty store's URL, once on each engine."""
    url: str = request.getfixturevalue(f"{request.param.replace('postgresql', 'postgres')}_url")
    return url


def _make(engine: Engine) -> None:
    """All tables, as the first start of a daemon makes them."""
    with engine.begin() as connection:
        prepare(connection, make=True)
    engine.dispose()


@pytest.fixture(scope="session")
def _made_in_postgres(postgres_server: postgres.Postgres) -> tuple[str, Engine]:
    """One database with all tables for all tests of this process: emptying it is ten times faster than making one."""
    url = postgres_server.database()
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    _make(engine)
    return url, engine


@pytest.fixture(scope="session")
def _made_in_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, to be copied."""
    file = tmp_path_factory.mktemp("made") / "bridge.db"
    _make(sqlite_engine(make_url(f"sqlite:///{file}")))
    return file


@pytest.fixture(params=ENGINES)
def made_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store's URL that has its tables and nothing in them, once on each engine."""
    url: str
    if request.param == "sqlite":
        copied = shutil.copy(request.getfixturevalue("_made_in_sqlite"), tmp_path / "bridge.db")
        return f"sqlite:///{copied}"
    url, engine = request.getfixturevalue("_made_in_postgres")
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))
    return url


@pytest.fixture
async def open_one(made_url: str) -> AsyncIterator[OpenOne]:
    """Opens the same store again and again: each call is one daemon's view. All are closed at the end."""
    opened: list[Store] = []

    async def open_one(added: Callable[[str], None] = lambda work: None) -> Store:
        opened.append(await open_store(made_url, added, exclusive=False))
        return opened[-1]

    yield open_one
    for store in opened:
        await store.close()


@pytest.fixture
async def store(open_one: OpenOne) -> Store:
    """An open store on each engine."""
    return await open_one()


@pytest.fixture(scope="session")
def faq_model() -> object:
    """The shipped model, kept in use so that it is loaded once for all tests; None where its libraries are missing."""
    from bridge.faq.embed import SHIPPED, NoModel, loaded  # noqa: PLC0415 - NumPy, which few tests need

    try:
        return loaded(SHIPPED)
    except NoModel:
        return None
