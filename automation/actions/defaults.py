"""Defaults that are templates: filled in from the other parameters' values.

Only what a pack's author wrote as a default is read as a template; a value that somebody
gives never is.

Source: StackStorm's rendering of parameters that refer to one another (`util/param.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

from automation.actions.action import Action, Parameter
from automation.templates import shell, template
from automation.values import Json
from chat.errors import BadInput


def is_filled_in(parameter: Parameter) -> bool:
    """Whether the default is a template."""
    return _holds_template(parameter.default)


def reads(parameter: Parameter) -> frozenset[str]:
    """Names that the default's template reads."""
    return frozenset(path.partition(".")[0] for path in template.names(parameter.default))


def filled_in(action: Action, values: Mapping[str, Json], *, place: str) -> dict[str, Json]:
    """The values of those parameters that have none yet and whose default is a template.

    Args:
        action: What is to be done.
        values: Of the other parameters; one that has none is nothing to a template.
        place: Where values stand, for errors.

    Raises:
        BadInput: A template reads what is not there, or two read each other.
    """
    waiting = {
        each.name: each
        for each in action.parameters
        if is_filled_in(each) and each.name not in values
    }
    context: dict[str, Json] = {
        each.name: values.get(each.name) for each in action.parameters if each.name not in waiting
    }
    found: dict[str, Json] = {}
    while waiting:
        ready = [each for each in waiting.values() if not reads(each) & waiting.keys()]
        if not ready:
            names = ", ".join(sorted(waiting))
            raise BadInput(
                f"{action.ref}: the defaults of {names} read one another. Give one of them.",
                details={f"{place}.{name}": "reads itself by way of others" for name in waiting},
            )
        for each in ready:
            found[each.name] = _rendered(each, context, f"{place}.{each.name}")
            del waiting[each.name]
        context |= {each.name: found[each.name] for each in ready}
    return found


def _rendered(parameter: Parameter, context: Mapping[str, Json], place: str) -> Json:
    source = parameter.default
    if parameter.command_line and isinstance(source, str):
        return shell.render_command(source, context, place=place)
    return template.render(source, context, place=place)


def _holds_template(value: Json) -> bool:
    match value:
        case str():
            return template.is_template(value)
        case dict():
            return any(_holds_template(each) for each in value.values())  # pyright: ignore[reportUnknownVariableType] - JSON
        case list():
            return any(_holds_template(each) for each in value)  # pyright: ignore[reportUnknownVariableType] - JSON
        case _:
            return False
