"""The playbooks shipped with Tocsin are good, and a mistake in one is found with its place."""

from __future__ import annotations

import re

import pytest

from bot.new_teams import shipped_playbooks
from chat.errors import BadInput, NotFound
from playbooks.template import Template, parse, shipped, template_named
from security.page import Slice
from tests.playbooks.cast import ANA, CHIEF, STRANGER, VIEWER, House

IDS = [
    "outage",
    "data-loss",
    "security-breach",
    "failed-deployment",
    "degraded-performance",
    "third-party",
    "certificate",
    "capacity",
    "general",
]
RUNNABLE = re.compile(
    r"/incident (update|summary|timeline|export|end|role|severity( HIGH| CRITICAL)?)"
)


def test_all_are_there_in_the_order_people_meet_them() -> None:
    assert [template.id for template in shipped()] == IDS


@pytest.mark.parametrize("template", shipped(), ids=lambda template: template.id)
def test_each_is_worth_starting_from(template: Template) -> None:
    draft = template.draft
    steps = [step for stage in draft.stages for step in stage.steps]

    assert 3 <= len(draft.stages) <= 6
    assert 10 <= len(steps) <= 20
    assert all(stage.steps for stage in draft.stages)
    assert sum(bool(step.description) for step in steps) >= len(steps) / 2
    assert draft.description
    assert draft.settings.summary
    assert draft.settings.welcome
    assert draft.settings.update_every
    commands = [step.command for step in steps if step.command]
    assert len(commands) >= 3
    assert all(RUNNABLE.fullmatch(command) for command in commands), commands


def test_a_breach_is_kept_private() -> None:
    assert not template_named("security-breach").draft.settings.public


def test_a_mistyped_template_gets_the_nearest() -> None:
    with pytest.raises(NotFound, match="Did you mean capacity"):
        template_named("capasity")


MINIMAL = 'rank = 1\nname = "A"\ndescription = "B"\n[[stages]]\nname = "S"\n'


def test_a_template_needs_little() -> None:
    assert parse("mine", MINIMAL).draft.stages[0].name == "S"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rank = 1\nname = x", "line 2"),
        (MINIMAL + 'colour = "red"\n', "stages.0.colour"),
        (MINIMAL + '[[stages.steps]]\ntitle = "x"\ndue_minutes = 0\n', "stages.0.steps.0.due"),
        (MINIMAL + '[[stages.steps]]\ntitle = ""\n', "Stage 1, step 1: the title is empty"),
        (MINIMAL + '[settings]\nseverity = "BAD"\n', "settings.severity"),
    ],
)
def test_a_wrong_template_names_the_place(text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        parse("mine", text)


async def test_every_team_begins_with_them_all(house: House) -> None:
    give = shipped_playbooks(house.database.acts, house.clock)
    for team in await house.database.acts.read(lambda to: to.people.teams()):
        await give(team)

    for someone in (ANA, VIEWER, STRANGER):
        page = await house.playbooks.page(someone, None, Slice(limit=50))
        assert {playbook.handle for playbook in page.items} == set(IDS)
        assert all(playbook.shared_with_team for playbook in page.items)


async def test_what_somebody_deleted_does_not_come_back(house: House) -> None:
    give = shipped_playbooks(house.database.acts, house.clock)
    teams = await house.database.acts.read(lambda to: to.people.teams())
    for team in teams:
        await give(team)
    await house.playbooks.delete(CHIEF, IDS[0])

    for team in teams:
        await give(team)

    kept = await house.playbooks.page(VIEWER, None, Slice(limit=50))
    assert {playbook.handle for playbook in kept.items} == set(IDS[1:])
