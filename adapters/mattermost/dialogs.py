"""Forms as interactive dialogs, and what comes back; pure.

Source: Mattermost's documentation of interactive dialogs. The server counts a dialog's lengths
in bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.mattermost.markup import clean, literal, one_line
from chat.form import Form, FormField
from chat.payload import Json

TITLE = LABEL = 24
HELP = 150
TEXT, AREA = 150, 3000
_SUBMIT = 24
_OPTION = 200


def dialog(form: Form, state: str) -> Json:
    """The dialog that asks the form's questions.

    Args:
        form: At most five questions.
        state: Comes back with the answers.
    """
    return {
        "callback_id": form.action,
        "title": in_bytes(one_line(form.title).strip(), TITLE) or "Tocsin",
        "introduction_text": literal(form.intro) if form.intro else "",
        "elements": [_element(field) for field in form.fields],
        "submit_label": in_bytes(one_line(form.submit).strip(), _SUBMIT) or "Submit",
        "notify_on_cancel": False,
        "state": state,
    }


def question(title: str, text: str, state: str) -> Json:
    """A dialog that only asks whether it is meant so."""
    return {
        "callback_id": "confirm",
        "title": in_bytes(one_line(title).strip(), TITLE) or "Are you sure?",
        "introduction_text": literal(text),
        "elements": [],
        "submit_label": "Yes",
        "notify_on_cancel": False,
        "state": state,
    }


def answers(submission: Mapping[str, Any]) -> dict[str, str]:
    """The answers as `chat.inbound.FormSubmission` has them."""
    return {str(name): _answer(value) for name, value in submission.items()}


def in_bytes(text: str, most: int) -> str:
    """The text, cut with an ellipsis when it has more bytes than that."""
    whole = clean(text)
    if len(whole.encode()) <= most:
        return whole
    return whole.encode()[: most - 3].decode(errors="ignore") + "…"


def _answer(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case _:
            return str(value)


def _element(field: FormField) -> Json:
    element: Json = {
        "display_name": in_bytes(one_line(field.label).strip(), LABEL) or "…",
        "name": field.name,
        "optional": not field.required,
        "help_text": in_bytes(one_line(field.hint), HELP),
    }
    match field.kind:
        case "text" | "date":
            element |= {
                "type": "text",
                "default": in_bytes(one_line(field.value), TEXT),
                "max_length": min(field.max_length, TEXT),
                "placeholder": "YYYY-MM-DD" if field.kind == "date" else "",
            }
        case "multiline":
            element |= {
                "type": "textarea",
                "default": in_bytes(field.value, AREA),
                "max_length": min(field.max_length, AREA),
            }
        case "select":
            element |= {"type": "select", **_choices(field)}
        case "person":
            element |= {"type": "select", "data_source": "users"}
            if field.value:
                element["default"] = in_bytes(field.value, AREA)
        case "switch":
            on = "true" if field.value == "true" else "false"
            # A box that is not ticked counts as unanswered where an answer is required.
            element |= {"type": "bool", "default": on, "optional": True}
            element["placeholder"] = element["display_name"]
    return element


def _choices(field: FormField) -> Json:
    offered = [
        {
            "text": in_bytes(one_line(option.label).strip(), _OPTION) or option.value,
            "value": option.value,
        }
        for option in field.options
        if option.value
    ]
    known = any(option["value"] == field.value for option in offered)
    return {"options": offered, "default": field.value if known else ""}
