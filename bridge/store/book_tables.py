"""The tables of the book: who the customers are, their conversations, what was said and shown, and the log."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    literal_column,
)

from bridge.store.columns import Id, Json, Moment, metadata, words
from bridge.store.partial import partial

customers = Table(
    "customers",
    metadata,
    Column("id", Text, primary_key=True),
    words("name"),
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
    words("connector"),
    words("address"),
    words("customer"),
    # Whom the address belonged to before a link, so that `unlink` can undo it.
    words("first_customer"),
    PrimaryKeyConstraint("connector", "address"),
    Index("addresses_customer", "customer"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("number", Id, primary_key=True),
    words("customer"),
    words("connector"),
    words("address"),
    words("thread", default=""),
    words("subject", default=""),
    words("state"),
    Column("version", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("person_answered_at", Moment, nullable=True),
    words("answered_by", default=""),
    words("room", default=""),
    # Addresses of others who are in it (Cc).
    Column("copies", Json, nullable=False, server_default="[]"),
    # The conversation that this one is about: a third person was asked.
    Column("about", BigInteger, nullable=False, server_default="0"),
    Column("snoozed_until", Moment, nullable=True),
    # 1 is high, -1 is low.
    Column("priority", Integer, nullable=False, server_default="0"),
    words("assigned_to", default=""),
    Column("tags", Json, nullable=False, server_default="[]"),
    # The one that this one was merged into, which has all that was its own; the one that this one was split from.
    Column("merged_into", BigInteger, nullable=False, server_default="0"),
    Column("split_from", BigInteger, nullable=False, server_default="0"),
    # Connector and address of each place that its customer writes from, where it was merged from several.
    Column("places", Json, nullable=False, server_default="[]"),
    # What its customer writes, BCP 47, "" where that is not sure.
    words("language", default=""),
    Index("conversations_customer", "customer", "changed_at"),
    Index("conversations_state", "state", "changed_at"),
)

# What was said: the view over raw items and outbounds that people read and search.
messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", BigInteger, nullable=False),
    words("direction"),
    words("author", default=""),
    words("body"),
    Column("spans", Json, nullable=True),
    words("subject", default=""),
    words("connector"),
    words("native_id", default=""),
    Column("item", BigInteger, nullable=True),
    words("outbound", null=True),
    words("automatic", default=""),
    Column("at", Moment, nullable=False),
    # Where its sender wrote from.
    words("address", default=""),
    Index("messages_conversation", "conversation", "id"),
    Index("messages_native_id", "connector", "native_id"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("message", BigInteger, nullable=False),
    words("name"),
    words("media_type"),
    Column("size", BigInteger, nullable=False),
    Column("inline", Boolean, nullable=False),
    words("source", default=""),
    Column("content", LargeBinary, nullable=True),
    words("blob", null=True),
    Index("attachments_message", "message"),
)

# Every name under which something shown or sent can be referred to, and the conversation that it belongs to.
shown = Table(
    "shown",
    metadata,
    words("connector"),
    words("native_id"),
    words("outbound"),
    Column("conversation", BigInteger, nullable=False),
    PrimaryKeyConstraint("connector", "native_id"),
    Index("shown_outbound", "outbound"),
)

# Which room, at an address, is which conversation's; "" for one that is gone, or could not be opened.
rooms = Table(
    "rooms",
    metadata,
    words("connector"),
    words("address"),
    Column("conversation", BigInteger, nullable=False),
    words("room", default=""),
    Column("refused_at", Moment, nullable=True),
    PrimaryKeyConstraint("connector", "address", "conversation"),
    partial(
        "rooms_room",
        "connector",
        "address",
        "room",
        unique=True,
        condition="room > ''",
    ),
)

# A literal, so that SQLite sees that the partial index covers a query; it does not look into parameters.
IS_THERE = rooms.c.room > literal_column("''")

# One open question per address that was asked.
questions = Table(
    "questions",
    metadata,
    words("connector"),
    words("address"),
    Column("payload", Json, nullable=False),
    Column("expires_at", Moment, nullable=False),
    PrimaryKeyConstraint("connector", "address"),
)

# Append only: every report is computed from it.
events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    words("kind"),
    Column("conversation", BigInteger, nullable=False, server_default="0"),
    Column("data", Json, nullable=False),
    Index("events_conversation", "conversation", "id"),
    Index("events_at", "at"),
)
