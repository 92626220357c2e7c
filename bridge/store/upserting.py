"""INSERT ... ON CONFLICT, which SQLAlchemy has for each engine apart: that of the engine in use is imported, no other.

PostgreSQL's dialect takes 2 MB, and a shop on SQLite needs none of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Upsert = postgresql.Insert | sqlite.Insert


@cache
def insert_of(dialect: str) -> type[Upsert]:
    """The INSERT ... ON CONFLICT of the engine of this name."""
    made: type[Upsert] = import_module(f"sqlalchemy.dialects.{dialect}").Insert
    return made


def upsert(connection: Connection) -> type[Upsert]:
    """That of this engine."""
    return insert_of(connection.dialect.name)


def inserted(connection: Connection, statement: Upsert, rows: Sequence[Mapping[str, object]]) -> int:
    """Run an INSERT ... ON CONFLICT and say how many rows it put in."""
    # Without the option SQLAlchemy keeps no count of an INSERT: it reads -1 on PostgreSQL.
    counting = {"preserve_rowcount": True}
    return connection.execute(statement, rows, execution_options=counting).rowcount
