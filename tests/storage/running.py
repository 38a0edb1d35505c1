"""Executions under way, for the tests of their storage."""

from __future__ import annotations

from datetime import timedelta

from automation.execution import (
    Piece,
    Wish,
)
from incidents.ports import Lease
from storage.database import Database
from storage.stores import Stores
from tests.clock import START, SetClock
from tests.make_automation import execution, task

LONG = timedelta(seconds=30)


async def begin(database: Database, clock: SetClock) -> Lease:
    """Begin an execution and take the lease for driving it."""

    def act(to: Stores) -> Lease | None:
        to.executions.add(execution(wish=Wish.PAUSE), (task(0), task(1)))
        to.drives.wake("execution", "execution-1", clock.now())
        now = clock.now()
        return to.drives.take("execution", "execution-1", "one", now, now + LONG)

    lease = await database.acts.run(act)
    assert lease is not None
    return lease


def piece(
    text: str, execution_id: str = "execution-1", task_id: str = "t1", stream: str = "stdout"
) -> Piece:
    """Something a task printed."""
    return Piece(0, execution_id, task_id, START, stream, text)
