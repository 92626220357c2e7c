"""Lanes: what has work to do, in which order it is taken up, and by whom.

A lane is a sender (work "in"), a receiver (work "out") or a file that is to be fetched (work "fetch"). It has a row in
`lanes` while there is work in it, and a daemon claims whole lanes, so that one item per lane is in work at a time and
order holds whichever daemon claims.

Half of each claim goes to the lanes that have waited longest, half to those that became ready last: a backlog of a
hundred thousand lanes delays a new message by one claim only, and the new ones cannot starve the backlog. A lane with
more work after one item goes back into the row, behind those that wait.

What a daemon held that died is free again, and the items it may have had in work remember that: one of them may have
been the cause (see `bridge.work.SUSPECT`).

Row locks keep daemons apart: whoever adds work locks the lane's row (its upsert touches it), and whoever finishes work
locks it before it looks whether there is more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from bridge.store.columns import Moment
from bridge.store.upserting import insert_of
from bridge.store.work_tables import items, lanes
from bridge.work import SUSPECT

IN = "in"
OUT = "out"
FETCH = "fetch"
CHANNEL = "inbox_bridge"
"""PostgreSQL's notifications of new work: "in", "out" or "fetch"."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane, and when its first piece of work is due."""

    name: str
    connector: str
    ready_at: datetime


def add(connection: Connection, work: str, added: Iterable[Lane]) -> None:
    """There is work in these lanes now. A lane that had some keeps its moment: its first piece may be in back-off."""
    first: dict[str, Lane] = {}
    for lane in added:
        first.setdefault(lane.name, lane)
    rows = [
        {"work": work, "lane": lane.name, "connector": lane.connector, "ready_at": lane.ready_at, "holder": ""}
        # Sorted, so that two daemons which add the same lanes cannot wait for each other in a circle.
        for lane in sorted(first.values(), key=lambda lane: lane.name)
    ]
    if rows:
        connection.execute(_add(connection.dialect.name), rows)
        if connection.dialect.name == "postgresql":
            # Delivered when this commits: the other daemons need not wait for their next look.
            connection.exec_driver_sql("SELECT pg_notify(%s, %s)", (CHANNEL, work))


@cache
def _add(dialect: str) -> Insert:
    """Built once for an engine: making a statement costs more than running it."""
    made = insert_of(dialect)(lanes)
    return made.on_conflict_do_update(index_elements=["work", "lane"], set_={"ready_at": lanes.c.ready_at})


# Built once: making a statement costs more than running it.
_THIS = (lanes.c.work == bindparam("of"), lanes.c.lane == bindparam("name"))
_LOCK = select(lanes.c.holder).where(*_THIS).with_for_update()
_TAKE_ONE = (
    update(lanes)
    .where(*_THIS, lanes.c.holder == "", lanes.c.ready_at <= bindparam("now", type_=Moment))
    .values(holder=bindparam("by"))
)
_REMOVE = delete(lanes).where(*_THIS)
_GIVE_BACK = update(lanes).where(*_THIS).values(holder="", ready_at=bindparam("at", type_=Moment))
_READY = select(lanes.c.lane).where(
    lanes.c.work == bindparam("of"),
    lanes.c.holder == "",
    lanes.c.ready_at <= bindparam("now", type_=Moment),
    lanes.c.connector.in_(bindparam("connectors", expanding=True)),
)
_LOCKED = _READY.with_for_update(skip_locked=True).limit(bindparam("limit"))
_OLDEST = _LOCKED.order_by(lanes.c.ready_at)
_LATEST = _LOCKED.order_by(lanes.c.ready_at.desc())
_NEXT = (
    select(lanes.c.ready_at)
    .where(lanes.c.work == bindparam("of"), lanes.c.holder == "")
    .order_by(lanes.c.ready_at)
    .limit(1)
)
_NEXT_AMONG = _NEXT.where(lanes.c.connector.in_(bindparam("connectors", expanding=True)))
_TAKE = (
    update(lanes)
    .where(lanes.c.work == bindparam("of"), lanes.c.lane.in_(bindparam("names", expanding=True)))
    .values(holder=bindparam("by"))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Who claims (`holder`), what (`connectors`), how many lanes at most, and when it is now."""

    holder: str
    connectors: Collection[str]
    limit: int
    now: datetime


def claim(connection: Connection, work: str, wanted: Claim) -> Sequence[str]:
    """Claim lanes that are ready, half of them the longest waiting, half the latest; their names."""
    half = (wanted.limit + 1) // 2
    ready = {"of": work, "now": wanted.now, "connectors": sorted(wanted.connectors)}
    chosen = list(connection.execute(_OLDEST, {**ready, "limit": half}).scalars())
    if len(chosen) == half and wanted.limit > half:
        latest = connection.execute(_LATEST, {**ready, "limit": wanted.limit - half}).scalars()
        chosen = list(dict.fromkeys([*latest, *chosen]))
    if chosen:
        connection.execute(_TAKE, {"of": work, "names": chosen, "by": wanted.holder})
    return chosen


def take(connection: Connection, work: str, lane: str, holder: str, now: datetime) -> bool:
    """Claim this one lane, if it is ready and free; whether it is ours now."""
    wanted = {"of": work, "name": lane, "by": holder, "now": now}
    return connection.execute(_TAKE_ONE, wanted).rowcount == 1


def lock(connection: Connection, work: str, lane: str, holder: str) -> bool:
    """Lock the lane's row; whether this holder still has it."""
    return connection.execute(_LOCK, {"of": work, "name": lane}).scalar() == holder


def release(connection: Connection, work: str, lane: str, ready_at: datetime | None) -> None:
    """Done with it for now: more work from `ready_at` on, or none (None)."""
    if ready_at is None:
        connection.execute(_REMOVE, {"of": work, "name": lane})
    else:
        connection.execute(_GIVE_BACK, {"of": work, "name": lane, "at": ready_at})


def hasten(connection: Connection, work: str, lane: str, now: datetime) -> None:
    """Look into it now, whatever it waited for; not if somebody holds it, who will look anyway."""
    this = (lanes.c.work == work, lanes.c.lane == lane, lanes.c.holder == "")
    connection.execute(update(lanes).where(*this).values(ready_at=now))


def free(connection: Connection, holder: str) -> int:
    """Give back what this daemon holds; how many lanes that were. It lives: no item that it leaves was its end."""
    return _free(connection, lanes.c.holder == holder, _FORGIVE)


def free_all_but(connection: Connection, alive: Select[tuple[str]]) -> int:
    """Give back what daemons hold that are gone: all but these; how many lanes that were."""
    return _free(connection, lanes.c.holder.not_in(alive), _SUSPECT)


def _free(connection: Connection, held: ColumnElement[bool], remember: Update) -> int:
    freed = connection.execute(
        update(lanes).where(*_HELD, held).values(holder="").returning(lanes.c.work, lanes.c.lane)
    ).all()
    if names := [row.lane for row in freed if row.work == IN]:
        connection.execute(remember, {"names": names})
    return len(freed)


# Spelt so that the index finds the few that are held among the many that wait.
_HELD = (lanes.c.work.in_((IN, OUT, FETCH)), lanes.c.holder > "")


_WERE_IN_WORK = items.c.id.in_(
    select(func.min(items.c.id))
    .where(items.c.lane.in_(bindparam("names", expanding=True)), items.c.state == literal_column("'ready'"))
    .group_by(items.c.lane)
)
_SUSPECT = update(items).where(_WERE_IN_WORK, items.c.deaths < SUSPECT).values(deaths=items.c.deaths + 1)
_FORGIVE = update(items).where(_WERE_IN_WORK, items.c.deaths > SUSPECT).values(deaths=SUSPECT)


def next_ready_at(connection: Connection, work: str, among: Collection[str] | None = None) -> datetime | None:
    """When the next unclaimed lane, `among` those of these connectors, becomes ready."""
    asked = _NEXT if among is None else _NEXT_AMONG
    moment: datetime | None = connection.execute(asked, {"of": work, "connectors": sorted(among or ())}).scalar()
    return moment
