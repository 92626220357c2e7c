"""Indexes of some rows only, on both engines.

SQLAlchemy wants the condition once for each engine, and naming PostgreSQL in an index loads its dialect: 2 MB and a
tenth of a second at each start of a shop that has none.
"""

from __future__ import annotations

from sqlalchemy import Index, MetaData, text

_CONDITION = "condition"


def partial(name: str, *columns: str, condition: str, unique: bool = False) -> Index:
    """An index of the rows of which the condition holds, to stand in their Table."""
    return Index(name, *columns, unique=unique, sqlite_where=text(condition), info={_CONDITION: condition})


def tell_postgresql(metadata: MetaData) -> None:
    """Before tables are made there: the same conditions."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if _CONDITION in index.info:
                index.dialect_options["postgresql"]["where"] = text(index.info[_CONDITION])
