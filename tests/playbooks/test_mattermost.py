"""Mattermost's JSON comes in as it would in Mattermost, and goes out so that it comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadInput
from incidents.incident import Severity
from playbooks.draft import PlaybookDraft, StageDraft, StepDraft
from playbooks.mattermost import read, write
from playbooks.playbook import Metric, MetricType, Playbook, Settings, StagePlan, StepPlan

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MINIMAL: dict[str, Any] = {"version": 1, "title": "Minimal"}


def stored(draft: PlaybookDraft) -> Playbook:
    """A draft as it would be stored."""
    stages = tuple(
        StagePlan(
            f"stage{i}",
            stage.name,
            tuple(
                StepPlan(
                    f"step{i}.{j}",
                    step.title,
                    step.description,
                    step.command,
                    step.due_after,
                    step.assignee,
                )
                for j, step in enumerate(stage.steps)
            ),
        )
        for i, stage in enumerate(draft.stages)
    )
    return Playbook(
        "id", "team", draft.handle or "handle", draft.name, draft.description, stages,
        draft.settings, None, NOW, NOW, metrics=draft.metrics,
    )  # fmt: skip


def test_zero_values_that_are_missing_mean_no() -> None:
    draft, lost = read(MINIMAL)

    assert lost == ()
    assert draft.name == "Minimal"
    assert [stage.name for stage in draft.stages] == ["Default stage"]
    assert draft.settings == Settings(public=False, retrospective=False)


def test_an_export_comes_in_whole() -> None:
    draft, lost = read(
        {
            "version": 1,
            "title": " Data  breach ",
            "description": "What to do",
            "checklists": [
                {
                    "title": "Triage",
                    "items": [
                        {
                            "title": "Announce",
                            "command": "/incident announce #town",
                            "description": "*now*",
                            "due_date": 3600000,
                            "assignee_type": "owner",
                        },
                        {"title": "Write down", "assignee_type": "creator"},
                    ],
                }
            ],
            "metrics": [
                {"title": "Duration", "type": "metric_duration", "target": 259200000},
                {"title": "Cost", "type": "metric_currency", "description": "in euro"},
            ],
            "create_public_playbook_run": True,
            "status_update_enabled": True,
            "reminder_timer_default_seconds": 3600,
            "retrospective_enabled": True,
            "retrospective_template": "# What happened",
            "message_on_join": "Hello",
            "message_on_join_enabled": True,
            "signal_any_keywords": ["outage", "down"],
            "signal_any_keywords_enabled": True,
            "run_summary_template": "Who?",
            "run_summary_template_enabled": True,
            "channel_name_template": "ops-{seq}",
            "channel_mode": "create_new_channel",
            "run_number_prefix": "INC",
            "create_channel_member_on_new_participant": True,
            "create_channel_member_on_removed_participant": True,
            "something_newer": {"x": [1]},
        }
    )

    assert lost == ()
    assert draft == PlaybookDraft(
        name="Data breach",
        description="What to do",
        stages=(
            StageDraft(
                "Triage",
                (
                    StepDraft(
                        "Announce",
                        "*now*",
                        "/incident announce #town",
                        timedelta(hours=1),
                        "commander",
                    ),
                    StepDraft("Write down", assignee="reporter"),
                ),
            ),
        ),
        settings=Settings(
            public=True,
            update_every=timedelta(hours=1),
            channel_name="ops-{key}",
            summary="Who?",
            welcome="Hello",
            keywords=("outage", "down"),
            retrospective=True,
            retrospective_template="# What happened",
        ),
        metrics=(
            Metric("Duration", "", MetricType.DURATION, 259200000),
            Metric("Cost", "in euro", MetricType.CURRENCY),
        ),
    )


def test_its_text_is_read_as_well() -> None:
    assert read(json.dumps(MINIMAL))[0].name == "Minimal"
    assert read(json.dumps(MINIMAL).encode())[0].name == "Minimal"


def test_nulls_count_as_missing() -> None:
    draft, _ = read(
        MINIMAL | {"checklists": None, "metrics": [{"title": "M", "type": "metric_integer",
                                                    "target": None}], "retrospective_enabled": None}
    )  # fmt: skip

    assert draft.metrics[0].target is None
    assert not draft.settings.retrospective


REFUSED: list[tuple[object, str | None]] = [
    ([], None),
    (7, None),
    ("{", "line"),
    ("{}\n}", "line"),
    (b"\xff\xfe\x00", None),
    ("[" * 100_000, None),
    ({"title": "x"}, "version"),
    ({"version": "1", "title": "x"}, "version"),
    ({"version": 1.0, "title": "x"}, "version"),
    ({"version": True, "title": "x"}, "version"),
    ({"version": 2, "title": "x"}, "version"),
    ({"version": 0, "title": "x"}, "version"),
    (MINIMAL | {"id": "abc"}, "id"),
    ({"version": 1}, "title"),
    (MINIMAL | {"title": 7}, "title"),
    (MINIMAL | {"title": "x" * 81}, "title"),
    (MINIMAL | {"checklists": {}}, "checklists"),
    (MINIMAL | {"checklists": ["x"]}, "checklists[0]"),
    (MINIMAL | {"checklists": [{"items": [{"title": 1}]}]}, "checklists[0].items[0].title"),
    (
        MINIMAL | {"checklists": [{"title": "a", "items": [{"description": "x" * 20_001}]}]},
        "checklists[0].items[0].description",
    ),
    (
        MINIMAL | {"checklists": [{"items": [{"title": "a"}, {"title": "b", "due_date": -1}]}]},
        "checklists[0].items[1].due_date",
    ),
    (
        MINIMAL | {"checklists": [{"items": [{"title": "b", "due_date": 1772366400000}]}]},
        "checklists[0].items[0].due_date",
    ),
    (MINIMAL | {"checklists": [{"items": [{"title": "b"}] * 201}]}, "checklists[0].items"),
    (MINIMAL | {"retrospective_enabled": "yes"}, "retrospective_enabled"),
    (MINIMAL | {"metrics": [{"title": "m", "type": "metric_integer"}] * 5}, "metrics"),
    (MINIMAL | {"metrics": [{"title": "m", "type": "metric_integer"}] * 2}, "metrics[1].title"),
    (MINIMAL | {"metrics": [{"title": "m", "type": "metric_mood"}]}, "metrics[0].type"),
    (
        MINIMAL | {"metrics": [{"title": "m", "type": "metric_integer", "target": "9"}]},
        "metrics[0].target",
    ),
]


@pytest.mark.parametrize(("document", "place"), REFUSED)
def test_what_mattermost_would_refuse_is_refused_with_its_place(
    document: object, place: str | None
) -> None:
    with pytest.raises(BadInput) as caught:
        read(document)

    assert place is None or place in caught.value.details
    assert place in {None, "line"} or (place or "") in caught.value.message


def test_an_empty_id_is_no_id() -> None:
    assert read(MINIMAL | {"id": ""})[0].name == "Minimal"


LOST: list[tuple[dict[str, Any], str]] = [
    ({"properties": [{"id": "p"}]}, "properties"),
    ({"conditions": [{"id": "c"}]}, "conditions"),
    ({"message_on_join": "Hello"}, "message_on_join"),
    ({"signal_any_keywords": ["x"]}, "signal_any_keywords"),
    ({"run_summary_template": "x"}, "run_summary_template"),
    ({"reminder_message_template": "x"}, "reminder_message_template"),
    ({"channel_mode": "link_existing_channel"}, "channel_mode"),
    ({"channel_name_template": "{SEQ}-{OWNER}"}, "channel_name_template"),
    ({"channel_name_template": "always-the-same"}, "channel_name_template"),
    ({"run_number_prefix": "OPS"}, "run_number_prefix"),
    ({"auto_archive_channel": True}, "auto_archive_channel"),
    ({"owner_group_only_actions": True}, "owner_group_only_actions"),
    ({"create_channel_member_on_new_participant": False}, "create_channel_member_on_new"),
    ({"remove_channel_member_on_removed_participant": False}, "remove_channel_member"),
    ({"create_channel_member_on_removed_participant": False}, "remove_channel_member"),
    ({"invited_user_ids": ["u1"]}, "invited_user_ids"),
    ({"broadcast_channel_ids": ["c1"]}, "broadcast_channel_ids"),
    ({"webhook_on_creation_urls": ["https://x"]}, "webhook_on_creation_urls"),
    ({"default_owner_enabled": True, "default_owner_id": "u"}, "default_owner_id"),
    ({"members": [{"user_id": "a"}, {"user_id": "b"}]}, "members"),
    (
        {"status_update_enabled": True, "reminder_timer_default_seconds": 5},
        "reminder_timer_default_seconds",
    ),
    ({"checklists": [{"title": "", "items": []}]}, "checklists[0].title"),
    ({"checklists": [{"title": "a"}, {"title": "A"}]}, "checklists[1].title"),
    ({"checklists": [{"title": "a", "items": [{}]}]}, "checklists[0].items[0].title"),
    (
        {"checklists": [{"title": "a", "items": [{"title": "x" * 300}]}]},
        "checklists[0].items[0].title",
    ),
    (
        {"checklists": [{"title": "a", "items": [{"title": "x", "condition_id": "c"}]}]},
        "checklists[0].items[0].condition_id",
    ),
    (
        {"checklists": [{"title": "a", "items": [{"title": "x", "assignee_id": "u"}]}]},
        "checklists[0].items[0].assignee_id",
    ),
    (
        {
            "checklists": [
                {"title": "a", "items": [{"title": "x", "assignee_type": "property_user"}]}
            ]
        },
        "checklists[0].items[0].assignee_type",
    ),
    (
        {"checklists": [{"title": "a", "items": [{"title": "x", "task_actions": [{}]}]}]},
        "checklists[0].items[0].task_actions",
    ),
    (
        {"checklists": [{"title": "a", "items": [{"title": "x", "command": "echo"}]}]},
        "checklists[0].items[0].command",
    ),
]


@pytest.mark.parametrize(("extra", "told"), LOST)
def test_what_cannot_be_kept_is_told(extra: dict[str, Any], told: str) -> None:
    _, lost = read(MINIMAL | extra)

    assert len(lost) == 1
    assert lost[0].startswith(told)


def test_a_title_that_is_too_long_stays_readable() -> None:
    title = "word " * 60
    step = {"title": title, "description": "More."}

    draft, _ = read(MINIMAL | {"checklists": [{"title": "a", "items": [step]}]})

    kept = draft.stages[0].steps[0]
    assert len(kept.title) == 200
    assert kept.description == f"{title.strip()}\n\nMore."


def test_the_apis_form_is_understood_without_its_id() -> None:
    full = MINIMAL | {
        "id": "",
        "team_id": "t",
        "create_at": 1,
        "num_steps": 1,
        "public": True,
        "members": [{"user_id": "u", "roles": ["playbook_admin"], "scheme_roles": None}],
        "checklists": [
            {
                "id": "c",
                "title": "Do",
                "items_order": ["i"],
                "update_at": 1,
                "items": [{"id": "i", "title": "It", "state": "", "due_date": 0, "assignee_id": "",
                           "task_actions": None, "command_last_run": 0, "delete_at": 0}],
            }
        ],
        "invited_user_ids": [],
        "webhook_on_creation_urls": [],
        "broadcast_enabled": False,
    }  # fmt: skip

    draft, lost = read(full)

    assert lost == ()
    assert draft.stages == (StageDraft("Do", (StepDraft("It"),)),)


def test_an_export_is_what_mattermost_reads() -> None:
    draft = PlaybookDraft(
        "Outage",
        stages=(
            StageDraft(
                "S",
                (StepDraft("a", due_after=timedelta(minutes=1), assignee="commander"),
                 StepDraft("b", assignee="bo")),
            ),
        ),
        settings=Settings(update_every=timedelta(hours=1), channel_name="{key}"),
    )  # fmt: skip

    document = write(stored(draft))

    assert document["version"] == 1
    assert "id" not in document
    assert document["checklists"] == [
        {
            "title": "S",
            "items": [
                {"title": "a", "due_date": 60000, "assignee_type": "owner"},
                {"title": "b", "tocsin": {"assignee": "bo"}},
            ],
        }
    ]
    assert document["reminder_timer_default_seconds"] == 3600
    assert document["channel_name_template"] == "{SEQ}"
    assert "message_on_join" not in document, "zero values are left out"
    assert False not in document.values()


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
