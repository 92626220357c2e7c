"""The inbox: raw items and timers as rows, claimed lane by lane. See `bridge.work.Inbox`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, func, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError

from bridge.decision import Direction, Draft, Record, Send
from bridge.messages import Attachment, RawItem
from bridge.outbound import OutboundKind
from bridge.store import lanes
from bridge.store.blobs import BlobMissing, Blobs
from bridge.store.book import StoredBook
from bridge.store.effects import Application, ids
from bridge.store.outbox import StoredOutbox
from bridge.store.room import Room
from bridge.store.transactions import Transactions
from bridge.store.upserting import inserted, upsert
from bridge.store.work_tables import items, outbox, positions
from bridge.text import Text
from bridge.valid import clean
from bridge.work import INLINE_LIMIT, NOTHING_AT_ONCE, SUSPECT, Claimed, Conflict, Decider, LostClaim, Sending, Start

_READY: ColumnElement[str] = literal_column("'ready'")

# Built once: making a statement costs more than running it.
_FIRST_ITEMS = select(items).where(
    items.c.id.in_(
        select(func.min(items.c.id))
        .where(items.c.lane.in_(bindparam("names", expanding=True)), items.c.state == _READY)
        .group_by(items.c.lane)
    )
)
_FINISH = (
    update(items)
    .where(items.c.id == bindparam("this"))
    .values(state=bindparam("state"), outcome=bindparam("outcome"), due_at=bindparam("due_at"))
)
_RUNG = update(items).where(items.c.id == bindparam("this")).values(outcome=bindparam("outcome"))
_NEXT_DUE = (
    select(items.c.due_at)
    .where(items.c.lane == bindparam("name"), items.c.state == _READY)
    .order_by(items.c.id)
    .limit(1)
)

# What this one begins with is not the end of a daemon, this time.
_SURVIVED = case((items.c.deaths > SUSPECT, SUSPECT), else_=items.c.deaths)
_MAYBE_SHOWN = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("names", expanding=True)), outbox.c.kind == str(OutboundKind.RELAY))
    .values(unknown=True)
)

Kept = tuple[str, RawItem, str | None]
"""A connector's name, its item, and the digest of its bytes where they are a blob."""


@dataclass(frozen=True, slots=True)
class StoredInbox:
    """The inbox as one daemon (`holder`) sees it. `added` is called whenever there is new work for the outbox."""

    transactions: Transactions
    blobs: Blobs
    room: Room
    namespace: uuid.UUID
    holder: str
    added: Callable[[str], None]
    outbox: StoredOutbox
    restored_up_to: int = 0

    async def receive(self, received: Sequence[tuple[str, RawItem]], moved: Mapping[str, Mapping[str, str]]) -> int:
        """See Inbox."""
        self.room.require()
        kept = [(connector, item, await self._keep_raw(item)) for connector, item in received]
        new = await self.transactions.run("receive", lambda connection: _store(connection, kept, moved), urgent=True)
        if new:
            self.added(lanes.IN)
        return new

    async def _keep_raw(self, item: RawItem) -> str | None:
        if isinstance(item.raw, Path):
            return await self.blobs.keep(item.raw.read_bytes())
        return await self.blobs.keep(item.raw) if len(item.raw) > INLINE_LIMIT else None

    async def claim(self, connectors: Collection[str], limit: int, now: datetime) -> Sequence[Claimed]:
        """See Inbox."""
        wanted = lanes.Claim(holder=self.holder, connectors=connectors, limit=limit, now=now)

        def claim(connection: Connection) -> list[Claimed]:
            names = lanes.claim(connection, lanes.IN, wanted)
            return self._first_items(connection, names, now) if names else []

        return await self.transactions.run("claim", claim)

    def _first_items(self, connection: Connection, names: Sequence[str], now: datetime) -> list[Claimed]:
        rows = connection.execute(_FIRST_ITEMS, {"names": list(names)}).all()
        due = [row for row in rows if row.due_at <= now]
        for row in rows:
            if row.due_at > now:
                lanes.release(connection, lanes.IN, row.lane, row.due_at)
        for empty in set(names) - {row.lane for row in rows}:
            lanes.release(connection, lanes.IN, empty, None)
        return [_claimed(row) for row in due]

    async def whole(self, claimed: Claimed) -> Claimed:
        """See Inbox."""
        if not claimed.blob:
            return claimed
        try:
            raw = await self.transactions.run("fetch", lambda connection: self.blobs.read(connection, claimed.blob))
        except BlobMissing:
            return replace(claimed, missing="its content is no longer where it was kept")
        return replace(claimed, item=replace(claimed.item, raw=raw))

    async def begin_alone(self, claimed: Claimed) -> None:
        """See Inbox."""

        def begin(connection: Connection) -> None:
            self._require(connection, claimed)
            begun = {"deaths": items.c.deaths + 1}
            connection.execute(update(items).where(items.c.id == claimed.id).values(begun))

        await self.transactions.run("retry", begin)

    async def keep(self, content: bytes) -> str:
        """See Inbox."""
        return await self.blobs.keep(content)

    async def settle(
        self, claimed: Claimed, deciders: Sequence[Decider], now: datetime, start: Start = NOTHING_AT_ONCE
    ) -> Sequence[Sending]:
        """See Inbox."""

        def settle(connection: Connection) -> tuple[list[str], list[Sending]]:
            placed = self._decide(connection, claimed, deciders, now)
            begun = self.outbox.begin_at_once(connection, placed[lanes.OUT], start, now)
            waiting = (placed[lanes.IN], len(begun) < len(placed[lanes.OUT]), placed[lanes.FETCH])
            return [work for work, some in zip((lanes.IN, lanes.OUT, lanes.FETCH), waiting, strict=True) if some], begun

        try:
            more, begun = await self.transactions.run("settle", settle)
        except IntegrityError as error:
            # Another daemon enrolled the same stranger, or took the same number, first.
            raise Conflict("somebody else wrote the same row first") from error
        for work in more:
            self.added(work)
        return begun

    def _decide(
        self, connection: Connection, claimed: Claimed, deciders: Sequence[Decider], now: datetime
    ) -> Mapping[str, set[str]]:
        self._require(connection, claimed)
        if claimed.is_timer:
            # Done first, so that what it decides may set it again.
            connection.execute(_FINISH, {"this": claimed.id, "state": "done", "outcome": "", "due_at": now})
        book = StoredBook(connection)
        made: list[str] = []
        new_id = _noted(ids(self.namespace, claimed.id, claimed.item.received_at), made)
        application = Application(connection, claimed.id, now, new_id)
        reasons = []
        for decide in deciders:
            decision = decide(book)
            reasons.append(decision.reason)
            for effect in decision.effects:
                application.apply(effect)
        _finish(connection, claimed, "done", "; ".join(reasons), now)
        placed = application.finish()
        if claimed.id <= self.restored_up_to:
            # It waited when the backup was made: what came of it after that is gone, but for what owners have read.
            connection.execute(_MAYBE_SHOWN, {"names": made})
        return placed

    def _require(self, connection: Connection, claimed: Claimed) -> None:
        if not lanes.lock(connection, lanes.IN, claimed.lane, self.holder):
            raise LostClaim(f"lane of item {claimed.id}")

    async def retry(self, claimed: Claimed, due_at: datetime, reason: str, *, counts: bool = True) -> None:
        """See Inbox."""

        def retry(connection: Connection) -> None:
            self._require(connection, claimed)
            values = {"due_at": due_at, "attempts": items.c.attempts + int(counts), "outcome": reason}
            connection.execute(update(items).where(items.c.id == claimed.id).values(values | {"deaths": _SURVIVED}))
            lanes.release(connection, lanes.IN, claimed.lane, due_at)

        await self.transactions.run("retry", retry)

    async def bury(
        self, claimed: Claimed, reason: str, told: Sequence[Draft], now: datetime, raw: Attachment | None = None
    ) -> None:
        """See Inbox."""

        def bury(connection: Connection) -> None:
            self._require(connection, claimed)
            _finish(connection, claimed, "dead", reason, now)
            # Not of the item's own ids: it may be tried again by an owner, and buried again.
            application = Application(connection, claimed.id, now, lambda: str(uuid.uuid4()))
            if raw is not None:
                application.apply(_in_no_conversation(claimed, raw))
            for draft in told:
                application.apply(Send(draft=replace(draft, carries=raw is not None)))
            application.finish()

        await self.transactions.run("bury", bury)
        self.added(lanes.OUT)

    async def next_at(self, among: Collection[str] | None = None) -> datetime | None:
        """See Inbox."""
        return await self.transactions.run("next", lambda connection: lanes.next_ready_at(connection, lanes.IN, among))


def _noted(new_id: Callable[[], str], made: list[str]) -> Callable[[], str]:
    """The same, and what it made is written into `made`."""

    def note() -> str:
        made.append(new_id())
        return made[-1]

    return note


def _store(connection: Connection, kept: Sequence[Kept], moved: Mapping[str, Mapping[str, str]]) -> int:
    rows = [_row(connector, item, digest) for connector, item, digest in kept]
    if not rows:
        _move(connection, moved)
        return 0
    added = inserted(connection, upsert(connection)(items).on_conflict_do_nothing(), rows)
    if added != len(rows):
        added += sum(_stored_again(connection, row, item) for row, (_, item, _) in zip(rows, kept, strict=True))
    lanes.add(connection, lanes.IN, [lanes.Lane(row["lane"], row["connector"], row["due_at"]) for row in rows])
    _move(connection, moved)
    return added


def _row(connector: str, item: RawItem, digest: str | None) -> dict[str, Any]:
    return {
        "connector": connector,
        "native_id": item.native_id,
        "lane": f"{connector} {item.lane}",
        "raw": item.raw if digest is None else None,
        "blob": digest,
        "facts": dict(item.facts),
        "received_at": item.received_at,
        "due_at": item.received_at,
        "state": "ready",
    }


def _stored_again(connection: Connection, row: dict[str, Any], item: RawItem) -> int:
    """1 where an item that is there already has come again so late that it counts as another one."""
    if item.repeats_after is None:
        return 0
    these = (items.c.connector == row["connector"], items.c.native_id == row["native_id"])
    known = connection.execute(select(items.c.received_at).where(*these)).scalar()
    if known is None or item.received_at - known < item.repeats_after:
        return 0
    # The old row steps aside under another name; the new one takes the id, from which the next five days count.
    aside = f"{row['native_id']} until {item.received_at.isoformat()}"
    connection.execute(update(items).where(*these).values(native_id=aside))
    connection.execute(insert(items), row)
    return 1


def _move(connection: Connection, moved: Mapping[str, Mapping[str, str]]) -> None:
    rows = [
        {"connector": connector, "key": clean(key), "value": clean(value)}
        for connector, values in sorted(moved.items())
        for key, value in sorted(values.items())
    ]
    if rows:
        move = upsert(connection)(positions)
        changed = {"value": move.excluded.value}
        connection.execute(move.on_conflict_do_update(index_elements=["connector", "key"], set_=changed), rows)


def _finish(connection: Connection, claimed: Claimed, state: str, outcome: str, now: datetime) -> None:
    if claimed.is_timer and state == "done":
        connection.execute(_RUNG, {"this": claimed.id, "outcome": outcome[:500]})
    else:
        done = {"this": claimed.id, "state": state, "outcome": outcome[:500], "due_at": now}
        connection.execute(_FINISH, done)
    next_due: datetime | None = connection.execute(_NEXT_DUE, {"name": claimed.lane}).scalar()
    lanes.release(connection, lanes.IN, claimed.lane, next_due and max(next_due, now))


def _claimed(row: Row[Any]) -> Claimed:
    return Claimed(
        id=row.id,
        blob=row.blob or "",
        item=RawItem(
            native_id=row.native_id,
            raw=row.raw or b"",
            lane=row.lane.partition(" ")[2],
            facts=row.facts,
            received_at=row.received_at,
        ),
        connector=row.connector,
        lane=row.lane,
        attempts=row.attempts,
        deaths=row.deaths,
    )


def _in_no_conversation(claimed: Claimed, raw: Attachment) -> Record:
    """The message that a file belongs to which nobody could read."""
    return Record(
        conversation=0,
        direction=Direction.IN,
        connector=claimed.connector,
        text=Text(),
        author=claimed.item.lane,
        attachments=(raw,),
    )


def positions_of(connection: Connection, connector: str) -> dict[str, str]:
    """The position that a connector stored last."""
    query = select(positions.c.key, positions.c.value).where(positions.c.connector == connector)
    return {row.key: row.value for row in connection.execute(query)}
