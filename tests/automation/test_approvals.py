"""Approvals under bad luck: too early, at once, too late, without the right, in masses."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from automation.approval import Approval, ApprovalFilter, ApprovalStatus
from automation.execution import ExecutionStatus
from chat.errors import BadInput, Denied, NotFound, Refused
from security.page import Slice
from storage.stores import Stores
from tests.automation.approving import RISKY, after, approver, asked, code_of
from tests.automation.runs import executed, states, written
from tests.bench import Bench, eventually, on_the_bench
from tests.clock import START, SetClock

MANY = 10_000


@pytest.fixture
async def bench(database_url: str, tmp_path: Path, clock: SetClock) -> AsyncIterator[Bench]:
    """A whole bot on each database in turn, whose clock is moved by hand."""
    async with on_the_bench(database_url, tmp_path, clock) as running:
        yield running


async def test_answered_before_its_asker_has_come_to_rest_it_counts(bench: Bench) -> None:
    """The answer comes in the very moment in which the request is committed."""
    bo = await approver(bench, "bo")
    desks = bench.house.desks
    answering: list[asyncio.Task[Approval]] = []

    def at_once(topics: frozenset[str]) -> None:
        if "approvals" in topics and not answering:
            answering.append(asyncio.ensure_future(desks.approvals.approve(bo, "APR-00001")))

    bench.house.acts.on_commit(at_once)
    runbook = await written(bench, {**RISKY, "approval": {"role": "approver"}})
    detail = await executed(bench, runbook)

    assert answering
    assert (await answering[0]).status is ApprovalStatus.APPROVED
    assert (await after(bench, detail)).execution.status is ExecutionStatus.COMPLETED


async def test_answered_twice_at_once_from_two_platforms_one_counts(bench: Bench) -> None:
    bo, carl = (
        await approver(bench, "bo", "chat:slack"),
        await approver(bench, "carl", "chat:teams"),
    )
    detail, approval = await asked(bench)
    desk = bench.house.desks.approvals

    told = await asyncio.gather(
        desk.approve(bo, approval.key, "yes"),
        desk.reject(carl, approval.key, "no"),
        return_exceptions=True,
    )

    (decided,) = [one for one in told if isinstance(one, Approval)]
    (refused,) = [one for one in told if isinstance(one, Refused)]
    assert refused.code == "DECIDED"
    done = await after(bench, detail)
    good = decided.status is ApprovalStatus.APPROVED
    assert done.execution.status is (ExecutionStatus.COMPLETED if good else ExecutionStatus.FAILED)
    answers = await bench.house.acts.read(lambda to: to.approvals.answers(approval.id))
    assert len(answers) == 1


async def test_one_person_at_two_doors_at_once_has_answered_once(bench: Bench) -> None:
    bo = await approver(bench, "bo", "chat:slack")
    _, approval = await asked(bench, needed=2)
    desk = bench.house.desks.approvals

    told = await asyncio.gather(
        *(desk.approve(replace(bo, via=via), approval.key) for via in ("chat:slack", "web", "cli")),
        return_exceptions=True,
    )

    assert [one.code for one in told if isinstance(one, Refused)] == ["ALREADY", "ALREADY"]
    (counted,) = [one for one in told if isinstance(one, Approval)]
    assert counted.status is ApprovalStatus.PENDING


async def test_whose_right_was_withdrawn_meanwhile_is_turned_away(bench: Bench) -> None:
    bo = await approver(bench, "bo")
    detail, approval = await asked(bench)
    admin = await bench.actor("admin")

    await bench.house.desks.people.revoke(admin, "bo", "approver", "main")
    with pytest.raises((Denied, NotFound)):
        await bench.house.desks.approvals.approve(bo, approval.key)

    assert (await after(bench, detail)).approvals[0].pending


async def test_a_yes_of_somebody_who_may_no_more_does_not_count(bench: Bench) -> None:
    bo, carl, dora = [await approver(bench, name) for name in ("bo", "carl", "dora")]
    detail, approval = await asked(bench, needed=2)
    desks = bench.house.desks
    await desks.approvals.approve(bo, approval.key)
    await desks.people.revoke(await bench.actor("admin"), "bo", "approver", "main")

    second = await desks.approvals.approve(carl, approval.key)
    assert second.status is ApprovalStatus.PENDING
    third = await desks.approvals.approve(dora, approval.key)

    assert third.status is ApprovalStatus.APPROVED
    assert "@bo" not in third.verdict
    assert (await after(bench, detail)).execution.status is ExecutionStatus.COMPLETED


@pytest.mark.parametrize(
    ("on_expiry", "execution", "tasks"),
    [
        ("reject", ExecutionStatus.FAILED, ["FAILED"]),
        ("cancel", ExecutionStatus.CANCELLED, ["FAILED"]),
        ("approve", ExecutionStatus.COMPLETED, ["COMPLETED"]),
    ],
)
async def test_after_expiry_nobody_is_heard_and_its_consequence_follows(
    bench: Bench, clock: SetClock, on_expiry: str, execution: ExecutionStatus, tasks: list[str]
) -> None:
    bo = await approver(bench, "bo")
    detail, approval = await asked(bench, expires_after=600, on_expiry=on_expiry)
    assert approval.expires_at == clock.now() + timedelta(seconds=600)

    clock.advance(seconds=600)
    with pytest.raises(Refused) as late:
        await bench.house.desks.approvals.approve(bo, approval.key)

    assert late.value.code in {"EXPIRED", "DECIDED"}
    bench.work.engine.wake()
    await eventually(lambda: _expired(bench, approval))
    done = await after(bench, detail)
    assert done.execution.status is execution
    assert states(done) == tasks


async def _expired(bench: Bench, approval: Approval) -> bool:
    found = await bench.house.acts.read(lambda to: to.approvals.get(approval.id))
    return found is not None and found.status is ApprovalStatus.EXPIRED


async def test_it_is_escalated_before_it_expires(bench: Bench, clock: SetClock) -> None:
    boss = await bench.hire("boss", "responder")
    assert boss.name == "boss"
    await approver(bench, "bo")
    detail, approval = await asked(
        bench, expires_after=600, escalate_after=300, escalate_to=["boss"]
    )
    actor = await bench.actor("boss")
    with pytest.raises(Denied):
        await bench.house.desks.approvals.approve(actor, approval.key)

    clock.advance(seconds=301)
    bench.work.engine.wake()

    async def escalated() -> bool:
        return (await after(bench, detail)).approvals[0].escalated

    await eventually(escalated)
    done = await bench.house.desks.approvals.approve(actor, approval.key)
    assert done.status is ApprovalStatus.APPROVED


async def test_the_requester_may_answer_only_where_the_policy_says_so(bench: Bench) -> None:
    await bench.hire("eve", "engineer")
    admin = await bench.actor("admin")
    await bench.house.desks.people.grant(admin, "eve", "approver", "main")
    eve = await bench.actor("eve")
    _, own = await asked(bench, "eve")
    with pytest.raises(Denied, match="You asked for it yourself"):
        await bench.house.desks.approvals.approve(eve, own.key)
    await bench.house.desks.approvals.reject(await approver(bench, "bo"), own.key)

    content = {**RISKY, "approval": {"role": "approver", "requester_may_approve": True}}
    detail = await executed(bench, await written(bench, content, name="Other"), "eve")
    done = await bench.house.desks.approvals.approve(eve, detail.approvals[0].key)
    assert done.status is ApprovalStatus.APPROVED


async def test_the_request_in_chat_shows_false_and_nought(bench: Bench) -> None:
    await approver(bench, "bo")
    step = {
        "name": "Clean",
        "action": "linux.disk_cleanup",
        "parameters": {"dry_run": False, "older_than_days": 7},
        "approval": {"role": "approver"},
    }
    await written(bench, step, name="Clean")
    await bench.say("admin", "general", "/runbook run clean")
    await bench.settle()

    request = next(m for m in await bench.messages("general") if "needs approval" in m.text)

    assert '"dry_run": false' in request.text


async def test_what_one_did_not_look_at_is_not_approved(bench: Bench) -> None:
    bo = await approver(bench, "bo")
    _, approval = await asked(bench)
    with pytest.raises(Refused) as other:
        await bench.house.desks.approvals.approve(bo, approval.key, plan_hash="0" * 64)
    assert other.value.code == "PLAN_CHANGED"


async def test_ten_thousand_that_wait_need_no_thread_and_no_task(bench: Bench) -> None:
    bo = await approver(bench, "bo")
    detail, approval = await asked(bench)
    await bench.settle()
    tasks, threads = len(asyncio.all_tasks()), threading.active_count()

    def add(to: Stores) -> None:
        for number in range(MANY):
            one = replace(
                approval,
                id=f"waiting-{number}",
                number=approval.number + 1 + number,
                task_id=f"task-{number}",
                expires_at=START + timedelta(days=3),
            )
            to.approvals.add(one)
            to.drives.wake("approval", one.id, START + timedelta(days=3))

    await bench.house.acts.run(add)
    await bench.settle()

    assert len(asyncio.all_tasks()) <= tasks + 1
    assert threading.active_count() <= threads + 1
    page = await bench.house.desks.approvals.page(
        bo, ApprovalFilter(status=ApprovalStatus.PENDING), Slice(25)
    )
    assert page.total == MANY + 1
    mine = await bench.house.desks.approvals.page(bo, ApprovalFilter(), Slice(25, 50), mine=True)
    assert (len(mine.items), mine.total) == (25, MANY + 1)
    assert all(each.mine for each in mine.items)
    done = await bench.house.desks.approvals.approve(bo, approval.key)
    assert done.status is ApprovalStatus.APPROVED
    assert (await after(bench, detail)).execution.status is ExecutionStatus.COMPLETED


async def test_a_sensitive_one_needs_a_code_that_counts_once(bench: Bench, clock: SetClock) -> None:
    bo = await approver(bench, "bo")
    detail, approval = await asked(bench, second_factor=True)
    desks, factors = bench.house.desks, bench.house.second_factors
    with pytest.raises(Refused) as without:
        await desks.approvals.approve(bo, approval.key)
    assert without.value.code == "SECOND_FACTOR_NEEDED"
    with pytest.raises(Refused) as none:
        await desks.approvals.approve(bo, approval.key, code="123456")
    assert none.value.code == "SECOND_FACTOR_MISSING"

    secret = (await factors.begin(bo)).secret
    await factors.confirm(bo, code_of(secret, clock))
    with pytest.raises(BadInput) as wrong:
        await desks.approvals.approve(bo, approval.key, code="000000")
    assert wrong.value.code == "WRONG_CODE"
    clock.advance(seconds=60)
    given = code_of(secret, clock)
    done = await desks.approvals.approve(bo, approval.key, code=given)

    assert done.status is ApprovalStatus.APPROVED
    assert (await after(bench, detail)).execution.status is ExecutionStatus.COMPLETED
    step = {**RISKY, "approval": {"role": "approver", "second_factor": True}}
    again = await executed(bench, await written(bench, step, name="Again"))
    with pytest.raises(BadInput):
        await desks.approvals.approve(bo, again.approvals[0].key, code=given)
