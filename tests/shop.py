"""A shop in memory: decides each event at once and applies what follows, on the real store's tables in SQLite.

No loop, no thread, no file: a decision and what it does to the book take about a millisecond. What would be sent is in
the outbox, oldest first; `drain` plays the network that takes it all.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import StaticPool, bindparam, create_engine, insert, select, update
from sqlalchemy.engine import Connection, Engine, Row

from bridge.book import Book
from bridge.bot.autoanswer import question_in
from bridge.cases.weekly import TIMER as WEEKLY
from bridge.decide import decide, decide_timer
from bridge.decision import Decision
from bridge.desk import Desk
from bridge.faq.match import Match
from bridge.faq.rules import Rules
from bridge.happened import Happened, moment_of
from bridge.hours import Hours
from bridge.letterbox import Letterbox
from bridge.messages import InboundEvent, Message
from bridge.outbound import Outbound
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.reports.weeks import Weeks
from bridge.steps.counting import weeks
from bridge.store.book import StoredBook
from bridge.store.book_tables import attachments, events, shown
from bridge.store.effects import Application
from bridge.store.rows import outbound_from
from bridge.store.schema import metadata
from bridge.store.work_tables import items, outbox
from bridge.testing import FakeClock
from bridge.text import Text
from bridge.work import TIMER

OLGA = Owner(name="Olga", surfaces=(SurfaceAddress(connector="desk", address="olga"),))
PAUL = Owner(name="Paul", surfaces=(SurfaceAddress(connector="desk", address="paul"),))

POLICY = Policy(
    business="Tulips & Co",
    owners=(OLGA,),
    labels={"mail": "email", "chat": "XMPP"},
    address_patterns={"mail": r"[^@\s]+@[^@\s]+", "chat": r"[^@\s]+@[^@\s]+"},
    replies={"hours": "We are open from 9 to 6."},
)


@dataclass(frozen=True)
class Sent:
    """One outbound as the outbox has it."""

    seq: int
    id: str
    kind: str
    connector: str
    address: str
    text: str
    conversation: int
    state: str
    reason: str


# Built once: in a play of thousands of lines, making statements would cost as much as running them.
_AFTER = select(outbox).where(outbox.c.seq > bindparam("after")).order_by(outbox.c.seq)
_NEXT_DUE = (
    select(items.c.due_at).where(items.c.connector == TIMER, items.c.state == "ready").order_by(items.c.due_at).limit(1)
)
_WAITING = select(outbox).where(outbox.c.state == "waiting")
_TAKEN = (
    update(outbox)
    .where(outbox.c.seq == bindparam("of"))
    .values(state="sent", native_id=bindparam("name"), sent_at=bindparam("at"))
)
_SHOWN = insert(shown)
_ITEM = insert(items)


@cache
def _database() -> tuple[Engine, sqlite3.Connection, bytes]:
    """One engine for all shops of a test process, since it remembers its compiled statements; and an empty book."""
    raw = sqlite3.connect(":memory:", check_same_thread=False)
    engine = create_engine("sqlite://", poolclass=StaticPool, creator=lambda: raw)
    metadata.create_all(engine)
    return engine, raw, raw.serialize()


def _emptied() -> Engine:
    engine, raw, empty = _database()
    raw.rollback()
    raw.deserialize(empty)
    return engine


@dataclass
class Shop:
    """The book, the policy and the clock of one shop. There is one at a time: a new one empties the book."""

    policy: Policy = POLICY
    clock: FakeClock = field(default_factory=FakeClock)
    engine: Engine = field(default_factory=_emptied)
    faq: Rules | None = None
    hours: Hours | None = None
    find: Callable[[str], Match] = lambda _: Match()
    _items: count[int] = field(default_factory=lambda: count(1))
    _lines: count[int] = field(default_factory=lambda: count(1))

    def happens(self, event: InboundEvent, connector: str, age: timedelta = timedelta()) -> Decision:
        """An event comes in on a connector, `age` after it was received; what was decided."""
        with self.engine.begin() as connection:
            box = self._box(connection, connector, age)
            if self.faq is not None and isinstance(event, Message):
                box = replace(box, match=self.find(question_in(event)))
            decision = decide(event, box)
            self._apply(connection, decision)
        return decision

    def _box(self, connection: Connection, connector: str, age: timedelta) -> Letterbox:
        now = self.clock()
        return Letterbox(
            connector=connector,
            received_at=now - age,
            book=StoredBook(connection),
            policy=self.policy,
            now=now,
            hours=self.hours,
            faq=self.faq,
        )

    def _apply(self, connection: Connection, decision: Decision) -> None:
        row = {"connector": "test", "native_id": f"test-{next(self._items)}", "lane": "test", "facts": {}}
        moments = {"received_at": self.clock(), "due_at": self.clock(), "state": "done"}
        made = connection.execute(_ITEM, {**row, **moments}).inserted_primary_key
        assert made is not None
        number: int = made[0]
        application = Application(connection, number, self.clock(), lambda: str(uuid.uuid4()))
        for effect in decision.effects:
            application.apply(effect)
        application.finish()

    # -- who writes ------------------------------------------------------------------------------------------------

    def customer(self, address: str, text: str, *, connector: str = "mail", **fields: object) -> Decision:
        """A customer writes; a mail has threads."""
        native_id = fields.pop("native_id", "") or f"in-{next(self._lines)}"
        age = fields.pop("age", timedelta())
        given: dict[str, object] = {"name": address.partition("@")[0].title(), "threaded": connector == "mail"}
        message = Message(address=address, text=Text(text), native_id=str(native_id), **{**given, **fields})  # type: ignore[arg-type]
        return self.happens(message, connector, age)  # type: ignore[arg-type]

    def owner(self, text: str, who: str = "olga", **fields: object) -> Decision:
        """An owner types a line at the desk."""
        native_id = fields.pop("native_id", "") or f"line-{next(self._lines)}"
        given: dict[str, object] = {"authenticated": True, **fields}
        message = Message(address=who, text=Text(text), native_id=str(native_id), **given)  # type: ignore[arg-type]
        return self.happens(message, "desk")

    # -- what came of it -------------------------------------------------------------------------------------------

    def sent(self, *kinds: str, to: str = "", after: int = 0) -> list[Sent]:
        """The outbox, oldest first: all, or only these kinds, to this address, after this one."""
        with self.engine.connect() as connection:
            rows = connection.execute(_AFTER, {"after": after}).all()
        found = [
            Sent(
                row.seq,
                row.id,
                row.kind,
                row.connector,
                row.address,
                outbound_from(row).text.plain,
                row.conversation,
                row.state,
                row.reason,
            )
            for row in rows
        ]
        return [one for one in found if (not kinds or one.kind in kinds) and (not to or one.address == to)]

    def live(self, *kinds: str) -> list[Sent]:
        """What was, or will be, sent."""
        return [one for one in self.sent(*kinds) if one.state not in ("cancelled", "expired")]

    def outbound(self, outbound_id: str) -> Outbound:
        """One of them whole, as its connector gets it."""
        with self.engine.connect() as connection:
            return outbound_from(connection.execute(select(outbox).where(outbox.c.id == outbound_id)).one())

    def files_of(self, outbound_id: str) -> list[str]:
        """The names of the files that go along."""
        carried = select(outbox.c.message).where(outbox.c.id == outbound_id).scalar_subquery()
        with self.engine.connect() as connection:
            return list(
                connection.execute(select(attachments.c.name).where(attachments.c.message == carried)).scalars()
            )

    def told(self, who: str = "olga") -> str:
        """The last line that an owner read."""
        lines = self.sent("notice", "relay", "mark", to=who)
        return lines[-1].text if lines else ""

    def drain(self) -> Mapping[str, str]:
        """The network takes all that waits; the native id of each outbound, by its id."""
        with self.engine.begin() as connection:
            rows = connection.execute(_WAITING).all()
            names = {row.seq: f"{row.connector}-{row.seq}" for row in rows}
            if rows:
                now = self.clock()
                connection.execute(_TAKEN, [{"of": row.seq, "name": names[row.seq], "at": now} for row in rows])
                connection.execute(_SHOWN, [_shown(row, names[row.seq]) for row in rows])
        return {row.id: names[row.seq] for row in rows}

    def line_about(self, number: int, who: str = "olga") -> str:
        """The native id of the last line that an owner was shown about a conversation."""
        with self.engine.connect() as connection:
            query = select(shown.c.native_id).join(outbox, outbox.c.id == shown.c.outbound)
            here = query.where(outbox.c.conversation == number, outbox.c.address == who)
            return str(connection.execute(here.order_by(outbox.c.seq.desc()).limit(1)).scalar_one())

    def timers(self) -> list[Mapping[str, object]]:
        """What the clock would bring, by due time."""
        with self.engine.connect() as connection:
            waiting = select(items.c.facts).where(items.c.connector == TIMER, items.c.state == "ready")
            return list(connection.execute(waiting.order_by(items.c.due_at)).scalars())

    def ring(self) -> list[Decision]:
        """All timers that are due ring; what was decided."""
        made = []
        with self.engine.begin() as connection:
            due = (items.c.connector == TIMER, items.c.state == "ready", items.c.due_at <= self.clock())
            for row in connection.execute(select(items).where(*due).order_by(items.c.due_at)).all():
                connection.execute(update(items).where(items.c.id == row.id).values(state="done"))
                box = self._box(connection, TIMER, timedelta())
                if row.facts["timer"] == WEEKLY:
                    box = replace(box, weeks=self._weeks(connection))
                decision = decide_timer(row.facts, box)
                self._apply(connection, decision)
                made.append(decision)
        return made

    def _weeks(self, connection: Connection) -> Weeks | None:
        desk = Desk(policy=self.policy, connectors={}, hours=self.hours)
        reading = weeks(_LogOf(connection), desk, self.clock())
        try:
            reading.send(None)  # the log is at hand: nothing is waited for
        except StopIteration as done:
            found: Weeks | None = done.value
            return found
        raise AssertionError("reading the log waited for something")

    def until(self, moment: datetime) -> None:
        """The clock goes on by whole minutes, and timers ring; over minutes in which none is due it leaps."""
        minute = timedelta(minutes=1)
        while (left := moment - self.clock()) > timedelta():
            with self.engine.connect() as connection:
                due = connection.execute(_NEXT_DUE).scalar()
            wait = left if due is None else min(left, max(due - self.clock(), minute))
            self.clock.advance(minutes=-(-wait // minute))
            self.ring()

    def read(self) -> _Reading:
        """`with shop.read() as book:` for a look into the book."""
        return _Reading(self.engine)

    def log(self) -> list[str]:
        """The kinds of the events, in order."""
        with self.engine.connect() as connection:
            return list(connection.execute(select(events.c.kind).order_by(events.c.id)).scalars())

    def with_policy(self, **changes: object) -> Shop:
        """The same shop with other rules."""
        self.policy = replace(self.policy, **changes)  # type: ignore[arg-type]
        return self


def _shown(row: Row[Any], native_id: str) -> Mapping[str, object]:
    named = {"connector": row.connector, "native_id": native_id, "outbound": row.id}
    return {**named, "conversation": row.conversation}


@dataclass
class _LogOf:
    """`bridge.steps.counting.LogReader` over a connection."""

    connection: Connection

    async def of_period(self, since: datetime, until: datetime) -> AsyncIterator[Sequence[Happened]]:
        query = select(events).order_by(events.c.conversation, events.c.id)
        rows = self.connection.execute(query.where(events.c.conversation > 0)).all()
        yield [Happened(row.conversation, moment_of(row.at), row.kind, row.data) for row in rows]

    async def addresses_of(self, numbers: Sequence[int]) -> Mapping[int, Sequence[str]]:
        book = StoredBook(self.connection)
        found = {number: book.conversation(number) for number in numbers}
        return {number: [one.address] for number, one in found.items() if one is not None}


@dataclass
class _Reading:
    engine: Engine
    _connection: Connection | None = None

    def __enter__(self) -> Book:
        self._connection = self.engine.connect()
        return StoredBook(self._connection)

    def __exit__(self, *_: object) -> None:
        assert self._connection is not None
        self._connection.close()


def states(shop: Shop, numbers: Iterable[int]) -> Sequence[str]:
    """The states of some conversations."""
    with shop.read() as book:
        found = [book.conversation(number) for number in numbers]
    return [str(one.state) if one else "none" for one in found]
