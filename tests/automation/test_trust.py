"""What a runbook may never do: run what was not approved, run when switched off."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from automation.approval import ApprovalStatus
from automation.execution import ExecutionFilter, ExecutionStatus
from automation.runbook import RunbookStatus
from automation.runbooks.desk import Edit
from chat.errors import BadInput, NotFound, Refused
from security.page import Slice
from tests.automation.runs import ECHO, executed, states, written
from tests.bench import Bench


async def test_what_was_not_known_when_the_plan_was_shown_is_asked_for_again(bench: Bench) -> None:
    await bench.hire("bo", "approver")
    bo = await bench.actor("bo")
    pick = {"name": "Pick", "action": "core.echo", "parameters": {"message": "DELETE"}}
    use = {
        "name": "Use",
        "action": "core.local",
        "parameters": {"cmd": "echo {{ steps.pick.output.message }}"},
    }
    detail = await executed(bench, await written(bench, pick, use, approval={"role": "approver"}))
    await bench.house.desks.approvals.approve(bo, detail.approvals[0].key)
    await bench.settle()

    admin = await bench.actor("admin")
    after = await bench.house.desks.executions.detail(admin, detail.execution.id)
    assert states(after) == ["COMPLETED", "COMPLETED", "WAITING"]
    assert after.approvals[1].plan[0].command == "echo DELETE"
    await bench.house.desks.approvals.approve(bo, after.approvals[1].key)
    await bench.settle()
    done = await bench.house.desks.executions.detail(admin, detail.execution.id)
    assert done.execution.status is ExecutionStatus.COMPLETED


@pytest.mark.parametrize("whole", [True, False])
async def test_a_called_runbook_that_changed_is_asked_for_again(bench: Bench, whole: bool) -> None:
    await bench.hire("bo", "approver")
    bo, admin = await bench.actor("bo"), await bench.actor("admin")
    inner = await written(bench, ECHO, name="Inner")
    call = {"name": "Call", "action": "core.runbook", "parameters": {"runbook": "inner"}}
    policy: dict[str, Any] = {"role": "approver"}
    if whole:
        runbook = await written(bench, call, approval=policy)
    else:
        runbook = await written(bench, {**call, "approval": policy})
    detail = await executed(bench, runbook)
    assert "version 1.0" in detail.approvals[0].plan[0].command

    desks = bench.house.desks
    seen = await desks.runbooks.find(admin, inner)
    changed = replace(seen.runbook.content, description="harmful")
    await desks.runbooks.edit(admin, inner, Edit(content=changed))
    await desks.approvals.approve(bo, detail.approvals[0].key)
    await bench.settle()

    after = await desks.executions.detail(admin, detail.execution.id)
    assert [one.status for one in after.approvals] == [
        ApprovalStatus.APPROVED,
        ApprovalStatus.PENDING,
    ]
    assert "version 1.1" in after.approvals[1].plan[0].command


@pytest.mark.parametrize("how", ["inactive", "deleted"])
async def test_what_is_switched_off_is_not_run_again(bench: Bench, how: str) -> None:
    fails = {"name": "Fail", "action": "core.local", "parameters": {"cmd": "false"}}
    runbook = await written(bench, fails)
    detail = await executed(bench, runbook)
    admin, desks = await bench.actor("admin"), bench.house.desks
    if how == "deleted":
        await desks.runbooks.delete(admin, runbook)
    else:
        await desks.runbooks.edit(admin, runbook, Edit(status=RunbookStatus.INACTIVE))

    with pytest.raises(Refused) as refused:
        await desks.executions.rerun(admin, detail.execution.key)
    assert refused.value.code == "NOT_ACTIVE"


async def test_a_runbook_does_not_call_itself(bench: Bench) -> None:
    call = {"name": "Again", "action": "core.runbook", "parameters": {"runbook": "try"}}
    runbook = await written(bench, ECHO, *({**call, "name": f"Again {n}"} for n in range(3)))

    await executed(bench, runbook)

    admin = await bench.actor("admin")
    listed = await bench.house.desks.executions.page(admin, ExecutionFilter(), Slice(50))
    assert listed.total == 1
    assert "calls itself" in listed.items[0].error


async def test_of_parallel_failures_the_one_that_rolls_back_counts(bench: Bench) -> None:
    undo = {"action": "core.echo", "parameters": {"message": "undone"}}
    first = {**ECHO, "name": "First", "rollback": undo}
    stop = {"name": "Stop", "action": "core.local", "parameters": {"cmd": "exit 1"}}
    back = {
        **stop,
        "name": "Back",
        "parallel": True,
        "on_failure": "roll_back",
    }

    detail = await executed(bench, await written(bench, first, stop, back))

    assert detail.tasks[-1].output == {"message": "undone"}


async def test_the_whole_output_of_a_step_that_was_cut_is_found(bench: Bench) -> None:
    flood = {"name": "Flood", "action": "core.local", "parameters": {"cmd": "seq 1 400000"}}
    detail = await executed(bench, await written(bench, flood))
    admin = await bench.actor("admin")

    name = detail.tasks[0].log_file
    path = await bench.house.desks.executions.file(admin, detail.execution.id, name)

    assert path.read_text().splitlines()[-1] == "400000"
    with pytest.raises(NotFound):
        await bench.house.desks.executions.file(admin, detail.execution.id, "../key")


async def test_a_plan_that_is_too_long_is_not_offered_to_be_approved_unseen(bench: Bench) -> None:
    await bench.hire("bo", "approver")
    long = "echo " + "x" * 5000 + "; rm -rf /srv"
    step = {
        "name": "Long",
        "action": "core.local",
        "parameters": {"cmd": long},
        "approval": {"role": "approver"},
    }
    await written(bench, step, name="Long")
    await bench.say("admin", "general", "/runbook run long")
    await bench.settle()

    request = next(m for m in await bench.messages("general") if "needs approval" in m.text)
    assert request.card is not None
    assert "approval.approve" not in json.dumps(repr(request.card))
    assert "approval.reject" in repr(request.card)
    assert "before you approve it" in request.text


async def test_an_approver_by_role_sees_what_they_are_asked(bench: Bench) -> None:
    """Of a private incident, too: they were told all of it already."""
    await bench.hire("bo", "approver")
    await bench.hire("eve", "viewer")
    await bench.say("admin", "general", "/incident start --playbook security-breach --name breach")
    await bench.settle()
    step = {**ECHO, "name": "Ask", "approval": {"role": "approver"}}
    runbook = await written(bench, step)
    detail = await executed(bench, runbook, incident="INC-00001")
    desk = bench.house.desks.approvals

    done = await desk.approve(await bench.actor("bo"), detail.approvals[0].key)

    assert done.status is ApprovalStatus.APPROVED
    with pytest.raises(NotFound):
        await desk.detail(await bench.actor("eve"), detail.approvals[0].key)


async def test_a_yes_counts_again_once_the_right_is_back(bench: Bench) -> None:
    for name in ("bo", "carl"):
        await bench.hire(name, "approver")
    bo, carl, admin = [await bench.actor(name) for name in ("bo", "carl", "admin")]
    step = {**ECHO, "approval": {"role": "approver", "needed": 2}}
    detail = await executed(bench, await written(bench, step))
    key, desks = detail.approvals[0].key, bench.house.desks
    await desks.approvals.approve(bo, key)
    await desks.people.revoke(admin, "bo", "approver", "main")
    assert (await desks.approvals.approve(carl, key)).pending
    await desks.people.grant(admin, "bo", "approver", "main")

    done = await desks.approvals.approve(await bench.actor("bo"), key)

    assert done.status is ApprovalStatus.APPROVED


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({"url": "https://a.example/", "headers": {"Authorization": "Bearer abcd1234"}},
         "headers.Authorization"),
        ({"url": "https://a.example/", "headers": {"X-Vault-Token": "abcd1234"}},
         "headers.X-Vault-Token"),
        ({"url": "https://joe:abcd1234@a.example/"}, "url"),
        ({"url": "https://a.example/", "body": [{"to": "redis://:abcd1234@b:6379"}]},
         "body[0].to"),
    ],
)  # fmt: skip
async def test_a_credential_in_plain_text_is_not_saved(
    bench: Bench, parameters: dict[str, Any], place: str
) -> None:
    ask = {"name": "Ask", "action": "core.http", "parameters": parameters}

    with pytest.raises(BadInput) as wrong:
        await written(bench, ask)

    problem = wrong.value.details[f"steps[0].parameters.{place}"]
    assert "bearer_token" in problem
    assert "secret: true" in problem
    assert "abcd1234" not in wrong.value.message + repr(wrong.value.details)


@pytest.mark.parametrize(
    "parameters",
    [
        {"url": "https://a.example/", "bearer_token": "abcd1234"},
        {"url": "https://a.example/", "headers": {"Authorization": "Bearer {{ parameters.key }}"}},
        {"url": "https://{{ parameters.who }}:{{ parameters.key }}@a.example/"},
        {"url": "https://a.example/a:b@c", "headers": {"Accept": "text/html", "X-Token-Type": "a"}},
    ],
)
async def test_what_is_no_credential_or_kept_sealed_is_saved(
    bench: Bench, parameters: dict[str, Any]
) -> None:
    ask = {"name": "Ask", "action": "core.http", "parameters": parameters}
    takes = [{"name": "key", "secret": True}, {"name": "who"}]

    runbook = await written(bench, ask, parameters=takes)

    seen = await bench.house.desks.runbooks.find(await bench.actor("admin"), runbook)
    assert "abcd1234" not in repr(seen)


async def test_a_secret_in_a_schedule_is_not_saved(bench: Bench) -> None:
    takes = [{"name": "key", "secret": True}]
    when = {"cron": "0 3 * * *", "parameters": {"key": "abcd1234"}}

    with pytest.raises(BadInput) as wrong:
        await written(
            bench, ECHO, parameters=takes, trigger_type="SCHEDULED", trigger_conditions=when
        )

    assert "trigger_conditions.parameters.key" in wrong.value.details


@pytest.mark.parametrize("short", ["abc", 12, "1"])
async def test_a_secret_too_short_to_be_masked_is_refused(bench: Bench, short: Any) -> None:
    runbook = await written(bench, ECHO, parameters=[{"name": "key", "secret": True}])
    sealed = {"name": "Ask", "action": "core.http", "parameters": {
        "url": "https://a.example/", "password": str(short)}}  # fmt: skip

    with pytest.raises(BadInput) as given:
        await executed(bench, runbook, parameters={"key": short})
    with pytest.raises(BadInput) as saved:
        await written(bench, sealed, name="Sealed")

    for wrong in (given.value, saved.value):
        (problem,) = wrong.details.values()
        assert "at least 4 characters" in problem
        assert f"“{short}”" not in problem


@pytest.mark.parametrize("value", [float("inf"), float("nan"), [{"a": float("-inf")}]])
@pytest.mark.parametrize("by", ["parameters", "trigger_data"])
async def test_what_json_cannot_hold_begins_nothing(bench: Bench, value: Any, by: str) -> None:
    runbook = await written(bench, ECHO, parameters=[{"name": "n"}])
    given: dict[str, Any] = {by: {"n": value}}

    with pytest.raises(BadInput) as wrong:
        await executed(bench, runbook, **given)
    assert any(place.startswith(f"{by}.n") or ".n" in place for place in wrong.value.details)


async def test_a_called_private_runbook_is_not_told_to_others(bench: Bench) -> None:
    await bench.hire("vera", "viewer")
    admin, vera = await bench.actor("admin"), await bench.actor("vera")
    inner = await written(bench, ECHO, name="Inner")
    await bench.house.desks.runbooks.edit(admin, inner, Edit(is_public=False))
    call = {"name": "Call", "action": "core.runbook", "parameters": {"runbook": "inner"}}
    detail = await executed(bench, await written(bench, call))

    theirs = await bench.house.desks.executions.detail(vera, detail.execution.id)

    assert [one.name for one in detail.children] == ["Inner"]
    assert theirs.children == ()


@pytest.mark.parametrize(
    ("env", "place"),
    [("{{ trigger.env }}", "env"), ({"LD_PRELOAD": "{{ trigger.x }}"}, "env.LD_PRELOAD")],
    ids=["whole", "value"],
)
async def test_data_sets_no_variable_that_changes_what_is_run(
    bench: Bench, env: Any, place: str
) -> None:
    run = {"name": "Run", "action": "core.local", "parameters": {"cmd": "id", "env": env}}

    with pytest.raises(BadInput) as wrong:
        await written(bench, run)

    assert f"steps[0].parameters.{place}" in wrong.value.details


async def test_data_sets_no_such_variable_by_an_older_runbook_either(bench: Bench) -> None:
    """One that was saved before this was refused."""
    run = {"name": "Run", "action": "core.local", "parameters": {"cmd": "id"}}
    runbook = await written(bench, {**run, "parameters": {"cmd": "id", "env": {"A": "1"}}})
    acts = bench.house.acts

    def change(stores: Any) -> None:
        kept = stores.runbooks.get(runbook)
        step = replace(kept.content.steps[0], parameters={"cmd": "id", "env": "{{ trigger.env }}"})
        after = replace(kept, revision=2, content=replace(kept.content, steps=(step,)))
        stores.runbooks.save(after, was=1)
        stores.runbooks.keep_version(
            replace(stores.runbooks.version(runbook, 1), revision=2, content=after.content)
        )

    await acts.run(change)
    good = await executed(bench, runbook, trigger_data={"env": {"WHO": "x"}})
    bad = await executed(bench, runbook, trigger_data={"env": {"PATH": "/srv/evil"}})

    assert states(good) == ["COMPLETED"]
    assert states(bad) == ["FAILED"]
    assert "PATH changes what is run" in bad.tasks[0].error
