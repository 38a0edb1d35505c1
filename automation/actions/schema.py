"""The values an action is given: defaults filled in, read as their type, checked.

Source: JSON Schema draft 2020-12 for the schemas, or the draft that a schema names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Protocol, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import validator_for
from referencing import Registry as References
from referencing.exceptions import Unresolvable

from automation.actions.action import Action, Parameter
from automation.actions.casting import as_typed, kinds_of
from automation.actions.defaults import filled_in, is_filled_in
from automation.actions.patterns import Unsearchable, in_time, timed
from automation.actions.wording import accepted, choices, place_in, said
from automation.templates.mistake import Mistake, near
from automation.templates.template import is_template
from automation.values import Json
from chat.errors import BadInput
from security.secrets import SHORTEST

_NO_CHOICE = "cannot be chosen; leave it out"
_RETURNED = frozenset({"result", "exit_code"})
"""What a Python action's output has around what it returned."""


class _Validator(Protocol):
    def iter_errors(self, instance: Json) -> Iterator[ValidationError]: ...


def checked(action: Action, given: Mapping[str, Json], *, place: str) -> dict[str, Json]:
    """The values an action is done with.

    Args:
        action: What is to be done.
        given: Values by name; texts are read as the type their parameter wants. None is as
            good as not given.
        place: Where they stand, for errors: `parameters`.

    Raises:
        BadInput: One is missing, unknown, or does not fit; `details` maps each place, such
            as `parameters.count`, to what is wrong. A secret's value is not repeated.
    """
    with in_time():
        return _checked(action, given, place)


def _checked(action: Action, given: Mapping[str, Json], place: str) -> dict[str, Json]:
    wrong = _unknown(action, given, place)
    values: dict[str, Json] = {}
    for parameter in action.parameters:
        value = given.get(parameter.name)
        if value is None:
            if parameter.has_default and not is_filled_in(parameter):
                values[parameter.name] = as_typed(parameter.schema, parameter.default)
            elif parameter.required and not parameter.has_default:
                wrong[f"{place}.{parameter.name}"] = _missing(parameter)
            continue
        values[parameter.name] = as_typed(parameter.schema, value)
        wrong |= dict(_problems(parameter, values[parameter.name], place))
    _refuse(action, wrong)
    for name, value in filled_in(action, values, place=place).items():
        parameter = cast("Parameter", action.parameter(name))
        values[name] = as_typed(parameter.schema, value)
        wrong |= dict(_misfits(parameter, values[name], place))
    _refuse(action, wrong)
    return {each.name: values[each.name] for each in action.parameters if each.name in values}


def _refuse(action: Action, wrong: Mapping[str, str]) -> None:
    if not wrong:
        return
    first, problem = next(iter(wrong.items()))
    stop = "" if problem.endswith((".", "?")) else "."
    more = f" And {len(wrong) - 1} more." if len(wrong) > 1 else ""
    raise BadInput(f"{action.ref}: {first} {problem}{stop}{more}", details=wrong)


def check_names(action: Action, given: Iterable[str], *, place: str) -> None:
    """Refuse what the action does not take, before more is asked for.

    Raises:
        BadInput: Something is unknown; the message names what is accepted.
    """
    _refuse(action, _unknown(action, given, place))


def misfits(action: Action, given: Mapping[str, Json]) -> dict[str, str]:
    """Name of each given parameter whose value does not fit to what is wrong with it.

    Names that the action does not take are left to `check_names`. A secret's value is not
    repeated.
    """
    found: dict[str, str] = {}
    for parameter in action.parameters:
        value = given.get(parameter.name)
        if value is None:
            continue
        for place, problem in _problems(parameter, as_typed(parameter.schema, value), ""):
            inside = place.removeprefix(f".{parameter.name}").strip(".")
            found.setdefault(parameter.name, f"({inside}) {problem}" if inside else problem)
    return found


def check_literal(action: Action, given: Mapping[str, Json], *, place: str) -> tuple[Mistake, ...]:
    """What is wrong with values that are known when a runbook is saved.

    What holds a template is checked when it is filled in; so is what is sealed.
    """
    found = _unknown(action, given, place)
    for parameter in action.parameters:
        value = given.get(parameter.name)
        if value is None:
            if parameter.required and not parameter.has_default:
                found[f"{place}.{parameter.name}"] = _missing(parameter)
        elif not _later(value):
            found |= dict(_problems(parameter, as_typed(parameter.schema, value), place))
    return tuple(Mistake(where, problem) for where, problem in found.items())


def as_json_schema(action: Action) -> dict[str, Json]:
    """One schema for all that an action takes, for forms and for the API's description.

    A default that is filled in from other parameters is left out, and so is a secret one:
    neither is a value to begin a form with.
    """
    properties: dict[str, Json] = {}
    for parameter in action.parameters:
        rules = _rules(parameter)
        if parameter.secret or is_filled_in(parameter):
            rules.pop("default", None)
        marks: dict[str, Json] = {
            "description": parameter.description,
            "secret": parameter.secret,
            "immutable": parameter.immutable,
            "position": parameter.position,
        }
        rules |= {
            name: mark
            for name, mark in marks.items()
            if mark not in ("", None) and mark is not False
        }
        properties[parameter.name] = rules
    return {
        "type": "object",
        "properties": properties,
        "required": [
            each.name for each in action.parameters if each.required and not each.has_default
        ],
        "additionalProperties": False,
    }


def output_mistake(action: Action, output: Json) -> str:
    """What is wrong with what an action gave, by its own schema; empty when nothing is.

    Of a Python action the schema describes what it returned.
    """
    rules = action.output_schema
    if rules is None:
        return ""
    if isinstance(output, dict) and cast("dict[str, Json]", output).keys() >= _RETURNED:
        output = cast("dict[str, Json]", output)["result"]
    for inside, problem in _errors(rules, output, secret=False):
        return f"the output is not as promised: output{inside} {problem}"
    return ""


def _unknown(action: Action, given: Iterable[str], place: str) -> dict[str, str]:
    names = [each.name for each in action.parameters]
    there = f"which takes {choices(names)}" if names else "which takes nothing"
    return {
        f"{place}.{name}": f"is no parameter of {action.ref}, {there}.{near(name, names)}"
        for name in given
        if name not in names
    }


def _missing(parameter: Parameter) -> str:
    if "enum" in parameter.schema:
        return f"is missing; give one of {choices(parameter.schema['enum'])}"
    what = accepted(kinds_of(parameter.schema))
    meant = f" ({parameter.description.rstrip('.')})" if parameter.description else ""
    return f"is missing; give {what}{meant}" if what else f"is missing{meant}"


def _problems(parameter: Parameter, value: Json, place: str) -> Iterator[tuple[str, str]]:
    """Places in a given value, and what is wrong there."""
    if parameter.immutable and (
        not parameter.has_default
        or is_filled_in(parameter)
        or value != as_typed(parameter.schema, parameter.default)
    ):
        yield f"{place}.{parameter.name}", _NO_CHOICE
    else:
        yield from _misfits(parameter, value, place)


def _misfits(parameter: Parameter, value: Json, place: str) -> Iterator[tuple[str, str]]:
    if parameter.secret and _too_short(value):
        # Masking it wherever it stands would garble ordinary text, so it would be shown.
        yield (
            f"{place}.{parameter.name}",
            (f"is too short to be kept secret; give at least {SHORTEST} characters"),
        )
        return
    for inside, problem in _errors(_rules(parameter), value, secret=parameter.secret):
        yield f"{place}.{parameter.name}{'' if parameter.secret else inside}", problem


def _too_short(value: Json) -> bool:
    """Whether a text or a number could not be masked; nothing is as good as not given."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    return 0 < len(str(value)) < SHORTEST


def _errors(rules: Mapping[str, Json], value: Json, *, secret: bool) -> Iterator[tuple[str, str]]:
    """Places inside a value, in order, and what a schema has against what is there."""
    try:
        validator = _validator(json.dumps(dict(rules), sort_keys=True, default=str))
        with in_time():
            found = sorted(validator.iter_errors(value), key=place_in)
    except Unsearchable as wrong:
        yield "", str(wrong)
        return
    except (SchemaError, Unresolvable, RecursionError) as wrong:
        told = wrong.message if isinstance(wrong, SchemaError) else str(wrong)
        yield "", f"cannot be checked, since its schema is wrong: {told[:200]}"
        return
    yield from ((place_in(error), said(error, rules, secret=secret)) for error in found)


def _rules(parameter: Parameter) -> dict[str, Json]:
    """A parameter's schema as a validator takes it."""
    kinds = kinds_of(parameter.schema)
    rules = dict(parameter.schema)
    if "type" not in rules and kinds:
        rules["type"] = kinds[0]
    return rules


@lru_cache(maxsize=4096)
def _validator(schema: str) -> _Validator:
    """A checker of one schema, made once. What a schema refers to is never fetched.

    Raises:
        SchemaError: It is no schema.
    """
    rules: dict[str, Json] = json.loads(schema)
    kind: Any = validator_for(rules, default=Draft202012Validator)  # pyright: ignore[reportUnknownVariableType] - jsonschema is partly typed
    kind.check_schema(rules)
    return cast("_Validator", timed(kind)(rules, registry=References[Any]()))


def _later(value: Json) -> bool:
    """Whether a value, or anything in it, is known only later."""
    match value:
        case str():
            return is_template(value)
        case dict():
            items = cast("dict[str, Json]", value)
            return "$sealed" in items or any(map(_later, items.values()))
        case list():
            return any(map(_later, cast("list[Json]", value)))
        case _:
            return False
