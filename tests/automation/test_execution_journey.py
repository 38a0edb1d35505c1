"""Runbooks carried out for real on a whole bot: steps, results, failures, approvals."""

from __future__ import annotations

from typing import Any

import pytest

from automation.approval import ApprovalStatus
from automation.execution import ExecutionStatus, TaskKind, TaskStatus
from automation.executions.desk import ExecuteWish
from automation.runbooks.documents import read
from chat.errors import BadInput, Denied, Refused
from tests.automation.runs import ECHO, executed, states, written
from tests.bench import Bench, eventually
from tests.storage.raw import everything


async def test_steps_are_done_in_order_and_read_what_came_before(bench: Bench) -> None:
    runbook = await written(
        bench,
        ECHO,
        {
            "name": "Shout",
            "action": "core.local",
            "parameters": {"cmd": "echo {{ steps.say.output.message }} {{ parameters.who }}"},
        },
        {
            "name": "Again",
            "action": "core.echo",
            "parameters": {"message": "{{ previous.stdout }}"},
        },
        parameters=[{"name": "who", "required": True}],
    )

    detail = await executed(bench, runbook, parameters={"who": "you; rm -rf /"})

    assert detail.execution.status is ExecutionStatus.COMPLETED
    assert detail.tasks[1].output["stdout"] == "hello you; rm -rf /"
    assert detail.tasks[2].output == {"message": "hello you; rm -rf /"}
    assert all(task.started_at and task.ended_at and task.attempts for task in detail.tasks)


async def test_a_failed_step_ends_it_and_leaves_out_the_rest(bench: Bench) -> None:
    fails = {"name": "Fail", "action": "core.local", "parameters": {"cmd": "echo no >&2; exit 3"}}
    runbook = await written(bench, fails, ECHO)

    detail = await executed(bench, runbook)

    assert detail.execution.status is ExecutionStatus.FAILED
    assert "exited with status 3: no" in detail.execution.error
    assert states(detail) == ["FAILED", "SKIPPED"]


async def test_a_failure_may_be_passed_over(bench: Bench) -> None:
    fails = {
        "name": "Fail",
        "action": "core.local",
        "parameters": {"cmd": "false"},
        "on_failure": "continue",
    }
    detail = await executed(bench, await written(bench, fails, ECHO))

    assert detail.execution.status is ExecutionStatus.COMPLETED
    assert states(detail) == ["FAILED", "COMPLETED"]


async def test_what_was_done_is_undone_newest_first(bench: Bench) -> None:
    def step(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "action": "core.echo",
            "parameters": {"message": name},
            "rollback": {"action": "core.echo", "parameters": {"message": f"undo {name}"}},
        }

    fails = {
        "name": "Fail",
        "action": "core.local",
        "parameters": {"cmd": "false"},
        "on_failure": "roll_back",
    }
    detail = await executed(bench, await written(bench, step("a"), step("b"), fails, ECHO))

    assert detail.execution.status is ExecutionStatus.FAILED
    undone = [task for task in detail.tasks if task.kind is TaskKind.ROLLBACK]
    assert [task.output["message"] for task in undone] == ["undo b", "undo a"]
    assert "What was done was undone" in detail.execution.error


async def test_a_step_is_tried_again(bench: Bench) -> None:
    flaky = {
        "name": "Flaky",
        "action": "core.local",
        "parameters": {"cmd": 'test -e "$TOCSIN_FILES"/x || { touch "$TOCSIN_FILES"/x; exit 1; }'},
        "retry": {"count": 2, "delay": 0.05},
    }
    begun = await executed(bench, await written(bench, flaky))
    desk, admin = bench.house.desks.executions, await bench.actor("admin")

    async def over() -> bool:
        return (await desk.detail(admin, begun.execution.id)).execution.ended

    await eventually(over)
    detail = await desk.detail(admin, begun.execution.id)
    assert detail.execution.status is ExecutionStatus.COMPLETED
    assert [bool(attempt.error) for attempt in detail.tasks[0].attempts] == [True, False]


async def test_a_condition_leaves_a_step_out(bench: Bench) -> None:
    unwanted = {**ECHO, "name": "Not", "when": "steps.say.output.message == 'bye'"}
    detail = await executed(bench, await written(bench, ECHO, unwanted))

    assert states(detail) == ["COMPLETED", "SKIPPED"]
    assert detail.execution.status is ExecutionStatus.COMPLETED


async def test_parallel_steps_run_at_once(bench: Bench) -> None:
    def meet(name: str, other: str) -> dict[str, Any]:
        there = f'until test -e "$TOCSIN_FILES"/{other}; do sleep 0.01; done'
        cmd = f'touch "$TOCSIN_FILES"/{name}; {there}'
        return {"name": name, "action": "core.local", "timeout": 10, "parameters": {"cmd": cmd}}

    second = {**meet("b", "a"), "parallel": True}
    detail = await executed(bench, await written(bench, meet("a", "b"), second, ECHO))

    assert detail.execution.status is ExecutionStatus.COMPLETED


async def test_a_runbook_calls_another_and_waits_for_it(bench: Bench) -> None:
    inner = await written(bench, ECHO, name="Inner")
    call = {"name": "Call", "action": "core.runbook", "parameters": {"runbook": inner}}
    detail = await executed(bench, await written(bench, call, ECHO, name="Outer"))

    assert detail.execution.status is ExecutionStatus.COMPLETED
    assert [child.status for child in detail.children] == [ExecutionStatus.COMPLETED]


async def test_secrets_are_seen_nowhere(bench: Bench) -> None:
    leak = {
        "name": "Leak",
        "action": "core.local",
        "parameters": {"cmd": "echo {{ parameters.password }}; false {{ parameters.password }}"},
    }
    secret = "hunter2-very-secret"
    runbook = await written(
        bench, leak, parameters=[{"name": "password", "secret": True, "required": True}]
    )

    detail = await executed(bench, runbook, parameters={"password": secret})

    _, pieces = await bench.house.desks.executions.output(
        await bench.actor("admin"), detail.execution.id
    )
    assert detail.execution.status is ExecutionStatus.FAILED
    assert secret not in repr(detail)
    assert secret not in repr(pieces)
    assert "********" in repr(pieces)
    records = await bench.house.acts.read(lambda to: repr(to.audit.unsealed(1000)))
    assert secret not in records


@pytest.mark.parametrize("by", ["line", "form", "both"])
async def test_a_secret_given_in_chat_is_kept_nowhere_in_the_open(bench: Bench, by: str) -> None:
    secret = "hunter2-very-secret"
    wanted: list[dict[str, Any]] = [{"name": "password", "secret": True, "required": True}]
    if by == "both":
        wanted.append({"name": "host", "required": True})
    await written(bench, ECHO, parameters=wanted)
    await bench.hire("ana", "commander")

    if by == "both":
        # One is typed, the other one asked for: the form keeps the first meanwhile.
        asked = await bench.say("ana", "general", f"/runbook run try password={secret}")
        assert secret not in await bench.house.acts.read(everything)
        await bench.submit("ana", asked, host="db1")
    elif by == "line":
        await bench.say("ana", "general", f"/runbook run try password={secret}")
    else:
        asked = await bench.say("ana", "general", "/runbook run try")
        assert asked.form is not None
        (field,) = (each.name for each in asked.form.form.fields if "password" in each.name)
        await bench.submit("ana", asked, **{field: secret})
    await bench.settle()

    assert "RUN-00001" in await bench.told("ana", "general", "/runbook status RUN-00001")
    rows = await bench.house.acts.read(everything)
    assert "/runbook run try" in rows
    assert secret not in rows


async def test_an_approval_holds_a_step_until_somebody_else_says_yes(bench: Bench) -> None:
    risky = {**ECHO, "name": "Risky", "approval": {"role": "approver"}}
    runbook = await written(bench, ECHO, risky)
    await bench.hire("bo", "approver")

    detail = await executed(bench, runbook)

    assert detail.execution.status is ExecutionStatus.WAITING
    (approval,) = detail.approvals
    assert approval.plan[0].parameters == {"message": "hello"}
    approvals = bench.house.desks.approvals
    with pytest.raises(Denied):
        await approvals.approve(await bench.actor("admin"), approval.key)
    await approvals.approve(await bench.actor("bo"), approval.key, "go")
    await bench.settle()
    after = await bench.house.desks.executions.detail(
        await bench.actor("admin"), detail.execution.id
    )
    assert after.execution.status is ExecutionStatus.COMPLETED
    with pytest.raises(Refused, match="was approved by @bo"):
        await approvals.reject(await bench.actor("bo"), approval.key)


async def test_a_rejected_step_fails(bench: Bench) -> None:
    await bench.hire("bo", "viewer")
    runbook = await written(bench, {**ECHO, "approval": {"people": ["bo"]}})
    detail = await executed(bench, runbook)

    await bench.house.desks.approvals.reject(
        await bench.actor("bo"), detail.approvals[0].key, "not now"
    )
    await bench.settle()

    after = await bench.house.desks.executions.detail(
        await bench.actor("admin"), detail.execution.id
    )
    assert after.execution.status is ExecutionStatus.FAILED
    assert "was rejected by @bo: not now" in after.execution.error


async def test_a_whole_runbook_is_approved_before_its_first_step(bench: Bench) -> None:
    await bench.hire("bo", "approver")
    runbook = await written(bench, ECHO, approval=True)

    detail = await executed(bench, runbook)

    assert states(detail) == ["WAITING", "PENDING"]
    await bench.house.desks.approvals.approve(await bench.actor("bo"), detail.approvals[0].key)
    await bench.settle()
    after = await bench.house.desks.executions.detail(
        await bench.actor("admin"), detail.execution.id
    )
    assert states(after) == ["COMPLETED", "COMPLETED"]
    assert after.approvals[0].status is ApprovalStatus.APPROVED


async def test_a_cancelled_one_ends_what_runs(bench: Bench) -> None:
    long = {"name": "Long", "action": "core.local", "parameters": {"cmd": "sleep 60"}}
    admin = await bench.actor("admin")
    desk = bench.house.desks.executions
    begun = await desk.start(admin, ExecuteWish(runbook=await written(bench, long, ECHO)))

    async def running() -> bool:
        return states(await desk.detail(admin, begun.id))[0] == TaskStatus.RUNNING

    await eventually(running)
    await desk.cancel(admin, begun.id)
    await bench.settle()

    detail = await desk.detail(admin, begun.id)
    assert detail.execution.status is ExecutionStatus.CANCELLED
    assert states(detail) == ["CANCELLED", "CANCELLED"]


async def test_a_paused_one_begins_nothing_until_it_is_resumed(bench: Bench) -> None:
    admin = await bench.actor("admin")
    desk = bench.house.desks.executions
    wait = {"name": "Wait", "action": "core.wait", "parameters": {"seconds": 3600}}
    begun = await desk.start(admin, ExecuteWish(runbook=await written(bench, wait, ECHO)))
    await bench.settle()
    await desk.pause(admin, begun.id)
    await bench.settle()

    assert (await desk.detail(admin, begun.id)).execution.status is ExecutionStatus.PAUSED
    await desk.resume(admin, begun.id)
    await bench.settle()
    assert (await desk.detail(admin, begun.id)).execution.status is ExecutionStatus.WAITING


async def test_a_rerun_does_not_repeat_what_completed(bench: Bench) -> None:
    count = {
        "name": "Count",
        "action": "core.local",
        "parameters": {"cmd": "echo done"},
    }
    gate = {
        "name": "Gate",
        "action": "core.local",
        "parameters": {"cmd": 'test "{{ execution.key }}" != RUN-00001'},
    }
    first = await executed(bench, await written(bench, count, gate))
    assert first.execution.status is ExecutionStatus.FAILED
    admin = await bench.actor("admin")

    again = await bench.house.desks.executions.rerun(admin, first.execution.key)
    await bench.settle()

    detail = await bench.house.desks.executions.detail(admin, again.id)
    assert detail.execution.status is ExecutionStatus.COMPLETED
    assert detail.tasks[0].started_at == first.tasks[0].started_at


async def test_a_dry_run_shows_every_step_and_does_none(bench: Bench) -> None:
    runbook = await written(
        bench,
        ECHO,
        {
            "name": "Use",
            "action": "core.local",
            "parameters": {"cmd": "echo {{ steps.say.output.message }} {{ parameters.a }}"},
        },
        {"name": "Sure", "action": "core.local", "parameters": {"cmd": "echo {{ parameters.a }}"}},
        parameters=[{"name": "a", "default": "x y"}],
    )
    dry = await bench.house.desks.executions.dry_run(
        await bench.actor("admin"), ExecuteWish(runbook=runbook)
    )

    assert dry.good
    assert [step.command for step in dry.plan][2] == "echo 'x y'"
    assert dry.plan[1].open == ("steps.say.output.message",)


async def test_a_draft_is_not_executed(bench: Bench) -> None:
    content, _ = read({"name": "Draft", "steps": [ECHO]})
    admin = await bench.actor("admin")
    seen = await bench.house.desks.runbooks.create(admin, content)

    with pytest.raises(Refused, match="only an ACTIVE one"):
        await bench.house.desks.executions.start(admin, ExecuteWish(runbook=seen.runbook.id))


async def test_a_missing_parameter_is_named(bench: Bench) -> None:
    runbook = await written(bench, ECHO, parameters=[{"name": "who", "required": True}])

    with pytest.raises(BadInput) as caught:
        await executed(bench, runbook)
    assert "parameters.who" in caught.value.details
