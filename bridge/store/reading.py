"""What every part of the book has: the connection of the transaction that it is read in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select


@dataclass(frozen=True, slots=True)
class Reading:
    """Look-ups over a connection."""

    connection: Connection

    def count(self, query: Select[Any]) -> int:
        """The number that `query` asks for."""
        return self.connection.execute(query).scalar() or 0
