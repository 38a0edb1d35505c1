"""What adapters have sent under which key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import TIME

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sent",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("platform", "key", name="pk_sent"),
    )
    op.create_index("ix_sent_begun_at", "sent", ["begun_at"])


def downgrade() -> None:
    """Drop it; what is tried again then may be sent twice."""
    op.drop_table("sent")
