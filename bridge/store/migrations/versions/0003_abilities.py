"""What is too long for one message leaves in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_IS_A_PART = sa.text("part_of > ''")


def upgrade() -> None:
    """Parts know their first one."""
    op.add_column("outbox", sa.Column("part_of", sa.Text(), server_default="", nullable=False))
    op.create_index("outbox_parts", "outbox", ["part_of", "seq"], sqlite_where=_IS_A_PART, postgresql_where=_IS_A_PART)


def downgrade() -> None:
    """Nothing is in parts; those that wait leave as messages of their own."""
    op.drop_index("outbox_parts", "outbox")
    op.drop_column("outbox", "part_of")
