"""Tasks of single items, of steps that are done for each of a list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NAME, _TABLE = "ix_execution_tasks_execution", "execution_tasks"


def upgrade() -> None:
    """Add the columns; what is there already is of no item."""
    op.add_column(_TABLE, sa.Column("index", sa.Integer(), server_default="-1", nullable=False))
    op.add_column(_TABLE, sa.Column("item", sa.Text(), nullable=True))
    op.drop_index(_NAME, _TABLE)
    op.create_index(_NAME, _TABLE, ["execution_id", "position", "index"])


def downgrade() -> None:
    """Drop them, and the tasks of items, which an earlier release cannot read.

    A step whose items are under way is then one that was interrupted, and is asked about.
    """
    tasks = sa.table(_TABLE, sa.column("kind"), sa.column("waits_for"))
    op.execute(sa.delete(tasks).where(tasks.c.kind == "item"))
    op.execute(sa.update(tasks).where(tasks.c.waits_for == "items").values(waits_for=""))
    op.drop_index(_NAME, _TABLE)
    op.drop_column(_TABLE, "item")
    op.drop_column(_TABLE, "index")
    op.create_index(_NAME, _TABLE, ["execution_id", "position"])
