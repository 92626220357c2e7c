"""The tables of the work: what waits to be handled or sent, who holds it, and where connectors stand."""

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
)

from bridge.store.columns import Id, Json, Moment, Words, metadata, words
from bridge.store.partial import partial

meta = Table("meta", metadata, Column("key", Text, primary_key=True), words("value"))

RESTORED_UP_TO = "restored up to"
"""Key of `meta`: the last item of the backup that this store was restored from; what was decided about those that
waited in it was lost, and may have been shown and sent.
"""

positions = Table(
    "positions", metadata, words("connector"), words("key"), words("value"), PrimaryKeyConstraint("connector", "key")
)

# The inbox: every raw item and every timer, waiting, done or dead. `work` rows of table `lanes` say which lanes have
# something to do; an item is found through its lane.
items = Table(
    "items",
    metadata,
    Column("id", Id, primary_key=True),
    words("connector"),
    words("native_id"),
    words("lane"),
    Column("raw", LargeBinary, nullable=True),
    words("blob", null=True),
    Column("facts", Json, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    words("state"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    words("outcome", default=""),
    # How many daemons died with it in work; see `bridge.work.SUSPECT`.
    Column("deaths", Integer, nullable=False, server_default="0"),
    Index("items_native_id", "connector", "native_id", unique=True),
    partial("items_lane", "lane", "id", condition="state = 'ready'"),
    partial("items_dead", "id", condition="state = 'dead'"),
    # Ids of outbounds are made of ids of items: no number may ever come again.
    sqlite_autoincrement=True,
)

# A lane has a row while it has work ("in" or "out"). `holder` is the daemon that claimed it, "" for none.
lanes = Table(
    "lanes",
    metadata,
    words("work"),
    words("lane"),
    words("connector"),
    Column("ready_at", Moment, nullable=False),
    words("holder", default=""),
    PrimaryKeyConstraint("work", "lane"),
    Index("lanes_ready", "work", "holder", "ready_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("id", Words, nullable=False, unique=True),
    words("kind"),
    words("connector"),
    words("address"),
    words("lane"),
    Column("conversation", BigInteger, nullable=False),
    Column("payload", Json, nullable=False),
    # The message whose attachments go along.
    Column("message", BigInteger, nullable=True),
    words("state"),
    Column("due_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # An attempt was made whose outcome nobody knows.
    Column("unknown", Boolean, nullable=False, server_default=false()),
    words("holder", default=""),
    words("reason", default=""),
    words("author", default=""),
    # The owner's own line: where a delivery mark goes.
    Column("origin", Json, nullable=True),
    words("native_id", default=""),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment, nullable=True),
    # The first part's id, in all parts of what was too long for one message.
    words("part_of", default=""),
    # The first one's id, in all relays that left in one message (`store/merging.py`).
    words("merged_into", default=""),
    # The recorded message that an owner is shown here.
    Column("shows", BigInteger, nullable=False, server_default="0"),
    partial(
        "outbox_lane",
        "lane",
        "seq",
        condition="state in ('waiting', 'sending')",
    ),
    partial(
        "outbox_automatic",
        "lane",
        "created_at",
        condition="kind = 'automatic'",
    ),
    partial("outbox_origin", "origin", condition="kind = 'answer'"),
    Index("outbox_conversation", "conversation", "seq"),
    partial(
        "outbox_merged",
        "merged_into",
        condition="merged_into > ''",
    ),
    partial("outbox_parts", "part_of", "seq", condition="part_of > ''"),
    partial(
        "outbox_dead",
        "seq",
        condition="state in ('dead', 'maybe')",
    ),
)

# Who may run what: a daemon's own heartbeat ("daemon:ID"), a connector with a session ("connector:NAME").
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    words("holder"),
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
