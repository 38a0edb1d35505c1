"""What people write is checked, and each mistake is named with its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadInput
from playbooks.draft import PlaybookDraft, StageDraft, StepDraft, slug
from playbooks.mistakes import in_words
from playbooks.playbook import Metric, MetricType, Settings


def with_step(**wrong: object) -> PlaybookDraft:
    step = replace(StepDraft("Fine"), **wrong)  # pyright: ignore[reportArgumentType]  # wrong on purpose
    return PlaybookDraft("Outage", stages=(StageDraft("One"), StageDraft("Two", (step,))))


def with_settings(**wrong: object) -> PlaybookDraft:
    settings = replace(Settings(), **wrong)  # pyright: ignore[reportArgumentType]  # wrong on purpose
    return PlaybookDraft("Outage", settings=settings)


METRIC = Metric("Cost", "", MetricType.CURRENCY)


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        (PlaybookDraft(""), "name"),
        (PlaybookDraft(" \t"), "name"),
        (PlaybookDraft("x" * 81), "name"),
        (PlaybookDraft("two\nlines"), "name"),
        (PlaybookDraft("nul\x00"), "name"),
        (PlaybookDraft("lone \ud800"), "name"),
        (PlaybookDraft("A", description="bell \x07"), "description"),
        (PlaybookDraft("A", handle="Not a handle!"), "handle"),
        (PlaybookDraft("A", handle="-x"), "handle"),
        (PlaybookDraft("A", stages=()), "stages"),
        (PlaybookDraft("A", stages=(StageDraft("S"),) * 51), "stages"),
        (PlaybookDraft("A", stages=(StageDraft(""),)), "stages[0].name"),
        (PlaybookDraft("A", stages=(StageDraft("Do"), StageDraft("dO"))), "stages[1].name"),
        (
            PlaybookDraft("A", stages=(StageDraft("S", (StepDraft("x"),) * 201),)),
            "stages[0].steps",
        ),
        (with_step(title=""), "stages[1].steps[0].title"),
        (with_step(title="x" * 201), "stages[1].steps[0].title"),
        (with_step(command="incident update"), "stages[1].steps[0].command"),
        (with_step(command="/a\n/b"), "stages[1].steps[0].command"),
        (with_step(due_after=timedelta(0)), "stages[1].steps[0].due_after"),
        (with_step(due_after=timedelta(days=4000)), "stages[1].steps[0].due_after"),
        (with_step(assignee="not an account"), "stages[1].steps[0].assignee"),
        (with_settings(default_commander="a b"), "settings.default_commander"),
        (with_settings(default_commander="commander!"), "settings.default_commander"),
        (with_settings(invite=("ana", "b o")), "settings.invite[1]"),
        (with_settings(update_every=timedelta(seconds=5)), "settings.update_every"),
        (with_settings(channel_name="incident"), "settings.channel_name"),
        (with_settings(channel_name="{key}-{team}"), "settings.channel_name"),
        (with_settings(channel_name="{key!r}"), "settings.channel_name"),
        (with_settings(keywords=("ok", "a\x00b")), "settings.keywords[1]"),
        (PlaybookDraft("A", metrics=(METRIC,) * 5), "metrics"),
        (PlaybookDraft("A", metrics=(METRIC, METRIC)), "metrics[1].title"),
        (PlaybookDraft("A", metrics=(replace(METRIC, target=-1),)), "metrics[0].target"),
    ],
)
def test_a_mistake_is_named_with_its_place(draft: PlaybookDraft, place: str) -> None:
    with pytest.raises(BadInput) as caught:
        draft.validate()

    assert place in caught.value.details
    first = next(iter(caught.value.details))
    assert in_words(first) in caught.value.message
    assert "[" not in caught.value.message


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("name", "The name"),
        ("stages", "The list of stages"),
        ("stages[2].name", "Stage 3: the name"),
        ("stages[1].steps", "Stage 2: the list of steps"),
        ("stages[1].steps[0].due_after", "Stage 2, step 1: the due time"),
        ("metrics[0].target", "Metric 1: the target"),
        ("settings.default_commander", "The default commander"),
        ("settings.invite[1]", "The list of people to invite (number 2)"),
    ],
)
def test_people_are_told_places_in_words(place: str, words: str) -> None:
    assert in_words(place) == words


def test_what_a_stage_repeats_is_told_in_a_sentence() -> None:
    draft = PlaybookDraft(
        "A", stages=(StageDraft("Triage"), StageDraft("Fix"), StageDraft("triage"))
    )

    with pytest.raises(BadInput, match="Stage 3: the name repeats “triage”") as caught:
        draft.validate()
    assert list(caught.value.details) == ["stages[2].name"]


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        PlaybookDraft("", stages=(StageDraft(""), StageDraft("B", (StepDraft(""),)))).validate()

    assert list(caught.value.details) == ["name", "stages[0].name", "stages[1].steps[0].title"]
    assert "And 2 more mistakes." in caught.value.message


def test_what_is_right_is_tidied() -> None:
    draft = PlaybookDraft(
        "  Outage ",
        description=" a\r\nb ",
        stages=(StageDraft(" Triage ", (StepDraft(" Look ", assignee=" @Ana "),)),),
        settings=Settings(announce_in=("#ops", "~OPS", " "), invite=("@Bo", "bo"), keywords=("x",)),
        handle=" OUT-age ",
    )

    clean = draft.validate()

    assert (clean.name, clean.description, clean.handle) == ("Outage", "a\nb", "out-age")
    assert clean.stages == (StageDraft("Triage", (StepDraft("Look", assignee="ana"),)),)
    assert clean.settings.announce_in == ("ops",)
    assert clean.settings.invite == ("bo",)
    assert clean.validate() == clean


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Service outage", "service-outage"),
        ("Überlauf (Disk)", "uberlauf-disk"),
        ("データ", "playbook"),
        ("x" * 60, "x" * 40),
        ("a" * 39 + " b", "a" * 39),
    ],
)
def test_a_handle_is_made_from_the_name(name: str, handle: str) -> None:
    assert slug(name) == handle


@given(st.text())
def test_every_name_makes_a_valid_handle(name: str) -> None:
    assert PlaybookDraft("Fine", handle=slug(name)).validate().handle == slug(name)


@given(st.text(), st.text(), st.text(), st.text())
def test_any_text_is_either_refused_or_storable(
    name: str, title: str, description: str, command: str
) -> None:
    """Nothing that passes can upset a database: no NUL, no lone surrogate, no line break."""
    step = StepDraft(title, description, command)
    try:
        clean = PlaybookDraft(name, stages=(StageDraft("S", (step,)),)).validate()
    except BadInput:
        return

    kept = clean.stages[0].steps[0]
    for line in (clean.name, kept.title, kept.command):
        assert line.splitlines() in ([line], [])
    assert "\x00" not in kept.description
    kept.description.encode()
