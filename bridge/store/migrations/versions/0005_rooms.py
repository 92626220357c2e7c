"""Rooms: one for each conversation at an owner's address."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_IS_THERE = sa.text("room > ''")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "rooms",
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("conversation", sa.BigInteger(), nullable=False),
        sa.Column("room", sa.Text(), server_default="", nullable=False),
        sa.Column("refused_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("connector", "address", "conversation"),
    )
    op.create_index(
        "rooms_room",
        "rooms",
        ["connector", "address", "room"],
        unique=True,
        sqlite_where=_IS_THERE,
        postgresql_where=_IS_THERE,
    )


def downgrade() -> None:
    """Forget them; what is written there afterwards is asked about."""
    op.drop_table("rooms")
