"""Approvals, reruns, pauses and secrets of steps that are done for each of a list."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.execution import ExecutionStatus, TaskStatus
from automation.executions.desk import ExecuteWish
from automation.runbooks.desk import Edit
from automation.runbooks.documents import read
from tests.automation.each import EACH, HOSTS, items, over, shell, stood
from tests.automation.runs import ECHO, executed, written
from tests.bench import Bench, eventually


async def test_one_approval_is_asked_for_all_of_them(bench: Bench) -> None:
    await bench.hire("bo", "approver")
    step = {**EACH, "approval": {"role": "approver"}, "when": "item != 'web2'"}
    detail = await executed(bench, await written(bench, step))

    (approval,) = detail.approvals
    (planned,) = approval.plan
    assert (planned.for_each, planned.concurrency) == ('["web1", "web2", "web3"]', 1)
    assert [each.parameters for each in planned.items] == [
        {"message": "0 web1"},
        None,
        {"message": "2 web3"},
    ]
    assert [each.skipped for each in planned.items] == [False, True, False]
    assert not items(detail)

    await bench.house.desks.approvals.approve(await bench.actor("bo"), approval.key)
    await bench.settle()
    after = await over(bench, detail.execution.id)
    assert stood(after) == ["COMPLETED", "SKIPPED", "COMPLETED"]
    assert len(after.approvals) == 1


async def test_an_item_that_is_another_by_now_is_asked_for_again(bench: Bench) -> None:
    """Between the yes and its turn, the runbook that it calls has a new version."""
    await bench.hire("bo", "approver")
    wait = {"name": "Wait", "action": "core.wait", "parameters": {"seconds": 3600}}
    inner = await written(bench, wait, name="Inner")
    call = {"action": "core.runbook", "parameters": {"runbook": inner}, "on_failure": "continue"}
    step = {**EACH, **call, "for_each": ["a", "b"], "approval": {"role": "approver"}}
    detail = await executed(bench, await written(bench, step, name="Outer"))
    approvals, bo = bench.house.desks.approvals, await bench.actor("bo")
    await approvals.approve(bo, detail.approvals[0].key)
    await bench.settle()
    desk, admin = bench.house.desks.executions, await bench.actor("admin")
    (child,) = (await desk.detail(admin, detail.execution.id)).children
    other, _ = read({"name": "Inner", "steps": [ECHO]})
    await bench.house.desks.runbooks.edit(admin, inner, Edit(content=other))

    await desk.cancel(admin, child.id)
    await bench.settle()

    found = await desk.detail(admin, detail.execution.id)
    assert stood(found) == ["FAILED", "WAITING"]
    again = found.approvals[1]
    assert again.task_id == items(found)[1].id
    assert [(each.index, each.item) for each in again.plan[0].items] == [(1, "b")]
    await approvals.approve(bo, again.key)
    after = await over(bench, detail.execution.id)
    assert stood(after) == ["FAILED", "COMPLETED"]


async def test_in_a_whole_approval_the_items_are_part_of_the_plan(bench: Bench) -> None:
    await bench.hire("bo", "approver")
    later = {**EACH, "name": "Later", "for_each": "{{ steps.each.output }}"}
    detail = await executed(bench, await written(bench, EACH, later, approval=True))
    first, second = detail.approvals[0].plan
    assert [each.parameters["message"] for each in first.items] == ["0 web1", "1 web2", "2 web3"]
    assert (second.open, second.items) == (("steps.each.output",), ())

    approvals, bo = bench.house.desks.approvals, await bench.actor("bo")
    await approvals.approve(bo, detail.approvals[0].key)
    await bench.settle()
    desk, admin = bench.house.desks.executions, await bench.actor("admin")
    halfway = await desk.detail(admin, detail.execution.id)
    # The list of the second was not known, and is asked about when it is.
    assert [each.pending for each in halfway.approvals] == [False, True]
    assert len(halfway.approvals[1].plan[0].items) == 3

    await approvals.approve(bo, halfway.approvals[1].key)
    after = await over(bench, detail.execution.id)
    assert after.execution.status is ExecutionStatus.COMPLETED
    assert stood(after) == ["COMPLETED"] * 6


async def test_a_rerun_keeps_the_items_that_were_completed(bench: Bench) -> None:
    gate = "test {{ item }} != web2 || test {{ execution.key }} != RUN-00001"
    first = await executed(bench, await written(bench, shell(gate)))
    assert stood(first) == ["COMPLETED", "FAILED", "SKIPPED"]
    desk, admin = bench.house.desks.executions, await bench.actor("admin")

    again = await desk.rerun(admin, first.execution.key)
    detail = await over(bench, again.id)

    assert detail.execution.status is ExecutionStatus.COMPLETED
    assert stood(detail) == ["COMPLETED"] * 3
    assert items(detail)[0].started_at == items(first)[0].started_at
    assert items(detail)[1].started_at != items(first)[1].started_at


@pytest.mark.parametrize("whole", [True, False])
async def test_in_a_rerun_it_is_asked_again_for_what_is_left(bench: Bench, *, whole: bool) -> None:
    await bench.hire("bo", "approver")
    approvals, bo = bench.house.desks.approvals, await bench.actor("bo")
    gate = "test {{ item }} != web2 || test {{ execution.key }} != RUN-00001"
    step = shell(gate, **({} if whole else {"approval": True}))
    first = await executed(bench, await written(bench, step, approval=whole))
    await approvals.approve(bo, first.approvals[0].key)
    await bench.settle()
    desk, admin = bench.house.desks.executions, await bench.actor("admin")
    assert stood(await over(bench, first.execution.id)) == ["COMPLETED", "FAILED", "SKIPPED"]

    again = await desk.rerun(admin, first.execution.key)
    await bench.settle()

    (asked,) = (await desk.detail(admin, again.id)).approvals
    assert [each.kept for each in asked.plan[0].items] == [True, False, False]
    await approvals.approve(bo, asked.key)
    await bench.settle()
    detail = await over(bench, again.id)
    # What is filled in with the execution's own key is another, and nothing else is asked.
    assert len(detail.approvals) == 1
    assert stood(detail) == ["COMPLETED"] * 3


async def test_what_was_undone_is_done_again_in_a_rerun(bench: Bench) -> None:
    undo = {"action": "core.echo", "parameters": {"message": "{{ item }}"}}
    gate = "test {{ item }} != web2 || test {{ execution.key }} != RUN-00001"
    step = shell(gate, on_failure="roll_back", rollback=undo)
    first = await executed(bench, await written(bench, step))
    desk, admin = bench.house.desks.executions, await bench.actor("admin")

    detail = await over(bench, (await desk.rerun(admin, first.execution.key)).id)

    assert detail.execution.status is ExecutionStatus.COMPLETED
    assert items(detail)[0].started_at != items(first)[0].started_at


async def test_paused_between_items_it_begins_no_further_one(bench: Bench, tmp_path: Path) -> None:
    desk, admin = bench.house.desks.executions, await bench.actor("admin")
    go = tmp_path / "go"
    hold = f"until test -e {go}; do sleep 0.01; done"
    begun = await desk.start(admin, ExecuteWish(runbook=await written(bench, shell(hold))))

    async def running() -> bool:
        found = await desk.detail(admin, begun.id)
        return [each.status for each in items(found)][:1] == [TaskStatus.RUNNING]

    await eventually(running)
    await desk.pause(admin, begun.id)
    go.touch()
    await bench.settle()

    found = await desk.detail(admin, begun.id)
    assert found.execution.status is ExecutionStatus.PAUSED
    assert stood(found) == ["COMPLETED", "PENDING", "PENDING"]
    await desk.resume(admin, begun.id)
    assert stood(await over(bench, begun.id)) == ["COMPLETED"] * 3


async def test_cancelled_all_that_is_left_of_it_is_cancelled(bench: Bench) -> None:
    desk, admin = bench.house.desks.executions, await bench.actor("admin")
    wait = {**EACH, "action": "core.wait", "parameters": {"seconds": 3600}, "concurrency": 2}
    detail = await executed(bench, await written(bench, EACH, {**wait, "name": "Wait"}))
    assert detail.execution.status is ExecutionStatus.WAITING
    assert stood(detail)[3:] == ["WAITING", "WAITING", "PENDING"]

    await desk.cancel(admin, detail.execution.id)
    await bench.settle()

    after = await desk.detail(admin, detail.execution.id)
    assert after.execution.status is ExecutionStatus.CANCELLED
    assert [task.status.value for task in after.tasks][-4:] == ["CANCELLED"] * 4


async def test_a_runbook_is_called_for_each(bench: Bench) -> None:
    who = {"name": "who", "required": True}
    said = {**ECHO, "parameters": {"message": "{{ parameters.who }}"}}
    inner = await written(bench, said, name="Inner", parameters=[who])
    call = {
        **EACH,
        "action": "core.runbook",
        "parameters": {"runbook": inner, "parameters": {"who": "{{ item }}"}},
        "concurrency": 2,
    }
    detail = await executed(bench, await written(bench, call, name="Outer"))

    assert detail.execution.status is ExecutionStatus.COMPLETED
    assert [child.parameters["who"] for child in detail.children] == HOSTS


async def test_secret_items_are_seen_nowhere(bench: Bench) -> None:
    secret = ["hunter2-one", "hunter2-two"]
    asked = {"name": "tokens", "type": "array", "secret": True, "required": True}
    step = shell("echo {{ item }}; test {{ index }} != 1", for_each="parameters.tokens")
    runbook = await written(bench, step, parameters=[asked])

    detail = await executed(bench, runbook, parameters={"tokens": secret})

    assert stood(detail) == ["COMPLETED", "FAILED"]
    assert "hunter2" not in repr(detail)
    assert "hunter2" not in await bench.house.acts.read(lambda to: repr(to.audit.unsealed(1000)))
