"""What stays of an event when the work on it is over."""

from __future__ import annotations

from dataclasses import replace

from chat.inbound import Command, FormSubmission, Payload
from commands.codes import without_codes


def forgotten(payload: Payload) -> Payload:
    """The event without the values it was given: a parameter of a runbook may be a secret.

    What was said, and what was clicked, stays: offers quote it later. Of a command the text up
    to its first `key=` stays, of a form its name and context, of files nothing.
    """
    match without_codes(payload):
        case Command() as command:
            said, given, _ = command.text.partition("=")
            return replace(command, text=f"{said}=…" if given else said, files=())
        case FormSubmission() as form:
            return replace(form, values={})
        case other:
            return other
