"""Buttons and selects as Block Kit elements, and what they come back as. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.slack import limits
from adapters.slack.limits import label
from chat.card import Button, Control, Option, Select
from chat.fit import units
from chat.payload import Json

_SEPARATOR = "|"
_STYLES = {"primary": "primary", "danger": "danger"}


def actions(controls: Sequence[Control]) -> Iterator[Json]:
    """Rows of controls; one that could not come back as it went is left out."""
    made = [element for n, one in enumerate(controls) if (element := _element(one, n)) is not None]
    for start in range(0, len(made), limits.ELEMENTS):
        yield {"type": "actions", "elements": made[start : start + limits.ELEMENTS]}


def action_id(control: Control, number: int) -> str:
    """Unique within its block, and all that a select has to say what it is about."""
    return _SEPARATOR.join((str(number), control.action, control.value))


def meant(identifier: str) -> tuple[str, str] | None:
    """Action and value of a control that was pressed; None when it is none of ours."""
    number, first, rest = identifier.partition(_SEPARATOR)
    action, second, value = rest.partition(_SEPARATOR)
    ours = number.isdigit() and first and second and action
    return (action, value) if ours else None


def words(text: str, most: int) -> Json:
    """A plain text object, in which nothing has a meaning."""
    return {"type": "plain_text", "text": label(text, most), "emoji": False}


def _element(control: Control, number: int) -> Json | None:
    identifier = action_id(control, number)
    if units(identifier) > limits.ACTION_ID or limits.clean(identifier) != identifier:
        return None
    match control:
        case Button():
            made: Json = {
                "type": "button",
                "action_id": identifier,
                "text": words(control.label, limits.BUTTON),
            }
            if control.style in _STYLES:
                made["style"] = _STYLES[control.style]
            if control.confirm is not None:
                made["confirm"] = {
                    "title": words("Are you sure?", 100),
                    "text": words(control.confirm, 300),
                    "confirm": words("Yes", 30),
                    "deny": words("No", 30),
                }
            return made
        case Select():
            return _select(control, identifier)


def _select(select: Select, identifier: str) -> Json | None:
    made: Json = {
        "action_id": identifier,
        "placeholder": words(select.label, limits.PLACEHOLDER),
    }
    if select.people:
        return {"type": "users_select", **made}
    offered = options(select.options)[: limits.OPTIONS]
    if not offered:
        return None
    chosen = next((one for one in offered if one["value"] == select.chosen), None)
    if chosen is not None:
        made["initial_option"] = chosen
    return {"type": "static_select", **made, "options": offered}


def options(offered: Sequence[Option]) -> list[Json]:
    """Options that Slack takes; each value once, and none that would come back cut."""
    by_value = {
        one.value: {"text": words(one.label, limits.OPTION), "value": one.value}
        for one in offered
        if 0 < units(one.value) <= limits.OPTION_VALUE and limits.clean(one.value) == one.value
    }
    return list(by_value.values())
