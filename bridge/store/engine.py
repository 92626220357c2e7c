"""Which engine a URL means: SQLite or PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url

from bridge.store.postgres import PostgresTransactions
from bridge.store.sqlite import SqliteTransactions
from bridge.store.transactions import Transactions


def transactions(url: str) -> Transactions:
    """The engine for a URL: `sqlite:////absolute/path.db` or `postgresql://user:password@host/database`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteTransactions(parsed)
    if parsed.get_backend_name() == "postgresql":
        return PostgresTransactions(parsed)
    raise ValueError(f"the store can be sqlite or postgresql, not {parsed.get_backend_name()}")


def database_file(url: str) -> Path | None:
    """The file of a SQLite URL; None for a server."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)
