"""Executions: who hears of them, and how they are forgotten whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Table, func, select

from automation.approval import Question
from automation.approvals.subjects import approval_subject, question_subject
from automation.execution import (
    Execution,
    ExecutionFilter,
)
from automation.executions.traces import subject_of
from automation.runbook import Version
from chat.errors import BadInput
from chat.outbox import Living
from security.page import Slice
from storage.database import Database
from storage.stores import Stores
from storage.tables import automation as t
from storage.tables.engine import drives
from storage.tables.messages import living
from tests.bench import eventually
from tests.clock import START, SetClock
from tests.make import channel
from tests.make_automation import answer, approval, execution, runbook, task
from tests.storage.raw import raw
from tests.storage.running import LONG, begin, piece

# --- who listens ---------------------------------------------------------------------------


async def test_every_change_is_heard_of(peopled: Database, clock: SetClock) -> None:
    heard: list[frozenset[str]] = []
    peopled.acts.on_commit(heard.append)

    async def tells(act: Callable[[Stores], object]) -> bool:
        heard.clear()
        await peopled.acts.run(act)
        await asyncio.sleep(0)
        return any("executions" in topics for topics in heard)

    lease = await begin(peopled, clock)
    await eventually(lambda: bool(heard))
    assert await tells(lambda to: to.executions.add(execution(2, dedupe="key"), ()))
    assert await tells(lambda to: to.executions.save(execution()))
    assert await tells(lambda to: to.executions.save_tasks([task(0)]))
    assert await tells(lambda to: to.executions.add_tasks([task(7)]))
    assert await tells(lambda to: to.executions.add_output([piece("x")]))
    assert not await tells(lambda to: to.executions.add(execution(3, dedupe="key"), ()))
    assert not await tells(lambda to: to.executions.add_output([]))
    assert not await tells(lambda to: to.executions.wish_under(lease, "execution-1"))
    assert not await tells(lambda to: to.executions.forget(START, 10))
    await peopled.acts.run(lambda to: to.executions.save(execution(2, ended_at=START)))
    assert await tells(lambda to: to.executions.forget(START + LONG, 10))


# --- forgetting ----------------------------------------------------------------------------

TABLES = (
    *(t.executions, t.tasks, t.output, t.approvals, t.answers, t.questions),
    *(t.runbook_versions, drives, living),
)


async def counts(database: Database) -> dict[str, int]:
    """How many rows there are, by table."""

    def look(to: Stores) -> dict[str, int]:
        def rows(table: Table) -> int:
            return raw(to).scalar(select(func.count()).select_from(table)) or 0

        return {table.name: rows(table) for table in TABLES}

    return await database.acts.read(look)


def full(number: int, ended_at: datetime | None) -> Callable[[Stores], None]:
    """An act that adds an execution with everything that can hang on it."""
    execution_id, runbook_id = f"execution-{number}", f"runbook-{number}"

    def act(to: Stores) -> None:
        version = Version(runbook_id, 1, "1.0", runbook().content, None, START)
        to.runbooks.keep_version(version)
        to.executions.add(
            execution(number, runbook_id=runbook_id, ended_at=ended_at), (task(0, execution_id),)
        )
        to.executions.add_output([piece("x", execution_id)])
        asked = approval(number, execution_id=execution_id)
        to.approvals.add(asked)
        to.approvals.answer(answer(asked.id))
        question = Question(f"q{number}", "main", execution_id, "t", "?", START)
        to.approvals.ask(question)
        for kind, subject, shown in (
            ("execution", execution_id, subject_of(execution_id)),
            ("approval", asked.id, approval_subject(asked.id)),
            ("question", question.id, question_subject(question.id)),
        ):
            to.drives.wake(kind, subject, START)
            to.outbox.keep_alive(Living(shown, shown, channel().at(shown)))

    return act


async def test_what_ended_long_ago_is_forgotten_with_all_that_hangs_on_it(
    peopled: Database,
) -> None:
    for number, minutes in ((1, 3), (2, 1), (3, 2), (4, 60), (5, None)):
        ended_at = None if minutes is None else START + timedelta(minutes=minutes)
        await peopled.acts.run(full(number, ended_at))
    await peopled.acts.run(lambda to: to.runbooks.add(runbook("runbook-1")))
    await peopled.acts.run(lambda to: to.drives.wake("opening", "execution-1", START))
    before = START + timedelta(minutes=60)

    first = await peopled.acts.run(lambda to: to.executions.forget(before, 2))
    rest = await peopled.acts.run(lambda to: to.executions.forget(before, 2))
    none = await peopled.acts.run(lambda to: to.executions.forget(before, 2))

    assert (first, rest, none) == (("execution-2", "execution-3"), ("execution-1",), ())
    page = await peopled.acts.read(lambda to: to.executions.page(ExecutionFilter(), Slice()))
    assert sorted(it.number for it in page.items) == [4, 5]
    assert await counts(peopled) == {
        "executions": 2,
        "execution_tasks": 2,
        "execution_output": 2,
        "approvals": 2,
        "approval_answers": 2,
        "questions": 2,
        # Of a runbook that is there, and of the two executions that are left.
        "runbook_versions": 3,
        "drives": 3 * 2 + 1,
        "living": 3 * 2,
    }


async def test_what_is_nested_too_deeply_is_refused_with_what_is_accepted(
    peopled: Database,
) -> None:
    deep: list[object] = []
    for _ in range(150):
        deep = [deep]
    with pytest.raises(BadInput, match="100 levels"):
        await peopled.acts.run(
            lambda to: to.executions.add(execution(trigger_data={"deep": deep}), ())
        )

    def act(to: Stores) -> Execution | None:
        to.executions.add(execution(), (replace(task(0), output=deep),))
        assert "too deeply" in str(to.executions.tasks("execution-1")[0].output)
        return to.executions.get("execution-1")

    assert await peopled.acts.run(act) == execution()
