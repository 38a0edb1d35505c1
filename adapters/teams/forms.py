"""Forms as dialogs: an Adaptive Card with inputs, and back again.

The form itself travels in the dialog, sealed, so that it outlives a restart.
Source: Microsoft Learn, "Use dialogs with bots".
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, cast

from adapters.teams.controls import choices
from adapters.teams.outbound import BUDGET, size
from adapters.teams.rich import escaped
from adapters.teams.seal import Seal
from chat.address import Address
from chat.card import Option
from chat.fit import shorten
from chat.form import Form, FormField
from chat.payload import Json

FORM = "form"
"""What a form's token is sealed as."""
_PREFIX = "field_"
_FRAME = 4_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A form on its way.

    Attributes:
        to: Where it was asked for; what it leads to is answered there.
        person: Id of whom it is for.
        name: What that person is called, to be told to others.
        notice: Id of the message by which it is opened; empty without one.
    """

    form: Form
    to: Address
    person: str
    name: str
    notice: str = ""

    def sealed(self, seal: Seal) -> str:
        """As a token."""
        packed = [asdict(self.form), self.to.packed(), self.person, self.name, self.notice]
        return seal.close(FORM, packed)

    @classmethod
    def opened(cls, seal: Seal, token: object) -> Asked | None:
        """What was sealed; None when it is not ours."""
        packed = cast("list[Any] | None", seal.open(FORM, token))
        if packed is None:
            return None
        form, to, person, name, notice = packed
        return cls(_form(form), Address.unpacked(to), person, name, notice)


@dataclass(frozen=True, slots=True)
class Filled:
    """How a form stands that is shown again.

    Attributes:
        values: What was filled in so far.
        errors: Field name to what is wrong with it.
    """

    values: dict[str, str] = field(default_factory=dict[str, str])
    errors: dict[str, str] = field(default_factory=dict[str, str])


def dialog(asked: Asked, seal: Seal, filled: Filled = Filled()) -> Json:
    """The dialog as the reply to an invoke."""
    return {
        "task": {
            "type": "continue",
            "value": {
                "title": asked.form.title,
                "width": "medium",
                "card": {
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "content": inputs(asked, seal, filled),
                },
            },
        }
    }


def said(text: str) -> Json:
    """A dialog that only says something, as the reply to an invoke."""
    return {"task": {"type": "message", "value": text}}


def inputs(asked: Asked, seal: Seal, filled: Filled = Filled()) -> Json:
    """The form as a card with inputs, with as many options as fit."""
    most = max((len(each.options) for each in asked.form.fields), default=0)
    while True:
        short = tuple(replace(each, options=each.options[:most]) for each in asked.form.fields)
        shown = replace(asked, form=replace(asked.form, fields=short))
        card = _inputs(shown, seal, filled)
        if most == 0 or size(card) <= BUDGET - _FRAME:
            return card
        most //= 2


def values(form: Form, data: dict[str, Any]) -> dict[str, str]:
    """What was filled in; what the client leaves out is empty."""
    found: dict[str, str] = {}
    for each in form.fields:
        given = data.get(_PREFIX + each.name, "")
        text = given if isinstance(given, str) else str(given).lower()
        found[each.name] = text or ("false" if each.kind == "switch" else "")
    return found


def notice(asked: Asked, seal: Seal) -> Json:
    """The message by which somebody opens a form that could not open by itself."""
    title = escaped(f"{asked.name}: {asked.form.title}")
    opening: Json = {
        "type": "Action.Submit",
        "title": "Fill in",
        "style": "positive",
        "data": {"t": asked.sealed(seal), "msteams": {"type": "task/fetch"}},
    }
    body: list[Json] = [{"type": "TextBlock", "text": title, "weight": "Bolder", "wrap": True}]
    if asked.form.intro:
        body.append({"type": "TextBlock", "text": escaped(asked.form.intro), "wrap": True})
    return {"type": "AdaptiveCard", "version": "1.5", "body": body, "actions": [opening]}


def done(asked: Asked) -> Json:
    """The same message once the form was filled in."""
    text = escaped(f"{asked.form.title}: filled in by {asked.name}")
    block: Json = {"type": "TextBlock", "text": text, "isSubtle": True, "wrap": True}
    return {"type": "AdaptiveCard", "version": "1.5", "body": [block]}


def _inputs(asked: Asked, seal: Seal, filled: Filled) -> Json:
    body: list[Json] = []
    if asked.form.intro:
        body.append({"type": "TextBlock", "text": escaped(asked.form.intro), "wrap": True})
    for each in asked.form.fields:
        body.append(_input(each, filled.values.get(each.name, each.value)))
        if each.hint:
            small: Json = {"type": "TextBlock", "text": escaped(each.hint), "wrap": True}
            body.append(small | {"size": "Small", "isSubtle": True, "spacing": "None"})
        if wrong := filled.errors.get(each.name):
            told: Json = {"type": "TextBlock", "text": escaped(wrong), "wrap": True}
            body.append(told | {"color": "Attention", "spacing": "None"})
    submit: Json = {
        "type": "Action.Submit",
        "title": shorten(asked.form.submit, 75) or "Submit",
        "data": {"t": asked.sealed(seal)},
    }
    return {"type": "AdaptiveCard", "version": "1.5", "body": body, "actions": [submit]}


def _input(each: FormField, value: str) -> Json:
    name = _PREFIX + each.name
    match each.kind:
        case "select" | "person":
            made = choices(name, each.options, value, people=each.kind == "person")
        case "switch":
            made = {"type": "Input.Toggle", "id": name, "title": each.label or "…", "value": value}
            return made | {"valueOn": "true", "valueOff": "false"}
        case "date":
            made = {"type": "Input.Date", "id": name}
        case "text" | "multiline":
            made = {"type": "Input.Text", "id": name, "maxLength": max(1, each.max_length)}
            made["isMultiline"] = each.kind == "multiline"
    if value:
        made["value"] = value
    if each.required:
        made |= {"isRequired": True, "errorMessage": f"Please fill in: {each.label}"}
    return made | {"label": each.label}


def _form(packed: dict[str, Any]) -> Form:
    fields: list[FormField] = []
    for each in packed.pop("fields"):
        options = tuple(Option(**one) for one in each.pop("options"))
        fields.append(FormField(**each, options=options))
    return Form(**packed, fields=tuple(fields))
