"""Forms for what a runbook or an action still needs, as many as it takes, one after the other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automation.actions.action import Action, Parameter
from automation.executions.start import Needed, still_needed
from chat.capabilities import Capabilities
from chat.card import Card, Option
from chat.errors import BadInput, Refused
from chat.fit import shorten
from chat.form import Form, FormField
from chat.reply import AskForm, Private, Reply
from chat.text import Code, Link
from commands.cards import lines
from security.secrets import Vault

_FIELDS = 5
"""Questions that one form has room for, on every platform."""
_LONGEST = 1000
"""Characters of one value in a form."""
_CONTEXT = 1600
"""Characters that a form keeps of what was typed; a step's own form keeps some more."""
_INTRO = 600


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be run, and how a person would run it elsewhere.

    Attributes:
        form: Action of the forms that ask for it: `runbook.run`.
        ref: Id or ref that it is found by again.
        name: As people read it.
        about: What it does.
        usage: How it is typed.
        page: Where it is run in the browser.
        asked: It with its parameters.
    """

    form: str
    ref: str
    name: str
    about: str
    usage: str
    page: str
    asked: Action


@dataclass(frozen=True, slots=True)
class Typed:
    """What was given so far.

    Attributes:
        given: Values by name, as typed.
        incident: Id or key; None for none.
        page: Which of the forms is being filled in, from 1; 0 before the first.
    """

    given: Mapping[str, str]
    incident: str | None
    reason: str
    page: int = 0


def asked_for(subject: Subject, typed: Typed, can: Capabilities, vault: Vault) -> Reply | None:
    """The form for what is missing; None when nothing is.

    Where not all of it has room in a form, and the platform shows no second one after the
    first, it is told where it can be given.

    Raises:
        BadInput: Something was given that is not taken.
        Refused: What was typed is more than a form can keep.
    """
    needed = still_needed(subject.asked, typed.given)
    if not needed.missing:
        return None
    asked = _asked(subject, needed)
    if len(asked) > _FIELDS and not can.forms_in_a_row:
        page = Link("Run it on its page", subject.page)
        told = f"{subject.name} needs {len(asked)} values, more than one form has room for here."
        typing = ("Or type it in one line: ", Code(subject.usage))
        return Private(Card(told, lines((page,), typing), tone="warning"))
    context = _context(subject, typed, vault)
    return AskForm(_form(subject, typed, needed, asked, context))


def filled(context: str, values: Mapping[str, str], vault: Vault) -> tuple[str, Typed]:
    """What a form was about, and all that is given now: ref, and values of before and now.

    What was emptied in the form is not given any more.

    Raises:
        CannotOpen: The installation's key is another one than when the form was asked for.
    """
    kept: dict[str, Any] = json.loads(context)
    secret: dict[str, str] = json.loads(vault.open(kept["sealed"])) if kept["sealed"] else {}
    given: dict[str, str] = {**kept["given"], **secret}
    before = {name: value for name, value in given.items() if name not in values}
    now = {name: value for name, value in values.items() if value.strip()}
    return kept["ref"], Typed(before | now, kept["incident"], kept["reason"], kept["page"])


def refuse_here(subject: Subject, typed: Typed, values: Mapping[str, str]) -> None:
    """Keep a form open as long as something in it is missing or does not fit.

    Raises:
        BadInput: With what is wrong with each field.
    """
    needed = still_needed(subject.asked, typed.given)
    wrong = dict(needed.wrong) | {each.name: "is missing" for each in needed.missing}
    here = {name: problem for name, problem in wrong.items() if name in values}
    if here:
        first, problem = next(iter(here.items()))
        raise BadInput(f"{first} {problem}.", details=here)


def _asked(subject: Subject, needed: Needed) -> tuple[Parameter, ...]:
    """What is missing or wrong, in the order in which it is declared."""
    missing = {each.name for each in needed.missing}
    return tuple(
        each for each in subject.asked.parameters if each.name in missing | needed.wrong.keys()
    )


def _form(
    subject: Subject, typed: Typed, needed: Needed, asked: Sequence[Parameter], context: str
) -> Form:
    given = typed.given
    fields = [_field(each, given.get(each.name, "")) for each in asked[:_FIELDS]]
    if not typed.page:
        # What was typed beside it may be looked at, and corrected, where there is room.
        names = {each.name for each in asked}
        fields += [
            _field(each, given[each.name])
            for each in subject.asked.parameters
            if each.name in given and each.name not in names and len(given[each.name]) <= _LONGEST
            if not each.secret
        ]
    last = len(asked) <= _FIELDS
    number, of = typed.page + 1, typed.page + -(-len(asked) // _FIELDS)
    return Form(
        action=subject.form,
        title=shorten(f"Run {subject.name}", 24),
        submit="Run" if last else "Next",
        context=context,
        intro=_intro(subject, needed, "" if of == 1 else f"Part {number} of {of}."),
        fields=tuple(fields[:_FIELDS]),
    )


def _intro(subject: Subject, needed: Needed, part: str) -> str:
    """What is not accepted first, since its field looks as if nothing had been typed."""
    wrong = " ".join(f"Not accepted: {name} {told}." for name, told in needed.wrong.items())
    return " ".join(filter(None, (shorten(wrong, _INTRO), part, shorten(subject.about, 200))))


def _context(subject: Subject, typed: Typed, vault: Vault) -> str:
    """What the form keeps of what was typed, secrets sealed: platforms and the journal see it.

    Raises:
        Refused: It is too much; of a form that is open the longest answer is named.
    """
    names = {each.name for each in subject.asked.parameters if each.secret}
    secret = {name: value for name, value in typed.given.items() if name in names}
    context = {
        "ref": subject.ref,
        "given": {name: value for name, value in typed.given.items() if name not in names},
        "sealed": vault.seal(json.dumps(secret)) if secret else "",
        "incident": typed.incident,
        "reason": typed.reason,
        "page": typed.page + 1,
    }
    packed = json.dumps(context, ensure_ascii=False)
    if len(packed) > _CONTEXT:
        longest = max(typed.given, key=lambda name: len(typed.given[name]), default="")
        raise Refused(
            "That is more than a form can keep beside what it asks for. "
            f"Type it all in one line: {subject.usage}",
            details={longest: "is too long to be kept while more is asked for"},
        )
    return packed


def _field(parameter: Parameter, given: str = "") -> FormField:
    """A question for one parameter; what was typed for it stands in it, where it can."""
    name = parameter.name
    choices = parameter.schema.get("enum")
    label = shorten(name.replace("_", " ").capitalize(), 24)
    about = shorten(parameter.description, 100)
    needed = parameter.required and not parameter.has_default
    if choices:
        options = tuple(Option(str(each), str(each)) for each in choices)
        value = given if given in {option.value for option in options} else ""
        return FormField(name, label, "select", options, needed, value, about)
    if parameter.type == "boolean" and given in {"", "true", "false"}:
        return FormField(name, label, "switch", value=given or "false", hint=about)
    value = "" if parameter.secret else given
    return FormField(name, label, required=needed, value=value, hint=about, max_length=_LONGEST)


def shown_usage(line: str, parameters: Sequence[Parameter]) -> str:
    """How something is typed, with what it needs."""
    needed = [f"{each.name}=…" for each in parameters if each.required and not each.has_default]
    return " ".join((line, *needed))
