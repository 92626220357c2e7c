"""Relays that leave in one message, within the store: which, that they are `sending` together, and what ends them.

`outbox.merged_into` is the first one's id in all of them, in the first one too. It stays with what has been sent, and
says which conversations the message shows. What goes apart loses it, and `alone` in the payload keeps it from being
merged again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, literal_column, select, update

from bridge.outbound import Outbound, OutboundKind
from bridge.store import rooming
from bridge.store.rows import outbound_from
from bridge.store.work_tables import outbox
from bridge.work import Choose, Outcome, Sending

LOOKED_AT = 200
"""So many of a lane are looked at."""

# Built once: making a statement costs more than running it.
_UNDONE: tuple[ColumnElement[bool], ...] = (
    outbox.c.lane == bindparam("name"),
    literal_column("state in ('waiting', 'sending')"),
)
_IN_LANE = select(outbox).where(*_UNDONE).order_by(outbox.c.seq).limit(LOOKED_AT)
_IN_ROOM = _IN_LANE.where(outbox.c.conversation == bindparam("of"))
_NAMES = select(outbox.c.seq).where(*_UNDONE).limit(LOOKED_AT)


def join(connection: Connection, sending: Sending, choose: Choose, now: datetime) -> Sending:
    """See Outbox.join; the lane is locked by who calls."""
    rows = _looked_at(connection, sending)
    first = next((row for row in rows if row.id == sending.outbound.id), None)
    if first is None:
        return sending
    behind = [row for row in rows if row.seq > first.seq]
    if sending.again:
        together = [row for row in behind if row.merged_into == first.id]
        return replace(sending, merged=tuple(_placed(connection, row, sending, now).outbound for row in together))
    if not behind or not _may_join(first, sending.outbound.room):
        return sending
    waiting = list(_for_the_same_place(connection, sending, behind, now))
    count = choose([sending.outbound, *waiting], _how_many(connection, sending)) if waiting else 1
    if count > 1:
        _mark(connection, sending, waiting[: count - 1])
    return replace(sending, merged=tuple(waiting[: count - 1]))


def _looked_at(connection: Connection, sending: Sending) -> Sequence[Row[Any]]:
    """What is undone in the lane, in order; of a room only its own: relays of other rooms are no obstacle."""
    if not sending.outbound.room:
        return connection.execute(_IN_LANE, {"name": sending.lane}).all()
    return connection.execute(_IN_ROOM, {"name": sending.lane, "of": sending.outbound.conversation}).all()


def _how_many(connection: Connection, sending: Sending) -> int:
    return len(connection.execute(_NAMES, {"name": sending.lane}).all())


def _may_join(row: Row[Any], room: str) -> bool:
    """A relay; in a room what the bridge says there, too: outside, a quote of the one would mean the other as well."""
    shown = row.kind == OutboundKind.RELAY or (row.kind == OutboundKind.NOTICE and room != "" and row.conversation > 0)
    plain = row.message is None and not row.part_of and row.expires_at is None
    return shown and plain and not row.unknown and not row.payload.get("alone")


def _for_the_same_place(
    connection: Connection, sending: Sending, behind: Sequence[Row[Any]], now: datetime
) -> Iterator[Outbound]:
    """What may stand in the same message, in order."""
    for row in behind:
        if row.state != "waiting" or row.due_at > now or not _may_join(row, sending.outbound.room):
            return
        placed = _placed(connection, row, sending, now)
        if placed.opening or placed.outbound.room != sending.outbound.room:
            return
        yield placed.outbound


def _placed(connection: Connection, row: Row[Any], sending: Sending, now: datetime) -> Sending:
    plain = replace(sending, outbound=outbound_from(row), in_room=False)
    return rooming.placed(connection, plain, row.payload, now)


def _mark(connection: Connection, sending: Sending, together: Sequence[Outbound]) -> None:
    first, names = sending.outbound.id, [outbound.id for outbound in together]
    connection.execute(update(outbox).where(outbox.c.id.in_([first, *names])).values(merged_into=first))
    # Their attempts are not counted: what waits behind others has not failed.
    connection.execute(update(outbox).where(outbox.c.id.in_(names)).values(state="sending"))


def end(connection: Connection, sending: Sending, outcome: Outcome, now: datetime) -> None:
    """Write down for all that were merged what came of them; of the first one it is written down already."""
    names = [sending.outbound.id, *(outbound.id for outbound in sending.merged)]
    if outcome.state == "apart":
        _take_apart(connection, names, sending, now)
        return
    first = connection.execute(select(outbox).where(outbox.c.id == names[0])).one()
    same = {name: getattr(first, name) for name in ("state", "reason", "due_at", "unknown", "native_id", "sent_at")}
    connection.execute(update(outbox).where(outbox.c.id.in_(names[1:])).values(same))
    if outcome.state == "waiting" and not first.unknown:
        connection.execute(update(outbox).where(outbox.c.id.in_(names)).values(merged_into=""))


def part(connection: Connection, row: Row[Any]) -> None:
    """It is sent again by itself: what it was, or was to be, sent with is no longer in the same message."""
    if row.merged_into:
        these = (outbox.c.id == row.id) | (outbox.c.merged_into == row.id)
        connection.execute(update(outbox).where(these).values(merged_into=""))


def _take_apart(connection: Connection, names: Sequence[str], sending: Sending, now: datetime) -> None:
    waiting = {"state": "waiting", "holder": "", "due_at": now, "unknown": sending.again, "merged_into": ""}
    for row in connection.execute(select(outbox.c.id, outbox.c.payload).where(outbox.c.id.in_(names))).all():
        alone = {**row.payload, "alone": True}
        connection.execute(update(outbox).where(outbox.c.id == row.id).values(payload=alone, **waiting))
