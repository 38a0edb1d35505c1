"""Dry runs: the condition of a step is looked at before what the step is given."""

from __future__ import annotations

from typing import Any

from automation.approval import PlannedStep
from automation.executions.desk import ExecuteWish
from tests.automation.runs import ECHO, written
from tests.bench import Bench

TOLD = {"message": "{{ incident.key }}"}


async def planned(bench: Bench, *steps: dict[str, Any], **more: Any) -> tuple[PlannedStep, ...]:
    """The steps as a dry run shows them."""
    runbook = await written(bench, *steps, **more)
    admin = await bench.actor("admin")
    found = await bench.house.desks.executions.dry_run(admin, ExecuteWish(runbook=runbook))
    return found.plan


def step(name: str, when: str, **parameters: str) -> dict[str, Any]:
    """A step with a condition."""
    return {**ECHO, "name": name, "when": when, "parameters": parameters or ECHO["parameters"]}


async def test_a_step_that_will_be_skipped_has_no_mistakes(bench: Bench) -> None:
    """Without an incident, `incident` is empty, and nothing of it can be read."""
    for_incident, never, plain, braces = await planned(
        bench,
        step("For the incident", "incident", **TOLD),
        step("Never", "false", **TOLD),
        step("Not now", "1 > 2"),
        step("Braces", "{{ incident }}", **TOLD),
    )

    for each in (for_incident, never, plain, braces):
        assert (each.skipped, each.mistake, each.open) == (True, "", ())


async def test_a_skipped_step_is_skipped_though_it_reads_what_is_not_known(bench: Bench) -> None:
    _, after = await planned(
        bench,
        {**ECHO, "name": "First"},
        step("After", "incident", message="{{ steps.first.output }} {{ incident.key }}"),
    )

    assert (after.skipped, after.mistake, after.open) == (True, "", ())


async def test_what_cannot_be_known_yet_stays_open(bench: Bench) -> None:
    _, later, braces, mistaken = await planned(
        bench,
        {**ECHO, "name": "First"},
        step("Later", "steps.first.status == 'COMPLETED'"),
        step("Braces", "{{ steps.first.status == 'COMPLETED' }}"),
        step("Mistaken", "steps.first.status == 'COMPLETED'", **TOLD),
    )

    for each in (later, braces):
        assert (each.skipped, each.mistake) == (False, "")
        assert each.open == ("steps.first.status",)
    assert not mistaken.skipped
    assert "key" in mistaken.mistake


async def test_what_will_be_done_is_shown_with_its_mistakes(bench: Bench) -> None:
    good, mistaken, unanswered = await planned(
        bench,
        step("Good", "1 < 2"),
        step("Mistaken", "1 < 2", **TOLD),
        step("Unanswered", "incident.severity == 'HIGH'", **TOLD),
    )

    assert (good.skipped, good.mistake) == (False, "")
    assert good.parameters == ECHO["parameters"]
    assert not mistaken.skipped
    assert "key" in mistaken.mistake
    assert "steps[2].when" in unanswered.mistake
