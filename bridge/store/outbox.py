"""The outbox: what is to be sent, lane by lane in order. See `bridge.work.Outbox`.

    waiting --claim--> sending --finish--> sent | waiting (a later try) | dead | maybe | expired
                                           then, by the network's word: delivered | read | bounced

`sending` is committed before the network is called and whatever came of it after. A row found `sending` when its lane
is claimed was left by a daemon that died in between: nobody knows whether it was sent, and it comes out as `again`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, delete, insert, literal_column, select, update

from bridge.conversation import Conversation, Happening, State, after
from bridge.decision import Draft
from bridge.messages import Attachment
from bridge.outbound import OutboundKind
from bridge.store import files, lanes, merging, parts, rooming
from bridge.store.blobs import Blobs
from bridge.store.book import StoredBook
from bridge.store.book_tables import conversations, events, shown
from bridge.store.columns import Moment, Words
from bridge.store.leases import holds
from bridge.store.outgoing import Placing, put
from bridge.store.rows import origin_from, outbound_from
from bridge.store.transactions import Transactions
from bridge.store.upserting import inserted, upsert
from bridge.store.work_tables import lanes as lane_rows
from bridge.store.work_tables import notices, outbox
from bridge.work import AWAITS_FILE, Choose, LostClaim, Outcome, Sending, Start

_UNDONE: ColumnElement[bool] = literal_column("state in ('waiting', 'sending')")
_TOLD_BY_NETWORK = ("delivered", "read", "bounced")


# Built once: making a statement costs more than running it.
_FIRST = select(outbox).where(outbox.c.lane == bindparam("name"), _UNDONE).order_by(outbox.c.seq).limit(1)
_DUE = (
    select(outbox.c.seq)
    .join(lane_rows, (lane_rows.c.lane == outbox.c.lane) & (lane_rows.c.work == lanes.OUT))
    .where(
        literal_column("outbox.state in ('waiting', 'sending')"),
        (lane_rows.c.holder != "") | (lane_rows.c.ready_at <= bindparam("now", type_=Moment)),
    )
    .limit(bindparam("limit"))
)
_BEGIN = (
    update(outbox)
    .where(outbox.c.seq == bindparam("this"))
    .values(state="sending", holder=bindparam("by"), attempts=bindparam("attempt"))
)
_SENT = (
    update(outbox)
    .where(outbox.c.id == bindparam("this"))
    .values(
        # The network's word on it may have come in before our own.
        state=case((outbox.c.state.in_(_TOLD_BY_NETWORK), outbox.c.state), else_=bindparam("ended")),
        reason=case((outbox.c.state.in_(_TOLD_BY_NETWORK), outbox.c.reason), else_=bindparam("why", type_=Words)),
        holder="",
        due_at=bindparam("now", type_=Moment),
        native_id=bindparam("called"),
        sent_at=bindparam("sent", type_=Moment),
    )
    .returning(outbox.c.state)
)


@dataclass(frozen=True, slots=True)
class StoredOutbox:
    """The outbox as one daemon (`holder`) sees it: what is to be sent, or (`work`) the files to be fetched. `added` is
    called whenever there is new work for the outbox.
    """

    transactions: Transactions
    blobs: Blobs
    holder: str
    added: Callable[[str], None]
    work: str = lanes.OUT

    async def claim(self, epochs: Mapping[str, int], limit: int, now: datetime) -> Sequence[Sending]:
        """See Outbox."""

        def claim(connection: Connection) -> list[Sending]:
            mine = {name for name, epoch in epochs.items() if holds(connection, name, self.holder, epoch)}
            wanted = lanes.Claim(holder=self.holder, connectors=mine, limit=limit, now=now)
            begun = [self._begin(connection, lane, now) for lane in lanes.claim(connection, self.work, wanted)]
            return [sending for sending in begun if sending is not None]

        return await self.transactions.run("send.claim", claim)

    def begin_at_once(
        self, connection: Connection, placed: Collection[str], start: Start, now: datetime
    ) -> list[Sending]:
        """Within the transaction that placed something in these lanes: mark what may leave now `sending`."""
        begun = []
        for lane in sorted(placed):
            connector = lane.partition(" ")[0]
            epoch = start.epochs.get(connector)
            if epoch is None or lane in start.busy or not lanes.take(connection, lanes.OUT, lane, self.holder, now):
                continue
            if holds(connection, connector, self.holder, epoch):
                begun.append(self._begin(connection, lane, now))
            else:
                lanes.release(connection, lanes.OUT, lane, now)
        return [sending for sending in begun if sending is not None]

    def _begin(self, connection: Connection, lane: str, now: datetime) -> Sending | None:
        """Mark the lane's first `sending`, or give the lane back until its first is due."""
        row = connection.execute(_FIRST, {"name": lane}).first()
        if row is None or row.due_at > now:
            lanes.release(connection, self.work, lane, None if row is None else row.due_at)
            return None
        connection.execute(_BEGIN, {"this": row.seq, "by": self.holder, "attempt": _attempts(row)})
        sending = replace(_sending(row), changed=_changed(connection, row))
        return rooming.placed(connection, sending, row.payload, now)

    async def files(self, sending: Sending) -> Sequence[Attachment]:
        """See Outbox."""
        return await self.transactions.run("files", lambda held: files.going_along(held, sending, self.blobs))

    async def keep(self, content: bytes) -> str:
        """See Outbox."""
        return await self.blobs.keep(content)

    async def join(self, sending: Sending, choose: Choose, now: datetime) -> Sending:
        """See Outbox."""

        def join(connection: Connection) -> Sending:
            if not lanes.lock(connection, self.work, sending.lane, self.holder):
                raise LostClaim(f"outbound {sending.outbound.id}")
            return merging.join(connection, sending, choose, now)

        return await self.transactions.run("send.join", join)

    async def finish(self, sending: Sending, outcome: Outcome, epoch: int, now: datetime) -> Sending | None:
        """See Outbox."""
        connector = sending.outbound.connector

        def finish(connection: Connection) -> Sending | None:
            if not lanes.lock(connection, self.work, sending.lane, self.holder):
                raise LostClaim(f"outbound {sending.outbound.id}")
            _write_down(connection, sending, outcome, now)
            if not holds(connection, connector, self.holder, epoch):
                lanes.release(connection, self.work, sending.lane, now)
                return None
            return self._begin(connection, sending.lane, now)

        following = await self.transactions.run("send.finish", finish)
        if outcome.told or self.work == lanes.FETCH:
            self.added(lanes.OUT)
        return following

    async def due(self, limit: int, now: datetime, among: Collection[str] | None = None) -> int:
        """See Outbox."""
        here = _DUE if among is None else _DUE.where(lane_rows.c.connector.in_(sorted(among)))

        def count(connection: Connection) -> int:
            return len(connection.execute(here, {"now": now, "limit": limit}).all())

        return await self.transactions.run("next", count)

    async def put(self, drafts: Sequence[Draft], once: str, now: datetime) -> bool:
        """See Outbox."""

        def announce(connection: Connection) -> bool:
            if once:
                told = upsert(connection)(notices).on_conflict_do_nothing()
                if not inserted(connection, told, [{"key": once, "at": now}]):
                    return False
            put(connection, [Placing(str(uuid.uuid4()), draft) for draft in drafts], now)
            return True

        done = await self.transactions.run("announce", announce)
        self.added(lanes.OUT)
        return done

    async def forget(self, once: str) -> bool:
        """See Outbox."""

        def forget(connection: Connection) -> bool:
            these = (notices.c.key == once) | notices.c.key.startswith(f"{once}:", autoescape=True)
            return connection.execute(delete(notices).where(these)).rowcount > 0

        return await self.transactions.run("forget", forget)

    async def next_at(self, among: Collection[str] | None = None) -> datetime | None:
        """See Outbox."""
        return await self.transactions.run("next", lambda held: lanes.next_ready_at(held, self.work, among))


def _attempts(row: Row[Any]) -> int:
    """Which attempt this is. One that a crash cut off says nothing about the network: it lengthens no back-off."""
    attempts: int = row.attempts
    return attempts if row.state == "sending" else attempts + 1


def _changed(connection: Connection, row: Row[Any]) -> str:
    """What the network calls the answer that this one changes; "" where it has not arrived."""
    changes = row.payload.get("changes")
    if not changes:
        return ""
    arrived = (outbox.c.id == changes, outbox.c.state.in_(("sent", "delivered", "read")))
    return connection.execute(select(outbox.c.native_id).where(*arrived)).scalar() or ""


def _sending(row: Row[Any]) -> Sending:
    return Sending(
        outbound=outbound_from(row),
        lane=row.lane,
        attempts=_attempts(row),
        author=row.author,
        origin=origin_from(row.origin),
        message=row.message,
        again=row.unknown or row.state == "sending",
        part_of=row.part_of,
        file=row.payload.get("file", 0),
    )


def _write_down(connection: Connection, sending: Sending, outcome: Outcome, now: datetime) -> None:
    told, noted = outcome.told, True
    if outcome.state == "apart":
        noted = False
    elif outcome.state in ("waiting", "unknown"):
        _put_off(connection, sending, outcome, now)
    elif outcome.state in rooming.SETTLED_HERE:
        rooming.settle(connection, sending, outcome, now)
        noted = False
    else:
        ended = {
            "this": sending.outbound.id,
            "ended": outcome.state,
            "why": outcome.reason,
            "now": now,
            "called": outcome.native_ids[0] if outcome.native_ids else "",
            "sent": now if outcome.state == "sent" else None,
        }
        state = connection.execute(_SENT, ended).scalar()
        if state != outcome.state and (outcome.state != "sent" or state == "bounced"):
            told = ()
        if sending.part_of and not parts.ended(connection, sending, outcome.state):
            told, noted = (), False
    if sending.outbound.kind in rooming.CLOSING and outcome.state == "cancelled":
        rooming.forget(connection, sending.outbound)
    if sending.outbound.kind is OutboundKind.FETCH:
        _fetched(connection, sending, outcome, now)
    if sending.merged:
        merging.end(connection, sending, outcome, now)
    _map(connection, sending, outcome)
    if noted:
        _note(connection, sending, outcome, now)
    put(connection, [Placing(str(uuid.uuid4()), draft, draft.carries_of or None) for draft in told], now)


def _fetched(connection: Connection, sending: Sending, outcome: Outcome, now: datetime) -> None:
    if outcome.fetched is not None:
        files.put_in(connection, sending, outcome.fetched, now)
    elif outcome.state == "dead":
        files.give_up(connection, sending, now)


def _put_off(connection: Connection, sending: Sending, outcome: Outcome, now: datetime) -> None:
    unknown = sending.again or outcome.state == "unknown"
    # The file may have come in while this was looked at.
    come = outcome.reason == AWAITS_FILE and not files.awaited(connection, sending.message)
    due_at = now if come else outcome.due_at
    values = {"state": "waiting", "holder": "", "reason": outcome.reason, "due_at": due_at, "unknown": unknown}
    # Not where the network has said meanwhile what became of it.
    this = (outbox.c.id == sending.outbound.id, outbox.c.state == "sending")
    connection.execute(update(outbox).where(*this).values(values))


def _map(connection: Connection, sending: Sending, outcome: Outcome) -> None:
    outbound = sending.outbound
    rows = [
        {
            "connector": outbound.connector,
            "native_id": native_id,
            "outbound": outbound.id,
            "conversation": outbound.conversation,
        }
        for native_id in outcome.native_ids
        if native_id
    ]
    if rows:
        connection.execute(upsert(connection)(shown).on_conflict_do_nothing(), rows)


def _note(connection: Connection, sending: Sending, outcome: Outcome, now: datetime) -> None:
    """The event for the log; and a conversation whose answer failed waits for the shop again."""
    outbound = sending.outbound
    if outbound.kind not in (OutboundKind.ANSWER, OutboundKind.AUTOMATIC) or outcome.state in ("waiting", "unknown"):
        return
    data = {"outbound": sending.part_of or outbound.id, "state": outcome.state, "by": sending.author or "bridge"}
    connection.execute(insert(events).values(at=now, kind="delivery", conversation=outbound.conversation, data=data))
    if outcome.state in _NOT_ANSWERED[outbound.kind]:
        conversation = StoredBook(connection).conversation(outbound.conversation)
        if conversation is not None and (outbound.kind is OutboundKind.ANSWER or _bots_turn(conversation)):
            _reopen(connection, conversation.number, after(conversation.state, Happening.ANSWER_FAILED), now)


_NOT_ANSWERED = {OutboundKind.ANSWER: ("dead",), OutboundKind.AUTOMATIC: ("dead", "expired")}


def _bots_turn(conversation: Conversation) -> bool:
    """Whether nobody but the bridge itself has answered."""
    return conversation.state is State.WAITING and conversation.person_answered_at is None


def _reopen(connection: Connection, number: int, state: State, now: datetime) -> None:
    values = {"state": str(state), "changed_at": now, "version": conversations.c.version + 1}
    connection.execute(update(conversations).where(conversations.c.number == number).values(values))
