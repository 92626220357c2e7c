"""How much waits, and since when: for whoever watches (`bridge.daemon.metrics`). Reads only, and little.

Counts come from indexes that hold just what waits, and of what waits longest one row is read: so a backlog of a hundred
thousand costs some milliseconds, however large its mails are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, String, case, func, literal_column, select, type_coerce

from bridge.conversation import State
from bridge.decision import Direction
from bridge.store.book_tables import conversations, messages
from bridge.store.columns import Moment
from bridge.store.work_tables import items, outbox
from bridge.work import TIMER


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and since when the one does that has waited longest; None where none does."""

    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What waits: `items` that are to be read, `outbounds` that are to leave (or files that are to be fetched) by
    connector, `conversations` by state, `answers` that customers wait for; and the dead letters by kind, "item" or an
    outbound's.
    """

    items: Waiting
    outbounds: Mapping[str, Waiting]
    conversations: Mapping[str, int]
    answers: Waiting
    dead: Mapping[str, int]


def figures(connection: Connection) -> Figures:
    """All of them as of one moment."""
    by_state = _by_state(connection)
    return Figures(
        items=_items(connection),
        outbounds=_outbounds(connection),
        conversations=by_state,
        answers=Waiting(by_state[State.OPEN], connection.execute(_LONGEST).scalar()),
        dead=_dead(connection),
    )


_READY: ColumnElement[bool] = literal_column("items.state = 'ready'")
_UNDONE: ColumnElement[bool] = literal_column("outbox.state in ('waiting', 'sending')")
# A timer waits for its moment, not for the bridge.
_IS_TIMER = items.c.lane.startswith(f"{TIMER} ", autoescape=True)
_ITEMS = select(func.count(), func.min(items.c.id)).where(_READY, ~_IS_TIMER)

_ANSWERED_AT = conversations.c.person_answered_at
_FIRST_SINCE = (
    select(func.min(messages.c.at))
    .where(
        messages.c.conversation == conversations.c.number,
        messages.c.direction == str(Direction.IN),
        messages.c.at > _ANSWERED_AT,
    )
    .scalar_subquery()
)
_SINCE = case(
    (_ANSWERED_AT.is_(None), conversations.c.opened_at),
    else_=func.coalesce(_FIRST_SINCE, conversations.c.changed_at),
)
_LONGEST = select(type_coerce(func.min(_SINCE), Moment)).where(conversations.c.state == State.OPEN)
_BY_STATE = (
    select(conversations.c.state, func.count())
    .where(conversations.c.state.in_([state for state in State if state is not State.CLOSED]))
    .group_by(conversations.c.state)
)


def _items(connection: Connection) -> Waiting:
    count, first = connection.execute(_ITEMS).one()
    if first is None:
        return Waiting()
    since = connection.execute(select(items.c.received_at).where(items.c.id == first)).scalar()
    return Waiting(count, since)


def _outbounds(connection: Connection) -> Mapping[str, Waiting]:
    sqlite = connection.dialect.name == "sqlite"
    # A lane's name begins with its connector's: the index alone tells how many wait for each.
    lane = outbox.c.lane
    connector = func.substr(lane, 1, func.instr(lane, " ") - 1) if sqlite else func.split_part(lane, " ", 1)
    named = type_coerce(connector, String).label("connector")
    query = select(named, func.count(), func.min(outbox.c.seq)).where(_UNDONE).group_by(named)
    found = connection.execute(query).all()
    firsts = select(outbox.c.seq, outbox.c.created_at).where(outbox.c.seq.in_([row[2] for row in found]))
    since = {row.seq: row.created_at for row in connection.execute(firsts)}
    return {name: Waiting(count, since.get(first)) for name, count, first in found}


def _by_state(connection: Connection) -> Mapping[str, int]:
    found = {row[0]: row[1] for row in connection.execute(_BY_STATE)}
    return {str(state): found.get(state, 0) for state in State if state is not State.CLOSED}


def _dead(connection: Connection) -> Mapping[str, int]:
    unread = select(func.count()).select_from(items).where(literal_column("items.state = 'dead'"))
    unsent = (
        select(outbox.c.kind, func.count())
        .where(literal_column("outbox.state in ('dead', 'maybe')"))
        .group_by(outbox.c.kind)
    )
    by_kind = {row[0]: row[1] for row in connection.execute(unsent)}
    return {"item": connection.execute(unread).scalar() or 0, **by_kind}
