"""A reply turned into outgoing messages."""

from __future__ import annotations

from dataclasses import replace

from chat.capabilities import Capabilities
from chat.card import Card, Text
from chat.degrade import Way, best_way
from chat.errors import BadInput, NotFound, Refused, TocsinError, Unavailable, UserError
from chat.inbound import FormSubmission, Inbound
from chat.journal import Entry
from chat.outbox import DirectCard, Job, Outgoing, PostCard, SendFile, Whisper
from chat.port import answer_key
from chat.reply import AskForm, FormErrors, Private, PrivateFile, Public, Quiet, Reply
from chat.text import Code


def outgoing(entry: Entry, reply: Reply, can: Capabilities) -> tuple[Outgoing, ...]:
    """What has to be delivered for `reply`; nothing for forms, field errors and silence."""
    inbound = entry.inbound
    place = replace(inbound.address, message=None)
    match reply:
        case Private(card):
            job: Job = _for_one(inbound, card, can)
        case Public(card, to):
            place, job = to or place, PostCard(card)
        case PrivateFile(card, file):
            job = SendFile(file, card, only=inbound.person)
        case AskForm() | FormErrors() | Quiet():
            return ()
    once = reply.once if isinstance(reply, Private) else ""
    return (Outgoing(place, job, key=once or answer_key(entry.id), cause=entry.id),)


def _for_one(inbound: Inbound, card: Card, can: Capabilities) -> Job:
    if best_way("private answer", can) is Way.WHISPER:
        return Whisper(inbound.person, card, ticket=inbound.ticket)
    return DirectCard(inbound.person, card)


def apology(error: Exception, inbound: Inbound, entry_id: str) -> Reply:
    """What somebody is told when it did not work; never a stranger's raw error."""
    match error:
        case UserError() if isinstance(inbound.payload, FormSubmission) and _of_form(
            error, inbound.payload
        ):
            return FormErrors(_of_form(error, inbound.payload))
        case UserError():
            return Private(Card(error.message, tone="warning"), error.code)
        case Unavailable():
            wait = f" in {error.retry_after:.0f} s" if error.retry_after else " in a moment"
            text = f"{error.message.rstrip('.')}. Nothing is lost; please try again{wait}."
            return Private(Card(text, tone="warning"), error.code)
        case TocsinError():
            return Private(Card(error.message, tone="bad"), error.code)
        case _:
            return Private(
                Card(
                    "Something went wrong on our side, and it has been logged.",
                    (Text(("Please tell your administrator this reference: ", Code(entry_id))),),
                    tone="bad",
                ),
                "INTERNAL_ERROR",
            )


def _of_form(error: UserError, form: FormSubmission) -> dict[str, str]:
    """The parts of the error that belong to a field of the form, each as a sentence.

    With a single field, whatever was wrong belongs to it.
    """
    if len(form.values) == 1 and isinstance(error, BadInput | NotFound | Refused):
        return dict.fromkeys(form.values, error.message)
    return {name: _sentence(text) for name, text in error.details.items() if name in form.values}


def _sentence(text: str) -> str:
    clean = text.strip()
    return clean[:1].upper() + clean[1:] + ("" if clean.endswith((".", "!", "?")) else ".")
