"""Putting outbounds into the outbox, within a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from bridge.decision import Draft
from bridge.store import lanes
from bridge.store.rows import origin_json, payload_json
from bridge.store.schema import outbox

_PUT = insert(outbox)


@dataclass(frozen=True, slots=True)
class Placing:
    """A draft with its id, the recorded message whose attachments go along, and the first part's id if it is a part."""

    id: str
    draft: Draft
    message: int | None = None
    part_of: str = ""


def lane_of(connector: str, address: str) -> str:
    """The lane of everything that goes to this address: it leaves in order."""
    return f"{connector} {address}"


def put(connection: Connection, placed: Sequence[Placing], now: datetime) -> None:
    """Outbounds that wait until they are due."""
    if not placed:
        return
    connection.execute(_PUT, [_row(placing, now) for placing in placed])
    lanes.add(
        connection,
        lanes.OUT,
        [
            lanes.Lane(
                lane_of(placing.draft.connector, placing.draft.address),
                placing.draft.connector,
                placing.draft.due_at or now,
            )
            for placing in placed
        ],
    )


def _row(placing: Placing, now: datetime) -> dict[str, object]:
    draft = placing.draft
    return {
        "id": placing.id,
        "kind": str(draft.kind),
        "connector": draft.connector,
        "address": draft.address,
        "lane": lane_of(draft.connector, draft.address),
        "conversation": draft.conversation,
        "payload": payload_json(draft),
        "message": placing.message,
        "part_of": placing.part_of,
        "state": "waiting",
        "due_at": draft.due_at or now,
        "expires_at": draft.expires_at,
        "author": draft.author,
        "origin": origin_json(draft.origin),
        "created_at": now,
    }
