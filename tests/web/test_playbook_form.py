"""The playbook editor: what it shows is what it sends, and what it sends is a draft."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.errors import BadInput
from incidents.incident import Severity
from playbooks.draft import PlaybookDraft, StageDraft, StepDraft
from playbooks.playbook import Metric, MetricType, Settings
from security.permissions import Permission
from tests.web.page import Page
from web.durations import parse, write
from web.pages import Pages
from web.playbook_form import read

line = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20
)
block = st.lists(line, max_size=3).map("\n".join).map(str.strip)
handle = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
word = st.from_regex(r"[a-z][a-z ]{0,8}[a-z]", fullmatch=True)
span = st.none() | st.integers(1, 100_000).map(lambda count: timedelta(minutes=count))
ids = st.uuids().map(str) | st.just("")
steps = st.builds(StepDraft, line, block, line, span, st.just("") | handle, ids)
stages = st.builds(StageDraft, line, st.lists(steps, max_size=3).map(tuple), ids)
words = st.lists(word, max_size=3, unique=True).map(tuple)
settings_ = st.builds(
    Settings,
    public=st.booleans(),
    default_commander=st.just("") | handle,
    severity=st.sampled_from(Severity),
    update_every=span,
    announce_in=words,
    invite=st.lists(handle, max_size=3, unique=True).map(tuple),
    channel_name=st.just("{key}-{name}"),
    summary=block,
    welcome=block,
    keywords=words,
    retrospective=st.booleans(),
    retrospective_template=block,
)
titles = st.from_regex(r"[A-Za-z]{1,9}", fullmatch=True)
metrics = st.one_of(
    st.builds(
        Metric,
        titles,
        line,
        st.just(MetricType.DURATION),
        span.map(lambda one: None if one is None else round(one.total_seconds() * 1000)),
    ),
    st.builds(Metric, titles, line, st.just(MetricType.INTEGER), st.none() | st.integers(0, 10**9)),
)
drafts = st.builds(
    PlaybookDraft,
    line,
    block,
    st.lists(stages, min_size=1, max_size=3).map(tuple),
    settings_,
    st.lists(metrics, max_size=4).map(tuple),
    st.none() | handle,
)


def editor(pages: Pages, draft: PlaybookDraft, **more: Any) -> Page:
    values: dict[str, Any] = {
        "playbook": None,
        "draft": draft,
        "errors": {},
        "typed": {},
        "mistake": "",
        "severities": tuple(Severity),
        "metric_types": tuple(MetricType),
        "may": bool,
        "P": Permission,
    }
    return Page(pages.render("parts/playbook_editor.html", {**values, **more}))


@given(drafts)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_shown_and_sent_unchanged_is_the_same_draft(
    pages: Pages, draft: PlaybookDraft
) -> None:
    posted = read(editor(pages, draft).fields())

    assert posted.mistakes == {}
    assert posted.draft == draft


def test_each_mistake_stands_at_its_field(pages: Pages) -> None:
    draft = PlaybookDraft("x", stages=(StageDraft("One", (StepDraft("a"), StepDraft("b"))),))
    errors = {"stages[0].steps[1].title": "is empty", "name": "is taken"}

    page = editor(pages, draft, errors=errors, mistake="No.")

    found = [one.text for one in page.all("p") if one.get("class") == "field-error" and one.text]
    assert found == ["is taken", "is empty"]


def test_what_cannot_be_read_is_told_together_with_what_the_desk_would_refuse() -> None:
    posted = read(
        [
            ("name", ""),
            ("stage_id", ""),
            ("stage_name", "One"),
            ("step_id", ""),
            ("step_title", "Look"),
            ("step_due", "soon"),
            ("update_every", "now and then"),
        ]
    )

    with pytest.raises(BadInput) as wrong:
        posted.check()

    assert posted.typed == {
        "stages[0].steps[0].due_after": "soon",
        "settings.update_every": "now and then",
    }
    assert set(wrong.value.details) == {
        "name",
        "stages[0].steps[0].due_after",
        "settings.update_every",
    }


def test_what_cannot_be_read_is_shown_as_it_was_typed(pages: Pages) -> None:
    typed = [("stage_id", ""), ("step_id", ""), ("step_due", "banana"), ("update_every", "often")]
    typed += [("metric_title", "Cost"), ("metric_target", "much")]
    posted = read(typed)

    page = editor(pages, posted.draft, typed=posted.typed, errors=posted.mistakes)

    shown = page.fields()
    for name in ("step_due", "update_every", "metric_target"):
        assert dict(typed)[name] in [value for other, value in shown if other == name]


def test_fields_of_nobody_are_harmless() -> None:
    posted = read([("step_title", "lost"), ("stage_name", "lost"), ("metric_type", "lost")])

    assert posted.draft.stages == ()


@pytest.mark.parametrize(
    ("text", "minutes"), [("30m", 30), ("2 h", 120), ("1d", 1440), ("45", 45), ("1 week", 10080)]
)
def test_lengths_of_time_as_people_write_them(text: str, minutes: int) -> None:
    assert parse(text) == timedelta(minutes=minutes)


@given(st.integers(0, 10_000_000))
def test_a_length_of_time_written_is_read_again(minutes: int) -> None:
    if minutes < 999_999:
        assert parse(write(timedelta(minutes=minutes))) == timedelta(minutes=minutes)
