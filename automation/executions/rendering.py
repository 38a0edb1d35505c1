"""One step made ready: its templates filled in, its values checked, its secrets masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from automation.actions.action import Action
from automation.actions.looked import Looked
from automation.actions.schema import checked
from automation.hidden import masked
from automation.runbooks.credentials import is_credential
from automation.runbooks.sealing import unsealed
from automation.runbooks.variables import refuse_chosen
from automation.templates import shell, template
from automation.values import Json
from automation.workshop import Workshop, texts
from chat.errors import BadInput
from security.secrets import MASK


@dataclass(frozen=True, slots=True)
class Rendered:
    """An action with everything it is given.

    Attributes:
        given: Complete and typed, secrets in the clear.
        shown: The same with secrets masked.
        digest: Over the action as it is now and all of `given`.
        secrets: Texts to be masked in whatever comes of it.
        timeout: Seconds an attempt may take.
    """

    action: Action
    given: dict[str, Json]
    shown: dict[str, Json]
    digest: str
    secrets: frozenset[str]
    timeout: float

    @property
    def sensitive(self) -> bool:
        """Whether `shown` leaves something out."""
        return self.given != self.shown


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be rendered.

    Attributes:
        place: Where it stands, for messages: `steps[1].parameters`.
        verbatim: Whether `{"$given": name}` stands for the execution's parameter of that
            name, unread: so it is when a single action is executed.
    """

    action: str
    parameters: Mapping[str, Json]
    timeout: float | None
    place: str
    verbatim: bool = False


def render(
    workshop: Workshop,
    wanted: Wanted,
    context: Mapping[str, Json],
    secrets: frozenset[str],
    looked: Looked | None = None,
) -> Rendered:
    """The action with everything filled in.

    Args:
        workshop: The actions there are.
        wanted: Which, and with what.
        context: What templates read.
        secrets: Texts to be masked.
        looked: Where the actions were looked at before; None looks at them now.

    Raises:
        BadInput: A template reads what is not there, or a value does not fit.
        NotFound: There is no such action.
    """
    looked = looked or Looked(workshop.registry)
    action = looked.current(wanted.action)
    if not action.enabled:
        raise BadInput(f"The action {action.ref} is switched off.", code="ACTION_OFF")
    given = checked(
        action,
        {
            name: _value(workshop, action, name, value, wanted, context)
            for name, value in wanted.parameters.items()
        },
        place=wanted.place,
    )
    refuse_chosen(action.parameters, wanted.parameters, given, wanted.place)
    hidden = secrets | workshop.secrets_in(dict(wanted.parameters))
    for name in action.secrets & given.keys():
        hidden |= texts(given[name])
    hidden |= _credentials(given.get("headers"))
    timeout = wanted.timeout or action.timeout
    return Rendered(
        action=action,
        given=given,
        shown={
            name: MASK if name in action.secrets else masked(value, hidden)
            for name, value in given.items()
        },
        digest=workshop.digest(
            {
                "action": action.ref,
                "is": action.digest,
                "code": looked.code(action),
                "given": given,
                "timeout": timeout,
            }
        ),
        secrets=hidden,
        timeout=timeout,
    )


def _credentials(headers: Json) -> frozenset[str]:
    """What headers hold that nobody else may read, the word `Bearer` and its like left out."""
    if not isinstance(headers, dict):
        return frozenset()
    given = cast("dict[str, Json]", headers)
    found = [str(value) for name, value in given.items() if is_credential(name)]
    return frozenset(text for each in found for text in (each, each.rpartition(" ")[2]) if text)


def _value(
    workshop: Workshop,
    action: Action,
    name: str,
    value: Json,
    wanted: Wanted,
    context: Mapping[str, Json],
) -> Json:
    place = f"{wanted.place}.{name}"
    match value:
        case {"$sealed": str()}:
            return unsealed(workshop, value)
        case {"$given": str(parameter)} if wanted.verbatim:
            return context["parameters"][parameter]
        case _:
            pass
    parameter = action.parameter(name)
    if parameter is not None and parameter.command_line and isinstance(value, str):
        return shell.render_command(value, context, place=place)
    return template.render(value, context, place=place)
