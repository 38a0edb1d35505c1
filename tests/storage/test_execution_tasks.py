"""What is written of tasks."""

from __future__ import annotations

from dataclasses import replace

from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.make_automation import execution, task


async def test_of_a_stored_task_what_differs_is_written(peopled: Database) -> None:
    """Two results are two even where Python calls them equal."""
    one = replace(task(1), output=1, error="late")

    def act(to: Stores) -> None:
        to.executions.add(execution(), (task(0), one))
        to.executions.save_tasks([task(0), one], (task(0), one))
        assert to.executions.tasks("execution-1") == (task(0), one)
        now = replace(one, output=True, error="", ended_at=START)
        to.executions.save_tasks([now, replace(task(0), sealed="x")], (one, task(0)))
        first, second = to.executions.tasks("execution-1")
        assert first == replace(task(0), sealed="x")
        assert second == now
        assert second.output is True

    await peopled.acts.run(act)
