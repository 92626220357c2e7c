"""What the store knows of the FAQ, counted: what became of each entry's matches, and what nobody had an answer for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from bridge.conversation import State
from bridge.happened import BOT_ANSWERED
from bridge.learned import Fate, Trust
from bridge.store.book_tables import conversations, events, messages
from bridge.store.case_tables import matches
from bridge.store.learned import trust_of

LONGEST = 2_000
"""Characters of a question that are looked at."""

_HANDED_OVER = (str(Fate.NONE), str(Fate.PERSON_WANTED))
_NO_ENTRYS = (*_HANDED_OVER, str(Fate.LIGHT), str(Fate.DUE))


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryFigures:
    """How an entry, with one of its answers, has fared, in numbers of messages.

    `suggested` to owners, of which `approved` were sent, `refused` called wrong, and `waiting` wait for a word; the
    others were answered otherwise. `answered` by itself, of which `helped` and `not_helped` by the customers' own
    words, and `wrong` by an owner's. `withheld`: it would have answered, but something came between.
    """

    entry: str
    trust: Trust
    suggested: int = 0
    approved: int = 0
    refused: int = 0
    waiting: int = 0
    answered: int = 0
    helped: int = 0
    not_helped: int = 0
    wrong: int = 0
    withheld: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Unanswered:
    """A message that the FAQ had no answer for. `answered`: a person has answered in its conversation."""

    conversation: int
    customer: str
    answered: bool
    text: str
    at: datetime


def entries(connection: Connection, since: datetime) -> Sequence[EntryFigures]:
    """By entry, those with the most matches first; matches from `since` on, trust as it is now."""
    counted: dict[tuple[str, str], Counter[str]] = {}
    for (entry, answer_hash, fate, waits), many in _fates(connection, since):
        counts = counted.setdefault((entry, answer_hash), Counter())
        counts[fate] += many
        counts["waiting"] += many if waits else 0
    for entry, answer_hash in _answered_wrongly(connection, since):
        counted[entry, answer_hash]["wrong"] += 1
    found = [_figures(connection, entry, hashed, counts) for (entry, hashed), counts in counted.items()]
    return sorted(found, key=lambda one: (-one.suggested - one.answered - one.withheld, one.entry))


def _figures(connection: Connection, entry: str, answer_hash: str, counts: Mapping[str, int]) -> EntryFigures:
    refused = counts[Fate.REFUSED] - counts["wrong"]
    return EntryFigures(
        entry=entry,
        trust=trust_of(connection, entry, answer_hash),
        suggested=counts[Fate.SUGGESTED] + counts[Fate.APPROVED] + refused,
        approved=counts[Fate.APPROVED],
        refused=refused,
        waiting=counts["waiting"],
        answered=counts[Fate.ANSWERED] + counts[Fate.HELPED] + counts[Fate.NOT_HELPED] + counts["wrong"],
        helped=counts[Fate.HELPED],
        not_helped=counts[Fate.NOT_HELPED],
        wrong=counts["wrong"],
        withheld=counts[Fate.WITHHELD],
    )


def _fates(connection: Connection, since: datetime) -> Sequence[tuple[tuple[str, str, str, bool], int]]:
    """How many matches there are of each entry, answer and fate, and whether they wait for an owner's word."""
    unanswered_since = or_(
        conversations.c.person_answered_at.is_(None), conversations.c.person_answered_at < matches.c.at
    )
    waits = and_(matches.c.fate == str(Fate.SUGGESTED), conversations.c.state == str(State.OPEN), unanswered_since)
    each = (
        select(matches.c.entry, matches.c.answer_hash, matches.c.fate, func.coalesce(waits, False).label("waits"))
        .select_from(matches.outerjoin(conversations, conversations.c.number == matches.c.conversation))
        .where(matches.c.at >= since, matches.c.entry != "", matches.c.fate.not_in(_NO_ENTRYS))
        .subquery()
    )
    query = select(*each.c, func.count().label("many")).group_by(*each.c)
    return [((row.entry, row.answer_hash, row.fate, bool(row.waits)), row.many) for row in connection.execute(query)]


def _answered_wrongly(connection: Connection, since: datetime) -> Sequence[tuple[str, str]]:
    """The entry and answer of each refused match that had been answered with by itself: the others were suggestions."""
    refused = select(matches).where(matches.c.at >= since, matches.c.fate == str(Fate.REFUSED))
    by_id = {row.id: (row.entry, row.answer_hash) for row in connection.execute(refused)}
    within = refused.with_only_columns(matches.c.conversation)
    given = select(events.c.data).where(events.c.kind == BOT_ANSWERED, events.c.conversation.in_(within))
    answered = {str(row.data.get("match", "")) for row in connection.execute(given)}
    return [entry for match, entry in by_id.items() if match in answered]


def reasons(connection: Connection, since: datetime) -> Mapping[str, int]:
    """Why messages were not answered, the most frequent first."""
    counted = (
        select(matches.c.reason, func.count().label("many"))
        .where(matches.c.at >= since, matches.c.fate.in_(_HANDED_OVER))
        .group_by(matches.c.reason)
        .order_by(func.count().desc(), matches.c.reason)
    )
    return {row.reason: row.many for row in connection.execute(counted).all()}


def unanswered(connection: Connection, since: datetime, limit: int) -> Sequence[Unanswered]:
    """The last messages that had no answer, latest first."""
    case = conversations.c
    body = func.substr(messages.c.body, 1, LONGEST).label("body")
    found = (
        select(matches.c.conversation, matches.c.at, body, case.customer, case.person_answered_at)
        .join(messages, messages.c.id == matches.c.message)
        .join(conversations, case.number == matches.c.conversation)
        .where(matches.c.at >= since, matches.c.fate == str(Fate.NONE))
        .order_by(matches.c.at.desc())
        .limit(limit)
    )
    return [
        Unanswered(
            conversation=row.conversation,
            customer=row.customer,
            answered=row.person_answered_at is not None,
            text=row.body,
            at=row.at,
        )
        for row in connection.execute(found).all()
    ]
