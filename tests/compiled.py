"""All engines of a test process share the statements that SQLAlchemy has compiled.

It compiles a statement once per engine, which a daemon has one of; here nearly every test makes an engine, and half of
the time of those with a store went into compiling the same statements again.
"""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

_COMPILED: LRUCache[object, object] = LRUCache(5000)


class Alike(Dialect):
    """A dialect that equals each other one of its class: what one has compiled does for all."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        super().engine_created(engine)
        engine.update_execution_options(compiled_cache=_COMPILED)


class Sqlite(Alike, SQLiteDialect_pysqlite):
    """SQLite, as the daemon uses it."""

    supports_statement_cache = True


class Postgresql(Alike, PGDialect_psycopg):
    """PostgreSQL, as the daemon uses it."""

    supports_statement_cache = True


def share() -> None:
    """From now on."""
    registry.register("sqlite", __name__, Sqlite.__name__)
    registry.register("postgresql.psycopg", __name__, Postgresql.__name__)
