"""The form that starts an incident, and the message it may have been opened from."""

from __future__ import annotations

import json
from dataclasses import dataclass

from chat.address import Address
from chat.card import Option
from chat.clock import Clock
from chat.fit import shorten
from chat.form import Form, FormField
from chat.message import PostedMessage
from chat.person import Person
from chat.port import ChatAdapter
from incidents.incident import Severity
from playbooks.playbook import Playbook

_QUOTE = 600
"""Characters of a message kept with the form, in case it is deleted meanwhile."""
_CONTEXT = 2000
"""Characters that a form's context may have."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known about an incident that is about to be started.

    Attributes:
        source: The message it is about.
        offered: Whether it was offered for that message. Then it is started where that was
            said, which need not be where a form is filled in.
    """

    playbook: Playbook | None = None
    name: str = ""
    severity: Severity | None = None
    summary: str = ""
    source: PostedMessage | None = None
    offered: bool = False


def start_form(offered: tuple[Playbook, ...], given: Given, context: str) -> Form:
    """The form, holding what is known already; `offered` has at least one playbook."""
    chosen = given.playbook or (offered[0] if len(offered) == 1 else None)
    severities = tuple(Option(one.value, one.value) for one in Severity)
    source = given.source
    return Form(
        action="incident.start",
        title="Start an incident",
        submit="Start incident",
        context=context,
        intro=f"About @{source.author.name}: “{shorten(source.text, 200)}”" if source else "",
        fields=(
            FormField(
                "playbook",
                "Playbook",
                "select",
                options=tuple(Option(one.handle, shorten(one.name, 75)) for one in offered),
                value=chosen.handle if chosen else "",
            ),
            FormField(
                "name",
                "Name",
                value=shorten(given.name, 80),
                hint="What is going on, in a few words; the channel is named after it",
                max_length=80,
            ),
            FormField(
                "severity",
                "Severity",
                "select",
                options=(Option("playbook", "As the playbook says"), *severities),
                required=False,
                value=given.severity.value if given.severity else "playbook",
            ),
            FormField(
                "summary",
                "Summary",
                "multiline",
                required=False,
                value=given.summary,
                hint="What is known so far; you can change it later",
            ),
        ),
    )


def context_of(given: Given) -> str:
    """What the form carries about the message; empty without one."""
    source = given.source
    if source is None:
        return ""
    kept = {
        "message": source.address.packed(),
        "author": [source.author.id, source.author.name],
        "text": shorten(source.text, _QUOTE),
        "offered": given.offered,
    }
    packed = json.dumps(kept, ensure_ascii=False)
    if len(packed) > _CONTEXT:
        # Control characters, which JSON writes in six; nobody misses such a quote.
        packed = json.dumps(kept | {"text": ""}, ensure_ascii=False)
    return packed


def was_offered(context: str) -> bool:
    """Whether the incident was offered for the message."""
    return bool(context) and json.loads(context).get("offered") is True


async def source_of(context: str, adapter: ChatAdapter, clock: Clock) -> PostedMessage | None:
    """The message again: as it stands now, or, once deleted, as it was kept."""
    if not context:
        return None
    kept = json.loads(context)
    address = Address.unpacked(kept["message"])
    found = await adapter.message(address.message or "", near=address)
    if found is not None:
        return found
    author_id, name = kept["author"]
    author = Person(address.platform, address.workspace, author_id, name)
    return PostedMessage(address, author, kept["text"], clock.now())
