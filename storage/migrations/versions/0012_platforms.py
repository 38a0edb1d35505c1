"""What adapters have sent under which key; codes that link people; relaying rooms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import TIME

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "sent",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("platform", "key", name="pk_sent"),
    )
    op.create_index("ix_sent_begun_at", "sent", ["begun_at"])
    op.create_table(
        "link_codes",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("typed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_link_codes"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_link_codes_account_id"),
    )
    op.create_index("ix_link_codes_expires_at", "link_codes", ["expires_at"])
    op.add_column(
        "rooms", sa.Column("relays", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Drop them; what is tried again then may be sent twice."""
    op.drop_column("rooms", "relays")
    op.drop_table("link_codes")
    op.drop_table("sent")
