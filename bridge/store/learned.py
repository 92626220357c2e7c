"""What is remembered of the FAQ: each match and its fate, each entry's trust."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from bridge.learned import Fate, Remembered, Trust
from bridge.store.case_tables import matches, trust
from bridge.store.upserting import upsert

_MATCHES = select(matches).where(matches.c.conversation == bindparam("number")).order_by(matches.c.at, matches.c.id)
_TRUST = select(trust).where(trust.c.entry == bindparam("id"), trust.c.answer_hash == bindparam("hash"))


def matches_of(connection: Connection, number: int) -> Sequence[Remembered]:
    """Of one conversation, oldest first."""
    return [_remembered(row) for row in connection.execute(_MATCHES, {"number": number}).all()]


def matches_since(connection: Connection, since: datetime, limit: int) -> Sequence[Remembered]:
    """Of all conversations, oldest first."""
    found = select(matches).where(matches.c.at >= since).order_by(matches.c.at).limit(limit)
    return [_remembered(row) for row in connection.execute(found).all()]


def _remembered(row: Row[Any]) -> Remembered:
    return Remembered(
        id=row.id,
        conversation=row.conversation,
        entry=row.entry,
        answer_hash=row.answer_hash,
        confidence=row.confidence,
        reason=row.reason,
        language=row.language,
        fate=Fate(row.fate),
        at=row.at,
    )


def remember(connection: Connection, match: Remembered, message: int | None) -> None:
    """Put it in, about this message; or take its new fate down."""
    row = {
        "id": match.id,
        "conversation": match.conversation,
        "entry": match.entry,
        "answer_hash": match.answer_hash,
        "confidence": match.confidence,
        "reason": match.reason,
        "language": match.language,
        "fate": str(match.fate),
        "at": match.at,
    }
    again = {"fate": str(match.fate), "reason": match.reason}
    made = upsert(connection)(matches).values(message=message, **row)
    connection.execute(made.on_conflict_do_update(index_elements=["id"], set_=again))


def trust_of(connection: Connection, entry: str, answer_hash: str) -> Trust:
    """How far it is trusted; not at all where nothing is known."""
    row = connection.execute(_TRUST, {"id": entry, "hash": answer_hash}).first()
    if row is None:
        return Trust(entry=entry, answer_hash=answer_hash)
    return Trust(
        entry=entry,
        answer_hash=answer_hash,
        approvals=row.approvals,
        refusals=row.refusals,
        promoted=row.promoted,
    )


def trusted(connection: Connection, given: Trust, now: datetime) -> None:
    """So far it is trusted from now on."""
    values = {
        "approvals": given.approvals,
        "refusals": given.refusals,
        "promoted": given.promoted,
        "changed_at": now,
    }
    made = upsert(connection)(trust).values(entry=given.entry, answer_hash=given.answer_hash, **values)
    connection.execute(made.on_conflict_do_update(index_elements=["entry", "answer_hash"], set_=values))
