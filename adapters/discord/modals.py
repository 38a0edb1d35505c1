"""Forms as Discord's modals, and what people fill in.

Source: discord.com/developers/docs/components/reference, Label and what may stand in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from adapters.discord.controls import MOST_OPTION, MOST_OPTIONS, MOST_PLACEHOLDER, fitted
from adapters.discord.escaping import literal
from adapters.discord.raw import Json, Part, is_snowflake
from chat.card import Option
from chat.fit import shorten, units
from chat.form import Form, FormField

MODAL = "form|"
MOST_LABEL = 45
MOST_HINT = 100
MOST_INPUT = 4000

_SHORT, _LONG = 1, 2
_YES, _NO = "true", "false"


def modal(form: Form, token: str, values: dict[str, str]) -> Json:
    """The modal that shows `form`.

    Args:
        form: What is asked.
        token: Under which the form is kept with us.
        values: What was filled in before, by field; the form's own values otherwise.
    """
    parts: list[Json] = []
    if form.intro.strip():
        parts.append({"type": Part.TEXT, "content": literal(shorten(form.intro, 1000))})
    for field in form.fields[:5]:
        value = values.get(field.name, field.value)
        parts.append(_left_out(field) if _too_long(field, value) else _label(field, value))
    return {
        "custom_id": f"{MODAL}{token}",
        "title": fitted(form.title, MOST_LABEL),
        "components": parts,
    }


def token_of(custom_id: str) -> str | None:
    """The token of a modal of ours; None for anything else."""
    return custom_id.removeprefix(MODAL) if custom_id.startswith(MODAL) else None


def filled(form: Form, data: Json, before: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What was filled in, and what is wrong with it, each by field.

    A text that was too long to be shown stays as it was `before`.

    Discord has checked what it can; a long list is typed in a modal, so that what was
    typed has to be found in the list, and dates are text.
    """
    given = dict(_given(data.get("components", [])))
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field in form.fields:
        held = before.get(field.name, field.value)
        if _too_long(field, held):
            values[field.name] = held
            continue
        typed = given.get(field.name, "")
        value, wrong = _read(field, typed)
        values[field.name] = value
        if wrong:
            errors[field.name] = wrong
    return values, errors


def _too_long(field: FormField, value: str) -> bool:
    """Whether Discord cannot hold it, so that whoever sends the form would cut it off."""
    return field.kind in {"text", "multiline"} and units(value) > MOST_INPUT


def _left_out(field: FormField) -> Json:
    told = f"{field.label} is too long to be changed in Discord; it stays as it is."
    return {"type": Part.TEXT, "content": literal(told)}


def _label(field: FormField, value: str) -> Json:
    part = _part(field, value)
    made: Json = {
        "type": Part.LABEL,
        "label": fitted(field.label, MOST_LABEL),
        "component": {**part, "custom_id": field.name[:100]},
    }
    if hint := _hint(field):
        made["description"] = fitted(hint, MOST_HINT)
    return made


def _part(field: FormField, value: str) -> Json:  # noqa: PLR0911 - one for each kind
    match field.kind:
        case "select" if 0 < len(field.options) <= MOST_OPTIONS and _all_fit(field.options):
            return _select(field.options, value, required=field.required)
        case "switch":
            both = (Option(_YES, "Yes"), Option(_NO, "No"))
            return _select(both, value or _NO, required=field.required)
        case "person":
            made: Json = {"type": Part.PEOPLE, "required": field.required}
            if is_snowflake(value):
                made["default_values"] = [{"id": value, "type": "user"}]
            return made
        case "select":
            shown = next((one.label for one in field.options if one.value == value), value)
            return _input(field, shown, _SHORT, "Type its beginning")
        case "date":
            return _input(field, value, _SHORT, "2026-12-31, or 2026-12-31T14:00")
        case "multiline":
            return _input(field, value, _LONG, "")
        case _:
            return _input(field, value, _SHORT, "")


def _input(field: FormField, value: str, style: int, placeholder: str) -> Json:
    longest = max(1, min(max(field.max_length, units(value)), MOST_INPUT))
    made: Json = {
        "type": Part.INPUT,
        "style": style,
        "required": field.required,
        "max_length": longest,
    }
    if value:
        made["value"] = value if units(value) <= longest else fitted(value, longest)
    if placeholder:
        made["placeholder"] = placeholder
    return made


def _select(options: tuple[Option, ...], value: str, *, required: bool) -> Json:
    made: list[Json] = []
    for option in options:
        entry: Json = {"label": fitted(option.label, MOST_OPTION), "value": option.value}
        if option.value == value:
            entry["default"] = True
        made.append(entry)
    return {
        "type": Part.SELECT,
        "options": made,
        "required": required,
        "placeholder": fitted("Choose one", MOST_PLACEHOLDER),
    }


def _all_fit(options: tuple[Option, ...]) -> bool:
    """Whether Discord takes every value as it is."""
    values = [option.value for option in options]
    return len(set(values)) == len(values) and all(
        value and value == value.strip() and units(value) <= MOST_OPTION for value in values
    )


def _hint(field: FormField) -> str:
    if field.kind != "select" or isinstance(_part(field, "").get("options"), list):
        return field.hint
    first = ", ".join(option.label for option in field.options[:5])
    return f"One of {len(field.options)}: {first}, …"


def _given(parts: list[Json]) -> Iterator[tuple[str, str]]:
    """Each field's raw answer."""
    for part in parts:
        inner = part.get("component")
        for held in [inner] if inner else part.get("components", []):
            if "custom_id" in held:
                chosen = held.get("values") or [""]
                yield held["custom_id"], str(held.get("value") or chosen[0])


def _read(field: FormField, typed: str) -> tuple[str, str]:
    """The answer, and what is wrong with it; empty when it is well."""
    if not typed.strip():
        return typed, ""
    if field.kind == "select":
        return _chosen(field, typed.strip())
    if field.kind == "date":
        try:
            datetime.fromisoformat(typed.strip())
        except ValueError:
            return typed, "Type it as 2026-12-31, or 2026-12-31T14:00 with the time."
        return typed.strip(), ""
    return typed, ""


def _chosen(field: FormField, typed: str) -> tuple[str, str]:
    """The option that was meant: exactly, or the only one that begins so."""
    wanted = typed.casefold()
    exact = [o for o in field.options if wanted in (o.value.casefold(), o.label.casefold())]
    begun = [o for o in field.options if o.label.casefold().startswith(wanted)]
    found = exact[:1] or begun
    if len(found) == 1:
        return found[0].value, ""
    if found:
        several = ", ".join(option.label for option in found[:5])
        return typed, f"Which one: {several}? Type more of it."
    some = ", ".join(option.label for option in field.options[:5])
    return typed, f"There is no such choice. There are: {some}, …"
