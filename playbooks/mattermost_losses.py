"""Turning Mattermost's stages and settings into ours, and telling what gets lost on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from chat.errors import BadInput
from chat.fit import shorten
from incidents.incident import Severity
from playbooks.draft import LONGEST, NAME_CHARS, StageDraft, StepDraft
from playbooks.mattermost_format import Document, Item
from playbooks.playbook import COMMANDER, REPORTER, TITLE_CHARS, Settings

_ROLES = {"owner": COMMANDER, "creator": REPORTER}


def stages_of(given: Document, missing: list[str]) -> tuple[StageDraft, ...]:
    """The checklists as stages; Mattermost's rules for titles are looser than ours.

    Args:
        given: The document.
        missing: Sentences are added about what was changed or left out.
    """
    names: set[str] = set()
    stages: list[StageDraft] = []
    for index, checklist in enumerate(given.checklists):
        place = f"checklists[{index}]"
        wanted = " ".join(checklist.title.split())
        name = _free_name(shorten(wanted, NAME_CHARS) or "Untitled stage", names)
        names.add(name.casefold())
        if name != wanted:
            missing.append(f"{place}.title: the stage is called “{name}” here.")
        steps = tuple(
            _step(item, f"{place}.items[{number}]", missing)
            for number, item in enumerate(checklist.items)
        )
        stages.append(StageDraft(name, steps))
    return tuple(stages) or (StageDraft("Default stage"),)


def _free_name(wanted: str, taken: set[str]) -> str:
    """`wanted`, with a number behind it when it is taken."""
    name, number = wanted, 1
    while name.casefold() in taken:
        number += 1
        name = f"{shorten(wanted, NAME_CHARS - 5)} {number}"
    return name


def _step(item: Item, place: str, missing: list[str]) -> StepDraft:
    title, description = _title(item, place, missing)
    command = item.command.strip()
    if command and (not command.startswith("/") or "\n" in command):
        missing.append(f"{place}.command: “{shorten(command, 60)}” is not one slash command.")
        command = ""
    if item.condition_id:
        missing.append(f"{place}.condition_id: the step is always there, without its condition.")
    if item.task_actions:
        missing.append(f"{place}.task_actions: nothing happens by itself when it is checked.")
    return StepDraft(
        title=title,
        description=description,
        command=command,
        due_after=_due(item.due_date, place),
        assignee=_assignee(item, place, missing),
    )


def _title(item: Item, place: str, missing: list[str]) -> tuple[str, str]:
    """Title and description; what is too long for the title opens the description."""
    whole = " ".join(item.title.split())
    title = shorten(whole, TITLE_CHARS) or "Untitled step"
    if title == whole:
        return title, item.description
    if not whole:
        missing.append(f"{place}.title: it was empty; the step is called “{title}”.")
        return title, item.description
    missing.append(f"{place}.title: it was too long; all of it opens the description.")
    return title, f"{whole}\n\n{item.description}".strip()


def _assignee(item: Item, place: str, missing: list[str]) -> str:
    if item.tocsin.assignee:
        return item.tocsin.assignee
    if item.assignee_type in _ROLES:
        return _ROLES[item.assignee_type]
    if item.assignee_type:
        missing.append(
            f"{place}.assignee_type: “{shorten(item.assignee_type, 40)}” is not known here; "
            "the step is nobody's."
        )
    elif item.assignee_id:
        missing.append(f"{place}.assignee_id: it names a Mattermost user; the step is nobody's.")
    return ""


def _due(milliseconds: int, place: str) -> timedelta | None:
    if not milliseconds:
        return None
    most = LONGEST.total_seconds() * 1000
    if not 0 < milliseconds <= most:
        raise BadInput(
            f"This playbook cannot be imported: {place}.due_date is {milliseconds}; "
            "it must be milliseconds after the incident's start, at most 10 years.",
            details={f"{place}.due_date": "milliseconds after the start"},
        )
    return timedelta(milliseconds=milliseconds)


def settings_of(given: Document, missing: list[str]) -> Settings:
    """What Mattermost switches on and off, as our settings."""
    own = given.tocsin
    every = given.reminder_timer_default_seconds if given.status_update_enabled else 0
    severity = Severity.parse(own.severity) if own and own.severity else Severity.MEDIUM
    return Settings(
        public=given.create_public_playbook_run,
        default_commander=own.default_commander if own else "",
        severity=severity,
        update_every=_interval(every, missing),
        announce_in=tuple(own.announce_in) if own else (),
        invite=tuple(own.invite) if own else (),
        channel_name=_channel_name(given, missing),
        summary=given.run_summary_template if given.run_summary_template_enabled else "",
        welcome=given.message_on_join if given.message_on_join_enabled else "",
        keywords=tuple(given.signal_any_keywords) if given.signal_any_keywords_enabled else (),
        retrospective=given.retrospective_enabled,
        retrospective_template=given.retrospective_template,
    )


def _interval(seconds: int, missing: list[str]) -> timedelta | None:
    if seconds <= 0:
        return None
    if not timedelta(minutes=1).total_seconds() <= seconds <= LONGEST.total_seconds():
        missing.append(
            f"reminder_timer_default_seconds: {seconds} is not between a minute and 10 years; "
            "nobody is reminded of updates."
        )
        return None
    return timedelta(seconds=seconds)


def _channel_name(given: Document, missing: list[str]) -> str:
    """The template in our placeholders, or the usual one where it cannot be kept."""
    if given.tocsin is not None and given.tocsin.channel_name:
        return given.tocsin.channel_name
    usual = Settings().channel_name
    theirs = given.channel_name_template.strip()
    if not theirs:
        return usual
    ours = re.sub(r"(?i)\{\s*SEQ\s*\}", "{key}", theirs)
    if re.search(r"[{}]", ours.replace("{key}", "")):
        why = "holds placeholders other than {SEQ}, which are not known here"
    elif "{key}" not in ours:
        why = "has no {SEQ}, and channels need names of their own here"
    else:
        return ours
    missing.append(
        f"channel_name_template: “{shorten(theirs, 60)}” {why}; channels are named {usual}."
    )
    return usual


def losses(given: Document) -> Iterator[str]:
    """A sentence for each setting that is used and has no counterpart here."""
    for key, lost, sentence in (
        *_switched_off(given),
        *_without_counterpart(given),
        *_foreign_ids(given),
    ):
        if lost:
            yield f"{key}: {sentence}"


def _switched_off(given: Document) -> tuple[tuple[str, object, str], ...]:
    """Texts that Mattermost keeps while their switch is off; we have only the text."""
    off = "it was switched off in the file, so it was left out."
    return (
        ("message_on_join", given.message_on_join and not given.message_on_join_enabled, off),
        (
            "signal_any_keywords",
            given.signal_any_keywords and not given.signal_any_keywords_enabled,
            off,
        ),
        (
            "run_summary_template",
            given.run_summary_template and not given.run_summary_template_enabled,
            off,
        ),
    )


def _without_counterpart(given: Document) -> tuple[tuple[str, object, str], ...]:
    removed = (
        given.remove_channel_member_on_removed_participant,
        given.create_channel_member_on_removed_participant,
    )
    return (
        ("properties", given.properties, "custom fields are not kept."),
        ("conditions", given.conditions, "conditions are not kept."),
        ("reminder_message_template", given.reminder_message_template,
         "updates begin with an empty text."),
        ("retrospective_reminder_interval_seconds",
         given.retrospective_enabled and given.retrospective_reminder_interval_seconds,
         "nobody is reminded of the postmortem."),
        ("channel_mode", given.channel_mode not in {"", "create_new_channel"},
         "each incident gets a channel of its own."),
        ("category_name", given.categorize_channel_enabled and given.category_name,
         "channels are not sorted into a category."),
        ("run_number_prefix", given.run_number_prefix, "incidents are called INC-00042 here."),
        ("create_channel_member_on_new_participant",
         given.create_channel_member_on_new_participant is False,
         "who takes part is always a member of the channel."),
        ("remove_channel_member_on_removed_participant",
         False in removed and True not in removed,
         "who leaves the channel takes part no more."),
        ("owner_group_only_actions", given.owner_group_only_actions,
         "every participant may work on an incident."),
        ("admin_only_edit", given.admin_only_edit, "every member may edit the playbook."),
        ("auto_archive_channel", given.auto_archive_channel,
         "channels stay when an incident is closed."),
    )  # fmt: skip


def _foreign_ids(given: Document) -> tuple[tuple[str, object, str], ...]:
    """What the API's form of a playbook names by ids of a Mattermost server."""
    users = "they are users of a Mattermost server; invite people in the settings."
    hooks = "web addresses are not called."
    return (
        ("default_owner_id", given.default_owner_enabled and given.default_owner_id,
         "it is a user of a Mattermost server; whoever starts an incident commands it."),
        ("members", given.members > 1, "you are its only admin, and the team its members."),
        ("invited_user_ids", given.invited_user_ids, users),
        ("invited_group_ids", given.invited_group_ids, users),
        ("broadcast_channel_ids", given.broadcast_channel_ids,
         "they are channels of a Mattermost server; name channels in the settings."),
        ("webhook_on_creation_urls", given.webhook_on_creation_urls, hooks),
        ("webhook_on_status_update_urls", given.webhook_on_status_update_urls, hooks),
    )  # fmt: skip
