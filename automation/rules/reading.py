"""Reads a pack's rule files into rules, and rules out of documents.

Source: StackStorm's schema of rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from automation.actions.lines import FileMistake, Wrong, read_as
from automation.rules.compiled import CompiledRule
from automation.rules.rule import Rule, RuleAction, RuleTrigger, RuleType
from automation.templates.mistake import near
from automation.values import Json

_KNOWN = frozenset(
    (
        *("name", "pack", "description", "enabled", "type", "trigger", "criteria", "action"),
        *("context", "tags", "id", "ref", "uid", "metadata_file"),
    )
)
_ACTION = frozenset({"ref", "parameters", "description"})
_TYPE = frozenset({"ref", "parameters"})
_LONGEST = 200


def read_rule(path: Path, pack: str) -> tuple[Rule | None, tuple[FileMistake, ...]]:
    """The rule that a file describes, and what is wrong with the file.

    Args:
        path: The file, YAML or JSON.
        pack: Ref of the pack it lies in.

    Returns:
        None for the rule when it says not what for, what to do or when. One with a criterion
        that cannot be compared is there all the same: it fits nothing.
    """
    return read_as(path, lambda value, wrong: rule_of(value, pack, wrong))


def rule_of(value: Json, pack: str, wrong: Wrong) -> Rule | None:
    """The rule that a document describes; None when that cannot be told.

    Args:
        value: The document.
        pack: Ref of its pack.
        wrong: Told each key at which something is wrong, and what.
    """
    if not isinstance(value, dict):
        wrong("", "must be an object with name, trigger and action")
        return None
    reading = _Reading(cast("dict[str, Json]", value), wrong)
    rule = reading.rule(pack)
    if rule is not None:
        for key, problem in CompiledRule(rule).mistakes().items():
            wrong(key, problem)
    return rule


class _Reading:
    """One document being read."""

    def __init__(self, body: Mapping[str, Json], wrong: Wrong) -> None:
        self._body = body
        self._wrong = wrong

    def rule(self, pack: str) -> Rule | None:
        body = self._body
        self._strangers("", body, _KNOWN)
        if body.get("pack") not in {None, pack}:
            self._wrong("pack", f"is “{body['pack']}”, and the file lies in {pack}")
        name = self._text(body, "name", "")
        trigger, action = self._trigger(), self._action()
        kind = self._type()
        criteria = self._object(body, "criteria", "")
        if not name or trigger is None or action is None or kind is None or criteria is None:
            return None
        return Rule(
            name=name,
            pack=pack,
            trigger=trigger,
            action=action,
            criteria=criteria,
            description=str(body.get("description") or "").strip(),
            enabled=self._enabled(),
            type=kind,
            context=self._object(body, "context", "") or {},
            tags=self._tags(),
        )

    def _strangers(self, place: str, body: Mapping[str, Json], known: frozenset[str]) -> None:
        for key in sorted(body.keys() - known):
            self._wrong(f"{place}{key}", f"is unknown and passed over.{near(key, known)}")

    def _text(self, body: Mapping[str, Json], key: str, place: str) -> str:
        value = body.get(key)
        if isinstance(value, str) and value.strip() and len(value) <= _LONGEST:
            return value
        if value is None:
            self._wrong(f"{place}{key}", "is missing")
        else:
            shown = str(value)[:_LONGEST]
            self._wrong(
                f"{place}{key}", f"is {shown!r}; give a text of at most {_LONGEST} characters"
            )
        return ""

    def _object(self, body: Mapping[str, Json], key: str, place: str) -> dict[str, Json] | None:
        """An object, empty where there is none; None where something else stands."""
        value = body.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._wrong(f"{place}{key}", "must be an object")
            return None
        return cast("dict[str, Json]", value)

    def _required(self, key: str, holds: str) -> dict[str, Json] | None:
        value = self._body.get(key)
        if value is None:
            self._wrong(key, f"is missing; it holds {holds}")
            return None
        return self._object(self._body, key, "")

    def _trigger(self) -> RuleTrigger | None:
        body = self._required("trigger", "type and parameters")
        if body is None:
            return None
        kind = self._text(body, "type", "trigger.")
        parameters = self._object(body, "parameters", "trigger.")
        return RuleTrigger(kind, parameters) if kind and parameters is not None else None

    def _action(self) -> RuleAction | None:
        body = self._required("action", "ref and parameters")
        if body is None:
            return None
        self._strangers("action.", body, _ACTION)
        ref = self._text(body, "ref", "action.")
        parameters = self._object(body, "parameters", "action.")
        return RuleAction(ref, parameters) if ref and parameters is not None else None

    def _type(self) -> RuleType | None:
        if self._body.get("type") is None:
            return RuleType.STANDARD
        body = self._object(self._body, "type", "")
        if body is None:
            return None
        self._strangers("type.", body, _TYPE)
        ref, known = body.get("ref"), [each.value for each in RuleType]
        if ref not in known:
            given = "is missing" if ref is None else f"is “{ref}”"
            self._wrong("type.ref", f"{given}; there are {' and '.join(known)}")
            return None
        return RuleType(str(ref))

    def _enabled(self) -> bool:
        value = self._body.get("enabled", False)
        if not isinstance(value, bool):
            self._wrong("enabled", f"is {value!r}; give true or false")
            return False
        return value

    def _tags(self) -> tuple[Mapping[str, Json], ...]:
        value = self._body.get("tags")
        if value is None:
            return ()
        if not isinstance(value, list):
            self._wrong("tags", "must be a list of objects with name and value")
            return ()
        found: list[Mapping[str, Json]] = []
        for number, each in enumerate(cast("list[Json]", value)):
            if isinstance(each, dict):
                found.append(cast("dict[str, Json]", each))
            else:
                self._wrong(f"tags[{number}]", "must be an object with name and value")
        return tuple(found)
