"""The tables. Migrations (`migrations/`) bring a database here; a test holds that they arrive at exactly this.

Times are microseconds since 1970 in UTC: exact, sortable and the same on both engines. Facts, payloads and event data
are JSON as ASCII text (a NUL in a fact is written as an escape, which both engines keep).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)

from bridge.valid import clean

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        """To the database."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """From the database."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """JSON as ASCII text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """To the database."""
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's
        """From the database."""
        return None if value is None else json.loads(value)


class Words(TypeDecorator[str]):
    """Text, with what no database takes (NUL, lone surrogates) replaced, wherever it may have come from."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        """To the database."""
        if value is None or (value.isascii() and value.isprintable()):
            return value
        return clean(value)


metadata = MetaData()

# SQLite gives rows their own growing number only for INTEGER PRIMARY KEY; PostgreSQL wants room to grow.
_Id = BigInteger().with_variant(Integer, "sqlite")


def _words(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Words, nullable=null, server_default=default)


meta = Table("meta", metadata, Column("key", Text, primary_key=True), _words("value"))

RESTORED_UP_TO = "restored up to"
"""Key of `meta`: the last item of the backup that this store was restored from; what was decided about those that
waited in it was lost, and may have been shown and sent.
"""

positions = Table(
    "positions", metadata, _words("connector"), _words("key"), _words("value"), PrimaryKeyConstraint("connector", "key")
)

# The inbox: every raw item and every timer, waiting, done or dead. `work` rows of table `lanes` say which lanes have
# something to do; an item is found through its lane.
items = Table(
    "items",
    metadata,
    Column("id", _Id, primary_key=True),
    _words("connector"),
    _words("native_id"),
    _words("lane"),
    Column("raw", LargeBinary, nullable=True),
    _words("blob", null=True),
    Column("facts", Json, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    _words("state"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _words("outcome", default=""),
    # How many daemons died with it in work; see `bridge.work.SUSPECT`.
    Column("deaths", Integer, nullable=False, server_default="0"),
    Index("items_native_id", "connector", "native_id", unique=True),
    Index("items_lane", "lane", "id", sqlite_where=text("state = 'ready'"), postgresql_where=text("state = 'ready'")),
    Index("items_dead", "id", sqlite_where=text("state = 'dead'"), postgresql_where=text("state = 'dead'")),
    # Ids of outbounds are made of ids of items: no number may ever come again.
    sqlite_autoincrement=True,
)

# A lane has a row while it has work ("in" or "out"). `holder` is the daemon that claimed it, "" for none.
lanes = Table(
    "lanes",
    metadata,
    _words("work"),
    _words("lane"),
    _words("connector"),
    Column("ready_at", Moment, nullable=False),
    _words("holder", default=""),
    PrimaryKeyConstraint("work", "lane"),
    Index("lanes_ready", "work", "holder", "ready_at"),
)

customers = Table(
    "customers",
    metadata,
    Column("id", Text, primary_key=True),
    _words("name"),
    Column("blocked", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    # The flood window: how many messages since when.
    Column("window_at", Moment, nullable=False),
    Column("window_count", Integer, nullable=False),
    # Not known yet, and held until an owner says otherwise.
    Column("held", Boolean, nullable=False, server_default=false()),
)

addresses = Table(
    "addresses",
    metadata,
    _words("connector"),
    _words("address"),
    _words("customer"),
    # Whom the address belonged to before a link, so that `unlink` can undo it.
    _words("first_customer"),
    PrimaryKeyConstraint("connector", "address"),
    Index("addresses_customer", "customer"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("number", _Id, primary_key=True),
    _words("customer"),
    _words("connector"),
    _words("address"),
    _words("thread", default=""),
    _words("subject", default=""),
    _words("state"),
    Column("version", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("person_answered_at", Moment, nullable=True),
    _words("answered_by", default=""),
    _words("room", default=""),
    # Addresses of others who are in it (Cc).
    Column("copies", Json, nullable=False, server_default="[]"),
    # The conversation that this one is about: a third person was asked.
    Column("about", BigInteger, nullable=False, server_default="0"),
    Column("snoozed_until", Moment, nullable=True),
    # 1 is high, -1 is low.
    Column("priority", Integer, nullable=False, server_default="0"),
    _words("assigned_to", default=""),
    Column("tags", Json, nullable=False, server_default="[]"),
    # The one that this one was merged into, which has all that was its own; the one that this one was split from.
    Column("merged_into", BigInteger, nullable=False, server_default="0"),
    Column("split_from", BigInteger, nullable=False, server_default="0"),
    # Connector and address of each place that its customer writes from, where it was merged from several.
    Column("places", Json, nullable=False, server_default="[]"),
    # What its customer writes, BCP 47, "" where that is not sure.
    _words("language", default=""),
    Index("conversations_customer", "customer", "changed_at"),
    Index("conversations_state", "state", "changed_at"),
)

# What was said: the view over raw items and outbounds that people read and search.
messages = Table(
    "messages",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("conversation", BigInteger, nullable=False),
    _words("direction"),
    _words("author", default=""),
    _words("body"),
    Column("spans", Json, nullable=True),
    _words("subject", default=""),
    _words("connector"),
    _words("native_id", default=""),
    Column("item", BigInteger, nullable=True),
    _words("outbound", null=True),
    _words("automatic", default=""),
    Column("at", Moment, nullable=False),
    # Where its sender wrote from.
    _words("address", default=""),
    Index("messages_conversation", "conversation", "id"),
    Index("messages_native_id", "connector", "native_id"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("message", BigInteger, nullable=False),
    _words("name"),
    _words("media_type"),
    Column("size", BigInteger, nullable=False),
    Column("inline", Boolean, nullable=False),
    _words("source", default=""),
    Column("content", LargeBinary, nullable=True),
    _words("blob", null=True),
    Index("attachments_message", "message"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", _Id, primary_key=True),
    Column("id", Words, nullable=False, unique=True),
    _words("kind"),
    _words("connector"),
    _words("address"),
    _words("lane"),
    Column("conversation", BigInteger, nullable=False),
    Column("payload", Json, nullable=False),
    # The message whose attachments go along.
    Column("message", BigInteger, nullable=True),
    _words("state"),
    Column("due_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # An attempt was made whose outcome nobody knows.
    Column("unknown", Boolean, nullable=False, server_default=false()),
    _words("holder", default=""),
    _words("reason", default=""),
    _words("author", default=""),
    # The owner's own line: where a delivery mark goes.
    Column("origin", Json, nullable=True),
    _words("native_id", default=""),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment, nullable=True),
    # The first part's id, in all parts of what was too long for one message.
    _words("part_of", default=""),
    # The first one's id, in all relays that left in one message (`store/merging.py`).
    _words("merged_into", default=""),
    # The recorded message that an owner is shown here.
    Column("shows", BigInteger, nullable=False, server_default="0"),
    Index(
        "outbox_lane",
        "lane",
        "seq",
        sqlite_where=text("state in ('waiting', 'sending')"),
        postgresql_where=text("state in ('waiting', 'sending')"),
    ),
    Index(
        "outbox_automatic",
        "lane",
        "created_at",
        sqlite_where=text("kind = 'automatic'"),
        postgresql_where=text("kind = 'automatic'"),
    ),
    Index("outbox_origin", "origin", sqlite_where=text("kind = 'answer'"), postgresql_where=text("kind = 'answer'")),
    Index("outbox_conversation", "conversation", "seq"),
    Index(
        "outbox_merged",
        "merged_into",
        sqlite_where=text("merged_into > ''"),
        postgresql_where=text("merged_into > ''"),
    ),
    Index("outbox_parts", "part_of", "seq", sqlite_where=text("part_of > ''"), postgresql_where=text("part_of > ''")),
    Index(
        "outbox_dead",
        "seq",
        sqlite_where=text("state in ('dead', 'maybe')"),
        postgresql_where=text("state in ('dead', 'maybe')"),
    ),
)

# Every name under which something shown or sent can be referred to, and the conversation that it belongs to.
shown = Table(
    "shown",
    metadata,
    _words("connector"),
    _words("native_id"),
    _words("outbound"),
    Column("conversation", BigInteger, nullable=False),
    PrimaryKeyConstraint("connector", "native_id"),
    Index("shown_outbound", "outbound"),
)

# Which room, at an address, is which conversation's; "" for one that is gone, or could not be opened.
rooms = Table(
    "rooms",
    metadata,
    _words("connector"),
    _words("address"),
    Column("conversation", BigInteger, nullable=False),
    _words("room", default=""),
    Column("refused_at", Moment, nullable=True),
    PrimaryKeyConstraint("connector", "address", "conversation"),
    Index(
        "rooms_room",
        "connector",
        "address",
        "room",
        unique=True,
        sqlite_where=text("room > ''"),
        postgresql_where=text("room > ''"),
    ),
)

# One open question per address that was asked.
questions = Table(
    "questions",
    metadata,
    _words("connector"),
    _words("address"),
    Column("payload", Json, nullable=False),
    Column("expires_at", Moment, nullable=False),
    PrimaryKeyConstraint("connector", "address"),
)

# Append only: every report is computed from it.
events = Table(
    "events",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", Moment, nullable=False),
    _words("kind"),
    Column("conversation", BigInteger, nullable=False, server_default="0"),
    Column("data", Json, nullable=False),
    Index("events_conversation", "conversation", "id"),
    Index("events_at", "at"),
)

# How messages were matched against the FAQ, and what became of it. `id` is "42.3", the third of conversation 42.
matches = Table(
    "matches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation", BigInteger, nullable=False),
    Column("message", BigInteger, nullable=True),
    _words("entry", default=""),
    _words("answer_hash", default=""),
    Column("confidence", Float, nullable=False),
    _words("reason"),
    _words("language", default=""),
    _words("fate"),
    Column("at", Moment, nullable=False),
    Index("matches_conversation", "conversation"),
    Index("matches_at", "at"),
)

# How far the FAQ's entries are trusted, under the hash of their answer.
trust = Table(
    "trust",
    metadata,
    _words("entry"),
    _words("answer_hash"),
    Column("approvals", Integer, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("promoted", Boolean, nullable=False),
    Column("changed_at", Moment, nullable=False),
    PrimaryKeyConstraint("entry", "answer_hash"),
)

# One trouble that many customers write about.
problems = Table(
    "problems",
    metadata,
    Column("number", _Id, primary_key=True),
    _words("words"),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment, nullable=True),
    # What was said to all of them last.
    _words("told", default=""),
)

# `told`: this one has had the problem's latest words.
problem_cases = Table(
    "problem_cases",
    metadata,
    Column("problem", BigInteger, nullable=False),
    Column("conversation", BigInteger, nullable=False),
    Column("told", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("problem", "conversation"),
    Index("problem_cases_conversation", "conversation"),
)

# What an owner has promised a customer, or may have: offered, open, done.
promises = Table(
    "promises",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("conversation", BigInteger, nullable=False),
    _words("owner"),
    _words("words"),
    Column("due_at", Moment, nullable=False),
    _words("state"),
    Column("made_at", Moment, nullable=False),
    Index("promises_conversation", "conversation", "id"),
    Index("promises_state", "state", "due_at"),
)

# Until when an owner is away.
absences = Table("absences", metadata, Column("owner", Text, primary_key=True), Column("until", Moment, nullable=False))

# The bridge's own words that wait until an owner's quiet hours are over.
postponed = Table(
    "postponed",
    metadata,
    Column("id", _Id, primary_key=True),
    _words("connector"),
    _words("address"),
    _words("body"),
    Column("at", Moment, nullable=False),
    Index("postponed_place", "connector", "address", "id"),
)

# Who may run what: a daemon's own heartbeat ("daemon:ID"), a connector with a session ("connector:NAME").
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    _words("holder"),
    Column("epoch", BigInteger, nullable=False),
    Column("until", Moment, nullable=False),
)

# What was told once and need not be told again ("connector:mail:down").
notices = Table("notices", metadata, Column("key", Text, primary_key=True), Column("at", Moment, nullable=False))

# Contents over 64 KB by their SHA-256. With SQLite `data` is NULL and the content a file beside the database.
blobs = Table(
    "blobs",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("data", LargeBinary, nullable=True),
)
