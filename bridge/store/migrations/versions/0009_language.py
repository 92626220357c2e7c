"""What a conversation's customer writes, so that the bridge's own words to them are in their language."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("conversations", sa.Column("language", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Customers are spoken to in the shop's language again."""
    op.drop_column("conversations", "language")
