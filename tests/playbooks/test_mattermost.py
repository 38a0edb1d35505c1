"""Mattermost's JSON comes in as it would in Mattermost, and goes out so that it comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chat.errors import BadInput
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
    (
        {"channel_name_template": "{SEQ}-{OWNER}"},
        "channel_name_template: “{SEQ}-{OWNER}” holds placeholders other than {SEQ}",
    ),
    ({"channel_name_template": "inc"}, "channel_name_template: “inc” has no {SEQ}"),
    ({"run_number_prefix": "OPS"}, "run_number_prefix"),
    ({"run_number_prefix": "INC"}, "run_number_prefix"),
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


def test_what_was_switched_off_stays_off_in_an_export() -> None:
    document = write(stored(read(MINIMAL)[0]))

    for switch in (
        "create_public_playbook_run",
        "status_update_enabled",
        "retrospective_enabled",
        "message_on_join_enabled",
        "signal_any_keywords_enabled",
        "run_summary_template_enabled",
    ):
        assert switch not in document


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
