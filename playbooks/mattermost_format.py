"""The JSON of Mattermost Playbooks, as far as we look at it.

Source: mattermost-plugin-playbooks at 901593e: `server/app/export.go` (what an export
holds), `server/app/playbook.go` (names and types), `server/api/playbooks.go` (the rules
of an import). Zero values are left out of an export, so a missing boolean is false; keys
that nobody knows are ignored, and `null` counts as missing, as in Go's decoder.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

VERSION = 1
OWN_KEY = "tocsin"
"""Holds what Mattermost has no place for; Mattermost ignores it."""


def _ids(value: Any) -> Any:  # pyright: ignore[reportExplicitAny]  # whatever the file holds
    """How many entries there are matters, not what they are."""
    return len(value) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # the same


Count = Annotated[int, BeforeValidator(_ids)]


class Lenient(BaseModel):
    """Unknown keys and nulls are passed over; what is known must have its own type."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:  # pyright: ignore[reportExplicitAny]  # whatever the file holds
        if not isinstance(value, dict):
            return value
        return {key: one for key, one in value.items() if one is not None}  # pyright: ignore[reportUnknownVariableType]  # the same


class OwnItem(Lenient):
    """What we add to an item."""

    assignee: str = ""


class Item(Lenient):
    """A checklist's item.

    Attributes:
        due_date: Milliseconds after the start; 0 without a due time.
        assignee_type: Empty (then `assignee_id` counts), `owner`, `creator` or
            `property_user`.
    """

    title: str = ""
    description: str = ""
    command: str = ""
    due_date: int = 0
    assignee_type: str = ""
    assignee_id: str = ""
    condition_id: str = ""
    task_actions: Count = 0
    tocsin: OwnItem = OwnItem()


class Checklist(Lenient):
    """A stage."""

    title: str = ""
    items: list[Item] = Field(default_factory=list[Item])


class MetricEntry(Lenient):
    """A metric; `target` is None without one."""

    title: str = ""
    description: str = ""
    type: str = ""
    target: int | None = None


class Own(Lenient):
    """What we add to a playbook; None where a foreign document has nothing to say."""

    handle: str | None = None
    severity: str = ""
    default_commander: str = ""
    announce_in: list[str] = Field(default_factory=list[str])
    invite: list[str] = Field(default_factory=list[str])
    channel_name: str | None = None


class Document(Lenient):
    """A whole export, or the API's form of a playbook."""

    version: int
    id: str = ""
    title: str = ""
    description: str = ""
    checklists: list[Checklist] = Field(default_factory=list[Checklist])
    metrics: list[MetricEntry] = Field(default_factory=list[MetricEntry])
    create_public_playbook_run: bool = False
    status_update_enabled: bool = False
    reminder_timer_default_seconds: int = 0
    reminder_message_template: str = ""
    retrospective_enabled: bool = False
    retrospective_template: str = ""
    retrospective_reminder_interval_seconds: int = 0
    message_on_join: str = ""
    message_on_join_enabled: bool = False
    signal_any_keywords: list[str] = Field(default_factory=list[str])
    signal_any_keywords_enabled: bool = False
    run_summary_template: str = ""
    run_summary_template_enabled: bool = False
    channel_name_template: str = ""
    channel_mode: str = ""
    categorize_channel_enabled: bool = False
    category_name: str = ""
    run_number_prefix: str = ""
    create_channel_member_on_new_participant: bool | None = None
    remove_channel_member_on_removed_participant: bool | None = None
    create_channel_member_on_removed_participant: bool | None = None
    owner_group_only_actions: bool = False
    admin_only_edit: bool = False
    auto_archive_channel: bool = False
    default_owner_enabled: bool = False
    default_owner_id: str = ""
    properties: Count = 0
    conditions: Count = 0
    members: Count = 0
    invited_user_ids: Count = 0
    invited_group_ids: Count = 0
    broadcast_channel_ids: Count = 0
    webhook_on_creation_urls: Count = 0
    webhook_on_status_update_urls: Count = 0
    tocsin: Own | None = None
