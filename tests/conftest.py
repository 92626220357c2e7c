"""What tests of several folders share: the engines that a store runs on, and a store that is closed afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from servers import postgres
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from bridge.store.engine import sqlite_engine
from bridge.store.migrating import prepare
from bridge.store.store import Store, open_store

OpenOne = Callable[..., Awaitable[Store]]

# One machine may be slow for a moment; what hypothesis finds must be the same on every run.
hypothesis.settings.register_profile("bridge", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("bridge")

ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.servers))


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


def _make(url: str) -> None:
    """All tables, as the first start of a daemon makes them."""
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = sqlite_engine(parsed) if sqlite else create_engine(parsed.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        prepare(connection, make=True)
    engine.dispose()


@pytest.fixture
async def open_one(engine_url: str) -> AsyncIterator[OpenOne]:
    """Opens the same store again and again: each call is one daemon's view. All are closed at the end."""
    opened: list[Store] = []
    _make(engine_url)

    async def open_one(added: Callable[[str], None] = lambda work: None) -> Store:
        opened.append(await open_store(engine_url, added, exclusive=False))
        return opened[-1]

    yield open_one
    for store in opened:
        await store.close()


@pytest.fixture
async def store(open_one: OpenOne) -> Store:
    """An open store on each engine."""
    return await open_one()
