"""Trying a dead letter again, within a transaction."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from bridge.outbound import OutboundKind
from bridge.store import files, lanes, merging, parts
from bridge.store.work_tables import items, outbox


class Revived(NamedTuple):
    """The lane in which there is work again, and which step's work it is."""

    work: str
    lane: str


def revive(connection: Connection, letter: str, now: datetime) -> Revived | None:
    """`i12`: an item that could not be read; `o7`: an outbound that was not, or maybe, sent. None if there is none."""
    kind, number = letter[:1], letter[1:]
    if not number.isdecimal():
        return None
    return _item(connection, int(number), now) if kind == "i" else _outbound(connection, int(number), now)


def _item(connection: Connection, number: int, now: datetime) -> Revived | None:
    this = (items.c.id == number, items.c.state == "dead")
    row = connection.execute(select(items.c.lane, items.c.connector).where(*this)).first()
    if row is None:
        return None
    connection.execute(update(items).where(*this).values(state="ready", attempts=0, deaths=0, due_at=now))
    lanes.add(connection, lanes.IN, [lanes.Lane(row.lane, row.connector, now)])
    return Revived(lanes.IN, row.lane)


def _outbound(connection: Connection, number: int, now: datetime) -> Revived | None:
    this = (outbox.c.seq == number, outbox.c.state.in_(("dead", "maybe")))
    row = connection.execute(select(outbox).where(*this)).first()
    if row is None:
        return None
    # By the owner's word: whatever became of the earlier attempts, it is to be sent now.
    fresh = {"state": "waiting", "attempts": 0, "unknown": False, "due_at": now, "created_at": now, "expires_at": None}
    connection.execute(update(outbox).where(*this).values(fresh))
    merging.part(connection, row)
    if row.part_of:
        connection.execute(update(outbox).where(*parts.behind_a_failure(row.part_of)).values(fresh))
    work = lanes.FETCH if row.kind == OutboundKind.FETCH else lanes.OUT
    if work == lanes.FETCH:
        files.wanted_again(connection, row)
    lanes.add(connection, work, [lanes.Lane(row.lane, row.connector, now)])
    return Revived(work, row.lane)
