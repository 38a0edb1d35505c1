"""A form's answers, checked before anybody works on them."""

from __future__ import annotations

from datetime import date

from adapters.local.inbound import FindPerson
from chat.errors import BadInput
from chat.form import FormField

_YES = frozenset({"true", "on", "1", "yes"})


def answers(
    fields: tuple[FormField, ...], given: dict[str, str], *, person: FindPerson
) -> tuple[dict[str, str], dict[str, str]]:
    """A form's answers as its receiver expects them, and what is wrong with them.

    A field that is not among the answers keeps what it held at first, but a switch is
    off then: that is how browsers send one.

    Raises:
        BadInput: There is an answer to a question that the form does not ask.
    """
    strangers = given.keys() - {field.name for field in fields}
    if strangers:
        asked = ", ".join(field.name for field in fields)
        raise BadInput(
            f"This form has no field “{min(strangers)[:40]}”. Its fields are: {asked}.",
            details={name[:40]: "no such field" for name in sorted(strangers)},
        )
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field in fields:
        if field.kind == "switch":
            values[field.name] = str(given.get(field.name, "").casefold() in _YES).lower()
            continue
        value = given.get(field.name, field.value)
        value = value if field.kind == "multiline" else value.strip()
        if field.kind == "select":
            value = _chosen(field, value)
        if field.kind == "person" and (somebody := person(value)) is not None:
            value = somebody.id
        elif error := _wrong(field, value):
            errors[field.name] = error
        values[field.name] = value
    return values, errors


def _chosen(field: FormField, value: str) -> str:
    """The option's value, given by itself or, as a person reads it, by its label."""
    wanted = value.casefold()
    return next(
        (
            one.value
            for one in field.options
            if wanted in {one.value.casefold(), one.label.casefold()}
        ),
        value,
    )


def _wrong(field: FormField, value: str) -> str:
    """What is wrong with an answer; empty when nothing is."""
    if not value.strip():
        return "Please fill this in." if field.required else ""
    match field.kind:
        case "select" if value not in {option.value for option in field.options}:
            listed = ", ".join(option.value for option in field.options[:20])
            return f"Please choose one from the list: {listed}."
        case "person":
            return f"There is nobody called “{value[:40]}” here."
        case "date" if not _is_date(value):
            return "Please give a date like 2026-05-31."
        case "text" | "multiline" if len(value) > field.max_length:
            return f"That is {len(value):,} characters; {field.max_length:,} are the most."
        case _:
            return ""


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
