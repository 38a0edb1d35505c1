"""Alembic's entry: `storage.migrate` hands over an open connection."""

from __future__ import annotations

from alembic import context

from storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite changes a table by copying it.
    render_as_batch=True,
)
# The transaction is the caller's, so that all steps happen or none does.
context.run_migrations()
