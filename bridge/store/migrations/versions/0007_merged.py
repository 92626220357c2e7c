"""Relays that left in one message."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_IS_MERGED = sa.text("merged_into > ''")


def upgrade() -> None:
    """Add the column."""
    op.add_column("outbox", sa.Column("merged_into", sa.Text(), server_default="", nullable=False))
    op.create_index("outbox_merged", "outbox", ["merged_into"], sqlite_where=_IS_MERGED, postgresql_where=_IS_MERGED)


def downgrade() -> None:
    """An answer to what shows several is asked about from then on: it must not go to the first one alone."""
    op.execute("DELETE FROM shown WHERE outbound IN (SELECT merged_into FROM outbox WHERE merged_into > '')")
    op.drop_index("outbox_merged", "outbox")
    op.drop_column("outbox", "merged_into")
