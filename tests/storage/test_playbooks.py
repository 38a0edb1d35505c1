"""Playbooks: handles, revisions, sharing, lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chat.errors import Refused, Stale
from incidents.incident import Severity
from playbooks.playbook import (
    Metric,
    MetricType,
    PlaybookMember,
    Revision,
    Settings,
    StagePlan,
    StepPlan,
)
from playbooks.ports import PlaybookFilter
from security.page import Slice
from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.make import playbook

FULL = replace(
    playbook("full"),
    description="What to do — «ünï»",
    stages=(
        StagePlan(
            "s1", "Triage", (StepPlan("p1", "Look", "*md*", "/x", timedelta(hours=1), "ana"),)
        ),
        StagePlan("s2", "Mend"),
    ),
    settings=Settings(
        public=False,
        severity=Severity.CRITICAL,
        update_every=timedelta(minutes=30),
        announce_in=("general", "ops"),
        keywords=("outage",),
    ),
    metrics=(Metric("Cost", "", MetricType.CURRENCY, 5), Metric("Time", "", MetricType.DURATION)),
    created_by="ana",
    shared_with_team=True,
    template="outage",
)


async def test_a_playbook_comes_back_as_it_went_in(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.playbooks.add(FULL)
        assert to.playbooks.get("full") == FULL
        assert to.playbooks.get("full", lock=True) == FULL
        assert to.playbooks.by_handle("main", "full") == FULL
        assert to.playbooks.by_handle("ops", "full") is None
        assert to.playbooks.get("none") is None

    await peopled.acts.run(act)


async def test_a_handle_is_taken_once_in_its_team_until_it_is_deleted(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.playbooks.add(FULL)
        other = replace(FULL, id="other")
        with pytest.raises(Refused, match="“full”"):
            to.playbooks.add(other)
        to.playbooks.add(replace(other, team_id="ops"))
        to.playbooks.save(replace(FULL, deleted_at=START, revision=2))
        assert to.playbooks.by_handle("main", "full") is None
        to.playbooks.add(replace(other, id="third"))
        with pytest.raises(Refused, match="“full”"):
            to.playbooks.save(replace(FULL, revision=3))

    await peopled.acts.run(act)


async def test_a_change_of_an_old_revision_is_stale(peopled: Database) -> None:
    second = replace(FULL, name="Second", revision=2)
    await peopled.acts.run(lambda to: to.playbooks.add(FULL))
    await peopled.acts.run(lambda to: to.playbooks.save(second))

    with pytest.raises(Stale, match="“Second”"):
        await peopled.acts.run(lambda to: to.playbooks.save(second))
    assert await peopled.acts.read(lambda to: to.playbooks.get("full")) == second


async def test_every_revision_is_kept(peopled: Database) -> None:
    first = Revision(FULL, "ana", "ana", START, "created")
    second = Revision(replace(FULL, revision=2), None, "tocsin", START, "")

    def act(to: Stores) -> None:
        to.playbooks.add(FULL)
        to.playbooks.keep_revision(first)
        to.playbooks.keep_revision(second)
        assert to.playbooks.revisions("full") == (second, first)
        assert to.playbooks.revisions("outage") == ()

    await peopled.acts.run(act)


async def test_sharing_is_changed_and_undone(peopled: Database) -> None:
    def act(to: Stores) -> None:
        for name in ("cy", "ana", "bo", "cy"):
            to.playbooks.share(PlaybookMember("outage", name))
        to.playbooks.share(PlaybookMember("outage", "bo", admin=True))
        to.playbooks.unshare("outage", "ana")
        to.playbooks.unshare("outage", "ana")
        assert to.playbooks.members("outage") == (
            PlaybookMember("outage", "bo", admin=True),
            PlaybookMember("outage", "cy"),
        )

    await peopled.acts.run(act)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (PlaybookFilter(), ["Apart", "beyond", "common", "Outage"]),
        (PlaybookFilter(team_ids=("ops",)), ["beyond"]),
        (PlaybookFilter(team_ids=()), []),
        (PlaybookFilter(visible_to="bo"), ["Apart", "common"]),
        (PlaybookFilter(visible_to="cy"), ["common"]),
        (PlaybookFilter(visible_to="cy", see_all_in=("ops",)), ["beyond", "common"]),
        (PlaybookFilter(search="APA"), ["Apart"]),
        (PlaybookFilter(search="grün"), ["common"]),
        (PlaybookFilter(search="%"), []),
        (PlaybookFilter(visible_to="bo", team_ids=("main",), search="common"), ["common"]),
    ],
)
async def test_playbooks_are_found(
    peopled: Database, wanted: PlaybookFilter, found: list[str]
) -> None:
    def act(to: Stores) -> None:
        to.playbooks.add(replace(playbook("apart"), name="Apart"))
        to.playbooks.add(replace(playbook("beyond", "ops"), name="beyond"))
        to.playbooks.add(
            replace(playbook("common"), name="common", description="GRÜN", shared_with_team=True)
        )
        to.playbooks.add(replace(playbook("gone"), name="gone", deleted_at=START))
        to.playbooks.share(PlaybookMember("apart", "bo"))

    await peopled.acts.run(act)
    page = await peopled.acts.read(lambda to: to.playbooks.page(wanted, Slice()))

    assert [it.name for it in page.items] == found
    assert page.total == len(found)


async def test_playbooks_come_in_pages(peopled: Database) -> None:
    def act(to: Stores) -> None:
        for number in range(4):
            to.playbooks.add(playbook(f"p{number}", at=START - timedelta(hours=number)))
        page = to.playbooks.page(PlaybookFilter(), Slice(limit=2, offset=1, order="created_at"))
        assert ([it.handle for it in page.items], page.total) == (["p2", "p1"], 5)

    await peopled.acts.run(act)
