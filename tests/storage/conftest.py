"""A database with a few people in it."""

from __future__ import annotations

import pytest

from storage.database import Database
from tests.make import town


@pytest.fixture
async def peopled(database: Database) -> Database:
    """With @ana, @bo and @cy, the teams `main` and `ops`, and the playbook `outage`."""
    await database.acts.run(town("ops"))
    return database
