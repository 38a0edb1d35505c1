"""What an alias gives to its action, and what is said when that has begun and has ended.

Source: StackStorm's alias executions, its formatting of results, and what its chat bot does
with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from automation.aliases.alias import Alias, Answer
from automation.aliases.matching import Match
from automation.templates.stackstorm import Unrendered, render, render_values
from automation.values import Json
from chat.errors import BadInput

_SPLIT = "{~}"
_BEGUN = "{{ actionalias.action_ref }} has begun as {{ execution.id }}."
_ENDED = """\
{% macro lines(values, before) %}
{% for name, value in values.items() %}
{% if value is mapping %}
{{ before }}{{ name }}:
{{ lines(value, before ~ "  ") -}}
{% elif value is string and "\\n" in value | trim %}
{{ before }}{{ name }}:
{{ value | trim }}
{% elif value is not none and value != "" %}
{{ before }}{{ name }}: {{ value | string | trim }}
{% endif %}
{% endfor %}
{% endmacro %}
{{ execution.action.ref }}: {{ execution.status }} ({{ execution.id }}
{%- if execution.elapsed_seconds %}
, after {{ execution.elapsed_seconds | to_human_time_from_seconds }}
{%- endif %})
{% if execution.result is mapping %}
{{ lines(execution.result, "") }}
{%- elif execution.result %}
{{ execution.result }}
{% endif %}
"""


def _items(value: dict[str, Json]) -> Iterable[tuple[str, Json]]:
    return value.items()


def _values(value: dict[str, Json]) -> Iterable[Json]:
    return value.values()


_SIX: Mapping[str, Any] = {"iteritems": _items, "itervalues": _values, "iterkeys": list}
"""What formats of results walk through objects with."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be said.

    Attributes:
        before: Plain text that comes first; empty without one.
        text: The message; where a platform can, apart from the text before it.
        extra: For the platforms, each under its name.
        problem: Why the alias' own words could not be used; empty when they could.
    """

    before: str
    text: str
    extra: Mapping[str, Json] = field(default_factory=dict[str, Json])
    problem: str = ""


def given_to_action(
    match: Match, context: Mapping[str, Json], st2kv: Mapping[str, Any]
) -> tuple[dict[str, Json], ...]:
    """By execution, what the action of a match is given.

    Args:
        match: What somebody said.
        context: Of the execution: `user`, `api_user`, `source_channel`, …
        st2kv: The scopes of the datastore.

    Raises:
        BadInput: Somebody gave what only the alias gives, or that cannot be filled in.
    """
    alias = match.alias
    fixed = alias.immutable_parameters
    taken = sorted({name for each in match.parameters for name in fixed.keys() & each.keys()})
    if taken:
        raise BadInput(
            f"{', '.join(taken)} cannot be given here: {alias.ref} sets what it is.",
            details=dict.fromkeys(taken, "is set by the alias; leave it out"),
        )
    try:
        own = render_values(fixed, {"st2kv": st2kv, **context})
    except Unrendered as wrong:
        raise BadInput(
            f"A fixed parameter of {alias.ref} {wrong}.",
            details={"immutable_parameters": str(wrong)},
        ) from None
    return tuple({**each, **own} for each in match.parameters)


def acknowledged(alias: Alias, execution: Mapping[str, Json], url: str = "") -> Said | None:
    """What is said when an action has begun; None when nothing is.

    Args:
        alias: Its alias.
        execution: In StackStorm's shape: `id`, `parameters`, `action`, `context`, …
        url: Where people see it; empty without one.
    """
    if not alias.ack.enabled:
        return None
    context = {"execution": execution, "actionalias": shape_of(alias)}
    text, problem = _text(alias.ack.format or _BEGUN, context, _BEGUN, lenient=False)
    if alias.ack.append_url and url:
        text = f"{text} (details at {url})"
    return _said(text, alias.ack, context, problem)


def answered(alias: Alias | None, execution: Mapping[str, Json]) -> Said | None:
    """What is said when an action has ended; None when nothing is.

    Args:
        alias: Its alias; None where it was not asked for by one, or that is gone.
        execution: In StackStorm's shape, with `status` and `result`.
    """
    own = alias.result if alias is not None else Answer()
    if not own.enabled:
        return None
    context: dict[str, Any] = {"execution": execution, "six": _SIX}
    if alias is not None:
        context["alias"] = shape_of(alias)
    text, problem = _text(own.format or _ENDED, context, _ENDED, lenient=True)
    return _said(text, own, context, problem)


def _text(source: str, context: Mapping[str, Any], usual: str, *, lenient: bool) -> tuple[str, str]:
    """The text, in the usual words where the alias' own cannot be rendered, and why not."""
    try:
        return render(source, context, lenient=lenient), ""
    except Unrendered as wrong:
        try:
            return render(usual, context, lenient=True), f"format {wrong}"
        except Unrendered:
            return str(wrong), f"format {wrong}"


def _said(text: str, own: Answer, context: Mapping[str, Any], problem: str) -> Said:
    extra: dict[str, Json] = {}
    try:
        extra = render_values(own.extra, context)
    except Unrendered as wrong:
        problem = problem or f"extra {wrong}"
    parts = text.split(_SPLIT)
    before, main = (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])
    return Said(before.strip(), main.strip(), extra, problem)


def shape_of(alias: Alias) -> dict[str, Json]:
    """An alias as StackStorm's API and templates have it."""
    return {
        "ref": alias.ref,
        "name": alias.name,
        "pack": alias.pack,
        "description": alias.description,
        "enabled": alias.enabled,
        "action_ref": alias.action_ref,
        "formats": [
            {"display": each.display, "representation": list(each.representations)}
            if each.representations != (each.display,)
            else cast("Json", each.display)
            for each in alias.formats
        ],
        "ack": _answer_shape(alias.ack),
        "result": _answer_shape(alias.result),
        "extra": dict(alias.extra),
        "immutable_parameters": dict(alias.immutable_parameters),
    }


def _answer_shape(answer: Answer) -> dict[str, Json]:
    found: dict[str, Json] = {"enabled": answer.enabled}
    if answer.format:
        found["format"] = answer.format
    if not answer.append_url:
        found["append_url"] = False
    if answer.extra:
        found["extra"] = dict(answer.extra)
    return found
