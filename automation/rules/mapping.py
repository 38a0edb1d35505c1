"""What a rule's action is given: its parameters, filled in from the event.

They may read `trigger`, `st2kv`, `config_context`, `action_context` and one another.

Source: StackStorm's rendering of parameters. A text comes out as text. A list or an object is
written as JSON, filled in, and read again, a lone `{{name}}` in it keeping its type; whatever
stands in quotes must stay one text, so that a value cannot write further keys: `json_escape`
is for values that may hold quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from jinja2 import TemplateError, TemplateSyntaxError, meta

from automation.rules.rule import Rule
from automation.templates.stackstorm import STRICT, Unrendered, compiled, filled, safely
from automation.values import Json
from chat.errors import BadInput

_LONE = re.compile(r'"\{\{([A-z0-9_-]+)\}\}"')
_MARKS = ("{{", "{%")


def parameters_of(
    rule: Rule,
    payload: Json,
    *,
    st2kv: Mapping[str, Any],
    action_context: Mapping[str, Json],
    config_context: Mapping[str, Json],
) -> dict[str, Json]:
    """The parameters of a rule's action, for an event that fits the rule.

    Args:
        rule: The rule.
        payload: Of the event.
        st2kv: The scopes of the datastore.
        action_context: What is known of the execution: `trigger_instance`, `rule`, `user`, `pack`.
        config_context: The configuration of the action's pack.

    Raises:
        BadInput: One reads what is not there, or reads itself; `details` says which.
    """
    known: dict[str, Any] = {
        "st2kv": st2kv,
        "action_context": action_context,
        "config_context": config_context,
        "trigger": payload,
    }
    filling = _Filling(rule.action.parameters, known)
    return {name: filling.value(name) for name in rule.action.parameters}


class _Filling:
    """Parameters that may read one another."""

    def __init__(self, given: Mapping[str, Json], known: Mapping[str, Any]) -> None:
        self._given = given
        self._known: dict[str, Any] = {
            name: value for name, value in known.items() if name not in given
        }
        self._open: list[str] = []

    def value(self, name: str) -> Json:
        if name in self._known:
            return self._known[name]
        if name in self._open:
            chain = " → ".join([*self._open[self._open.index(name) :], name])
            raise _wrong(name, f"reads itself: {chain}")
        self._open.append(name)
        self._known[name] = self._filled(name, self._given[name])
        self._open.pop()
        return self._known[name]

    def _filled(self, name: str, value: Json) -> Json:
        whole: bool = isinstance(value, list | dict)
        source = json.dumps(value) if whole else str(value)
        if not any(mark in source for mark in _MARKS):
            return value
        text = _LONE.sub(r"{{\1 | to_complex}}", source) if whole else source
        try:
            tree = STRICT.parse(text)
        except TemplateSyntaxError:
            return value  # Not meant as a template after all.
        except TemplateError as wrong:
            raise _wrong(name, f"cannot be read: {wrong.message}") from None
        try:
            needed = meta.find_undeclared_variables(tree)
            template = compiled(text)
        except TemplateError as wrong:
            raise _wrong(name, f"cannot be read: {wrong.message}") from None
        context = {each: self._read(name, each) for each in sorted(needed) if each != "range"}
        try:
            found = safely(lambda: template.render(context), source)
        except Unrendered as wrong:
            raise _wrong(name, str(wrong)) from None
        try:
            return filled(cast("Json", value), found, _is_free) if whole else found
        except Unrendered as wrong:
            raise _wrong(name, str(wrong)) from None

    def _read(self, name: str, needed: str) -> Any:
        if needed not in self._known and needed not in self._given:
            there = ", ".join(sorted({*self._known, *self._given}))
            raise _wrong(name, f"reads “{needed}”, which is not there; there are {there}")
        return self.value(needed)


def _is_free(text: str) -> bool:
    """Whether a text is a lone name, in whose place anything may come."""
    return _LONE.fullmatch(f'"{text}"') is not None


def _wrong(name: str, problem: str) -> BadInput:
    place = f"action.parameters.{name}"
    return BadInput(f"{place} {problem}.", details={place: problem})
