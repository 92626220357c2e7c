"""How many daemons died with an item in work."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("items", sa.Column("deaths", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("items", "deaths")
