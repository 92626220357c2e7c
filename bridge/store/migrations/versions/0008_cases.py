"""Cases: snoozed, tagged, assigned, merged, split; problems that many have; promises; quiet hours and absences."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def upgrade() -> None:
    """New columns of what is there, and five tables."""
    for column in (
        sa.Column("snoozed_until", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("assigned_to", sa.Text(), server_default="", nullable=False),
        sa.Column("tags", sa.Text(), server_default="[]", nullable=False),
        _number("merged_into"),
        _number("split_from"),
        sa.Column("places", sa.Text(), server_default="[]", nullable=False),
    ):
        op.add_column("conversations", column)
    op.add_column("messages", sa.Column("address", sa.Text(), server_default="", nullable=False))
    op.add_column("outbox", _number("shows"))
    _problems()
    _promises()
    op.create_table(
        "absences",
        sa.Column("owner", sa.Text(), primary_key=True),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "postponed",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("postponed_place", "postponed", ["connector", "address", "id"])


def _problems() -> None:
    op.create_table(
        "problems",
        sa.Column("number", _ID, primary_key=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.Text(), server_default="", nullable=False),
    )
    op.create_table(
        "problem_cases",
        sa.Column("problem", sa.BigInteger(), nullable=False),
        sa.Column("conversation", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("problem", "conversation"),
    )
    op.create_index("problem_cases_conversation", "problem_cases", ["conversation"])


def _promises() -> None:
    op.create_table(
        "promises",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("conversation", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("promises_conversation", "promises", ["conversation", "id"])
    op.create_index("promises_state", "promises", ["state", "due_at"])


def downgrade() -> None:
    """What was merged stays so; all else that this version knew is forgotten."""
    for table in ("postponed", "absences", "promises", "problem_cases", "problems"):
        op.drop_table(table)
    op.drop_column("outbox", "shows")
    op.drop_column("messages", "address")
    for column in ("places", "split_from", "merged_into", "tags", "assigned_to", "priority", "snoozed_until"):
        op.drop_column("conversations", column)
