"""`python -m bridge`, but SQLite does not wait for the disk: what the proof under strace has to notice."""

from __future__ import annotations

import sqlite3

from bridge.cli import main
from bridge.store import sqlite

_durable = sqlite._prepare_sqlite


def _careless(connection: sqlite3.Connection, _record: object) -> None:
    _durable(connection, _record)
    connection.execute("PRAGMA synchronous=OFF")


sqlite._prepare_sqlite = _careless

if __name__ == "__main__":
    main()
