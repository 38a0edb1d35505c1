"""The values an action is given: defaults filled in, read as their type, checked.

Source: JSON Schema draft 2020-12 for the schemas; StackStorm's rules for reading a
typed-in text as a number, truth value, list or object.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from automation.actions.action import Action, Parameter
from automation.templates.mistake import Mistake, near
from automation.templates.template import is_template
from automation.values import Json
from chat.errors import BadInput

_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_KEPT = ("required", "secret", "immutable", "position", "description")
_SHOWN = 60


def checked(action: Action, given: Mapping[str, Json], *, place: str) -> dict[str, Json]:
    """The values an action is done with.

    Args:
        action: What is to be done.
        given: Values by name; texts are read as the type their parameter wants.
        place: Where they stand, for errors: `parameters`.

    Raises:
        BadInput: One is missing, unknown, or does not fit; `details` maps each place, such
            as `parameters.count`, to what is wrong. A secret's value is not repeated.
    """
    wrong: dict[str, str] = {}
    values: dict[str, Json] = {}
    for parameter in action.parameters:
        where = f"{place}.{parameter.name}"
        if parameter.name not in given or given[parameter.name] is None:
            if parameter.has_default:
                values[parameter.name] = parameter.default
            elif parameter.required:
                wrong[where] = f"is missing{_wanted(parameter)}"
            continue
        value = _cast(parameter, given[parameter.name])
        if parameter.immutable and value != parameter.default:
            wrong[where] = "cannot be chosen; leave it out"
            continue
        problem = _problem(parameter, value)
        if problem:
            wrong[where] = problem
        values[parameter.name] = value
    wrong |= _unknown(action, given, place)
    if wrong:
        first, problem = next(iter(wrong.items()))
        more = f" And {len(wrong) - 1} more." if len(wrong) > 1 else ""
        raise BadInput(f"{action.ref}: {first} {problem}.{more}", details=wrong)
    return values


def _unknown(action: Action, given: Mapping[str, Json], place: str) -> dict[str, str]:
    names = [each.name for each in action.parameters]
    there = f"; there are {', '.join(names)}" if names else ""
    return {
        f"{place}.{name}": f"is no parameter of {action.ref}{there}.{near(name, names)}"
        for name in given
        if name not in names
    }


def _wanted(parameter: Parameter) -> str:
    """What is accepted, as a clause; empty where nothing more can be said."""
    if "enum" in parameter.schema:
        return f"; give one of {', '.join(map(str, parameter.schema['enum']))}"
    return f"; give {_ARTICLES.get(parameter.type, parameter.type)}"


_ARTICLES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


def _cast(parameter: Parameter, value: Json) -> Json:
    """A text read as the type that is wanted; anything else, and what cannot be read, as it is."""
    reader = _READERS.get(parameter.type)
    if reader is not None and isinstance(value, str):
        try:
            return reader(value.strip())
        except (ValueError, SyntaxError, RecursionError):
            return value
    if parameter.type == "string" and isinstance(value, int | float) and value is not True:
        return "false" if value is False else str(value)
    if parameter.type == "string" and value is True:
        return "true"
    if parameter.type == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _boolean(text: str) -> bool:
    word = text.casefold()
    if word in _YES | _NO:
        return word in _YES
    raise ValueError(text)


def _array(text: str) -> list[Json]:
    if text.startswith("["):
        found = _literal(text)
        if isinstance(found, list):
            return cast("list[Json]", found)
    return [part.strip() for part in text.split(",")] if text else []


def _object(text: str) -> dict[str, Json]:
    found = _literal(text)
    if isinstance(found, dict):
        return cast("dict[str, Json]", found)
    raise ValueError(text)


def _literal(text: str) -> Json:
    """JSON, or else a Python literal."""
    try:
        return json.loads(text)
    except ValueError:
        return ast.literal_eval(text)


def _number(text: str) -> float | int:
    number = float(text)
    return int(text) if text.lstrip("+-").isdigit() else number


_READERS: Mapping[str, Callable[[str], Json]] = {
    "integer": int,
    "number": _number,
    "boolean": _boolean,
    "array": _array,
    "object": _object,
}


def _problem(parameter: Parameter, value: Json) -> str:
    """What is wrong with a value; empty when nothing is."""
    try:
        error = _first_error(_validator(_key(parameter)), value)
    except SchemaError as wrong:
        return f"cannot be checked, since its schema is wrong: {wrong.message}"
    if error is None:
        return ""
    inside = "".join(f"[{part!r}]" for part in error.absolute_path)
    told = _said(error)
    if parameter.secret:
        return f"does not fit{inside}; {_plain_rule(error)}"
    return f"{inside + ': ' if inside else ''}{told}".strip()


def _first_error(validator: Draft202012Validator, value: Json) -> ValidationError | None:
    found = sorted(validator.iter_errors(value), key=lambda each: list(map(str, each.path)))  # pyright: ignore[reportUnknownMemberType, reportUnknownLambdaType, reportUnknownVariableType, reportUnknownArgumentType] - jsonschema is partly typed
    return found[0] if found else None  # pyright: ignore[reportUnknownVariableType] - the same


def _said(error: ValidationError) -> str:
    shown = _short(cast("Any", error.instance))
    return f"is {shown}; {_plain_rule(error)}"


def _plain_rule(error: ValidationError) -> str:
    """The rule that was broken, as what to give instead."""
    rule, name = cast("Any", error.validator_value), str(error.validator)
    if name == "type":
        kinds = cast("list[str]", rule) if isinstance(rule, list) else [str(rule)]
        return f"give {' or '.join(_ARTICLES.get(kind, kind) for kind in kinds)}"
    if name == "enum":
        return f"give one of {', '.join(map(str, cast('list[Any]', rule)))}"
    return _RULES.get(name, f"it does not keep to {name}").format(rule)


_RULES = {
    "pattern": "it must look like {}",
    "minimum": "at least {} is accepted",
    "maximum": "at most {} is accepted",
    "exclusiveMinimum": "more than {} is accepted",
    "exclusiveMaximum": "less than {} is accepted",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
}


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _key(parameter: Parameter) -> str:
    rules = {name: rule for name, rule in parameter.schema.items() if name not in _KEPT}
    return json.dumps({"type": "string", **rules}, sort_keys=True, default=str)


@lru_cache(maxsize=4096)
def _validator(schema: str) -> Draft202012Validator:
    """A checker of one schema, made once."""
    rules = json.loads(schema)
    Draft202012Validator.check_schema(rules)
    return Draft202012Validator(rules)


def check_literal(action: Action, given: Mapping[str, Json], *, place: str) -> tuple[Mistake, ...]:
    """What is wrong with values that are known when a runbook is saved.

    What holds a template is checked when it is filled in; so is what is sealed.
    """
    found: list[Mistake] = []
    for parameter in action.parameters:
        where = f"{place}.{parameter.name}"
        value = given.get(parameter.name)
        if value is None:
            if parameter.required and not parameter.has_default:
                found.append(Mistake(where, f"is missing{_wanted(parameter)}"))
            continue
        if _later(value):
            continue
        if parameter.immutable and _cast(parameter, value) != parameter.default:
            found.append(Mistake(where, "cannot be chosen; leave it out"))
            continue
        problem = _problem(parameter, _cast(parameter, value))
        if problem:
            found.append(Mistake(where, problem))
    found += [Mistake(where, problem) for where, problem in _unknown(action, given, place).items()]
    return tuple(found)


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


def as_json_schema(action: Action) -> dict[str, Json]:
    """One schema for all that an action takes, for forms and for the API's description."""
    properties: dict[str, Json] = {}
    for parameter in action.parameters:
        rules = dict(parameter.schema)
        rules.setdefault("type", "string")
        if parameter.description:
            rules["description"] = parameter.description
        if parameter.secret:
            rules["secret"] = True
        if parameter.immutable:
            rules["immutable"] = True
        if parameter.position is not None:
            rules["position"] = parameter.position
        properties[parameter.name] = rules
    return {
        "type": "object",
        "properties": properties,
        "required": [each.name for each in action.parameters if each.required],
        "additionalProperties": False,
    }


def output_mistake(action: Action, output: Json) -> str:
    """What is wrong with what an action gave, by its own schema; empty when nothing is."""
    if action.output_schema is None:
        return ""
    try:
        error = _first_error(_validator(json.dumps(dict(action.output_schema))), output)
    except SchemaError as wrong:
        return f"the output's schema is wrong: {wrong.message}"
    return "" if error is None else f"the output is not as promised: {_said(error)}"
