"""Trying a dead letter again, within a transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from bridge.outbound import OutboundKind
from bridge.store import files, lanes, merging, parts
from bridge.store.work_tables import items, outbox


def revive(connection: Connection, letter: str, now: datetime) -> bool:
    """`i12`: an item that could not be read; `o7`: an outbound that was not, or maybe, sent. Whether there was one."""
    kind, number = letter[:1], letter[1:]
    if not number.isdecimal():
        return False
    return _item(connection, int(number), now) if kind == "i" else _outbound(connection, int(number), now)


def _item(connection: Connection, number: int, now: datetime) -> bool:
    this = (items.c.id == number, items.c.state == "dead")
    row = connection.execute(select(items.c.lane, items.c.connector).where(*this)).first()
    if row is None:
        return False
    connection.execute(update(items).where(*this).values(state="ready", attempts=0, deaths=0, due_at=now))
    lanes.add(connection, lanes.IN, [lanes.Lane(row.lane, row.connector, now)])
    return True


def _outbound(connection: Connection, number: int, now: datetime) -> bool:
    this = (outbox.c.seq == number, outbox.c.state.in_(("dead", "maybe")))
    row = connection.execute(select(outbox).where(*this)).first()
    if row is None:
        return False
    # By the owner's word: whatever became of the earlier attempts, it is to be sent now.
    fresh = {"state": "waiting", "attempts": 0, "unknown": False, "due_at": now, "created_at": now, "expires_at": None}
    connection.execute(update(outbox).where(*this).values(fresh))
    merging.part(connection, row)
    if row.part_of:
        connection.execute(update(outbox).where(*parts.behind_a_failure(row.part_of)).values(fresh))
    fetches = row.kind == OutboundKind.FETCH
    if fetches:
        files.wanted_again(connection, row)
    lanes.add(connection, lanes.FETCH if fetches else lanes.OUT, [lanes.Lane(row.lane, row.connector, now)])
    return True
