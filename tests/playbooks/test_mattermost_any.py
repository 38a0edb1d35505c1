"""Any playbook goes out and comes back; any JSON is read or refused kindly."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadInput
from incidents.incident import Severity
from playbooks.draft import PlaybookDraft, StageDraft, StepDraft
from playbooks.mattermost import read, write
from playbooks.playbook import Metric, MetricType, Settings
from tests.playbooks.test_mattermost import stored

LINES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30
)
BLOCKS = st.lists(LINES, max_size=3).map("\n".join)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True)
STEPS = st.builds(
    StepDraft,
    title=LINES,
    description=BLOCKS,
    command=st.one_of(st.just(""), LINES.map(lambda line: f"/{line}")),
    due_after=st.none() | st.integers(1, 10**9).map(lambda ms: timedelta(milliseconds=ms)),
    assignee=st.one_of(st.sampled_from(["", "commander", "reporter"]), NAMES),
)
SETTINGS = st.builds(
    Settings,
    public=st.booleans(),
    default_commander=st.just("") | NAMES,
    severity=st.sampled_from(Severity),
    update_every=st.none() | st.integers(60, 10**6).map(lambda s: timedelta(seconds=s)),
    announce_in=st.lists(NAMES, max_size=3).map(tuple),
    invite=st.lists(NAMES, max_size=3).map(tuple),
    channel_name=st.sampled_from(["{key}", "{key}-{name}", "ops-{key}", "{name}"]),
    summary=BLOCKS,
    welcome=BLOCKS,
    keywords=st.lists(LINES, max_size=3).map(tuple),
    retrospective=st.booleans(),
    retrospective_template=BLOCKS,
)
METRICS = st.builds(
    Metric,
    title=LINES,
    description=BLOCKS,
    type=st.sampled_from(MetricType),
    target=st.none() | st.integers(0, 10**12),
)
DRAFTS = st.builds(
    PlaybookDraft,
    name=LINES,
    description=BLOCKS,
    stages=st.lists(
        st.builds(StageDraft, LINES, st.lists(STEPS, max_size=4).map(tuple)),
        min_size=1,
        max_size=4,
        unique_by=lambda stage: stage.name.casefold(),
    ).map(tuple),
    settings=SETTINGS,
    metrics=st.lists(METRICS, max_size=4, unique_by=lambda metric: metric.title).map(tuple),
    handle=NAMES,
)


@given(DRAFTS)
def test_an_export_comes_back_as_it_went(draft: PlaybookDraft) -> None:
    clean = draft.validate()

    back, lost = read(json.dumps(write(stored(clean))))

    assert lost == ()
    assert back == clean


@given(DRAFTS)
def test_an_export_without_our_own_key_still_comes_in(draft: PlaybookDraft) -> None:
    document = write(stored(draft.validate()))
    del document["tocsin"]

    back, _ = read(document)

    assert back.handle is None
    assert replace(back.settings, severity=draft.settings.severity).retrospective == (
        draft.settings.retrospective
    )


KEYS = (
    "id",
    "checklists",
    "items",
    "title",
    "command",
    "due_date",
    "metrics",
    "type",
    "target",
    "members",
    "properties",
    "signal_any_keywords",
    "tocsin",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6))
def test_any_json_is_either_read_or_refused_kindly(document: dict[str, object]) -> None:
    try:
        draft, _ = read({**document, "version": 1, "title": "T"})
    except BadInput:
        return
    assert draft.validate() == draft
