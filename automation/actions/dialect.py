"""Schemas in the words of JSON Schema draft 2020-12, from those of older drafts.

Source: JSON Schema drafts 3, 4 and 2020-12. StackStorm's parameters are draft 4 with
draft 3's `required`. A schema that names its draft by `$schema` is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from automation.values import Json

_MAPS = ("properties", "patternProperties", "definitions", "$defs")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not", "additionalItems", "contains")
_LIMITS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


def modern(rules: Mapping[str, Json]) -> dict[str, Json]:
    """The same schema for a validator of draft 2020-12."""
    if "$schema" in rules:
        return dict(rules)
    found = {name: _inner(name, rule) for name, rule in rules.items()}
    _required(rules, found)
    for exclusive, limit in _LIMITS:
        if not isinstance(found.get(exclusive), bool):
            continue
        if found.pop(exclusive) and limit in found:
            found[exclusive] = found.pop(limit)
    if isinstance(found.get("items"), list):
        found["prefixItems"] = found.pop("items")
        if "additionalItems" in found:
            found["items"] = found.pop("additionalItems")
    if "divisibleBy" in found:
        found["multipleOf"] = found.pop("divisibleBy")
    if found.get("type") == "any":
        del found["type"]
    return found


def _inner(name: str, rule: Json) -> Json:
    if name in _MAPS and isinstance(rule, dict):
        return {key: _schema(each) for key, each in cast("dict[str, Json]", rule).items()}
    if isinstance(rule, list) and (name in _LISTS or name == "items"):
        return [_schema(each) for each in cast("list[Json]", rule)]
    return _schema(rule) if name in _SINGLE else cast("Json", rule)


def _schema(rule: Json) -> Json:
    return modern(cast("dict[str, Json]", rule)) if isinstance(rule, dict) else rule


def _required(rules: Mapping[str, Json], found: dict[str, Json]) -> None:
    """Draft 3 says of each property whether it is required, draft 4 in a list around them."""
    if isinstance(found.get("required"), bool):
        del found["required"]
    inside = rules.get("properties")
    if not isinstance(inside, dict):
        return
    named = [
        name
        for name, rule in cast("dict[str, Json]", inside).items()
        if isinstance(rule, dict) and cast("dict[str, Json]", rule).get("required") is True
    ]
    given = found.get("required")
    listed = cast("list[Json]", given) if isinstance(given, list) else []
    if named or listed:
        found["required"] = [*listed, *(name for name in named if name not in listed)]
