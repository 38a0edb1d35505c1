"""What may happen to the steps of an incident: examples, and a machine of random ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from chat.clock import new_id
from chat.errors import BadInput, NotFound, Refused
from playbooks import reshape
from playbooks.playbook import StagePlan, StepPlan
from playbooks.progress import (
    Progress,
    Stage,
    Step,
    StepState,
    activate,
    begin,
    find_stage,
    locate,
    mark,
)

NOW = datetime(2026, 3, 1, 12, 3, tzinfo=UTC)
PLANS = (
    StagePlan(
        "p1", "Triage", (StepPlan("s1", "Look"), StepPlan("s2", "Tell", "", "/incident update"))
    ),
    StagePlan("p2", "Mitigate", (StepPlan("s3", "Roll back", due_after=timedelta(hours=1)),)),
    StagePlan("p3", "Mend"),
)


def fresh() -> Progress:
    return begin("i", PLANS, NOW, {"commander": "ana"}.get)


def marked(progress: Progress, ref: str, state: StepState, by: str = "ana") -> Progress:
    step_id = locate(progress, ref).step.id
    return mark(progress, step_id, state, by=by, at=NOW, name_of=lambda account: account)


def titles(progress: Progress) -> list[list[str]]:
    return [[step.title for step in stage.steps] for stage in progress.stages]


def test_an_incident_begins_in_its_first_stage_with_every_step_open() -> None:
    progress = fresh()

    assert progress.active_stage.name == "Triage"
    assert titles(progress) == [["Look", "Tell"], ["Roll back"], []]
    assert all(step.state is StepState.OPEN for stage in progress.stages for step in stage.steps)
    assert progress.stages[1].steps[0].due_at == NOW + timedelta(hours=1)
    assert progress.stages[0].id != "p1", "an incident's ids are its own"


def test_assignees_are_resolved_at_the_start() -> None:
    plan = StagePlan(
        "p", "S", (StepPlan("a", "x", assignee="commander"), StepPlan("b", "y", assignee="gone"))
    )

    steps = begin("i", (plan,), NOW, {"commander": "ana"}.get).stages[0].steps

    assert [step.assignee_id for step in steps] == ["ana", None]


@pytest.mark.parametrize(
    ("ref", "title", "label"),
    [("1", "Look", "1"), (" #2 ", "Tell", "2"), ("1.2", "Tell", "2"), ("2.1", "Roll back", "2.1")],
)
def test_a_step_is_named_by_number(ref: str, title: str, label: str) -> None:
    spot = locate(fresh(), ref)

    assert (spot.step.title, spot.label) == (title, label)


def test_a_step_is_named_by_its_id() -> None:
    progress = fresh()

    assert locate(progress, progress.stages[1].steps[0].id).label == "2.1"


@pytest.mark.parametrize(
    "ref", ["0", "3", "9.1", "3.1", "2.2", "01a1fdc8-1c89-7c5d-a60f-45607b6a4382"]
)
def test_a_step_that_is_not_there_is_not_found(ref: str) -> None:
    with pytest.raises(NotFound):
        locate(fresh(), ref)


@pytest.mark.parametrize("ref", ["", "x", "1.2.3", "-1", "\uff11", "9999999"])
def test_nonsense_is_not_a_step(ref: str) -> None:
    with pytest.raises(BadInput, match="is not a step"):
        locate(fresh(), ref)


def test_checking_notes_who_and_when() -> None:
    step = locate(marked(fresh(), "1", StepState.DONE), "1").step

    assert (step.state, step.changed_by, step.changed_at) == (StepState.DONE, "ana", NOW)


@pytest.mark.parametrize(
    ("before", "wanted", "told"),
    [
        (StepState.DONE, StepState.DONE, "Step 1 is already checked, by @ana at 12:03 UTC."),
        (StepState.SKIPPED, StepState.SKIPPED, "Step 1 is already skipped, by @ana at 12:03 UTC."),
    ],
)
def test_who_comes_second_is_told_who_was_first(
    before: StepState, wanted: StepState, told: str
) -> None:
    progress = marked(fresh(), "1", before)

    with pytest.raises(Refused) as caught:
        marked(progress, "1", wanted, by="bo")

    assert (caught.value.message, caught.value.code) == (told, "ALREADY")


def test_an_open_step_cannot_be_unchecked() -> None:
    with pytest.raises(Refused, match="Step 1 is not checked") as caught:
        marked(fresh(), "1", StepState.OPEN)

    assert caught.value.code == "ALREADY"


def test_a_checked_step_cannot_be_skipped_by_accident() -> None:
    with pytest.raises(Refused, match="/incident uncheck 1 first"):
        marked(marked(fresh(), "1", StepState.DONE), "1", StepState.SKIPPED)


def test_a_skipped_step_may_be_done_after_all() -> None:
    progress = marked(marked(fresh(), "1", StepState.SKIPPED), "1", StepState.DONE)

    assert locate(progress, "1").step.state is StepState.DONE
    assert progress.active_stage.resolved == 1


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        ("next", "Mitigate"),
        ("NEXT", "Mitigate"),
        ("3", "Mend"),
        ("mend", "Mend"),
        ("Mi", "Mitigate"),
    ],
)
def test_a_stage_is_named_in_many_ways(ref: str, name: str) -> None:
    assert activate(fresh(), ref).active_stage.name == name


@pytest.mark.parametrize("ref", ["M", "", "4", "0", "Learn"])
def test_a_stage_must_be_named_clearly(ref: str) -> None:
    with pytest.raises(NotFound):
        find_stage(fresh(), ref)


def test_behind_the_last_stage_there_is_nothing() -> None:
    with pytest.raises(Refused) as caught:
        activate(activate(fresh(), "3"), "next")

    assert caught.value.code == "LAST_STAGE"


def test_the_active_stage_is_not_made_active_again() -> None:
    with pytest.raises(Refused, match="already the active stage"):
        activate(fresh(), "triage")


def test_a_step_is_added_to_the_active_stage() -> None:
    progress = reshape.add(fresh(), Step("new", " Call the bank "))

    assert titles(progress)[0] == ["Look", "Tell", "Call the bank"]


def test_a_step_moves_within_its_stage_and_to_another() -> None:
    progress = fresh()
    look = locate(progress, "1").step.id

    assert titles(reshape.move(progress, look, 2))[0] == ["Tell", "Look"]
    assert titles(reshape.move(progress, look, 1, "mitigate")) == [
        ["Tell"],
        ["Look", "Roll back"],
        [],
    ]
    assert titles(reshape.move(progress, look, 1, "3")) == [["Tell"], ["Roll back"], ["Look"]]


@pytest.mark.parametrize(("position", "stage"), [(0, None), (3, None), (3, "2"), (2, "3")])
def test_a_step_cannot_move_to_where_nothing_is(position: int, stage: str | None) -> None:
    progress = fresh()

    with pytest.raises(BadInput, match="Position"):
        reshape.move(progress, locate(progress, "1").step.id, position, stage)


@pytest.mark.parametrize("title", ["", "   ", "x" * 201, "a\nb"])
def test_a_step_needs_a_proper_title(title: str) -> None:
    progress = fresh()

    with pytest.raises(BadInput):
        reshape.add(progress, Step("new", title))
    with pytest.raises(BadInput):
        reshape.rename(progress, locate(progress, "1").step.id, title)


def test_a_stage_is_full_at_last() -> None:
    full = tuple(Step(f"s{n}", "x") for n in range(200))
    progress = Progress("i", (Stage("a", "A", full), Stage("b", "B", (Step("t", "x"),))), "a")

    with pytest.raises(Refused, match="the most it can hold"):
        reshape.add(progress, Step("new", "x"))
    with pytest.raises(Refused, match="the most it can hold"):
        reshape.move(progress, "t", 1, "a")


class Checklists(RuleBasedStateMachine):
    """Whatever people do in whatever order, what always holds goes on holding."""

    def __init__(self) -> None:
        super().__init__()
        self.progress = fresh()
        self.ids: set[str] = set()

    @initialize(counts=st.lists(st.integers(0, 4), min_size=1, max_size=4))
    def start(self, counts: list[int]) -> None:
        plans = [
            StagePlan(f"p{n}", f"Stage {n}", tuple(StepPlan("x", f"{n}.{i}") for i in range(count)))
            for n, count in enumerate(counts)
        ]
        self.progress = begin("i", plans, NOW, lambda _: None)
        self.ids = {step.id for stage in self.progress.stages for step in stage.steps}

    def pick(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.ids)))

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), state=st.sampled_from(StepState))
    def mark(self, data: st.DataObject, state: StepState) -> None:
        step_id = self.pick(data)
        before = locate(self.progress, step_id).step
        try:
            self.progress = mark(
                self.progress, step_id, state, by="ana", at=NOW, name_of=lambda name: name
            )
        except Refused:
            assert before.state is state or before.state is StepState.DONE
            return
        after = locate(self.progress, step_id).step
        assert after == replace(before, state=state, changed_at=NOW, changed_by="ana")

    @rule(data=st.data())
    def activate(self, data: st.DataObject) -> None:
        stage = data.draw(st.sampled_from(self.progress.stages))
        if stage.id == self.progress.active:
            with pytest.raises(Refused):
                activate(self.progress, stage.id)
            return
        self.progress = activate(self.progress, stage.id)
        assert self.progress.active == stage.id

    @rule(data=st.data())
    def add(self, data: st.DataObject) -> None:
        stage = data.draw(st.sampled_from(self.progress.stages))
        step = Step(new_id(), "New")
        self.progress = reshape.add(self.progress, step, stage.id)
        self.ids.add(step.id)
        assert find_stage(self.progress, stage.id).steps[-1] == step

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        step_id = self.pick(data)
        self.progress = reshape.remove(self.progress, step_id)
        self.ids.remove(step_id)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        step_id = self.pick(data)
        self.progress = reshape.rename(self.progress, step_id, "Other")
        assert locate(self.progress, step_id).step.title == "Other"

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), position=st.integers(-1, 8))
    def move(self, data: st.DataObject, position: int) -> None:
        step_id = self.pick(data)
        stage = data.draw(st.sampled_from(self.progress.stages))
        before = locate(self.progress, step_id).step
        try:
            self.progress = reshape.move(self.progress, step_id, position, stage.id)
        except (BadInput, Refused):
            return
        after = locate(self.progress, step_id)
        assert after.step == before
        assert after.stage.id == stage.id
        assert after.stage.steps[position - 1] == before

    @invariant()
    def one_stage_is_active(self) -> None:
        assert [s.id for s in self.progress.stages].count(self.progress.active) == 1

    @invariant()
    def ids_are_unique_and_none_is_lost(self) -> None:
        steps = [step.id for stage in self.progress.stages for step in stage.steps]
        assert sorted(steps) == sorted(self.ids)

    @invariant()
    def every_step_is_found_by_its_label(self) -> None:
        for stage in self.progress.stages:
            for step in stage.steps:
                label = locate(self.progress, step.id).label
                assert locate(self.progress, label).step == step

    @invariant()
    def resolved_steps_are_counted(self) -> None:
        for stage in self.progress.stages:
            still_open = sum(step.state is StepState.OPEN for step in stage.steps)
            assert stage.resolved + still_open == len(stage.steps)


TestChecklists = Checklists.TestCase
