"""What is known of a line that did not arrive, so that a round which cannot be repeated can be understood.

    told = of(line, customer, evidence)     lines of text: what the store, the log and the server's archives say of it

It goes into the message of the assertion that fails: the folders of a run elsewhere are gone by the time it is read.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LINES_OF_LOG = 40
"""So many of a daemon's are told of one line."""

_OUTBOUNDS = """
SELECT outbox.* FROM outbox LEFT JOIN conversations ON conversations.number = outbox.conversation
WHERE json_extract(outbox.payload, '$.text') LIKE ? AND ? IN (conversations.address, '') ORDER BY outbox.seq
"""
_ITEMS = "SELECT * FROM items WHERE instr(CAST(raw AS TEXT), ?) ORDER BY id"
_TOLD = ("seq", "id", "kind", "connector", "address", "state", "attempts", "unknown", "reason")


def _moment(stored: int | None) -> str:
    """As the store keeps it (microseconds), as the log writes it."""
    return "-" if stored is None else _said(datetime.fromtimestamp(stored / 1_000_000, UTC))


def _said(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


@dataclass
class Evidence:
    """What a round leaves behind: the bridge's store, the server's folder, what was done when, what daemons logged."""

    database: Path
    server: Path
    timeline: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)

    def note(self, what: str) -> None:
        """Something happens now."""
        self.timeline.append(f"{_said(datetime.now(UTC))} {what}")


def of(line: str, customer: str, evidence: Evidence) -> list[str]:
    """What is known of this line of a conversation with `customer`, to or from them."""
    with contextlib.closing(sqlite3.connect(f"file:{evidence.database}?mode=ro", uri=True)) as store:
        store.row_factory = sqlite3.Row
        outbounds = store.execute(_OUTBOUNDS, (f"%{line}%", customer)).fetchall()
        told = [*_items(store, line), *(text for row in outbounds for text in _outbound(store, row, evidence))]
    if not outbounds:
        told.append("in no outbox")
    return told


def _items(store: sqlite3.Connection, line: str) -> Iterator[str]:
    for row in store.execute(_ITEMS, (line,)):
        when = _moment(row["received_at"])
        yield f"item {row['id']} of {row['lane']}: {row['state']}, {row['outcome']!r}, came at {when}"


def _outbound(store: sqlite3.Connection, row: sqlite3.Row, evidence: Evidence) -> Iterator[str]:
    yield "outbound " + ", ".join(f"{name}={row[name]}" for name in _TOLD)
    yield f"  decided {_moment(row['created_at'])}, sent {_moment(row['sent_at'])}"
    events = store.execute("SELECT * FROM events WHERE json_extract(data, '$.outbound') = ? ORDER BY id", (row["id"],))
    yield from (f"  event {_moment(event['at'])} {event['kind']} {event['data']}" for event in events)
    yield from (f"  log {one}" for one in _logged(row["id"], evidence.logs))
    yield f"  in the archives of: {', '.join(holders(row['id'], evidence.server)) or 'nobody'}"


def _logged(outbound: str, logs: Sequence[str]) -> list[str]:
    return [one for log in logs for one in log.splitlines() if outbound in one][-LINES_OF_LOG:]


def holders(named: str, server: Path) -> list[str]:
    """Whose archives, by Prosody's files, hold a message under this id."""
    files = (file for file in sorted(server.glob("data/*/archive*/*")) if file.is_file())
    return [file.name for file in files if named.encode() in file.read_bytes()]


def report(figures: dict[str, Any]) -> str:
    """Why a round fails, in full."""
    known = [f"{wrong}\n    " + "\n    ".join(told) for wrong, told in figures["known"].items()]
    rest = [wrong for wrong in figures["wrong"] if wrong not in figures["known"]]
    short = {key: value for key, value in figures.items() if key not in ("known", "timeline", "wrong")}
    return "\n".join([json.dumps(short), *rest, *known, "what happened when:", *figures["timeline"]])


def missing(wrong: str) -> tuple[str, str] | None:
    """The customer and the line of what is said to be missing; None for any other complaint."""
    found = re.fullmatch(r"(?:shown of|answers to) (\S+): missing (.+)", wrong)
    return None if found is None else (found[1], found[2])
