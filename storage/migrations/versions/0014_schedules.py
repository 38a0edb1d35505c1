"""Until when the schedule of a runbook has been followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import TIME

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, filled in from what was begun by a schedule and is still kept."""
    op.add_column("runbooks", sa.Column("last_due", TIME, nullable=True))
    runbooks = sa.table("runbooks", sa.column("id"), sa.column("last_due"))
    executions = sa.table(
        "executions", sa.column("runbook_id"), sa.column("trigger"), sa.column("created_at")
    )
    last = (
        sa.select(sa.func.max(executions.c.created_at))
        .where(executions.c.runbook_id == runbooks.c.id, executions.c.trigger == "SCHEDULED")
        .scalar_subquery()
    )
    op.execute(sa.update(runbooks).values(last_due=last))


def downgrade() -> None:
    """Drop it; an earlier release looks for the last execution."""
    op.drop_column("runbooks", "last_due")
