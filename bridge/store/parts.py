"""The parts of what was too long for one message, in the outbox: taken back, reworded, marked and tried again as one.

Each part is a row of its own, in order in its lane, and names the first one in `part_of`, as that one does itself. What
has failed lets none of its later parts leave: half an answer is worse than none that the owner knows of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, literal_column, or_, select, update

from bridge.decision import Reword
from bridge.store import lanes
from bridge.store.rows import spans_json
from bridge.store.work_tables import outbox
from bridge.work import Conflict, Sending

_FAILED_BEFORE = "an earlier part failed"
_THERE = ("sent", "delivered", "read", "cancelled")
_FAILED = ("dead", "maybe", "bounced")
# A literal, so that SQLite sees that the partial index covers the query; it does not look into parameters.
_IS_A_PART = outbox.c.part_of > literal_column("''")


def of(first_id: str) -> ColumnElement[bool]:
    """A part of this."""
    return (outbox.c.part_of == first_id) & _IS_A_PART


def first() -> ColumnElement[bool]:
    """A first part, or what has no parts."""
    return or_(outbox.c.part_of == "", outbox.c.part_of == outbox.c.id)


def unbegun() -> ColumnElement[bool]:
    """No part of something that has left in part."""
    heads = outbox.alias("heads")
    waiting = select(heads.c.id).where(heads.c.part_of == outbox.c.part_of, heads.c.id == heads.c.part_of)
    return or_(outbox.c.part_of == literal_column("''"), waiting.where(heads.c.state == "waiting").exists())


def behind_a_failure(first_id: str) -> tuple[ColumnElement[bool], ...]:
    """The parts that did not leave because an earlier one failed."""
    return (of(first_id), outbox.c.state == "cancelled", outbox.c.reason == _FAILED_BEFORE)


def ended(connection: Connection, sending: Sending, state: str) -> bool:
    """One part has come to this end, and is written down: whether the whole has, so that it is to be told.

    It has once all its parts are there, or with the first one that fails; those behind a failed one do not leave.
    """
    these = (of(sending.part_of), outbox.c.id != sending.outbound.id)
    others = connection.execute(select(outbox.c.state).where(*these)).scalars().all()
    if state == "sent":
        return all(other in _THERE for other in others)
    if state != "maybe":
        cancelled = {"state": "cancelled", "reason": _FAILED_BEFORE}
        connection.execute(update(outbox).where(*these, outbox.c.state == "waiting").values(cancelled))
    return not any(other in _FAILED for other in others)


def reword(connection: Connection, effect: Reword, new_id: Callable[[], str], now: datetime) -> str:
    """Say something else instead, in more or fewer parts; the id of the first. Raises Conflict if one has begun.

    In as many parts as before it keeps its place in its lane. In another number of them it goes to the lane's end, all
    together, since it could not be kept in one piece otherwise.
    """
    texts = effect.parts or (effect.text,)
    these = or_(outbox.c.id == effect.outbound_id, of(effect.outbound_id))
    rows = connection.execute(select(outbox).where(these).order_by(outbox.c.seq).with_for_update()).all()
    if not rows or any(row.state != "waiting" for row in rows):
        raise Conflict(f"outbound {effect.outbound_id} no longer waits")
    said = [{"text": text.plain, "spans": spans_json(text)} for text in texts]
    if len(said) == len(rows):
        for row, words in zip(rows, said, strict=True):
            changed = update(outbox).where(outbox.c.seq == row.seq).values(payload={**row.payload, **words})
            connection.execute(changed)
        return effect.outbound_id
    connection.execute(update(outbox).where(these).values(state="cancelled", reason="reworded"))
    return _again(connection, rows, said, [new_id() for _ in said], now)


def _again(
    connection: Connection, rows: Sequence[Row[Any]], said: list[dict[str, Any]], names: list[str], now: datetime
) -> str:
    """As the first of these rows was, in other words."""
    old = rows[0]._asdict()
    head = names[0] if len(names) > 1 else ""
    quoted = {key: value for row in rows for key, value in row.payload.items() if key == "quoted"}
    for place, (name, words) in enumerate(zip(names, said, strict=True)):
        unlike = {"quoted"} | ({"replies_to"} if place else set())
        kept = {key: value for key, value in old["payload"].items() if key not in unlike}
        payload = {**kept, **words, **(quoted if name == names[-1] else {})}
        message = None if place else old["message"]
        row = {**old, "id": name, "part_of": head, "payload": payload, "message": message}
        connection.execute(insert(outbox).values({key: value for key, value in row.items() if key != "seq"}))
    lanes.add(connection, lanes.OUT, [lanes.Lane(old["lane"], old["connector"], now)])
    lanes.hasten(connection, lanes.OUT, old["lane"], now)
    return names[0]
