"""The desks of this room over a database with people in it."""

from __future__ import annotations

import pytest

from playbooks.desk import PlaybookDesk
from playbooks.start import StartDesk
from playbooks.steps import StepDesk
from storage.database import Database
from tests.clock import SetClock
from tests.playbooks.cast import House, settle


@pytest.fixture
async def house(database: Database, clock: SetClock) -> House:
    """Desks, and the people of `cast.py`, on each database in turn."""
    await database.acts.run(lambda stores: settle(stores, clock))
    acts = database.acts
    return House(
        database, clock, PlaybookDesk(acts, clock), StepDesk(acts, clock), StartDesk(acts, clock)
    )
