"""Executions that call others, and who is asked or told about what waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automation.approval import ApprovalFilter
from automation.approvals.subjects import EXECUTION_DRIVE
from automation.execution import Execution, ExecutionStatus, TaskStatus, WaitsFor
from automation.executions.desk import ExecuteWish
from automation.living import AutomationCards
from automation.ports import AutomationStores
from automation.runbook import RunbookStatus
from automation.runbooks.desk import Edit
from automation.runbooks.documents import read
from chat.address import Address
from chat.capabilities import Limits
from chat.errors import BadInput
from chat.outbox import Living
from security.actor import SYSTEM
from security.page import Slice
from tests.automation.approving import RISKY, approver, asked
from tests.automation.runs import ECHO, executed, states, written
from tests.bench import Bench

CALL = {"name": "Call", "action": "core.runbook"}
HOLD = {"name": "Hold", "action": "chat.ask", "parameters": {"question": "?", "channel": "general"}}


async def nested(bench: Bench) -> str:
    """A runbook that calls one that calls one that asks, and then says something."""
    await written(bench, HOLD, ECHO, name="Inner")
    await written(bench, {**CALL, "parameters": {"runbook": "inner"}}, name="Middle")
    return await written(bench, {**CALL, "parameters": {"runbook": "middle"}}, name="Outer")


async def below(bench: Bench, execution: Execution) -> Execution:
    """What an execution has called."""
    desk, admin = bench.house.desks.executions, await bench.actor("admin")
    (child,) = (await desk.detail(admin, execution.id)).children
    return child


async def orphaned(bench: Bench) -> str:
    """An active runbook whose author is gone; its id."""
    runbook = await written(bench, WAIT)

    def act(stores: AutomationStores) -> None:
        found = stores.runbooks.get(runbook)
        assert found is not None
        stores.runbooks.save(replace(found, created_by=None), was=found.revision)

    await bench.house.acts.run(act)
    return runbook


async def test_what_is_called_is_paused_and_resumed_with_what_calls_it(bench: Bench) -> None:
    desk, admin = bench.house.desks.executions, await bench.actor("admin")
    outer = (await executed(bench, await nested(bench))).execution
    inner = await below(bench, await below(bench, outer))

    await desk.pause(admin, outer.key)
    await bench.house.desks.approvals.tell_execution(admin, inner.key, "go")
    await bench.settle()

    paused = await desk.detail(admin, inner.key)
    assert paused.execution.status is ExecutionStatus.PAUSED
    assert states(paused) == ["COMPLETED", "PENDING"]
    await desk.resume(admin, outer.key)
    await bench.settle()
    assert (await desk.detail(admin, outer.key)).execution.status is ExecutionStatus.COMPLETED


async def interrupted(bench: Bench, execution: str) -> None:
    """Have its waiting step look as if Tocsin had been killed in the middle of it."""

    def act(stores: AutomationStores) -> None:
        (task,) = [each for each in stores.executions.tasks(execution) if not each.status.ended]
        broken = replace(
            task,
            action="core.local",
            status=TaskStatus.RUNNING,
            waits_for=WaitsFor.NOTHING,
            waiting_id="",
            again_at=None,
        )
        stores.executions.save_tasks([broken])
        stores.drives.wake(EXECUTION_DRIVE, execution, bench.house.clock.now())

    await bench.house.acts.run(act)
    await bench.settle()


async def direct(bench: Bench, who: str) -> str:
    """All that was sent directly to somebody."""
    channels = await bench.house.rooms.channels(await bench.person(who))
    found = [await bench.messages(each.id, who) for each in channels if each.kind == "direct"]
    return "\n".join(message.text for each in found for message in each)


async def begun_by_itself(bench: Bench, runbook: str) -> Execution:
    """An execution that nobody began, as by a schedule."""
    team = (await bench.actor("admin")).team_id
    desk = bench.house.desks.executions
    begun = await desk.start(replace(SYSTEM, team_id=team), ExecuteWish(runbook=runbook))
    await bench.settle()
    return begun


WAIT = {"name": "Wait", "action": "core.wait", "parameters": {"seconds": 3600}}


async def test_the_author_is_asked_what_became_of_what_nobody_began(bench: Bench) -> None:
    await bench.person("admin")
    await bench.hire("ana", "responder")
    begun = await begun_by_itself(bench, await written(bench, WAIT))

    await interrupted(bench, begun.id)

    assert begun.key in await direct(bench, "admin")
    assert begun.key not in await direct(bench, "ana")


async def test_everybody_who_may_run_it_is_asked_where_its_author_is_gone(bench: Bench) -> None:
    await bench.hire("ana", "responder")
    await bench.hire("vera", "viewer")
    runbook = await orphaned(bench)
    begun = await begun_by_itself(bench, runbook)

    await interrupted(bench, begun.id)

    assert begun.key in await direct(bench, "ana")
    assert begun.key not in await direct(bench, "vera")


async def test_who_ran_it_last_is_asked_before_everybody(bench: Bench) -> None:
    await bench.hire("ana", "responder")
    await bench.hire("rex", "responder")
    runbook = await orphaned(bench)
    await executed(bench, runbook, "ana")
    begun = await begun_by_itself(bench, runbook)

    await interrupted(bench, begun.id)

    assert begun.key in await direct(bench, "ana")
    assert begun.key not in await direct(bench, "rex")


async def test_a_called_one_that_needs_somebody_is_shown_where_its_caller_is(bench: Bench) -> None:
    await written(bench, WAIT, name="Inner")
    await written(bench, {**CALL, "parameters": {"runbook": "inner"}}, name="Outer")
    await bench.say("admin", "general", "/runbook run outer")
    desk, admin = bench.house.desks.executions, await bench.actor("admin")
    child = await below(bench, (await desk.detail(admin, "RUN-00001")).execution)

    await interrupted(bench, child.id)

    told = [each for each in await bench.messages("general") if child.key in each.text]
    assert any("execution.again" in repr(each.card) for each in told)


async def card_of(bench: Bench, key: str, channel: str = "general") -> str:
    """The message that asks for an approval, with everything on it."""
    found = [each for each in await bench.messages(channel) if f"{key} · " in each.text]
    return repr(found[0].card)


async def test_the_request_says_who_may_answer(bench: Bench) -> None:
    await written(bench, {**RISKY, "approval": {"role": "approver"}}, name="Try")
    await bench.say("admin", "general", "/runbook run try")
    assert "nobody at the moment; give somebody the role approver" in await card_of(
        bench, "APR-00001"
    )

    for name in ("bo", "cy"):
        await approver(bench, name)
    await bench.say("admin", "general", "/runbook run try")
    assert "'@bo, @cy'" in await card_of(bench, "APR-00002")


LONG = {**RISKY, "parameters": {"cmd": f"echo {'x' * 3000}"}, "approval": {"role": "approver"}}


async def test_what_no_message_shows_is_not_agreed_to_in_chat(bench: Bench) -> None:
    bo = await approver(bench, "bo")
    await written(bench, LONG, name="Try")
    await bench.say("admin", "general", "/runbook run try")
    card = await card_of(bench, "APR-00001")
    assert "approval.approve" not in card
    assert "/approve" not in card

    told = await bench.told("bo", "general", "/approve APR-00001 fine")
    assert "too long for a message" in told
    desk = bench.house.desks.approvals
    approval = (await desk.detail(bo, "APR-00001")).approval
    assert approval.pending

    digits = approval.plan_hash
    assert "at least the first 8" in await bench.told("bo", "general", "/approve APR-1 --plan abc")
    await bench.say("bo", "general", f"/approve APR-1 --plan {'0' * 12}")
    assert (await desk.detail(bo, "APR-00001")).approval.pending
    assert "was approved by @bo" in await bench.told(
        "bo", "general", f"/approve APR-1 fine --plan {digits[:12]}"
    )


async def test_no_part_of_a_plan_is_left_out_above_a_button(bench: Bench) -> None:
    """Where a platform's message holds less than the plan, it is looked at on its page."""
    step = {**RISKY, "parameters": {"cmd": f"echo {'x' * 1000}"}}
    runbook = await written(bench, {**step, "approval": {"role": "approver"}}, name="Longer")
    (longer,) = (await executed(bench, runbook)).approvals
    living = Living("1", f"approval:{longer.id}", Address("local", "main", "general"))
    cards = AutomationCards(bench.house.acts)

    roomy = repr(await cards.card(living, Limits()))
    tight = repr(await cards.card(living, Limits(text_chars=900)))

    assert "approval.approve" in roomy
    assert "x" * 1000 in roomy
    assert "approval.approve" not in tight
    assert "/approve" not in tight
    assert "Look at it on its page" in tight


async def test_a_list_of_approvals_asks_for_everybody_once(bench: Bench) -> None:
    """However many approvals and members there are, who may answer is not asked for each."""
    for name in ("bo", "cy", "di"):
        await approver(bench, name)
    await asked(bench)
    admin = await bench.actor("admin")
    desk = bench.house.desks.approvals
    for number in range(3):
        step = {**RISKY, "approval": {"role": "approver"}}
        await executed(bench, await written(bench, step, name=f"More {number}"))

    page = await desk.page(admin, ApprovalFilter(), Slice(50))

    assert [len(each.eligible) for each in page.items] == [3] * 4


async def test_a_dry_run_takes_no_incident_of_another_team(bench: Bench) -> None:
    admin, desks = await bench.actor("admin"), bench.house.desks
    await desks.people.create_team(SYSTEM, "other", "")
    content, _ = read({"name": "Theirs", "steps": [ECHO]})
    made = await desks.runbooks.create(
        admin, content, Edit(status=RunbookStatus.ACTIVE), team="other"
    )
    runbook = made.runbook.id
    await bench.say("admin", "general", "/incident start --playbook outage --name db")

    for call in (bench.house.desks.executions.dry_run, bench.house.desks.executions.start):
        with pytest.raises(BadInput, match="of another team"):
            await call(admin, ExecuteWish(runbook=runbook, incident="INC-00001"))


async def test_a_dry_run_says_all_that_a_step_does(bench: Bench) -> None:
    undo: dict[str, Any] = {
        "action": "core.local",
        "parameters": {"cmd": "echo back {{ parameters.x }}"},
    }
    step = {
        **RISKY,
        "retry": {"count": 2, "delay": 5, "backoff": 3},
        "on_failure": "roll_back",
        "rollback": undo,
    }
    await written(bench, step, name="Try", parameters=[{"name": "x", "required": True}])

    told = await bench.told("admin", "general", "/runbook plan try x=1")

    assert "tried 2 more times, after 5 s, each time 3 times as long" in told
    assert "undoes what was done before when it fails" in told
    assert "undone by core.local echo back 1" in told
