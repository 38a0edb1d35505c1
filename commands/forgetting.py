"""What stays of an event when the work on it is over."""

from __future__ import annotations

from dataclasses import replace

from chat.inbound import Command, FormSubmission, MessageMenu, Payload, Said
from commands.codes import without_codes


def forgotten(payload: Payload, *, offered: bool = False) -> Payload:
    """The event without what people wrote: a parameter of a runbook may be a secret.

    What was clicked stays. Of a command the text up to its first `key=` stays, of a form its
    name and context, of files nothing, and nothing of what was said in passing.

    Args:
        payload: As it was worked on.
        offered: Whether an incident was offered for it: then what was said stays, since
            the incident that comes of it quotes it.
    """
    match without_codes(payload):
        case Command() as command:
            said, given, _ = command.text.partition("=")
            return replace(command, text=f"{said}=…" if given else said, files=())
        case FormSubmission() as form:
            return replace(form, values={})
        case Said() as said if not offered:
            return replace(said, text="")
        case MessageMenu() as menu:
            return replace(menu, text="")
        case other:
            return other
