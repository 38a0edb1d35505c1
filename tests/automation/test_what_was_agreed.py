"""An approval holds for what was shown: what undoes it, what is skipped, what lies below."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from automation.approval import Approval, ApprovalStatus
from automation.execution import ExecutionStatus, TaskKind
from automation.executions.desk import ExecuteWish, ExecutionDetail
from automation.runbooks.desk import Edit
from automation.runbooks.documents import read
from automation.templates import template
from chat.errors import BadInput
from tests.automation.approving import after, approver
from tests.automation.runs import ECHO, executed, states, written
from tests.bench import Bench

ASK: dict[str, Any] = {"role": "approver"}
BREAKS = {
    "name": "Break",
    "action": "core.local",
    "parameters": {"cmd": "exit 1"},
    "on_failure": "roll_back",
}


def shell(cmd: str, name: str = "A", **more: Any) -> dict[str, Any]:
    """A step that is a command line."""
    return {"name": name, "action": "core.local", "parameters": {"cmd": cmd}, **more}


def pack_of(bench: Bench, undo: str) -> Path:
    """A pack whose action `mine.do` is undone by `mine.undo`, which prints `undo`; its folder."""
    folder = bench.house.settings.home / "packs" / "mine" / "actions"
    folder.mkdir(parents=True)
    (folder.parent / "pack.yaml").write_text("ref: mine\nname: mine\nversion: 1.0.0\n")
    for name, said in (("do", "done"), ("undo", undo)):
        (folder / f"{name}.sh").write_text(f"#!/bin/sh\necho {said}\n")
        (folder / f"{name}.sh").chmod(0o755)
        undone = "undo: mine.undo\n" if name == "do" else ""
        kind = f"runner_type: local-shell-script\nentry_point: {name}.sh\n"
        (folder / f"{name}.yaml").write_text(f"name: {name}\n{kind}{undone}")
    bench.house.automation.workshop.registry.reload()
    return folder


async def agreed(bench: Bench, detail: ExecutionDetail) -> ExecutionDetail:
    """The execution after bo has said yes to what waits."""
    (waiting,) = [one for one in detail.approvals if one.pending]
    await bench.house.desks.approvals.approve(await bench.actor("bo"), waiting.key)
    return await after(bench, detail)


def undone(detail: ExecutionDetail) -> list[str]:
    """How what undoes steps stands."""
    return [each.status.value for each in detail.tasks if each.kind is TaskKind.ROLLBACK]


def waiting(detail: ExecutionDetail) -> Approval:
    """The one approval that waits."""
    (found,) = [one for one in detail.approvals if one.pending]
    return found


@pytest.mark.parametrize("whole", [True, False])
async def test_what_undoes_a_step_is_in_its_plan_and_done_as_shown(
    bench: Bench, *, whole: bool
) -> None:
    await approver(bench, "bo")
    pack_of(bench, "undone")
    step = {"name": "A", "action": "mine.do", **({} if whole else {"approval": ASK})}
    runbook = await written(bench, step, BREAKS, **({"approval": ASK} if whole else {}))
    detail = await executed(bench, runbook)
    shown = detail.approvals[0].plan[0]
    assert shown.rollback.startswith("mine.undo")
    assert shown.undo is not None
    assert (shown.undo.action, len(shown.undo.digest)) == ("mine.undo", 64)

    done = await agreed(bench, detail)

    assert done.execution.status is ExecutionStatus.FAILED
    assert undone(done) == ["COMPLETED"]
    assert len(done.approvals) == 1


@pytest.mark.parametrize("whole", [True, False])
async def test_an_undoing_that_changed_since_the_yes_is_asked_about(
    bench: Bench, *, whole: bool
) -> None:
    await approver(bench, "bo")
    folder = pack_of(bench, "harmless")
    step = {"name": "A", "action": "mine.do", **({} if whole else {"approval": ASK})}
    hold = shell("true", "Hold", approval={**ASK, "needed": 1})
    runbook = await written(bench, step, hold, BREAKS, **({"approval": ASK} if whole else {}))
    held = await agreed(bench, await executed(bench, runbook))

    (folder / "undo.sh").write_text("#!/bin/sh\necho harmful\n")
    asks = await agreed(bench, held)

    assert asks.execution.status is ExecutionStatus.WAITING
    assert undone(asks)[-1:] == ["WAITING"]
    assert waiting(asks).plan[0].action == "mine.undo"
    done = await agreed(bench, asks)
    assert undone(done)[-1:] == ["COMPLETED"]
    assert done.execution.status is ExecutionStatus.FAILED


async def test_what_undoing_reads_of_results_is_asked_about_when_it_is_known(bench: Bench) -> None:
    """As of any step: what was open when the plan was shown was not agreed to."""
    await approver(bench, "bo")
    undo = {
        "action": "core.local",
        "parameters": {"cmd": "echo undo {{ steps.a.output.stdout }}"},
    }
    step = shell("echo value", approval=ASK, rollback=undo)
    detail = await executed(bench, await written(bench, step, BREAKS))
    shown = detail.approvals[0].plan[0].undo
    assert shown is not None
    assert shown.open == ("steps.a.output.stdout",)
    assert "{{ steps.a.output.stdout }}" in shown.command

    asks = await agreed(bench, detail)

    assert undone(asks) == ["WAITING"]
    assert "echo undo value" in waiting(asks).plan[0].command.replace("'", "")
    admin = await bench.actor("bo")
    await bench.house.desks.approvals.reject(admin, waiting(asks).key, "no")
    ended = await after(bench, asks)
    assert undone(ended) == ["FAILED"]
    assert "Could not be undone: Undo A" in ended.execution.error


async def test_each_item_is_undone_as_it_was_shown(bench: Bench) -> None:
    await approver(bench, "bo")
    undo = {"action": "core.echo", "parameters": {"message": "not {{ item }}"}}
    each = {**ECHO, "for_each": ["x", "y"], "approval": ASK, "rollback": undo}
    detail = await executed(bench, await written(bench, each, BREAKS))
    shown = [one.undo.parameters for one in detail.approvals[0].plan[0].items if one.undo]
    assert shown == [{"message": "not x"}, {"message": "not y"}]

    done = await agreed(bench, detail)

    assert undone(done) == ["COMPLETED", "COMPLETED"]
    assert len(done.approvals) == 1


@pytest.mark.parametrize("each", [True, False])
async def test_what_was_shown_as_skipped_is_asked_about(bench: Bench, *, each: bool) -> None:
    await approver(bench, "bo")
    await bench.say("admin", "general", "/incident start --playbook outage --name db")
    danger = shell("echo danger", "Danger", when="incident.severity == 'CRITICAL'")
    if each:
        danger |= {"for_each": ["x"], "when": "item == 'x' and incident.severity == 'CRITICAL'"}
    runbook = await written(bench, danger, approval=ASK)
    detail = await executed(bench, runbook, incident="INC-00001")
    shown = detail.approvals[0].plan[0]
    assert (shown.items[0] if each else shown).skipped

    await bench.say("admin", "inc-00001-db", "/incident severity CRITICAL")
    asks = await agreed(bench, detail)

    assert asks.execution.status is ExecutionStatus.WAITING
    again = waiting(asks).plan[0]
    assert not (again.items[0] if each else again).skipped
    assert not any(task.attempts for task in asks.tasks)


async def called_by(bench: Bench, whole: dict[str, Any]) -> tuple[str, str]:
    """A runbook that calls B, which calls C; ids of it and of C."""
    inner = await written(bench, shell("echo harmless", "Last"), name="C")
    call = {"name": "Call", "action": "core.runbook"}
    middle = await written(bench, {**call, "parameters": {"runbook": "c"}}, name="B")
    assert middle
    step = {**call, "parameters": {"runbook": "b"}}
    return await written(bench, step, name="A", **whole), inner


async def changed(bench: Bench, runbook: str) -> None:
    """C is another by now."""
    content, _ = read({"name": "C", "steps": [shell("echo harmful", "Last")]})
    admin = await bench.actor("admin")
    await bench.house.desks.runbooks.edit(admin, runbook, Edit(content=content))


async def test_what_is_called_is_shown_with_all_that_lies_below(bench: Bench) -> None:
    await approver(bench, "bo")
    runbook, _ = await called_by(bench, {"approval": ASK})
    detail = await executed(bench, runbook)
    (outer,) = detail.approvals[0].plan
    assert [step.command for step in outer.calls] == ["runbook “C”, version 1.0"]
    assert [step.command for step in outer.calls[0].calls] == ["echo harmless"]

    done = await agreed(bench, detail)

    assert done.execution.status is ExecutionStatus.COMPLETED
    assert len(done.approvals) == 1


async def test_a_runbook_two_below_that_changed_is_asked_about(bench: Bench) -> None:
    await approver(bench, "bo")
    runbook, inner = await called_by(bench, {"approval": ASK})
    detail = await executed(bench, runbook)

    await changed(bench, inner)
    asks = await agreed(bench, detail)

    assert [one.status for one in asks.approvals] == [
        ApprovalStatus.APPROVED,
        ApprovalStatus.PENDING,
    ]
    assert not asks.children


async def test_what_changes_below_once_it_is_under_way_is_asked_about(bench: Bench) -> None:
    """The called runbook was agreed to with what calls it, and asks the same people."""
    await approver(bench, "bo")
    inner = await written(bench, shell("echo harmless", "Last"), name="C")
    hold = shell("true", "Hold", approval={"people": ["bo"]})
    call = {"name": "Call", "action": "core.runbook"}
    await written(bench, hold, {**call, "parameters": {"runbook": "c"}}, name="B")
    runbook = await written(bench, {**call, "parameters": {"runbook": "b"}}, approval=ASK)
    detail = await agreed(bench, await executed(bench, runbook))
    (middle,) = detail.children
    desk, admin = bench.house.desks.executions, await bench.actor("admin")
    held = await desk.detail(admin, middle.key)

    await changed(bench, inner)
    asks = await agreed(bench, held)

    assert states(asks) == ["COMPLETED", "WAITING"]
    assert waiting(asks).policy.role == "approver"
    assert waiting(asks).plan[0].calls[0].command == "echo harmful"
    await agreed(bench, asks)
    assert (await after(bench, detail)).execution.status is ExecutionStatus.COMPLETED


async def test_a_script_of_a_called_runbook_that_changed_is_asked_about(bench: Bench) -> None:
    await approver(bench, "bo")
    folder = pack_of(bench, "undone")
    await written(bench, {"name": "Do", "action": "mine.do"}, name="Inner")
    call = {"name": "Call", "action": "core.runbook", "parameters": {"runbook": "inner"}}
    detail = await executed(bench, await written(bench, call, approval=ASK))

    (folder / "do.sh").write_text("#!/bin/sh\necho harmful\n")
    asks = await agreed(bench, detail)

    assert states(asks) == ["COMPLETED", "WAITING"]
    assert not asks.children


def test_nothing_in_a_template_is_another_each_time() -> None:
    with pytest.raises(BadInput):
        template.render("{{ [1, 2, 3] | random }}", {}, place="cmd")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_plan_shows_so_many_items_and_leaves_the_rest_open(bench: Bench) -> None:
    steps = [
        {**ECHO, "name": f"Each {n}", "for_each": [str(i) for i in range(1000)]} for n in range(3)
    ]
    runbook = await written(bench, *steps)
    wish = ExecuteWish(runbook=runbook)
    dry = await bench.house.desks.executions.dry_run(await bench.actor("admin"), wish)
    assert [len(step.items) for step in dry.plan] == [1000, 1000, 0]
    assert (dry.plan[2].open, dry.plan[2].digest) == (("its 1000 items",), "")
