"""Forms as modal views, and what was filled in. Pure.

Source: https://docs.slack.dev/reference/views/modal-views
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import date

from adapters.slack import limits
from adapters.slack.controls import options, words
from adapters.slack.limits import cut
from chat.address import Address
from chat.form import Form, FormField
from chat.payload import Json, part, word

CALLBACK = "form"
_TITLE = 24
_LABEL = 2000
_ANSWER = "answer"
_ON = "true"
_METADATA = 3000
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")


def sealed(key: bytes, person: str, form: Form, to: Address) -> str:
    """What a view carries for us: action, place and context, signed for one person."""
    inside = f"{form.action}\n{to.packed()}\n{form.context}"
    return f"{_signature(key, person, inside)}\n{inside}"


def opened(key: bytes, person: str, metadata: str) -> tuple[str, Address, str] | None:
    """Action, place and context; None when it was not sealed for this person by us."""
    signature, _, inside = metadata.partition("\n")
    if not hmac.compare_digest(signature.encode(), _signature(key, person, inside).encode()):
        return None
    action, _, rest = inside.partition("\n")
    packed, _, context = rest.partition("\n")
    return action, Address.unpacked(packed), context


def _signature(key: bytes, person: str, inside: str) -> str:
    signed = f"{person}\n{inside}".encode("utf-8", "surrogatepass")
    return hmac.new(key, signed, hashlib.sha256).hexdigest()[:40]


def view(form: Form, metadata: str) -> Json:
    """The modal that asks."""
    inputs = [_input(field) for field in form.fields]
    intro = [{"type": "section", "text": words(form.intro, limits.TEXT)}] if form.intro else []
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": words(form.title, _TITLE),
        "submit": words(form.submit, _TITLE),
        "close": words("Cancel", _TITLE),
        "private_metadata": metadata[:_METADATA],
        "blocks": intro + inputs,
    }


def _input(field: FormField) -> Json:
    made: Json = {
        "type": "input",
        "block_id": field.name,
        "label": words(field.label, _LABEL),
        # A switch that is off is no answer to Slack.
        "optional": not field.required or field.kind == "switch",
        "element": {"action_id": _ANSWER, **_element(field)},
    }
    if field.hint:
        made["hint"] = words(field.hint, _LABEL)
    return made


def _element(field: FormField) -> Json:
    match field.kind:
        case "select" if options(field.options):
            return _select(field)
        case "person":
            initial = {"initial_user": field.value} if _USER.fullmatch(field.value) else {}
            return {"type": "users_select", **initial}
        case "switch":
            option = {"text": words("Yes", limits.OPTION), "value": _ON}
            initial = {"initial_options": [option]} if field.value == _ON else {}
            return {"type": "checkboxes", "options": [option], **initial}
        case "date":
            initial = {"initial_date": field.value} if _is_date(field.value) else {}
            return {"type": "datepicker", **initial}
        case _:
            most = max(1, min(field.max_length, limits.TEXT))
            initial = {"initial_value": cut(field.value, most)} if field.value else {}
            many = field.kind == "multiline"
            return {"type": "plain_text_input", "multiline": many, "max_length": most, **initial}


def _select(field: FormField) -> Json:
    """A select; more options than one list holds stand in groups."""
    offered = options(field.options)
    chosen = next((one for one in offered if one["value"] == field.value), None)
    made: Json = {"type": "static_select"}
    if chosen is not None:
        made["initial_option"] = chosen
    if len(offered) <= limits.OPTIONS:
        return {**made, "options": offered}
    pages = range(0, min(len(offered), limits.OPTIONS * limits.OPTIONS), limits.OPTIONS)
    groups = [
        {
            "label": words(f"{start + 1} to {start + limits.OPTIONS}", limits.OPTION),
            "options": offered[start : start + limits.OPTIONS],
        }
        for start in pages
    ]
    return {**made, "option_groups": groups}


def answers(state: Json) -> dict[str, str]:
    """Field name to answer, from a view's `state.values`; a question left open is empty."""
    return {name: _answer(part(part(state, name), _ANSWER)) for name in state}


def _answer(answer: Json) -> str:
    match answer.get("type"):
        case "static_select":
            return word(part(answer, "selected_option"), "value")
        case "users_select":
            return word(answer, "selected_user")
        case "checkboxes":
            return "true" if answer.get("selected_options") else "false"
        case "datepicker":
            return word(answer, "selected_date")
        case _:
            return word(answer, "value")


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == len("2026-05-31")
