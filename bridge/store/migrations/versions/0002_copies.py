"""Others who are in a conversation, third persons asked about one, and customers who are held."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("conversations", sa.Column("copies", sa.Text(), server_default="[]", nullable=False))
    op.add_column("conversations", sa.Column("about", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("customers", sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("customers", "held")
    op.drop_column("conversations", "about")
    op.drop_column("conversations", "copies")
