"""What an approval holds for, who sees it, and what is kept of an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from automation.approval import ApprovalFilter, ApprovalStatus
from automation.execution import ExecutionStatus
from automation.runbooks.desk import Edit
from chat.errors import NotFound
from security.actor import Actor
from security.page import Slice
from tests.automation.approving import RISKY, after, approver, asked, code_of
from tests.automation.runs import executed, states, written
from tests.bench import Bench, on_the_bench
from tests.clock import SetClock
from tests.storage.raw import everything


@pytest.fixture
async def bench(database_url: str, tmp_path: Path, clock: SetClock) -> AsyncIterator[Bench]:
    """A whole bot on each database in turn, whose clock is moved by hand."""
    async with on_the_bench(database_url, tmp_path, clock) as running:
        yield running


async def test_anything_changed_asks_again(bench: Bench) -> None:
    """The plan is rendered anew after the yes; what differs was not approved."""
    bo = await approver(bench, "bo")
    pack = bench.house.settings.home / "packs" / "mine" / "actions"
    pack.mkdir(parents=True)
    (pack.parent / "pack.yaml").write_text("ref: mine\nname: mine\nversion: 1.0.0\n")
    script = pack / "do.sh"
    script.write_text("#!/bin/sh\necho harmless\n")
    script.chmod(0o755)
    (pack / "do.yaml").write_text("name: do\nrunner_type: local-shell-script\nentry_point: do.sh\n")
    bench.house.automation.workshop.registry.reload()
    step = {"name": "Do", "action": "mine.do", "approval": {"role": "approver"}}
    detail = await executed(bench, await written(bench, step))

    script.write_text("#!/bin/sh\necho harmful\n")
    bench.house.automation.workshop.registry.reload()
    await bench.house.desks.approvals.approve(bo, detail.approvals[0].key)
    asks = await after(bench, detail)

    assert states(asks) == ["WAITING"]
    assert [one.status for one in asks.approvals] == [
        ApprovalStatus.APPROVED,
        ApprovalStatus.PENDING,
    ]
    await bench.house.desks.approvals.approve(bo, asks.approvals[1].key)
    done = await after(bench, detail)
    assert done.execution.status is ExecutionStatus.COMPLETED
    assert done.tasks[0].output["stdout"].strip() == "harmful"


async def test_a_script_changed_just_before_the_yes_asks_again(bench: Bench) -> None:
    """The registry has not looked yet; the file is what would be run."""
    bo = await approver(bench, "bo")
    pack = bench.house.settings.home / "packs" / "mine" / "actions"
    pack.mkdir(parents=True)
    (pack.parent / "pack.yaml").write_text("ref: mine\nname: mine\nversion: 1.0.0\n")
    script = pack / "do.sh"
    script.write_text("#!/bin/sh\necho harmless\n")
    script.chmod(0o755)
    (pack / "do.yaml").write_text("name: do\nrunner_type: local-shell-script\nentry_point: do.sh\n")
    bench.house.automation.workshop.registry.reload()
    step = {"name": "Do", "action": "mine.do", "approval": {"role": "approver"}}
    detail = await executed(bench, await written(bench, step))

    script.write_text("#!/bin/sh\necho harmful\n")
    await bench.house.desks.approvals.approve(bo, detail.approvals[0].key)

    asks = await after(bench, detail)
    assert states(asks) == ["WAITING"]
    assert asks.tasks[0].attempts == ()


async def test_a_description_changed_just_before_the_yes_asks_again(bench: Bench) -> None:
    """What an action does is in its description, too: here, a default."""
    bo = await approver(bench, "bo")
    pack = bench.house.settings.home / "packs" / "mine" / "actions"
    pack.mkdir(parents=True)
    (pack.parent / "pack.yaml").write_text("ref: mine\nname: mine\nversion: 1.0.0\n")
    about = "name: do\nrunner_type: local-shell-cmd\nparameters: {{cmd: {{default: {}}}}}\n"
    (pack / "do.yaml").write_text(about.format("echo harmless"))
    bench.house.automation.workshop.registry.reload()
    step = {"name": "Do", "action": "mine.do", "approval": {"role": "approver"}}
    detail = await executed(bench, await written(bench, step))

    (pack / "do.yaml").write_text(about.format("echo harmful"))
    await bench.house.desks.approvals.approve(bo, detail.approvals[0].key)

    asks = await after(bench, detail)
    assert states(asks) == ["WAITING"]
    assert asks.tasks[0].attempts == ()
    assert "harmful" in repr(asks.approvals[1].plan)
    await bench.house.desks.approvals.approve(bo, asks.approvals[1].key)
    assert (await after(bench, detail)).tasks[0].output["stdout"].strip() == "harmful"


@pytest.mark.parametrize("typed", ["{key} --code {code}", "{key} {code} since it is me", "button"])
async def test_a_code_given_in_chat_is_kept_nowhere(
    bench: Bench, clock: SetClock, typed: str
) -> None:
    bo = await approver(bench, "bo")
    _, approval = await asked(bench, second_factor=True)
    factors = bench.house.second_factors
    secret = (await factors.begin(bo)).secret
    recovery = (await factors.confirm(bo, code_of(secret, clock)))[0]
    clock.advance(seconds=60)
    given = recovery if "--code" in typed else code_of(secret, clock)

    if typed == "button":
        await bench.say("bo", "general", "hello")
        listed = await bench.say("bo", "general", "/approvals")
        form = await bench.click("bo", listed.replies[0], "approval.approve")
        await bench.submit("bo", form, note="since it is me", second_factor_code=given)
    else:
        line = typed.format(key=approval.key, code=given)
        assert "was approved by @bo" in await bench.told("bo", "general", f"/approve {line}")

    detail = await bench.house.desks.approvals.detail(bo, approval.key)
    assert detail.approval.status is ApprovalStatus.APPROVED
    assert detail.answers[0].note == ("" if "--code" in typed else "since it is me")
    rows = await bench.house.acts.read(everything)
    assert approval.key in rows
    assert given not in rows


async def test_the_list_shows_what_one_may_see_or_answer(bench: Bench) -> None:
    """What a private runbook or a private incident asks is for those who know of it."""
    bo = await approver(bench, "bo")
    await bench.hire("vera", "viewer")
    await bench.hire("rex")
    admin, vera, rex = [await bench.actor(name) for name in ("admin", "vera", "rex")]
    await bench.say("admin", "general", "/incident start --playbook security-breach --name breach")
    runbooks = bench.house.desks.runbooks
    ask = {**RISKY, "approval": {"role": "approver"}}
    named = {**RISKY, "approval": {"people": ["vera"]}}
    for number, (step, private, incident) in enumerate(
        [(ask, False, None), (ask, True, None), (named, True, None), (ask, False, "INC-00001")], 1
    ):
        runbook = await written(bench, step, name=f"Try {number}")
        if private:
            await runbooks.edit(admin, runbook, Edit(is_public=False))
        await executed(bench, runbook, incident=incident)
    await executed(bench, await written(bench, ask, name="Rex"), "rex")

    assert await listed(bench, admin) == [1, 2, 3, 4, 5]
    assert await listed(bench, bo) == [1, 2, 4, 5]
    assert await listed(bench, vera) == [1, 3, 5]
    assert await listed(bench, rex) == [1, 5]
    assert await listed(bench, bo, mine=True) == [1, 2, 4, 5]
    assert await listed(bench, vera, mine=True) == [3]
    assert "APR-00002" not in await bench.told("rex", "general", "/approvals")
    desk = bench.house.desks.approvals
    for key in ("APR-2", "APR-3", "APR-4"):
        with pytest.raises(NotFound):
            await desk.detail(rex, key)
    assert (await desk.approve(vera, "APR-3")).status is ApprovalStatus.APPROVED
    assert (await desk.approve(bo, "APR-2")).status is ApprovalStatus.APPROVED


async def listed(bench: Bench, actor: Actor, *, mine: bool = False) -> list[int]:
    """Numbers of the approvals that a list shows to somebody, a page at a time."""
    found: list[int] = []
    for offset in (0, 2, 4):
        part = Slice(2, offset, "number")
        page = await bench.house.desks.approvals.page(actor, ApprovalFilter(), part, mine=mine)
        found += [each.approval.number for each in page.items]
    assert page.total == len(found)
    return found


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_everybody_who_may_answer_is_told_directly(bench: Bench) -> None:
    """However many they are."""
    names = [f"bo{number}" for number in range(30)]
    for name in names:
        await approver(bench, name)

    _, approval = await asked(bench)
    await bench.settle()

    for name in names:
        person = await bench.person(name)
        channels = await bench.house.rooms.channels(person)
        direct = [each.id for each in channels if each.kind == "direct"]
        told = [await bench.messages(each, name) for each in direct]
        assert any(approval.key in message.text for each in told for message in each), name
