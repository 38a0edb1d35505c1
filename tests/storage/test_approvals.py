"""Approvals: answered once by each, decided once, listed for whoever may see them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from automation.approval import (
    Approval,
    ApprovalFilter,
    ApprovalStatus,
    OnExpiry,
    PlannedStep,
    Policy,
    Question,
)
from chat.errors import BadInput, Refused, Stale
from incidents.incident import Participant
from incidents.ports import Viewer
from security.page import Slice
from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.make import incident
from tests.make_automation import answer, approval, execution

LATER = START + timedelta(hours=1)
FULL = approval(
    subject="Neu «stárt»: Löok",
    policy=Policy(
        people=("bo", "cy"),
        role="approver",
        needed=2,
        reason_required=True,
        expires_after=None,
        on_expiry=OnExpiry.APPROVE,
        escalate_after=5.5,
        escalate_to=("ana",),
        requester_may_approve=True,
        second_factor=True,
    ),
    plan=(
        PlannedStep(
            "Look",
            "core.http",
            {"url": "https://x", "deep": [1, {"a": None}]},
            2.5,
            when="x > 1",
            command="ls -l",
            open=("steps.a.output",),
            digest="d" * 64,
            skipped=True,
            approval=True,
            rollback="core.noop",
            mistake="no",
        ),
        PlannedStep("Then", "core.noop", None, 60.0),
    ),
    requested_by=None,
    reason="because",
    incident_id="incident-1",
    status=ApprovalStatus.REJECTED,
    expires_at=LATER,
    escalate_at=LATER,
    escalated=True,
    decided_at=LATER,
    verdict="was rejected by @bo",
    version=3,
)


@pytest.fixture
async def begun(peopled: Database) -> Database:
    """With a private incident that @ana takes part in, an execution of it and one of none."""

    def act(to: Stores) -> None:
        to.incidents.add(replace(incident(), public=False))
        to.incidents.join(Participant("incident-1", "ana", START))
        to.executions.add(execution(1, incident_id="incident-1"), ())
        to.executions.add(execution(2, team_id="ops"), ())

    await peopled.acts.run(act)
    return peopled


async def test_an_approval_comes_back_as_it_went_in(begun: Database) -> None:
    def act(to: Stores) -> None:
        to.approvals.add(FULL)
        assert to.approvals.get("approval-1") == FULL
        assert to.approvals.get("approval-1", lock=True) == FULL
        assert to.approvals.by_number(1) == FULL
        assert to.approvals.by_number(1, lock=True) == FULL
        assert to.approvals.get("none") is None
        assert to.approvals.by_number(2) is None

    await begun.acts.run(act)


async def test_numbers_are_given_once(begun: Database) -> None:
    numbers = await asyncio.gather(
        *(begun.acts.run(lambda to: to.approvals.next_number()) for _ in range(20))
    )
    assert sorted(numbers) == list(range(1, 21))


async def test_a_change_of_an_old_version_is_stale_and_the_plan_never_changes(
    begun: Database,
) -> None:
    decided = replace(
        approval(), status=ApprovalStatus.APPROVED, decided_at=LATER, verdict="yes", version=2
    )

    def act(to: Stores) -> None:
        to.approvals.add(approval())
        to.approvals.save(replace(decided, plan=(), policy=Policy(needed=9)))
        assert to.approvals.get("approval-1") == decided
        with pytest.raises(Stale, match="APR-00001"):
            to.approvals.save(decided)

    await begun.acts.run(act)


async def test_each_answers_once(begun: Database) -> None:
    yes, no = answer(account_id="bo", at=LATER), answer(approve=False, note="why?")

    def act(to: Stores) -> None:
        for number in (1, 2):
            to.approvals.add(approval(number))
        assert to.approvals.answer(yes)
        assert not to.approvals.answer(replace(yes, approve=False))
        assert to.approvals.answer(no)
        assert to.approvals.answer(answer("approval-2", "bo"))
        assert to.approvals.answers("approval-1") == (no, yes)
        assert to.approvals.answers("none") == ()

    await begun.acts.run(act)


async def test_who_answers_from_two_places_at_once_has_answered_once(begun: Database) -> None:
    await begun.acts.run(lambda to: to.approvals.add(approval()))

    kept = await asyncio.gather(
        *(
            begun.acts.run(lambda to, via=via: to.approvals.answer(answer(via=via)))
            for via in ("web", "api", "cli", "chat:slack", "chat:teams", "chat:local")
        )
    )

    assert kept.count(True) == 1
    assert len(await begun.acts.read(lambda to: to.approvals.answers("approval-1"))) == 1


async def test_two_who_answer_at_once_decide_once(begun: Database) -> None:
    """Whoever comes second reads under the lock that it is decided."""

    def decide(account_id: str, to: Stores) -> None:
        found = to.approvals.get("approval-1", lock=True)
        assert found is not None
        if not found.pending:
            raise Refused("It is decided.", code="DECIDED")
        assert to.approvals.answer(answer(account_id=account_id))
        status = ApprovalStatus.APPROVED
        to.approvals.save(replace(found, status=status, verdict=account_id, version=2))

    await begun.acts.run(lambda to: to.approvals.add(approval()))
    done = await asyncio.gather(
        *(begun.acts.run(lambda to, a=name: decide(a, to)) for name in ("ana", "bo", "cy")),
        return_exceptions=True,
    )

    assert sum(it is None for it in done) == 1
    assert sum(isinstance(it, Refused) and it.code == "DECIDED" for it in done) == 2
    (given,) = await begun.acts.read(lambda to: to.approvals.answers("approval-1"))
    found = await begun.acts.read(lambda to: to.approvals.get("approval-1"))
    assert found is not None
    assert found.verdict == given.account_id


async def test_those_of_an_execution_and_those_that_wait_are_found_oldest_first(
    begun: Database,
) -> None:
    def act(to: Stores) -> None:
        of_incident = {"incident_id": "incident-1"}
        to.approvals.add(approval(1, requested_at=LATER, **of_incident))
        to.approvals.add(approval(2, requested_at=START, **of_incident))
        to.approvals.add(approval(3, status=ApprovalStatus.EXPIRED, **of_incident))
        to.approvals.add(approval(4, execution_id="execution-2"))
        assert [it.number for it in to.approvals.of("execution-1")] == [2, 3, 1]
        assert [it.number for it in to.approvals.pending_of_incident("incident-1")] == [2, 1]
        assert to.approvals.pending_of_incident("incident-2") == ()

    await begun.acts.run(act)


MAIN = frozenset({"main"})
BOTH = frozenset({"main", "ops"})


def fill(to: Stores) -> None:
    """Add four approvals, two of them of a private incident."""
    several = (
        approval(1, incident_id="incident-1", requested_by="cy"),
        approval(2, incident_id="incident-1", status=ApprovalStatus.APPROVED, decided_at=LATER),
        approval(3, subject="ÜBER: Look", reason="100% sure", requested_by=None),
        approval(4, team_id="ops", execution_id="execution-2"),
    )
    for number, it in enumerate(several):
        to.approvals.add(replace(it, requested_at=START + timedelta(minutes=number)))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ApprovalFilter(), [4, 3, 2, 1]),
        (ApprovalFilter(team_ids=frozenset()), []),
        (ApprovalFilter(team_ids=MAIN), [3, 2, 1]),
        (ApprovalFilter(team_ids=BOTH), [4, 3, 2, 1]),
        (ApprovalFilter(viewer=Viewer(None, None, None)), [4, 3, 2, 1]),
        (ApprovalFilter(viewer=Viewer(MAIN, frozenset(), "ana")), [4, 3, 2, 1]),
        (ApprovalFilter(viewer=Viewer(MAIN, frozenset(), "bo")), [4, 3]),
        (ApprovalFilter(viewer=Viewer(MAIN, frozenset(), "cy")), [4, 3, 1]),
        (ApprovalFilter(viewer=Viewer(MAIN, frozenset(), None)), [4, 3]),
        (ApprovalFilter(viewer=Viewer(frozenset(), MAIN, "bo")), [4, 3, 2, 1]),
        (ApprovalFilter(status=ApprovalStatus.PENDING), [4, 3, 1]),
        (ApprovalFilter(team_ids=MAIN, status=ApprovalStatus.PENDING), [3, 1]),
        (ApprovalFilter(incident_id="incident-1"), [2, 1]),
        (ApprovalFilter(execution_id="execution-2"), [4]),
        (ApprovalFilter(since=START + timedelta(minutes=2)), [4, 3]),
        (ApprovalFilter(search="über LOOK"), [3]),
        (ApprovalFilter(search="0%"), [3]),
        (ApprovalFilter(search="%0"), []),
        (ApprovalFilter(search="step", status=ApprovalStatus.APPROVED), [2]),
    ],
)
async def test_approvals_are_found(
    begun: Database, wanted: ApprovalFilter, found: list[int]
) -> None:
    await begun.acts.run(fill)
    page = await begun.acts.read(lambda to: to.approvals.page(wanted, Slice()))

    assert [it.number for it in page.items] == found
    assert page.total == len(found)


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("", [4, 3, 2, 1]),
        ("requested_at", [1, 2, 3, 4]),
        ("-number", [4, 3, 2, 1]),
        ("decided_at", [2, 1, 3, 4]),
        ("-decided_at", [4, 3, 1, 2]),
    ],
)
async def test_approvals_come_in_order_and_in_pages(
    begun: Database, order: str, found: list[int]
) -> None:
    await begun.acts.run(fill)
    numbers: list[int] = []
    for offset in range(0, 4, 3):
        part = Slice(limit=3, offset=offset, order=order)
        page = await begun.acts.read(lambda to, p=part: to.approvals.page(ApprovalFilter(), p))
        assert page.total == 4
        numbers += [it.number for it in page.items]

    assert numbers == found


async def test_an_order_that_is_none_is_refused(begun: Database) -> None:
    with pytest.raises(BadInput, match="requested_at, decided_at, number"):
        await begun.acts.read(
            lambda to: to.approvals.page(ApprovalFilter(), Slice(order="-colour"))
        )


QUESTION = Question(
    id="q1",
    team_id="main",
    execution_id="execution-1",
    task_id="t1",
    text="Wëiter?",
    asked_at=START,
    options=("yes", "no"),
    of=("ana",),
    incident_id="incident-1",
    expires_at=LATER,
)


async def test_a_question_is_asked_and_answered(begun: Database) -> None:
    closed = replace(
        QUESTION, answer="yes", answered_by="ana", answered_name="ana", closed_at=LATER
    )

    def act(to: Stores) -> None:
        to.approvals.ask(QUESTION)
        to.approvals.ask(replace(QUESTION, id="q2"))
        assert to.approvals.question("q1") == QUESTION
        assert to.approvals.question("q1", lock=True) == QUESTION
        assert to.approvals.question("none") is None
        to.approvals.save_question(closed)
        assert to.approvals.question("q1") == closed
        assert to.approvals.question("q2") == replace(QUESTION, id="q2")

    await begun.acts.run(act)


async def test_every_change_is_heard_of(begun: Database) -> None:
    heard: list[frozenset[str]] = []
    begun.acts.on_commit(heard.append)

    async def tells(act: Callable[[Stores], object]) -> bool:
        heard.clear()
        await begun.acts.run(act)
        await asyncio.sleep(0)
        return any("approvals" in topics for topics in heard)

    def look(to: Stores) -> Approval | None:
        return to.approvals.get("approval-1", lock=True)

    assert await tells(lambda to: to.approvals.add(approval()))
    assert await tells(lambda to: to.approvals.answer(answer()))
    assert not await tells(lambda to: to.approvals.answer(answer()))
    assert await tells(lambda to: to.approvals.save(approval(version=2)))
    assert await tells(lambda to: to.approvals.ask(QUESTION))
    assert await tells(lambda to: to.approvals.save_question(QUESTION))
    assert not await tells(look)
