"""A pack's config values, read by its schema.

Source: StackStorm's loading of configs (`util/config_loader.py`): texts with `{{ }}` are
dynamic, read from the datastore when the config is used, and decrypted where the field is
secret; defaults are filled in at every depth, also inside objects and lists that are given.
Unlike there, a default may be dynamic as well, as packs' authors mean it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast

from automation.actions.action import Parameter
from automation.actions.patterns import Unsearchable, fits
from automation.hidden import clipped
from automation.templates.template import is_template
from automation.values import Json

_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A value that is looked up when the config is used.

    Attributes:
        path: Where it stands: names and numbers.
        expression: As it is written, such as `{{ st2kv.system.token }}`.
        secret: Whether what it gives is secret, and has to be decrypted.
        is_default: Whether nobody gave it.
    """

    path: tuple[str | int, ...]
    expression: str
    secret: bool
    is_default: bool

    @property
    def key(self) -> str:
        """The path for people: `hosts[0].name`."""
        return key_of(self.path)


@dataclass(frozen=True, slots=True)
class ConfigValues:
    """A config as far as it is known without the datastore.

    Attributes:
        values: With defaults filled in, dynamic ones as they are written.
        dynamic: What is to be looked up.
        secrets: Paths of secret values that stand there in the clear.
        problems: Key and problem of what does not fit; nothing is changed for it.
    """

    values: Mapping[str, Json]
    dynamic: tuple[Dynamic, ...]
    secrets: frozenset[tuple[str | int, ...]]
    problems: tuple[tuple[str, str], ...]


def read_config(fields: tuple[Parameter, ...], given: Mapping[str, Json]) -> ConfigValues:
    """What a pack is given, by what its config takes.

    Args:
        fields: What it takes; values that are not among them are kept.
        given: The operator's values.
    """
    values = deepcopy(dict(given))
    reading = _Reading()
    schema: dict[str, Json] = {each.name: _whole(each) for each in fields}
    reading.object(schema, values, (), was_given=True)
    for name in sorted(given.keys() - schema.keys()):
        if schema:
            reading.problems.append((name, "is unknown to the pack"))
    return ConfigValues(
        values, tuple(reading.dynamic), frozenset(reading.secrets), tuple(reading.problems)
    )


def resolved(
    config: ConfigValues, look_up: Callable[[Dynamic], Json]
) -> tuple[dict[str, Json], frozenset[str]]:
    """The values with the dynamic ones looked up, and those texts among them that are secret.

    Raises:
        Exception: Whatever looking up raises.
    """
    values = deepcopy(dict(config.values))
    hidden: set[str] = set()
    for each in config.dynamic:
        found = look_up(each)
        *way, last = each.path
        _at(values, tuple(way))[last] = found
        if each.secret:
            hidden |= set(_texts(found))
    for path in config.secrets:
        hidden |= set(_texts(_at(values, path)))
    return values, frozenset(hidden)


def key_of(path: tuple[str | int, ...]) -> str:
    """A path for people: `hosts[0].name`."""
    parts = [f"[{each}]" if isinstance(each, int) else f".{each}" for each in path]
    return "".join(parts).removeprefix(".")


class _Reading:
    """One config being read."""

    def __init__(self) -> None:
        self.dynamic: list[Dynamic] = []
        self.secrets: set[tuple[str | int, ...]] = set()
        self.problems: list[tuple[str, str]] = []

    def object(
        self,
        schema: Mapping[str, Json],
        values: dict[str, Json],
        path: tuple[str | int, ...],
        *,
        was_given: bool,
        required: frozenset[str] = frozenset(),
    ) -> None:
        """Fill in an object's defaults, and look at each of its values."""
        for name, rules in schema.items():
            if not isinstance(rules, dict):
                continue
            field = cast("dict[str, Json]", rules)
            here = name in values
            if not here and "default" in field:
                values[name] = deepcopy(field["default"])
            elif not here and _has_inside(field):
                values[name] = {}
            elif not here:
                if field.get("required") is True or name in required:
                    self.problems.append((key_of((*path, name)), "is missing"))
                continue
            values[name] = self._value(field, values[name], (*path, name), given=was_given and here)
        for name in values.keys() - schema.keys():
            values[name] = self._value({}, values[name], (*path, name), given=was_given)

    def _value(
        self, rules: Mapping[str, Json], value: Json, path: tuple[str | int, ...], *, given: bool
    ) -> Any:
        secret = rules.get("secret") is True
        match value:
            case str() if is_template(value):
                self.dynamic.append(Dynamic(path, value, secret, is_default=not given))
                return value
            case dict():
                inner = cast("dict[str, Json]", value)
                self.object(
                    _properties(rules, inner),
                    inner,
                    path,
                    was_given=given,
                    required=_required(rules),
                )
            case list():
                items = cast("list[Json]", value)
                for number, rule in enumerate(_items(rules, len(items))):
                    items[number] = self._value(rule, items[number], (*path, number), given=given)
            case _:
                pass
        if secret and value not in (None, ""):
            self.secrets.add(path)
        self._check(rules, value, path, secret=secret)
        return cast("Any", value)

    def _check(
        self, rules: Mapping[str, Json], value: Json, path: tuple[str | int, ...], *, secret: bool
    ) -> None:
        kind = rules.get("type")
        kinds = [
            str(each)
            for each in (cast("list[Json]", kind) if isinstance(kind, list) else [kind])
            if each
        ]
        shown = "what it is" if secret else clipped(str(value), 60)
        if value is not None and kinds and not any(_is(value, each) for each in kinds):
            self.problems.append((key_of(path), f"is {shown}; give {' or '.join(kinds)}"))
        words = rules.get("enum")
        if isinstance(words, list) and value is not None and value not in words:
            there = ", ".join(map(str, cast("list[Json]", words)))
            self.problems.append((key_of(path), f"is {shown}; there are {there}"))


def _whole(field: Parameter) -> Json:
    return {**field.schema, "required": field.required, "secret": field.secret}


def _is(value: Json, kind: str) -> bool:
    good = isinstance(value, _KINDS.get(kind, (object,)))
    return good and (not isinstance(value, bool) or kind == "boolean")


def _has_inside(rules: Mapping[str, Json]) -> bool:
    """Whether it is an object whose fields may have defaults."""
    inside = ("properties", "patternProperties", "additionalProperties")
    return rules.get("type") == "object" and any(rules.get(each) for each in inside)


def _required(rules: Mapping[str, Json]) -> frozenset[str]:
    """The fields that must be there, as draft 4 lists them."""
    names = rules.get("required")
    return (
        frozenset(map(str, cast("list[Json]", names))) if isinstance(names, list) else frozenset()
    )


def _properties(rules: Mapping[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """The rule of each field: its own, of patterns that its name fits, or of all the rest."""
    own = rules.get("properties")
    found = dict(cast("dict[str, Json]", own)) if isinstance(own, dict) else {}
    patterns, rest = rules.get("patternProperties"), rules.get("additionalProperties")
    for name in values.keys() - found.keys():
        fitting: dict[str, Json] = {}
        if isinstance(patterns, dict):
            for pattern, rule in cast("dict[str, Json]", patterns).items():
                if isinstance(rule, dict) and _fits(pattern, name):
                    fitting |= cast("dict[str, Json]", rule)
        if fitting or isinstance(rest, dict):
            found[name] = fitting or rest
    return found


def _fits(pattern: str, name: str) -> bool:
    try:
        return fits(pattern, name)
    except Unsearchable:
        return False


def _items(rules: Mapping[str, Json], count: int) -> list[Mapping[str, Json]]:
    """The rule of each item of a list; empty where nothing is said."""
    items, rest = rules.get("items"), rules.get("additionalItems")
    if isinstance(items, dict):
        return [cast("dict[str, Json]", items)] * count
    own = cast("list[Json]", items) if isinstance(items, list) else []
    known: list[Mapping[str, Json]] = [
        cast("dict[str, Json]", each) if isinstance(each, dict) else {} for each in own
    ]
    other = cast("dict[str, Json]", rest) if isinstance(rest, dict) else {}
    return [*known, *[other] * count][:count]


def _at(values: Json, path: tuple[str | int, ...]) -> dict[str | int, Json]:
    """What stands there; only for paths that have been seen."""
    here: Json = values
    for each in path:
        here = cast("dict[str | int, Json]", here)[each]
    return cast("dict[str | int, Json]", here)


def _texts(value: Json) -> Iterator[str]:
    match value:
        case dict():
            for each in cast("dict[str, Json]", value).values():
                yield from _texts(each)
        case list():
            for each in cast("list[Json]", value):
                yield from _texts(each)
        case None | bool():
            pass
        case _:
            yield str(value)
