"""Which engine a URL means: SQLite or PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url

from bridge.store.postgres import PostgresTransactions
from bridge.store.sqlite import SqliteTransactions
from bridge.store.transactions import Transactions

DAEMON_PATIENCE_SECONDS = 0.9
"""A mail client waits for its answer: behind one that waits for the database in vain, and for itself, twice this."""


def transactions(url: str, *, daemon: bool) -> Transactions:
    """The engine for a URL: `sqlite:////absolute/path.db` or `postgresql://user:password@host/database`.

    A `daemon` is quick to say that a SQLite file cannot be had, and tries again; a command waits for it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteTransactions(parsed, DAEMON_PATIENCE_SECONDS) if daemon else SqliteTransactions(parsed)
    if parsed.get_backend_name() == "postgresql":
        return PostgresTransactions(parsed)
    raise ValueError(f"the store can be sqlite or postgresql, not {parsed.get_backend_name()}")


def database_file(url: str) -> Path | None:
    """The file of a SQLite URL; None for a server."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)
