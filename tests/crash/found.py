"""What stands in a store, read with plain SQL and none of the bridge's own code."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url

from crash.ledger import token_of

_ENOUGH = 16_384
"""Bytes at the beginning of an item within which its token stands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Out:
    """A row of the outbox."""

    kind: str
    state: str
    token: str
    conversation: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """`items` counts the customers' stored messages by token, `lines` the owner's.

    `unfinished`, `claimed` and `waiting` name what is left to do; `acknowledged` counts those events by conversation.
    """

    items: Counter[str]
    lines: Counter[str]
    dead: int
    unfinished: list[str]
    claimed: list[str]
    waiting: list[str]
    outbox: list[Out]
    acknowledged: Counter[int]


class Reader:
    """Looks into the store at a URL while daemons work on it."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._blobs = Path(f"{parsed.database}.blobs") if parsed.get_backend_name() == "sqlite" else None
        if self._blobs is None:
            parsed = parsed.set(drivername="postgresql+psycopg")
        self._engine = create_engine(parsed)

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()

    def quiet(self) -> bool:
        """Whether nothing is left to do and nothing is claimed."""
        with self._engine.connect() as connection:
            return not (_unfinished(connection) or _waiting(connection) or _claimed(connection))

    def end_leases(self) -> None:
        """What ten seconds do after a daemon's death, at once: its leases run out."""
        with self._engine.begin() as connection:
            if connection.dialect.has_table(connection, "leases"):
                connection.execute(text("UPDATE leases SET until = 0"))

    def left(self) -> str:
        """What is left to do, for a message."""
        with self._engine.connect() as connection:
            return f"{_unfinished(connection)[:5]} {_waiting(connection)[:5]} {_claimed(connection)[:5]}"

    def all(self) -> Found:
        """Everything that matters."""
        with self._engine.connect() as connection:
            rows = connection.execute(text("SELECT lane, raw, blob, state FROM items")).all()
            return Found(
                items=Counter(self._token(connection, row) for row in rows if _is_customers(row.lane)),
                lines=Counter(self._token(connection, row) for row in rows if row.lane == "desk owner"),
                dead=sum(row.state == "dead" for row in rows),
                unfinished=_unfinished(connection),
                claimed=_claimed(connection),
                waiting=_waiting(connection),
                outbox=_outbox(connection),
                acknowledged=_acknowledged(connection),
            )

    def _token(self, connection: Connection, row: Any) -> str:
        raw = row.raw
        if row.blob and self._blobs:
            raw = (self._blobs / row.blob[:2] / row.blob).read_bytes()
        elif row.blob:
            raw = connection.execute(text("SELECT data FROM blobs WHERE digest = :d"), {"d": row.blob}).scalar_one()
        return token_of(bytes(raw[:_ENOUGH]).decode("ascii", "replace"))


def _is_customers(lane: str) -> bool:
    return lane != "desk owner" and not lane.startswith("timer ")


def _unfinished(connection: Connection) -> list[str]:
    # The week's report always waits for its day.
    waiting = "state NOT IN ('done', 'dead') AND lane NOT LIKE 'timer weekly:%'"
    rows = connection.execute(text(f"SELECT id, lane, attempts FROM items WHERE {waiting}"))
    return [f"item {row.id} of {row.lane} (attempts {row.attempts})" for row in rows]


def _waiting(connection: Connection) -> list[str]:
    rows = connection.execute(
        text("SELECT seq, kind, lane, state, reason FROM outbox WHERE state IN ('waiting', 'sending')")
    )
    return [f"{row.kind} {row.seq} to {row.lane} is {row.state}: {row.reason}" for row in rows]


def _claimed(connection: Connection) -> list[str]:
    rows = connection.execute(text("SELECT work, lane, holder FROM lanes WHERE holder <> ''"))
    return [f"{row.work} {row.lane} by {row.holder}" for row in rows]


def _outbox(connection: Connection) -> list[Out]:
    rows = connection.execute(text("SELECT kind, state, payload, conversation FROM outbox"))
    return [
        Out(
            kind=row.kind,
            state=row.state,
            token=token_of(json.loads(row.payload).get("text", "")),
            conversation=row.conversation,
        )
        for row in rows
    ]


def _acknowledged(connection: Connection) -> Counter[int]:
    rows = connection.execute(text("SELECT conversation FROM events WHERE kind = 'acknowledged'"))
    return Counter(row.conversation for row in rows)
