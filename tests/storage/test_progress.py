"""Stages and steps: whatever is saved is what is read, whatever was there before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playbooks.progress import Progress, Stage, Step, StepState
from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.make import incident, town

moments = st.none() | st.just(START + timedelta(microseconds=1))


@st.composite
def progresses(draw: st.DrawFn) -> Progress:
    """Stages and steps out of a small stock, so that some stay, move, come and go."""
    stage_ids = draw(st.lists(st.sampled_from("ABCD"), min_size=1, unique=True))
    step_ids = draw(st.lists(st.sampled_from("stuvwxyz"), unique=True))
    places = [draw(st.sampled_from(stage_ids)) for _ in step_ids]
    steps = {
        step_id: Step(
            id=step_id,
            title=draw(st.sampled_from(("Look", "Mend"))),
            command=draw(st.sampled_from(("", "/x"))),
            state=draw(st.sampled_from(StepState)),
            changed_at=draw(moments),
            changed_by=draw(st.none() | st.just("ana")),
            assignee_id=draw(st.none() | st.sampled_from(("ana", "bo"))),
            due_at=draw(moments),
            ran_at=draw(moments),
        )
        for step_id in step_ids
    }
    stages = tuple(
        Stage(
            stage_id,
            draw(st.sampled_from(("One", "Two"))),
            tuple(
                steps[step_id]
                for step_id, place in zip(step_ids, places, strict=True)
                if place == stage_id
            ),
        )
        for stage_id in stage_ids
    )
    return Progress("incident-1", stages, draw(st.sampled_from(stage_ids)))


@pytest.fixture
def database_of_examples(database: Database) -> Database:
    """One database for all examples, each of which is taken back."""

    def act(to: Stores) -> None:
        town()(to)
        to.incidents.add(incident(1))
        to.incidents.add(incident(2))

    asyncio.run(database.acts.run(act))
    return database


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(saved=st.lists(progresses(), min_size=1, max_size=5))
def test_what_is_saved_is_what_is_read(
    database_of_examples: Database, saved: list[Progress]
) -> None:
    class Rollback(Exception):
        pass

    def act(to: Stores) -> None:
        assert to.progress.get("incident-1") is None
        for progress in saved:
            to.progress.save(progress)
            assert to.progress.get("incident-1") == progress
            for stage in progress.stages:
                assert to.progress.incident_of(stage.id) == "incident-1"
                for step in stage.steps:
                    assert to.progress.incident_of(step.id) == "incident-1"
        raise Rollback

    async def example() -> None:
        with pytest.raises(Rollback):
            await database_of_examples.acts.run(act)

    asyncio.run(example())


async def test_incidents_keep_their_progress_apart(peopled: Database) -> None:
    first = Progress("incident-1", (Stage("a", "One", (Step("s", "Look"),)),), "a")
    second = Progress("incident-2", (Stage("b", "One", (Step("t", "Look"),)),), "b")

    def act(to: Stores) -> None:
        for number in (1, 2):
            to.incidents.add(incident(number))
        to.progress.save(first)
        to.progress.save(second)
        to.progress.save(replace(first, stages=(Stage("a", "One"),)))
        assert to.progress.get("incident-2") == second
        assert to.progress.incident_of("s") is None
        assert to.progress.incident_of("t") == "incident-2"

    await peopled.acts.run(act)
