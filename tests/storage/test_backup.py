"""A copy made while the database is in use holds all of it, and comes back as it was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url

from automation.execution import Piece
from storage import backup
from storage.database import Database, open_database
from storage.migrate import head
from storage.stores import Stores
from tests.clock import START, SetClock
from tests.make_automation import answer, approval, execution, runbook, task

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def test_runbooks_executions_and_approvals_come_back(
    peopled: Database, database_url: str, tmp_path: Path, clock: SetClock
) -> None:
    def act(to: Stores) -> None:
        to.runbooks.add(runbook())
        to.executions.add(execution(to.executions.next_number()), (task(),))
        to.executions.add_output([Piece(0, "execution-1", "t", START, "stdout", "x")])
        to.approvals.add(approval())
        to.approvals.answer(answer())

    def look(to: Stores) -> tuple[object, ...]:
        return (
            to.runbooks.get("restart"),
            to.executions.get("execution-1"),
            to.executions.tasks("execution-1"),
            to.executions.output("execution-1"),
            to.approvals.get("approval-1"),
            to.approvals.answers("approval-1"),
        )

    await peopled.acts.run(act)
    was = await peopled.acts.read(look)
    copy, place = tmp_path / "copy.db", tmp_path / "elsewhere.db"

    await asyncio.to_thread(backup.save, Path(make_url(database_url).database or ""), copy)
    assert await asyncio.to_thread(backup.check, copy) == head()
    assert await asyncio.to_thread(backup.put_back, copy, place, START) is None

    opened = open_database(f"sqlite:///{place}", telemetry=False, clock=clock)
    assert await opened.acts.read(look) == was
    # Numbers go on, and so do the ids that output is followed by.
    assert await opened.acts.run(lambda to: to.executions.next_number()) == 2
    await opened.acts.run(
        lambda to: to.executions.add_output([Piece(0, "execution-1", "t", START, "stdout", "y")])
    )
    ids = await opened.acts.read(
        lambda to: [it.id for it in to.executions.output("execution-1", after=1)]
    )
    assert ids == [2]
    await asyncio.to_thread(opened.close)
