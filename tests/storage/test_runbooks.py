"""Runbooks: names, versions, counts, lists."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automation.actions.action import Parameter
from automation.approval import OnExpiry, Policy
from automation.runbook import (
    RUNBOOK_ORDERS,
    Content,
    OnFailure,
    Retry,
    Rollback,
    Runbook,
    RunbookFilter,
    RunbookStatus,
    Step,
    TriggerType,
    Version,
)
from chat.errors import BadInput, Refused, Stale
from security.page import Slice
from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.make_automation import execution, runbook

POLICY = Policy(
    people=("bo",),
    role="approver",
    needed=2,
    reason_required=True,
    expires_after=60.5,
    on_expiry=OnExpiry.CANCEL,
    escalate_after=30.0,
    escalate_to=("cy",),
    second_factor=True,
)
FULL = runbook(
    "full",
    content=Content(
        name="Heile — «Wélt»",
        description="What it does\n*md*",
        trigger_type=TriggerType.SCHEDULED,
        trigger_conditions={"cron": "0 3 * * *", "deep": [{"a": None}, 1.5, True]},
        parameters=(
            Parameter("host", {"type": "string", "enum": ["a", "b"]}, "Which", required=True),
            Parameter("token", secret=True, position=0),
        ),
        steps=(
            Step(
                "Look",
                "core.http",
                timeout=2.5,
                parameters={"url": "https://{{ host }}/", "list": [1, [2]]},
                when="host != 'b'",
                retry=Retry(3, 1.0, 2.0),
                on_failure=OnFailure.ROLL_BACK,
                approval=POLICY,
                rollback=Rollback("core.noop", {"x": {"y": "z"}}, 9.0),
            ),
            Step("Then", "core.noop", parallel=True),
        ),
        approval=Policy(expires_after=None),
        estimated_duration=timedelta(minutes=5, microseconds=1),
        category="Database",
        tags=("db", "Ünï"),
    ),
    is_public=False,
    webhook_secret="sealed",
    run_count=3,
    ended_count=2,
    success_count=1,
    shipped="core/full.yaml",
)


def called(name: str, handle: str, **changed: Any) -> Runbook:
    """A runbook with a name of its own."""
    return runbook(handle, content=Content(name), **changed)


async def test_a_change_leaves_alone_when_it_was_due(peopled: Database) -> None:
    """What began it meanwhile is not undone by somebody who edits what they read before."""
    await peopled.acts.run(lambda to: to.runbooks.add(FULL))
    await peopled.acts.run(lambda to: to.runbooks.was_due("full", START))

    await peopled.acts.run(lambda to: to.runbooks.save(replace(FULL, revision=2), was=1))

    found = await peopled.acts.read(lambda to: to.runbooks.get("full"))
    assert found is not None
    assert (found.revision, found.last_due) == (2, START)


async def test_a_runbook_comes_back_as_it_went_in(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.runbooks.add(FULL)
        assert to.runbooks.get("full") == FULL
        assert to.runbooks.get("full", lock=True) == FULL
        assert to.runbooks.by_handle("main", "full") == FULL
        assert to.runbooks.by_handle("ops", "full") is None
        assert to.runbooks.by_name("main", "HEILE — «WÉLT»") == FULL
        assert to.runbooks.by_name("ops", FULL.name) is None
        assert to.runbooks.get("none") is None

    await peopled.acts.run(act)


async def test_a_name_and_a_handle_are_taken_once_in_their_team(peopled: Database) -> None:
    """Case is ignored in every alphabet; what was refused spoils nothing else of the act."""

    def act(to: Stores) -> None:
        to.runbooks.add(called("Grüße", "hello"))
        with pytest.raises(Refused, match=r"“Grüße”.*another name") as taken:
            to.runbooks.add(called("GRÜSSE", "other"))
        assert taken.value.code == "NAME_TAKEN"
        with pytest.raises(Refused, match=r"“hello”.*another handle"):
            to.runbooks.add(called("Other", "hello", id="third"))
        to.runbooks.add(called("Grüße", "hello", id="beyond", team_id="ops"))
        to.runbooks.add(called("Free", "free"))
        with pytest.raises(Refused, match="“Grüße” already"):
            to.runbooks.save(called("GRÜSSE", "free", revision=2), was=1)
        with pytest.raises(Refused, match="“hello” already"):
            to.runbooks.save(called("Free", "hello", id="free", revision=2), was=1)
        to.runbooks.save(called("GRÜSSE", "hello", revision=2), was=1)

    await peopled.acts.run(act)
    found = await peopled.acts.read(lambda to: to.runbooks.page(RunbookFilter(), Slice()))
    assert [it.name for it in found.items] == ["Free", "Grüße", "GRÜSSE"]


async def test_of_many_who_take_a_name_at_once_one_gets_it(peopled: Database) -> None:
    done = await asyncio.gather(
        *(
            peopled.acts.run(lambda to, n=number: to.runbooks.add(called("Same", f"h{n}")))
            for number in range(8)
        ),
        return_exceptions=True,
    )

    assert sum(it is None for it in done) == 1
    assert sum(isinstance(it, Refused) and it.code == "NAME_TAKEN" for it in done) == 7


async def test_a_change_of_an_old_revision_is_stale(peopled: Database) -> None:
    second = replace(FULL, revision=2, label="2.0", content=Content("Second"))

    def act(to: Stores) -> None:
        to.runbooks.add(FULL)
        to.runbooks.save(second, was=1)
        with pytest.raises(Stale, match="“Second”"):
            to.runbooks.save(second, was=1)
        assert to.runbooks.get("full") == second
        # Without a new version, as for a new secret.
        to.runbooks.save(replace(second, webhook_secret="new"), was=2)
        assert to.runbooks.get("full") == replace(second, webhook_secret="new")

    await peopled.acts.run(act)


async def test_counts_grow_and_a_change_leaves_them_alone(peopled: Database) -> None:
    await peopled.acts.run(lambda to: to.runbooks.add(runbook()))
    await asyncio.gather(
        *(peopled.acts.run(lambda to: to.runbooks.count("restart", begun=1)) for _ in range(9))
    )

    def act(to: Stores) -> None:
        to.runbooks.count("restart", ended=2, good=1)
        to.runbooks.count("gone", begun=1)
        to.runbooks.save(runbook(revision=2, run_count=77), was=1)
        found = to.runbooks.get("restart")
        assert found is not None
        assert (found.run_count, found.ended_count, found.success_count) == (9, 2, 1)
        assert found.success_rate == 0.5

    await peopled.acts.run(act)


async def test_every_version_is_kept_and_never_written_over(peopled: Database) -> None:
    versions = [
        Version("full", number, f"{number}.0", replace(FULL.content, name=f"V{number}"), by, START)
        for number, by in ((1, "ana"), (2, None), (11, "bo"))
    ]

    def act(to: Stores) -> None:
        to.runbooks.add(FULL)
        for version in versions:
            to.runbooks.keep_version(version)
        assert to.runbooks.versions("full") == tuple(reversed(versions))
        assert to.runbooks.version("full", 2) == versions[1]
        assert to.runbooks.version("full", 3) is None
        assert to.runbooks.versions("restart") == ()

    await peopled.acts.run(act)
    with pytest.raises(Refused):
        await peopled.acts.run(lambda to: to.runbooks.keep_version(versions[0]))


async def test_what_is_deleted_leaves_its_executions_and_what_they_do(peopled: Database) -> None:
    version = Version("restart", 1, "1.0", runbook().content, "ana", START)

    def act(to: Stores) -> None:
        to.runbooks.add(runbook())
        to.runbooks.keep_version(version)
        to.executions.add(execution(), ())
        to.runbooks.delete("restart")
        to.runbooks.delete("restart")
        assert to.runbooks.get("restart") is None
        assert to.executions.get("execution-1") == execution()
        assert to.runbooks.version("restart", 1) == version
        to.runbooks.add(runbook(id="again"))

    await peopled.acts.run(act)


async def test_active_ones_of_a_trigger_type_are_found(peopled: Database) -> None:
    scheduled = Content("x", trigger_type=TriggerType.SCHEDULED)

    def act(to: Stores) -> None:
        for handle, team_id in (("b", "main"), ("a", "main"), ("c", "ops")):
            content = replace(scheduled, name=handle)
            to.runbooks.add(runbook(handle, team_id, content=content))
        draft = replace(scheduled, name="draft")
        to.runbooks.add(runbook("draft", status=RunbookStatus.DRAFT, content=draft))
        to.runbooks.add(runbook("manual"))
        for team_id, found in ((None, "abc"), ("main", "ab"), ("ops", "c"), ("web", "")):
            active = to.runbooks.active(TriggerType.SCHEDULED, team_id)
            assert "".join(it.id for it in active) == found

    await peopled.acts.run(act)


def fill(to: Stores) -> None:
    """Add four runbooks, begun in this order."""
    webhook = Content(
        "Drain",
        description="the GRÜNE balancer",
        trigger_type=TriggerType.WEBHOOK,
        category="Nétwork",
        tags=("Lb", "x_y"),
    )
    several = (
        runbook("apart", content=Content("Apart", category="network"), is_public=False),
        runbook("drain", content=webhook, created_by="bo", is_public=False),
        runbook("beyond", "ops", content=Content("beyond"), created_by=None, is_public=False),
        runbook("common", content=Content("common"), status=RunbookStatus.DRAFT),
    )
    for number, it in enumerate(several):
        at = START + timedelta(hours=number)
        to.runbooks.add(replace(it, created_at=at, updated_at=at, run_count=3 - number))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RunbookFilter(all_team_ids=None), "apart beyond common drain"),
        (RunbookFilter(), "common"),
        (RunbookFilter(author_id="bo"), "common drain"),
        (RunbookFilter(author_id="ana"), "apart common"),
        (RunbookFilter(all_team_ids=frozenset({"ops"})), "beyond common"),
        (RunbookFilter(all_team_ids=frozenset({"ops", "main"})), "apart beyond common drain"),
        (RunbookFilter(team_ids=frozenset(), all_team_ids=None), ""),
        (RunbookFilter(team_ids=frozenset({"ops"}), all_team_ids=None), "beyond"),
        (
            RunbookFilter(team_ids=frozenset({"ops", "main"}), all_team_ids=None),
            "apart beyond common drain",
        ),
        (RunbookFilter(all_team_ids=None, status=RunbookStatus.DRAFT), "common"),
        (RunbookFilter(all_team_ids=None, trigger_type=TriggerType.WEBHOOK), "drain"),
        (RunbookFilter(all_team_ids=None, is_public=True), "common"),
        (RunbookFilter(all_team_ids=None, is_public=False), "apart beyond drain"),
        (RunbookFilter(all_team_ids=None, category="NÉTWORK"), "drain"),
        (RunbookFilter(all_team_ids=None, category="network"), "apart"),
        (RunbookFilter(all_team_ids=None, tag="LB"), "drain"),
        (RunbookFilter(all_team_ids=None, tag="l"), ""),
        (RunbookFilter(all_team_ids=None, tag="x%y"), ""),
        (RunbookFilter(all_team_ids=None, search="grüne BAL"), "drain"),
        (RunbookFilter(all_team_ids=None, search="nétwork"), "drain"),
        (RunbookFilter(all_team_ids=None, search="%"), ""),
        (RunbookFilter(author_id="bo", search="balancer", status=RunbookStatus.DRAFT), ""),
    ],
)
async def test_runbooks_are_found(peopled: Database, wanted: RunbookFilter, found: str) -> None:
    await peopled.acts.run(fill)
    page = await peopled.acts.read(lambda to: to.runbooks.page(wanted, Slice()))

    assert [it.id for it in page.items] == found.split()
    assert page.total == len(found.split())


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("", "apart beyond common drain"),
        ("name", "apart beyond common drain"),
        ("-name", "drain common beyond apart"),
        ("created_at", "apart drain beyond common"),
        ("-updated_at", "common beyond drain apart"),
        ("run_count", "common beyond drain apart"),
    ],
)
async def test_runbooks_come_in_order_and_in_pages(
    peopled: Database, order: str, found: str
) -> None:
    await peopled.acts.run(fill)
    wanted = RunbookFilter(all_team_ids=None)
    ids: list[str] = []
    for offset in range(0, 4, 2):
        part = Slice(limit=2, offset=offset, order=order)
        page = await peopled.acts.read(lambda to, part=part: to.runbooks.page(wanted, part))
        assert page.total == 4
        ids += [it.id for it in page.items]

    assert ids == found.split()


async def test_every_order_that_is_offered_is_known(peopled: Database) -> None:
    for order in RUNBOOK_ORDERS:
        part = Slice(order=order)
        await peopled.acts.read(lambda to, part=part: to.runbooks.page(RunbookFilter(), part))
    with pytest.raises(BadInput, match=", ".join(RUNBOOK_ORDERS)):
        await peopled.acts.read(
            lambda to: to.runbooks.page(RunbookFilter(), Slice(order="-colour"))
        )
