"""What the store knows of the FAQ, counted: what became of each entry's matches, and what nobody had an answer for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bridge.learned import Fate, Trust
from bridge.store.book_tables import messages
from bridge.store.case_tables import matches
from bridge.store.learned import trust_of

LONGEST = 2_000
"""Characters of a question that are looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryFigures:
    """How an entry, with one of its answers, has fared: how many of its matches met each fate, and its trust."""

    entry: str
    fates: Mapping[Fate, int]
    trust: Trust


@dataclass(frozen=True, kw_only=True, slots=True)
class Unanswered:
    """A message that the FAQ had no answer for."""

    conversation: int
    text: str
    at: datetime


def entries(connection: Connection, since: datetime) -> Sequence[EntryFigures]:
    """By entry, those with the most matches first; matches from `since` on, trust as it is now."""
    counted = (
        select(matches.c.entry, matches.c.answer_hash, matches.c.fate, func.count().label("many"))
        .where(matches.c.at >= since, matches.c.entry != "", matches.c.fate != str(Fate.NONE))
        .group_by(matches.c.entry, matches.c.answer_hash, matches.c.fate)
    )
    fates: dict[tuple[str, str], dict[Fate, int]] = {}
    for row in connection.execute(counted).all():
        fates.setdefault((row.entry, row.answer_hash), {})[Fate(row.fate)] = row.many
    found = [
        EntryFigures(entry=entry, fates=counts, trust=trust_of(connection, entry, answer_hash))
        for (entry, answer_hash), counts in fates.items()
    ]
    return sorted(found, key=lambda one: (-sum(one.fates.values()), one.entry))


def reasons(connection: Connection, since: datetime) -> Mapping[str, int]:
    """Why messages were not answered, the most frequent first."""
    counted = (
        select(matches.c.reason, func.count().label("many"))
        .where(matches.c.at >= since, matches.c.fate == str(Fate.NONE))
        .group_by(matches.c.reason)
        .order_by(func.count().desc(), matches.c.reason)
    )
    return {row.reason: row.many for row in connection.execute(counted).all()}


def unanswered(connection: Connection, since: datetime, limit: int) -> Sequence[Unanswered]:
    """The last messages that had no answer, latest first."""
    found = (
        select(matches.c.conversation, matches.c.at, func.substr(messages.c.body, 1, LONGEST).label("body"))
        .join(messages, messages.c.id == matches.c.message)
        .where(matches.c.at >= since, matches.c.fate == str(Fate.NONE))
        .order_by(matches.c.at.desc())
        .limit(limit)
    )
    return [
        Unanswered(conversation=row.conversation, text=row.body, at=row.at) for row in connection.execute(found).all()
    ]
