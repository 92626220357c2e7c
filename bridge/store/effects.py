"""Applies what was decided: one function an effect, all within the decision's transaction.

Most effects need a statement each. Outbounds and events are gathered and put in at the end with one each, since they
are many and nothing in the same decision reads them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, singledispatchmethod

from sqlalchemy import ColumnElement, Connection, Insert, bindparam, delete, insert, select, update

from bridge import decision as decided
from bridge.messages import Attachment
from bridge.outbound import OutboundKind
from bridge.store import cases, files, lanes, learned, parts
from bridge.store.book_tables import addresses, attachments, conversations, customers, events, messages, questions
from bridge.store.columns import Moment
from bridge.store.outgoing import Placing, lane_of, put, work_of
from bridge.store.reviving import Revived, revive
from bridge.store.rows import conversation_row, question_json, spans_json
from bridge.store.upserting import insert_of, upsert
from bridge.store.work_tables import items, outbox
from bridge.text import Text
from bridge.work import TIMER, Conflict

_TO_CUSTOMERS = (OutboundKind.ANSWER, OutboundKind.AUTOMATIC)


# Built once: making a statement costs more than running it.
_MAKE_ADDRESS = insert(addresses)
_COUNT = (
    update(customers)
    .where(customers.c.id == bindparam("this"))
    .values(name=bindparam("called"), window_at=bindparam("since", type_=Moment), window_count=bindparam("count"))
)
_OPEN = insert(conversations)
_CHANGE = update(conversations).where(
    conversations.c.number == bindparam("this"), conversations.c.version == bindparam("read")
)
_RECORD = insert(messages)
_LOG = insert(events)


@cache
def _make_customer(dialect: str) -> Insert:
    return insert_of(dialect)(customers).on_conflict_do_nothing()


@dataclass(slots=True)
class Application:
    """Applies the effects of one item's decisions, in order. `finish` puts in what was gathered."""

    connection: Connection
    item: int
    now: datetime
    new_id: Callable[[], str]
    _message: int | None = None
    _direction: str = ""
    _to_customer: str = ""
    _placed: list[Placing] = field(default_factory=list)
    _revived: list[Revived] = field(default_factory=list)
    _events: list[dict[str, object]] = field(default_factory=list)

    def finish(self) -> Mapping[str, set[str]]:
        """Put in what was gathered; the lanes that have new work, by their work."""
        put(self.connection, self._placed, self.now)
        if self._events:
            self.connection.execute(_LOG, self._events)
        placed: dict[str, set[str]] = {lanes.IN: set(), lanes.OUT: set(), lanes.FETCH: set()}
        for placing in self._placed:
            placed[work_of(placing.draft)].add(lane_of(placing.draft))
        for revived in self._revived:
            placed[revived.work].add(revived.lane)
        return placed

    @singledispatchmethod
    def apply(self, effect: decided.Effect) -> None:
        """Do what the effect says. Raises Conflict."""
        cases.apply(effect, self.connection, self.now)

    @apply.register
    def _(self, effect: decided.Enrol) -> None:
        known = effect.customer
        row = {
            "id": known.id,
            "name": known.name,
            "blocked": known.blocked,
            "held": known.held,
            "created_at": self.now,
            "window_at": known.window_at,
            "window_count": known.window_count,
        }
        self.connection.execute(_make_customer(self.connection.dialect.name), row)
        place = {"connector": effect.connector, "address": effect.address}
        self.connection.execute(_MAKE_ADDRESS, {**place, "customer": known.id, "first_customer": known.id})

    @apply.register
    def _(self, effect: decided.Count) -> None:
        known = effect.customer
        counted = {"this": known.id, "called": known.name, "since": known.window_at, "count": known.window_count}
        self.connection.execute(_COUNT, counted)

    @apply.register
    def _(self, effect: decided.Open) -> None:
        row = {"number": effect.conversation.number, "version": 1, **conversation_row(effect.conversation)}
        self.connection.execute(_OPEN, row)

    @apply.register
    def _(self, effect: decided.Change) -> None:
        changed = effect.after
        # One opened by this very decision has not been read at any version yet.
        version = changed.version or 1
        values = {**conversation_row(changed), "version": version + 1}
        if self.connection.execute(_CHANGE, {"this": changed.number, "read": version, **values}).rowcount != 1:
            raise Conflict(f"conversation {changed.number} is no longer at version {version}")

    @apply.register
    def _(self, effect: decided.Record) -> None:
        row = {
            "conversation": effect.conversation,
            "direction": effect.direction,
            "author": effect.author,
            "body": effect.text.plain,
            "spans": spans_json(effect.text),
            "subject": effect.subject,
            "connector": effect.connector,
            "native_id": effect.native_id,
            "item": self.item,
            "automatic": effect.automatic,
            "at": self.now,
            "address": effect.address,
        }
        result = self.connection.execute(_RECORD, row)
        assert result.inserted_primary_key is not None
        self._message, self._direction = result.inserted_primary_key[0], effect.direction
        if effect.attachments:
            rows = [self._attachment(attachment) for attachment in effect.attachments]
            self.connection.execute(insert(attachments), rows)

    def _attachment(self, attachment: Attachment) -> dict[str, object]:
        return {
            "message": self._message,
            "name": attachment.name,
            "media_type": attachment.media_type,
            "size": attachment.size,
            "inline": attachment.inline,
            "source": attachment.source,
            "content": attachment.content,
            "blob": attachment.blob or None,
        }

    @apply.register
    def _(self, effect: decided.Amend) -> None:
        this = (
            messages.c.connector == effect.connector,
            messages.c.native_id == effect.native_id,
            messages.c.conversation == effect.conversation,
            messages.c.direction == decided.Direction.IN,
        )
        body = "" if effect.deleted else effect.text.plain
        self.connection.execute(update(messages).where(*this).values(body=body, spans=spans_json(effect.text)))

    @apply.register
    def _(self, effect: decided.Send) -> None:
        draft, name = effect.draft, self.new_id()
        head = name if effect.more else ""
        carried = self._message if draft.carries else draft.carries_of or None
        placing = Placing(name, draft, carried, head, self._shown_by(draft))
        more = (Placing(self.new_id(), part, part_of=head, shows=placing.shows) for part in effect.more)
        self._placed += [placing, *more]
        if draft.kind in _TO_CUSTOMERS:
            self._to_customer = placing.id
        if draft.kind in _TO_CUSTOMERS and self._direction == decided.Direction.OUT:
            this = messages.c.id == self._message
            self.connection.execute(update(messages).where(this).values(outbound=placing.id))

    def _shown_by(self, draft: decided.Draft) -> int:
        """The message that a relay shows: the one recorded in the same decision."""
        relay = draft.kind is OutboundKind.RELAY and self._direction == decided.Direction.IN
        return self._message or 0 if relay else 0

    @apply.register
    def _(self, effect: decided.Fetch) -> None:
        for file in files.awaited(self.connection, self._message):
            text = Text(effect.draft.text.plain + file.name)
            draft = replace(effect.draft, text=text, file=file.id, source=file.source)
            self._placed.append(Placing(self.new_id(), draft, self._message))

    @apply.register
    def _(self, effect: decided.Withdraw) -> None:
        if not self._withdraw((outbox.c.id == effect.outbound_id) & outbox.c.unknown.is_(False), effect.reason):
            raise Conflict(f"outbound {effect.outbound_id} no longer waits")
        # The first part waits, so all do.
        self._withdraw(parts.of(effect.outbound_id), effect.reason)
        said = update(messages).where(messages.c.outbound == effect.outbound_id)
        self.connection.execute(said.values(direction=decided.Direction.UNDONE))

    @apply.register
    def _(self, effect: decided.WithdrawAutomatic) -> None:
        automatic = (outbox.c.kind == str(OutboundKind.AUTOMATIC)) & (outbox.c.conversation == effect.conversation)
        self._withdraw(automatic & parts.unbegun(), "a person answered")

    def _withdraw(self, which: ColumnElement[bool], reason: str) -> int:
        these = (which, outbox.c.state == "waiting")
        # The lanes first, as a deliverer locks them: else each would wait for what the other has.
        for lane in self.connection.execute(select(outbox.c.lane).where(*these).distinct()).scalars().all():
            lanes.lock(self.connection, lanes.OUT, lane, "")
        taken = update(outbox).where(*these).values(state="cancelled", reason=reason).returning(outbox.c.lane)
        withdrawn = self.connection.execute(taken).scalars().all()
        for lane in withdrawn:
            self._next_at_once(lane)
        return len(withdrawn)

    def _next_at_once(self, lane: str) -> None:
        # What stood behind the withdrawn one need not wait for its moment. The deliverer finds its due time by itself.
        lanes.hasten(self.connection, lanes.OUT, lane, self.now)

    @apply.register
    def _(self, effect: decided.Reword) -> None:
        named = parts.reword(self.connection, effect, self.new_id, self.now)
        body = {"body": effect.text.plain, "spans": spans_json(effect.text), "outbound": named}
        self.connection.execute(update(messages).where(messages.c.outbound == effect.outbound_id).values(body))

    @apply.register
    def _(self, effect: decided.Settle) -> None:
        this = outbox.c.id == effect.outbound_id
        self.connection.execute(update(outbox).where(this).values(state=effect.state, reason=effect.reason))

    @apply.register
    def _(self, effect: decided.Ask) -> None:
        row = {"payload": question_json(effect.question), "expires_at": effect.expires_at}
        asked = upsert(self.connection)(questions).values(connector=effect.connector, address=effect.address, **row)
        self.connection.execute(asked.on_conflict_do_update(index_elements=["connector", "address"], set_=row))

    @apply.register
    def _(self, effect: decided.Answered) -> None:
        here = (questions.c.connector == effect.connector, questions.c.address == effect.address)
        self.connection.execute(delete(questions).where(*here))

    @apply.register
    def _(self, effect: decided.Remind) -> None:
        lane = f"{TIMER} {effect.key}"
        again = {
            "state": "ready",
            "due_at": effect.due_at,
            "facts": dict(effect.data),
            "attempts": 0,
            "deaths": 0,
            "received_at": self.now,
        }
        row = {"connector": TIMER, "native_id": effect.key, "lane": lane, **again}
        timer = upsert(self.connection)(items).values(row)
        self.connection.execute(
            timer.on_conflict_do_update(
                index_elements=["connector", "native_id"], set_=again, where=items.c.state != "ready"
            )
        )
        lanes.add(self.connection, lanes.IN, [lanes.Lane(lane, TIMER, effect.due_at)])

    @apply.register
    def _(self, effect: decided.Log) -> None:
        sent = {"outbound": self._to_customer} if effect.sends and self._to_customer else {}
        data = {**effect.data, **sent}
        self._events.append({"at": self.now, "kind": effect.kind, "conversation": effect.conversation, "data": data})

    @apply.register
    def _(self, effect: decided.Block) -> None:
        known = customers.c.id == effect.customer.id
        self.connection.execute(update(customers).where(known).values(blocked=effect.blocked, held=effect.held))

    @apply.register
    def _(self, effect: decided.Link) -> None:
        theirs = update(addresses).where(addresses.c.customer == effect.second.id)
        self.connection.execute(theirs.values(customer=effect.first.id))
        self._hand_over(conversations.c.customer == effect.second.id, effect.first.id)

    def _hand_over(self, which: ColumnElement[bool], customer: str) -> None:
        # Whoever has read one of them meanwhile decides again: else what they write would undo it.
        values = {"customer": customer, "version": conversations.c.version + 1}
        self.connection.execute(update(conversations).where(which).values(values))

    @apply.register
    def _(self, effect: decided.Unlink) -> None:
        linked = select(addresses).where(
            addresses.c.customer == effect.customer.id, addresses.c.first_customer != effect.customer.id
        )
        for row in self.connection.execute(linked).all():
            here = (addresses.c.connector == row.connector, addresses.c.address == row.address)
            self.connection.execute(update(addresses).where(*here).values(customer=row.first_customer))
            there = (conversations.c.connector == row.connector) & (conversations.c.address == row.address)
            self._hand_over(there, row.first_customer)

    @apply.register
    def _(self, effect: decided.Remember) -> None:
        learned.remember(self.connection, effect.match, self._message)

    @apply.register
    def _(self, effect: decided.Vote) -> None:
        learned.trusted(self.connection, effect.trust, self.now)

    @apply.register
    def _(self, effect: decided.Revive) -> None:
        revived = revive(self.connection, effect.letter, self.now)
        if revived is not None:
            self._revived.append(revived)


def ids(namespace: uuid.UUID, item: int, received_at: datetime) -> Callable[[], str]:
    """Ids for the outbounds of one item: the same ones each time its decision is repeated.

    A timer that is set again is the same row, received anew.
    """
    count = iter(range(1 << 30))
    return lambda: str(uuid.uuid5(namespace, f"{item}:{received_at.isoformat()}:{next(count)}"))
