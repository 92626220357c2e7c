"""What tests of several folders share: the engines that a store runs on, and a store that is closed afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from servers import postgres

from bridge.store.store import Store, open_store

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


@pytest.fixture
async def open_stores() -> AsyncIterator[Callable[..., object]]:
    """Opens stores; each call is one daemon's view. All are closed at the end."""
    opened: list[Store] = []

    async def open_one(url: str, added: Callable[[str], None] = lambda work: None) -> Store:
        store = await open_store(url, added, exclusive=False)
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        await store.close()


@pytest.fixture
async def store(engine_url: str, open_stores: Callable[..., object]) -> Store:
    """An open store on each engine."""
    return await open_stores(engine_url)  # type: ignore[misc, no-any-return]
