"""A draft is changed one stage or one step at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.errors import BadInput, NotFound, Refused
from playbooks import outline
from playbooks.draft import PlaybookDraft, StageDraft, StepDraft

DRAFT = PlaybookDraft(
    "Outage",
    stages=(
        StageDraft("Triage", (StepDraft("Look", id="a"), StepDraft("Tell", id="b"))),
        StageDraft("Mitigate", (StepDraft("Roll back", id="c"),)),
    ),
)


def shape(draft: PlaybookDraft) -> list[tuple[str, list[str]]]:
    return [(stage.name, [step.title for step in stage.steps]) for stage in draft.stages]


def test_stages_are_added_renamed_moved_and_removed() -> None:
    draft = outline.add_stage(DRAFT, "Learn")
    draft = outline.rename_stage(draft, "tri", "Assess")
    draft = outline.move_stage(draft, "3", 1)
    draft = outline.remove_stage(draft, "mitigate")

    assert shape(draft) == [("Learn", []), ("Assess", ["Look", "Tell"])]


def test_steps_are_added_changed_moved_and_removed() -> None:
    draft = outline.add_step(DRAFT, StepDraft("Call"), "triage")
    draft = outline.change_step(draft, "1.1", title="Look twice", command="/incident info")
    draft = outline.move_step(draft, "1.2", 1, "2")
    draft = outline.move_step(draft, "1.2", 1)
    draft = outline.remove_step(draft, "2.2")

    assert shape(draft) == [("Triage", ["Call", "Look twice"]), ("Mitigate", ["Tell"])]
    changed = draft.stages[0].steps[1]
    assert (changed.id, changed.command, changed.description) == ("a", "/incident info", "")


def test_a_step_without_a_stage_goes_to_the_last_one() -> None:
    assert shape(outline.add_step(DRAFT, StepDraft("Call"), None))[1] == (
        "Mitigate",
        ["Roll back", "Call"],
    )


def test_in_a_playbook_of_one_stage_the_number_is_enough() -> None:
    draft = replace(DRAFT, stages=DRAFT.stages[:1])

    assert outline.step_at(draft, "2") == (0, 1)


def test_the_only_stage_stays() -> None:
    with pytest.raises(Refused, match="at least one stage"):
        outline.remove_stage(replace(DRAFT, stages=DRAFT.stages[:1]), "1")


@pytest.mark.parametrize("ref", ["", "3", "0", "Learn"])
def test_a_stage_that_is_not_there_is_not_found(ref: str) -> None:
    with pytest.raises(NotFound, match="1 Triage, 2 Mitigate"):
        outline.stage_at(DRAFT, ref)


@pytest.mark.parametrize(("ref", "error"), [("2", BadInput), ("x", BadInput), ("1.3", NotFound)])
def test_a_step_must_be_named_clearly(ref: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        outline.step_at(DRAFT, ref)


@pytest.mark.parametrize("position", [0, 4])
def test_a_position_must_be_there(position: int) -> None:
    with pytest.raises(BadInput, match="no position"):
        outline.move_step(DRAFT, "1.1", position, "2")
    with pytest.raises(BadInput, match="no position"):
        outline.move_stage(DRAFT, "1", position)


def test_one_step_is_one_step() -> None:
    draft = PlaybookDraft("A", stages=(StageDraft("Do", (StepDraft("x"),)), StageDraft("Rest")))

    with pytest.raises(NotFound, match=r"1 Do \(1 step\), 2 Rest \(0 steps\)"):
        outline.step_at(draft, "2.1")
