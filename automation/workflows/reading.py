"""A workflow from YAML, or from the same as JSON; every mistake with its line and key.

Source: Orquesta's native definitions, version 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

import yaml

from automation.actions.lines import Lines
from automation.templates.mistake import near
from automation.values import Json
from automation.workflows.definition import (
    CONTINUE,
    Items,
    Named,
    Retry,
    Task,
    Transition,
    Workflow,
)
from automation.workflows.inline import pairs
from automation.workflows.mistakes import Kind, WorkflowMistake
from automation.workflows.syntax import items_of

_TOP = ("version", "name", "description", "tags", "input", "vars", "tasks", "output")
_TASK = ("action", "input", "delay", "join", "with", "retry", "next", "name", "description")
_NEXT = ("when", "publish", "do")
_WITH = ("items", "concurrency")
_RETRY = ("when", "count", "delay")
_LONGEST = 1024 * 1024


def read(source: str | Mapping[str, Json]) -> tuple[Workflow | None, tuple[WorkflowMistake, ...]]:
    """A workflow, and what is wrong with how it is written; None where it cannot be used at all.

    Args:
        source: YAML, or what stands in it.
    """
    if not isinstance(source, str):
        return Reader(source, {}).workflow()
    if len(source) > _LONGEST:
        problem = f"has {len(source)} characters; at most {_LONGEST} are read"
        return None, (WorkflowMistake("syntax", 0, "", problem),)
    try:
        lines = Lines(source)
    except yaml.YAMLError as error:
        mark: Any = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        line = mark.line + 1 if mark is not None else 0
        return None, (WorkflowMistake("syntax", line, "", f"is no YAML: {problem}"),)
    except (ValueError, RecursionError) as error:
        return None, (WorkflowMistake("syntax", 0, "", f"cannot be read: {error}"),)
    reader = Reader(lines.value, lines.keys)
    for key in lines.repeated:
        reader.wrong(key, "is there twice")
    return reader.workflow()


class Reader:
    """Reads one document, and notes what is wrong on the way."""

    def __init__(self, value: Json, lines: Mapping[str, int]) -> None:
        self._value = value
        self._lines = lines
        self._mistakes: list[WorkflowMistake] = []

    def workflow(self) -> tuple[Workflow | None, tuple[WorkflowMistake, ...]]:
        """As `read`."""
        whole = self._mapping(self._value, "", _TOP)
        if whole is None:
            return None, tuple(self._mistakes)
        if "tasks" not in whole:
            self.wrong("", "has no tasks")
        if str(whole.get("version", "1.0")) != "1.0":
            self.wrong("version", f"is {whole['version']!r}; it can only be 1.0")
        tasks = self._tasks(whole.get("tasks"))
        made = Workflow(
            tasks=tasks,
            input=self._named(whole, "input", bare=True),
            vars=self._named(whole, "vars"),
            output=self._named(whole, "output"),
            description=str(whole.get("description") or ""),
            lines=self._lines,
        )
        return (made if tasks else None), tuple(self._mistakes)

    def wrong(self, key: str, problem: str, kind: Kind = "syntax") -> None:
        """Note a mistake."""
        at = Workflow({}, lines=self._lines).line(key)
        self._mistakes.append(WorkflowMistake(kind, at, key, problem))

    def _mapping(
        self, value: Json, key: str, known: tuple[str, ...] | None
    ) -> Mapping[str, Json] | None:
        if not isinstance(value, Mapping):
            self.wrong(key, "is no mapping" if key else "is no mapping with tasks")
            return None
        found = cast("Mapping[str, Json]", value)
        for name in found:
            if known is not None and name not in known:
                there = ", ".join(each for each in known if each not in {"name", "tags"})
                place = f"{key}.{name}" if key else str(name)
                self.wrong(place, f"is not known here; there are {there}.{near(str(name), known)}")
        return found

    def _tasks(self, value: Json) -> dict[str, Task]:
        if value is None:
            return {}
        whole = self._mapping(value, "tasks", None)
        if whole is None:
            return {}
        if not whole:
            self.wrong("tasks", "is empty")
        found: dict[str, Task] = {}
        for name, each in whole.items():
            key = f"tasks.{name}"
            if not str(name).replace("_", "a").isalnum():
                self.wrong(key, "is no name for a task; use letters, digits and _")
            elif (task := self._task(str(name), each, key)) is not None:
                found[str(name)] = task
        return found

    def _task(self, name: str, value: Json, key: str) -> Task | None:
        whole = self._mapping(value, key, _TASK)
        if whole is None:
            return None
        action = self._text(whole, "action", key)
        given = self._input(whole, key)
        if action and (short := dict(pairs(action))):
            action, given = action.split(" ", 1)[0], short
        return Task(
            name=name,
            action=action,
            input=given,
            delay=self._number(whole, "delay", key),
            join=self._join(whole, key),
            items=self._items(whole, key),
            retry=self._retry(whole, key),
            next=self._next(whole, key),
        )

    def _input(self, whole: Mapping[str, Json], key: str) -> Json:
        if "input" not in whole:
            return None
        value = whole["input"]
        if isinstance(value, str | Mapping) and value:
            return cast("Json", value)
        self.wrong(f"{key}.input", "is neither a mapping nor an expression")
        return None

    def _join(self, whole: Mapping[str, Json], key: str) -> Literal["all"] | int | None:
        if "join" not in whole:
            return None
        value = whole["join"]
        if value == "all":
            return "all"
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.wrong(f"{key}.join", f"is {value!r}; it can be all or a number")
        return None

    def _items(self, whole: Mapping[str, Json], key: str) -> Items | None:
        if "with" not in whole:
            return None
        value, place = whole["with"], f"{key}.with"
        concurrency: Json = None
        if not isinstance(value, str):
            inner = self._mapping(value, place, _WITH)
            if inner is None:
                return None
            concurrency = self._number(inner, "concurrency", place)
            value, place = inner.get("items"), f"{place}.items"
        read_items = items_of(value) if isinstance(value, str) else None
        if read_items is None:
            self.wrong(place, "is not like “x in <% ctx().list %>” or “<% ctx().list %>”")
            return None
        names, source = read_items
        return Items(names, source, concurrency)

    def _retry(self, whole: Mapping[str, Json], key: str) -> Retry | None:
        if "retry" not in whole:
            return None
        place = f"{key}.retry"
        inner = self._mapping(whole["retry"], place, _RETRY)
        if inner is None:
            return None
        if "count" not in inner:
            self.wrong(place, "does not say how often, as “count”")
        return Retry(
            count=self._number(inner, "count", place) or 0,
            when=self._text(inner, "when", place),
            delay=self._number(inner, "delay", place),
        )

    def _next(self, whole: Mapping[str, Json], key: str) -> tuple[Transition, ...]:
        if "next" not in whole:
            return ()
        value = whole["next"]
        if not isinstance(value, list):
            self.wrong(f"{key}.next", "is no list")
            return ()
        found: list[Transition] = []
        for number, each in enumerate(cast("list[Json]", value)):
            place = f"{key}.next[{number}]"
            inner = self._mapping(each, place, _NEXT)
            if inner is not None:
                do = self._do(inner, place)
                publish = self._publish(inner, place)
                found.append(Transition(self._text(inner, "when", place), publish, do))
        return tuple(found)

    def _do(self, whole: Mapping[str, Json], key: str) -> tuple[str, ...]:
        if "do" not in whole:
            return (CONTINUE,)
        value = whole["do"]
        names = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        if isinstance(names, list):
            listed = cast("list[Json]", names)
            if listed and all(isinstance(each, str) and each for each in listed):
                return tuple(dict.fromkeys(cast("list[str]", listed)))
        self.wrong(f"{key}.do", "is neither a name nor a list of names")
        return (CONTINUE,)

    def _publish(self, whole: Mapping[str, Json], key: str) -> tuple[Named, ...]:
        value = whole.get("publish")
        if isinstance(value, str):
            found = tuple(Named(name, each) for name, each in pairs(value))
            if not found:
                self.wrong(f"{key}.publish", "has no “name=value” in it; a value is quoted, a "
                           "number, a list, true, false, null or an expression")  # fmt: skip
            return found
        return self._named(whole, "publish", key)

    def _named(
        self, whole: Mapping[str, Json], name: str, key: str = "", *, bare: bool = False
    ) -> tuple[Named, ...]:
        if name not in whole:
            return ()
        value, place = whole[name], f"{key}.{name}" if key else name
        if not isinstance(value, list) or not value:
            self.wrong(place, "is no list of “- name: value”")
            return ()
        found: list[Named] = []
        for number, each in enumerate(cast("list[Json]", value)):
            at = f"{place}[{number}]"
            if bare and isinstance(each, str) and each:
                found.append(Named(each))
            elif isinstance(each, Mapping) and len(cast("Mapping[str, Json]", each)) == 1:
                found += [Named(str(a), b) for a, b in cast("Mapping[str, Json]", each).items()]
            else:
                self.wrong(at, "is not like “- name: value”" + (" or “- name”" if bare else ""))
        return tuple(found)

    def _text(self, whole: Mapping[str, Json], name: str, key: str) -> str | None:
        if name not in whole:
            return None
        value = whole[name]
        if isinstance(value, str) and value:
            return value
        self.wrong(f"{key}.{name}", f"is {value!r}, and no text")
        return None

    def _number(self, whole: Mapping[str, Json], name: str, key: str) -> Json:
        if name not in whole:
            return None
        value = whole[name]
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.wrong(f"{key}.{name}", f"is {value!r}; it is a number from 0, or an expression")
        return None
