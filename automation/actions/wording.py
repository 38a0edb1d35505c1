"""What a JSON schema has against a value, in words that say what to give instead.

Source: the keywords of JSON Schema draft 2020-12.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from jsonschema.exceptions import ValidationError

from automation.hidden import clipped
from automation.values import Json

_SHOWN = 60
_LISTED = 20
ARTICLES: Mapping[str, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}
_RULES: Mapping[str, str] = {
    "pattern": "it must look like {}",
    "format": "it must be a {}",
    "const": "only {} is accepted",
    "minimum": "at least {} is accepted",
    "maximum": "at most {} is accepted",
    "exclusiveMinimum": "more than {} is accepted",
    "exclusiveMaximum": "less than {} is accepted",
    "multipleOf": "a multiple of {} is accepted",
    "minLength": "at least {} characters are accepted",
    "maxLength": "at most {} characters are accepted",
    "minItems": "at least {} items are accepted",
    "maxItems": "at most {} items are accepted",
    "minProperties": "at least {} entries are accepted",
    "maxProperties": "at most {} entries are accepted",
    "uniqueItems": "each item may be there once",
    "contains": "one of its items must be another",
    "not": "this is the one thing that is not accepted",
    "anyOf": "it is none of the kinds that are accepted",
    "oneOf": "it is not exactly one of the kinds that are accepted",
}


def place_in(error: ValidationError) -> str:
    """Where inside of the value: `[1].name`; empty for the whole of it."""
    return "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
    )


def said(error: ValidationError, rules: Mapping[str, Json], *, secret: bool = False) -> str:
    """What is wrong and what is accepted, as the rest of a sentence.

    Args:
        error: What the validator found.
        rules: The schema it was found by.
        secret: Whether no part of the value may be repeated.
    """
    hidden = secret or _is_secret(error, rules)
    name, instance = str(error.validator), cast("Any", error.instance)
    if name == "required" and isinstance(instance, dict):
        wanted = cast("list[str]", error.validator_value)
        missing = [each for each in wanted if each not in instance]
        return f"lacks {_listed(missing)}"
    if name == "additionalProperties" and isinstance(instance, dict) and not hidden:
        return _surplus(error, cast("dict[str, Json]", instance))
    return f"{'does not fit' if hidden else _given(instance)}; {rule_of(error)}"


def rule_of(error: ValidationError) -> str:
    """The rule that was broken, as what to give instead."""
    rule, name = cast("Any", error.validator_value), str(error.validator)
    if name == "type":
        kinds = cast("list[str]", rule) if isinstance(rule, list) else [str(rule)]
        return f"give {accepted(kinds)}"
    if name == "enum":
        return f"give one of {_listed(map(str, cast('list[Any]', rule)))}"
    return _RULES.get(name, f"it does not keep to “{name}” of its schema").format(rule)


def accepted(kinds: Iterable[str]) -> str:
    """`a whole number or a text`."""
    return " or ".join(ARTICLES.get(kind, kind) for kind in kinds)


def choices(options: Iterable[Json]) -> str:
    """Some options with commas between them."""
    return _listed(map(str, options))


def _listed(words: Iterable[str]) -> str:
    found = list(words)
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return ", ".join(found[:_LISTED]) + more


def _surplus(error: ValidationError, instance: Mapping[str, Json]) -> str:
    schema = cast("Mapping[str, Json]", error.schema)
    known = list(cast("Mapping[str, Json]", schema.get("properties") or {}))
    extra = [name for name in instance if name not in known]
    there = f"; there are {_listed(known)}" if known else ""
    return f"has {clipped(_listed(extra), _SHOWN)}, which is not accepted{there}"


def _given(instance: Json) -> str:
    match instance:
        case dict():
            return "is an object"
        case list():
            return f"is a list of {len(cast('list[Json]', instance))}"
        case None:
            return "is nothing"
        case _:
            text = json.dumps(instance, ensure_ascii=False, default=str)
            return f"is {clipped(text, _SHOWN, '…')}"


def _is_secret(error: ValidationError, rules: Mapping[str, Json]) -> bool:
    """Whether the schema around the value, at any depth, says that it is secret."""
    around: Any = rules
    for part in error.absolute_schema_path:
        if _marked(around):
            return True
        try:
            around = around[part]
        except (KeyError, IndexError, TypeError):
            break  # It led to another place by a $ref.
    return _marked(around) or _marked(cast("Any", error.schema))


def _marked(schema: Any) -> bool:
    return isinstance(schema, dict) and cast("dict[str, Json]", schema).get("secret") is True
