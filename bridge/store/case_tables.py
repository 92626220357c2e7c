"""The tables of what keeps on top of the book: the FAQ's record, problems, promises, absences."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, PrimaryKeyConstraint, Table, Text, false

from bridge.store.columns import Id, Moment, metadata, words

# How messages were matched against the FAQ, and what became of it. `id` is "42.3", the third of conversation 42.
matches = Table(
    "matches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation", BigInteger, nullable=False),
    Column("message", BigInteger, nullable=True),
    words("entry", default=""),
    words("answer_hash", default=""),
    Column("confidence", Float, nullable=False),
    words("reason"),
    words("language", default=""),
    words("fate"),
    Column("at", Moment, nullable=False),
    Index("matches_conversation", "conversation"),
    Index("matches_at", "at"),
)

# How far the FAQ's entries are trusted, under the hash of their answer.
trust = Table(
    "trust",
    metadata,
    words("entry"),
    words("answer_hash"),
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
    Column("number", Id, primary_key=True),
    words("words"),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment, nullable=True),
    # What was said to all of them last.
    words("told", default=""),
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
    Column("id", Id, primary_key=True),
    Column("conversation", BigInteger, nullable=False),
    words("owner"),
    words("words"),
    Column("due_at", Moment, nullable=False),
    words("state"),
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
    Column("id", Id, primary_key=True),
    words("connector"),
    words("address"),
    words("body"),
    Column("at", Moment, nullable=False),
    Index("postponed_place", "connector", "address", "id"),
)
