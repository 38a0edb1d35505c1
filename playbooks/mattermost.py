"""Import and export of Mattermost Playbooks' JSON; `mattermost_format.py` has its shape.

What Mattermost has no place for, such as the severity, an export carries under a key of
our own, so that importing an export gives the same playbook.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta

from pydantic import ValidationError

from chat.errors import BadInput
from playbooks.draft import MAX_METRICS, PlaybookDraft
from playbooks.mattermost_format import OWN_KEY, VERSION, Document, MetricEntry
from playbooks.mattermost_losses import losses, settings_of, stages_of
from playbooks.playbook import (
    COMMANDER,
    REPORTER,
    Metric,
    MetricType,
    Playbook,
    Settings,
    StepPlan,
)

_MILLISECOND = timedelta(milliseconds=1)
_OUR_PLACES = (
    (r"^name$", "title"),
    (r"\bstages\b", "checklists"),
    (r"\bsteps\b", "items"),
    (r"(checklists\[\d+\])\.name$", r"\1.title"),
    (r"\.due_after$", ".due_date"),
)


def read(document: object) -> tuple[PlaybookDraft, tuple[str, ...]]:
    """A draft from an export, and a sentence for each thing it cannot keep.

    Args:
        document: Parsed JSON, or its text.

    Raises:
        BadInput: It is not a playbook in version 1; `details` has the JSON's places.
    """
    given = _document(document)
    missing: list[str] = []
    stages = stages_of(given, missing)
    settings = settings_of(given, missing)
    missing.extend(losses(given))
    draft = PlaybookDraft(
        name=" ".join(given.title.split()),
        description=given.description,
        stages=stages,
        settings=settings,
        metrics=tuple(_metric(entry, index) for index, entry in enumerate(given.metrics)),
        handle=given.tocsin.handle if given.tocsin else None,
    )
    try:
        return draft.validate("This playbook cannot be imported"), tuple(missing)
    except BadInput as wrong:
        raise _in_their_words(wrong) from None


def _document(document: object) -> Document:
    parsed = _parsed(document) if isinstance(document, str | bytes) else document
    if not isinstance(parsed, dict):
        raise BadInput(
            "This is not an exported playbook: a JSON object with version and title is expected."
        )
    try:
        given = Document.model_validate(parsed)
    except ValidationError as wrong:
        details = {_place(error["loc"]): error["msg"] for error in wrong.errors()}
        place, sentence = next(iter(details.items()))
        if place == "version":
            sentence = f"must be the number {VERSION}"
        raise BadInput(
            f"This playbook cannot be imported: {place}: {sentence}.", details=details
        ) from None
    _refuse_foreign(given)
    return given


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as wrong:
        raise BadInput(
            f"This is not JSON: {wrong.msg} in line {wrong.lineno}, column {wrong.colno}.",
            details={"line": str(wrong.lineno), "column": str(wrong.colno)},
        ) from None
    except (UnicodeDecodeError, RecursionError) as wrong:
        raise BadInput("This is not JSON: it is not text in UTF-8, or nested too deep.") from wrong


def _refuse_foreign(given: Document) -> None:
    if given.id:
        raise BadInput(
            "This playbook cannot be imported: id must not be there; a playbook gets a new one. "
            "Use Mattermost's export rather than the API's answer, or take the id out.",
            details={"id": "must not be there"},
        )
    if given.version != VERSION:
        raise BadInput(
            f"This playbook cannot be imported: version is {given.version}, "
            f"and only version {VERSION} is known.",
            details={"version": f"must be {VERSION}"},
        )
    if len(given.metrics) > MAX_METRICS:
        raise BadInput(
            f"This playbook cannot be imported: metrics are {len(given.metrics)}, "
            f"and at most {MAX_METRICS} are accepted.",
            details={"metrics": f"at most {MAX_METRICS}"},
        )


def _metric(entry: MetricEntry, index: int) -> Metric:
    try:
        kind = MetricType(entry.type)
    except ValueError:
        accepted = ", ".join(MetricType)
        place = f"metrics[{index}].type"
        raise BadInput(
            f"This playbook cannot be imported: {place} is “{entry.type[:40]}”; "
            f"accepted: {accepted}.",
            details={place: f"one of {accepted}"},
        ) from None
    return Metric(entry.title, entry.description, kind, entry.target)


def _place(location: tuple[int | str, ...]) -> str:
    """`("checklists", 0, "title")` as people write it: `checklists[0].title`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".") or "the document"


def _in_their_words(wrong: BadInput) -> BadInput:
    """The same mistakes with the places named as in the JSON."""
    details: dict[str, str] = {}
    for ours, sentence in wrong.details.items():
        place = ours
        for pattern, theirs in _OUR_PLACES:
            place = re.sub(pattern, theirs, place)
        details[place] = sentence
    place, sentence = next(iter(details.items()))
    return BadInput(f"This playbook cannot be imported: {place} {sentence}.", details=details)


def write(playbook: Playbook) -> dict[str, object]:
    """The playbook as an export of version 1, ready for `json.dumps`."""
    settings = playbook.settings
    every = settings.update_every
    document: dict[str, object] = {
        "version": VERSION,
        "title": playbook.name,
        "description": playbook.description,
        "checklists": [
            {"title": stage.name, "items": [_item(step) for step in stage.steps]}
            for stage in playbook.stages
        ],
        "metrics": [_metric_entry(metric) for metric in playbook.metrics],
        "create_public_playbook_run": settings.public,
        "status_update_enabled": every is not None,
        "reminder_timer_default_seconds": int(every.total_seconds()) if every else 0,
        "retrospective_enabled": settings.retrospective,
        "retrospective_template": settings.retrospective_template,
        "message_on_join_enabled": bool(settings.welcome),
        "message_on_join": settings.welcome,
        "signal_any_keywords_enabled": bool(settings.keywords),
        "signal_any_keywords": list(settings.keywords),
        "run_summary_template_enabled": bool(settings.summary),
        "run_summary_template": settings.summary,
        "channel_name_template": _their_channel_name(settings.channel_name),
        "create_channel_member_on_new_participant": True,
        "remove_channel_member_on_removed_participant": True,
        OWN_KEY: _own(playbook.handle, settings),
    }
    # Zero values are left out, as Mattermost does it.
    lists = {"checklists", "metrics"}
    return {key: value for key, value in document.items() if value or key in lists}


def _item(step: StepPlan) -> dict[str, object]:
    item: dict[str, object] = {"title": step.title}
    if step.description:
        item["description"] = step.description
    if step.command:
        item["command"] = step.command
    if step.due_after is not None:
        item["due_date"] = step.due_after // _MILLISECOND
    if step.assignee in {COMMANDER, REPORTER}:
        item["assignee_type"] = "owner" if step.assignee == COMMANDER else "creator"
    elif step.assignee:
        item[OWN_KEY] = {"assignee": step.assignee}
    return item


def _metric_entry(metric: Metric) -> dict[str, object]:
    entry: dict[str, object] = {"title": metric.title, "type": metric.type.value}
    if metric.description:
        entry["description"] = metric.description
    if metric.target is not None:
        entry["target"] = metric.target
    return entry


def _their_channel_name(template: str) -> str:
    """Without `{name}`, which Mattermost does not know and would refuse."""
    return template.replace("{key}", "{SEQ}") if "{name}" not in template else ""


def _own(handle: str, settings: Settings) -> dict[str, object]:
    own: dict[str, object] = {
        "handle": handle,
        "severity": settings.severity.value,
        "default_commander": settings.default_commander,
        "announce_in": list(settings.announce_in),
        "invite": list(settings.invite),
        "channel_name": settings.channel_name,
    }
    return {key: value for key, value in own.items() if value}
