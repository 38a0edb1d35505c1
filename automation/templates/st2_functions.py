"""What StackStorm gives to templates and to workflows alike: functions over JSON.

Each raises `ValueError`, `TypeError` or `LookupError`, or `TooSlow`, where a value does not fit;
the message says what is wrong.

Source: StackStorm's reference of Jinja filters.
"""

from __future__ import annotations

import json
import math
import os.path
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import yaml

from automation.templates.expressions import Expression, expression
from automation.templates.paths import path
from automation.templates.sandbox import LONGEST
from automation.values import Json

NONE = "%*****__%NONE%__*****%"
"""What `use_none` writes for nothing, and what casting a parameter reads as nothing again."""
_INDENT = 8
_TEXT = 100_000


def _from_json(value: Any) -> Json:
    try:
        return json.loads(str(value), parse_constant=_no_number)
    except (ValueError, RecursionError) as wrong:
        raise ValueError(f"that is not JSON: {wrong}") from None


def _no_number(text: str) -> Json:
    raise ValueError(f"{text} is no JSON")


class _Loader(yaml.SafeLoader):
    """Takes no aliases, by which a few lines may come to more than a machine can hold."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if cast("Any", self).check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read here")
        return super().compose_node(parent, index)


def _from_yaml(value: Any) -> Json:
    try:
        return cast("Any", yaml).load(str(value)[:LONGEST], Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as wrong:
        raise ValueError(f"that is not YAML: {wrong}") from None


def _to_json(
    value: Json,
    indent: int | None = None,
    sort_keys: bool = False,  # noqa: FBT002 - as StackStorm has it
    separators: Sequence[str] | None = None,
) -> str:
    item, key = separators or (",", ": ")
    return json.dumps(value, indent=_limited(indent), sort_keys=sort_keys, separators=(item, key))


def _to_yaml(value: Json, indent: int | None = None, allow_unicode: bool = True) -> str:  # noqa: FBT002 - as StackStorm has it
    dump = cast("Any", yaml).safe_dump
    how = {"indent": _limited(indent), "allow_unicode": allow_unicode}
    return str(dump(value, default_flow_style=False, **how))


def _limited(indent: int | None) -> int | None:
    if indent is not None and not 0 <= indent <= _INDENT:
        raise ValueError(f"an indent is 0 to {_INDENT} here")
    return indent


def _json_escape(value: Any) -> str:
    found = json.dumps(value)
    return found[1:-1] if isinstance(value, str) else found


def _jsonpath_query(value: Json, query: str) -> list[Json] | None:
    try:
        return path(query).every(value) or None
    except ValueError as wrong:
        raise ValueError(f"the path “{query[:80]}” {wrong}") from None
    except (LookupError, TypeError) as wrong:
        raise ValueError(f"the path “{query[:80]}” cannot be followed: {wrong}") from None


def _pattern(pattern: Any, ignorecase: Any) -> Expression:
    try:
        return expression(str(pattern), re.IGNORECASE if ignorecase else 0)
    except ValueError as wrong:
        raise ValueError(f"“{str(pattern)[:80]}” {wrong}") from None


def _regex_match(value: Any, pattern: str, ignorecase: Any = False) -> bool:  # noqa: FBT002 - as StackStorm has it
    return _pattern(pattern, ignorecase).match(str(value)[:_TEXT]) is not None


def _regex_search(value: Any, pattern: str, ignorecase: Any = False) -> bool:  # noqa: FBT002 - as StackStorm has it
    return _pattern(pattern, ignorecase).search(str(value)[:_TEXT]) is not None


def _regex_replace(value: Any, pattern: str, replacement: str, ignorecase: Any = False) -> str:  # noqa: FBT002 - as StackStorm has it
    found = _pattern(pattern, ignorecase)
    if len(str(value)) * max(len(replacement), 1) > LONGEST:
        raise ValueError(f"that may come to more than {LONGEST} characters")
    return found.replaced(str(value), replacement)


def _regex_substring(
    value: Any,
    pattern: str,
    result_index: int = 0,
    ignorecase: Any = False,  # noqa: FBT002 - as StackStorm has it
) -> Any:
    places = _pattern(pattern, ignorecase).every(str(value)[:_TEXT])
    try:
        place = places[result_index]
    except IndexError:
        raise ValueError(
            f"“{pattern[:80]}” stands {len(places)} times in the text, and place {result_index} "
            "was asked for"
        ) from None
    groups = [each or "" for each in place.groups()]
    if len(groups) > 1:
        return tuple(groups)
    return groups[0] if groups else place.group()


def _human_time(seconds: float) -> str:
    """`3m5s`; a part of a second is told as it is."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):  # pyright: ignore[reportUnnecessaryIsInstance] - templates give anything
        raise TypeError("to_human_time_from_seconds takes a number")
    if seconds == 0:
        return "0s"
    if seconds < 1:
        return f"{seconds}\u03bcs"
    if not math.isfinite(seconds):
        raise ValueError("to_human_time_from_seconds takes a number that has an end")
    try:
        at = datetime(1, 1, 1) + timedelta(seconds=round(seconds))  # noqa: DTZ001 - a span, no moment
    except OverflowError:
        raise ValueError("that is longer than 9,998 years") from None
    parts = [at.year - 1, at.day - 1, at.hour, at.minute, at.second]
    while parts and not parts[0]:
        del parts[0]
    units = ("y", "d", "h", "m", "s")[5 - len(parts) :]
    return "".join(f"{part}{unit}" for part, unit in zip(parts, units, strict=True)) or "0s"


def _version(call: Callable[[Any, str], Any]) -> Callable[..., Any]:
    """A filter over semantic versions, whose library is loaded with the first of them."""

    def apply(value: Any, pattern: str = "") -> Any:
        from semver import Version  # noqa: PLC0415 - not needed before

        return call(Version.parse(str(value)), pattern)

    return apply


def _use_none(value: Any) -> Any:
    return NONE if value is None else value


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "from_json_string": _from_json,
    "from_yaml_string": _from_yaml,
    "json_escape": _json_escape,
    "jsonpath_query": _jsonpath_query,
    "to_json_string": _to_json,
    "to_yaml_string": _to_yaml,
    "regex_match": _regex_match,
    "regex_replace": _regex_replace,
    "regex_search": _regex_search,
    "regex_substring": _regex_substring,
    "to_human_time_from_seconds": _human_time,
    "version_compare": _version(lambda version, other: version.compare(other)),
    "version_more_than": _version(lambda version, other: version.compare(other) == 1),
    "version_less_than": _version(lambda version, other: version.compare(other) == -1),
    "version_equal": _version(lambda version, other: version.compare(other) == 0),
    "version_match": _version(lambda version, other: version.match(other)),
    "version_bump_major": _version(lambda version, _: str(version.bump_major())),
    "version_bump_minor": _version(lambda version, _: str(version.bump_minor())),
    "version_bump_patch": _version(lambda version, _: str(version.bump_patch())),
    "version_strip_patch": _version(lambda version, _: f"{version.major}.{version.minor}"),
    "use_none": _use_none,
    "basename": os.path.basename,
    "dirname": os.path.dirname,
}
