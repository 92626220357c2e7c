"""Rooms within the store: which conversation has which, and what follows when one is opened, refused or gone.

The first outbound that is to stand in a room which is not there becomes the one that opens it: its next attempt is that
call, and the one after it the message. So all that waits for the room stands behind it in its lane, in order; a room is
opened once, since a lane is worked on by one; and one that was deleted is opened again in the same way.

    no room    --open_room--> opened: the outbound waits for its next attempt, at once
                              refused: it is shown outside, with its number, and so are others for an hour
    in a room  --send-->      gone: the mapping is forgotten, once; the outbound opens a new room
                              outside: it can't stand there for another reason, and is shown outside
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from bridge.outbound import Outbound, OutboundKind
from bridge.store.book_tables import rooms
from bridge.store.upserting import upsert
from bridge.store.work_tables import outbox
from bridge.work import Outcome, Sending

REFUSED_FOR = timedelta(hours=1)
"""How long no other try is made to open a room that the network would not open."""

SETTLED_HERE = ("opened", "refused", "gone", "outside")
"""The outcomes after which an outbound is tried again at once."""

CLOSING = (OutboundKind.CLOSE_ROOM, OutboundKind.REOPEN_ROOM)


def placed(connection: Connection, sending: Sending, payload: dict[str, Any], now: datetime) -> Sending:
    """What is to stand in its conversation's room, with that room, or as what opens it."""
    outbound = sending.outbound
    if not payload.get("in_room") or not outbound.conversation:
        return sending
    found = connection.execute(select(rooms.c.room, rooms.c.refused_at).where(*_of(outbound))).first()
    if found and found.room and not payload.get("outside"):
        return replace(sending, outbound=replace(outbound, room=found.room), in_room=outbound.kind not in CLOSING)
    if outbound.kind in CLOSING:
        return sending
    refused = found is not None and found.refused_at is not None and now - found.refused_at < REFUSED_FOR
    if refused or payload.get("outside"):
        return replace(sending, outbound=replace(outbound, text=outbound.text.behind(payload.get("head", ""))))
    return replace(sending, opening=True)


def settle(connection: Connection, sending: Sending, outcome: Outcome, now: datetime) -> None:
    """Write down what came of an attempt that does not end the outbound."""
    outbound = sending.outbound
    payload = connection.execute(select(outbox.c.payload).where(outbox.c.id == outbound.id)).scalar_one()
    if outcome.state == "opened" and outcome.room and not _taken(connection, outbound, outcome.room):
        _set(connection, outbound, room=outcome.room, refused_at=None)
    elif outcome.state in ("opened", "refused"):
        _set(connection, outbound, room="", refused_at=now)
    elif outcome.state == "gone" and payload.get("in_room") and not payload.get("moved"):
        here = (*_of(outbound), rooms.c.room == outbound.room)
        connection.execute(update(rooms).where(*here).values(room=""))
        payload = {**payload, "moved": True}
    else:
        if outcome.state == "gone":
            forget(connection, outbound)
        payload = {key: value for key, value in payload.items() if key != "room"} | {"outside": True}
    # Nothing is in doubt about the message itself: it has not been sent.
    values = {"state": "waiting", "holder": "", "reason": outcome.reason, "due_at": now, "unknown": False}
    connection.execute(update(outbox).where(outbox.c.id == outbound.id).values(payload=payload, **values))


def forget(connection: Connection, outbound: Outbound) -> None:
    """Its room is no longer there."""
    connection.execute(update(rooms).where(*_of(outbound), rooms.c.room == outbound.room).values(room=""))


def _of(outbound: Outbound) -> tuple[Any, ...]:
    return (
        rooms.c.connector == outbound.connector,
        rooms.c.address == outbound.address,
        rooms.c.conversation == outbound.conversation,
    )


def _taken(connection: Connection, outbound: Outbound, room: str) -> bool:
    """Whether a room that was just opened is another conversation's: then it is no room for this one."""
    here = (rooms.c.connector == outbound.connector, rooms.c.address == outbound.address, rooms.c.room == room)
    return connection.execute(select(rooms.c.room).where(*here)).first() is not None


def _set(connection: Connection, outbound: Outbound, **values: Any) -> None:
    key = {
        "connector": outbound.connector,
        "address": outbound.address,
        "conversation": outbound.conversation,
    }
    made = upsert(connection)(rooms).values(**key, **values)
    connection.execute(made.on_conflict_do_update(index_elements=list(key), set_=values))
