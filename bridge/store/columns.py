"""What the tables' columns are made of, and the one `metadata` that all tables are in.

Times are microseconds since 1970 in UTC: exact, sortable and the same on both engines. Facts, payloads and event data
are JSON as ASCII text (a NUL in a fact is written as an escape, which both engines keep).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Dialect, Integer, MetaData, Text, TypeDecorator

from bridge.valid import clean

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        """To the database."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """From the database."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """JSON as ASCII text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """To the database."""
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's
        """From the database."""
        return None if value is None else json.loads(value)


class Words(TypeDecorator[str]):
    """Text, with what no database takes (NUL, lone surrogates) replaced, wherever it may have come from."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """To the database."""
        if value is None or (value.isascii() and value.isprintable()):
            return value
        return clean(value)


metadata = MetaData()

# SQLite gives rows their own growing number only for INTEGER PRIMARY KEY; PostgreSQL wants room to grow.
Id = BigInteger().with_variant(Integer, "sqlite")


def words(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    """A column of text that is never NULL, unless told."""
    return Column(name, Words, nullable=null, server_default=default)
