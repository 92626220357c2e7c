"""Putting outbounds into the outbox, within a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from bridge.decision import Draft
from bridge.outbound import OutboundKind
from bridge.store import lanes
from bridge.store.rows import origin_json, payload_json
from bridge.store.work_tables import outbox

_PUT = insert(outbox)


@dataclass(frozen=True, slots=True)
class Placing:
    """A draft with its id, the recorded message whose attachments go along, the first part's id if it is a part, and
    the recorded message that it shows to an owner, 0 for none.
    """

    id: str
    draft: Draft
    message: int | None = None
    part_of: str = ""
    shows: int = 0


def lane_of(draft: Draft) -> str:
    """The lane of everything that goes to this address: it leaves in order. A file has a lane of its own."""
    lane = f"{draft.connector} {draft.address}"
    return f"{lane} {draft.file}" if draft.kind is OutboundKind.FETCH else lane


def work_of(draft: Draft) -> str:
    """Which step it is for: a slow file must hold up nothing that is to be sent."""
    return lanes.FETCH if draft.kind is OutboundKind.FETCH else lanes.OUT


def put(connection: Connection, placed: Sequence[Placing], now: datetime) -> None:
    """Outbounds that wait until they are due."""
    if not placed:
        return
    connection.execute(_PUT, [_row(placing, now) for placing in placed])
    for work in (lanes.OUT, lanes.FETCH):
        drafts = [placing.draft for placing in placed if work_of(placing.draft) == work]
        added = [lanes.Lane(lane_of(draft), draft.connector, draft.due_at or now) for draft in drafts]
        lanes.add(connection, work, added)


def _row(placing: Placing, now: datetime) -> dict[str, object]:
    draft = placing.draft
    return {
        "id": placing.id,
        "kind": str(draft.kind),
        "connector": draft.connector,
        "address": draft.address,
        "lane": lane_of(draft),
        "conversation": draft.conversation,
        "payload": payload_json(draft),
        "message": placing.message,
        "part_of": placing.part_of,
        "shows": placing.shows,
        "state": "waiting",
        "due_at": draft.due_at or now,
        "expires_at": draft.expires_at,
        "author": draft.author,
        "origin": origin_json(draft.origin),
        "created_at": now,
    }
