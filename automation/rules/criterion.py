"""One criterion, compiled: its path, its operator, and its pattern or the template of it.

Source: StackStorm's filter of rules. A pattern with `{{ … }}` is rendered with `to_complex` in
its last expression, and where JSON comes of that, its value is the pattern; otherwise the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from jinja2 import Template, TemplateError

from automation.rules.operators import (
    NAMES,
    NEVER_FAIL,
    OPERATORS,
    SEARCH,
    WITHOUT_PATTERN,
    Check,
    Maker,
)
from automation.rules.scene import Judged, Scene, problem_of
from automation.templates.mistake import near
from automation.templates.paths import Path, path
from automation.templates.stackstorm import (
    Unrendered,
    as_written,
    compiled,
    decoded,
    is_template,
    safely,
)
from automation.values import Json

CONDITIONS = ("any", "all", "any2any", "all2any")
_VALUE = re.compile(r"\{\{\s*(.*)\s*\}\}")


class Uncomparable(Exception):
    """A criterion that cannot be compared, whatever the event; the message says why."""


class UnknownOperator(Uncomparable):
    """It names an operator that there is not."""


class Criterion:
    """What must hold at one path.

    Attributes:
        key: As the rule has it, with `#` and what is behind.
        operator: As the rule has it; empty without one.
        mistakes: Key below this one to what is wrong there, found without any event.
    """

    def __init__(self, key: str, described: Json) -> None:
        """Compile it.

        Args:
            key: A JSONPath; what is behind `#` only tells criteria apart.
            described: Its `type`, `pattern` and `condition`.
        """
        self.key = key
        self.mistakes: dict[str, str] = {}
        body = cast("dict[str, Json]", described) if isinstance(described, dict) else {}
        if not isinstance(described, dict):
            self.mistakes[""] = "must be an object with type and pattern"
        self.operator = str(body["type"]) if "type" in body else ""
        self._pattern: Json = body.get("pattern")
        self._no_path = ""
        self._path = self._read_path(key)
        self._maker = self._read_operator(body, described)
        self._render = self._read_template()
        self._check: Check | None = None
        if self._maker is not None and self._render is None:
            self._check = self._prepared(self._maker, self._constant())

    def _read_path(self, key: str) -> Path | None:
        try:
            return path(key.split("#", 1)[0])
        except ValueError as wrong:
            self._no_path = f"the path {wrong}"
            self.mistakes[""] = f"is no path into the event: it {wrong}"
            return None

    def _read_operator(self, body: Mapping[str, Json], described: Json) -> Maker | None:
        if "type" not in body:
            if isinstance(described, dict):
                self.mistakes["type"] = f"is missing; there are {', '.join(NAMES)}"
            return None
        name = self.operator.lower()
        if name not in NAMES:
            told = f"is “{self.operator}”, which is no operator; there are {', '.join(NAMES)}."
            self.mistakes["type"] = f"{told}{near(name, NAMES)}"
            return None
        if self.operator != name:
            self.mistakes["type"] = f"is “{self.operator}”; write {name}"
        if name not in WITHOUT_PATTERN and body.get("pattern") is None:
            self.mistakes["pattern"] = f"is missing, and {name} compares with one"
        if name != SEARCH:
            return OPERATORS[name]
        condition = body.get("condition")
        if condition not in CONDITIONS:
            given = f"is {condition!r}" if condition is not None else "is missing"
            self.mistakes["condition"] = f"{given}; there are {', '.join(CONDITIONS)}"
        return _searcher(condition, self.mistakes)

    def _read_template(self) -> Callable[[Scene], Json] | None:
        if not isinstance(self._pattern, str) or not is_template(self._pattern):
            return None
        source = self._pattern
        try:
            plain = compiled(source)
            typed, found = _VALUE.subn(r"{{\1 | to_complex}}", source)
            with_types = compiled(typed) if found else None
        except TemplateError as wrong:
            self.mistakes["pattern"] = f"cannot be read: {wrong.message}"
            return self._refusing(f"the pattern cannot be read: {wrong.message}")
        return lambda scene: _rendered(source, plain, with_types, scene)

    def _refusing(self, problem: str) -> Callable[[Scene], Json]:
        def refuse(scene: Scene) -> Json:
            del scene
            raise Uncomparable(problem)

        return refuse

    def _constant(self) -> Json:
        return as_written(self._pattern) if isinstance(self._pattern, str) else self._pattern

    def _prepared(self, maker: Maker, pattern: Json) -> Check:
        """The check of a pattern that is the same for each event."""
        try:
            return maker(pattern)
        except Exception as wrong:  # noqa: BLE001 - what cannot be compared does not hold, as in StackStorm
            problem = problem_of(wrong)
            self.mistakes.setdefault("pattern", problem)

        def check(value: Any, scene: Any) -> bool:
            del value, scene
            raise Uncomparable(f"the pattern {problem}")

        return check

    @property
    def constant(self) -> Json:
        """What it compares with, where that can be told before any event; None otherwise."""
        return self._constant() if self._render is None else None

    @property
    def where(self) -> Path | None:
        """Its path; None where it has none."""
        return self._path

    @property
    def cannot_fail(self) -> bool:
        """Whether any event can be compared with it."""
        plain = self._path is not None and self._path.steps is not None
        keys = plain and all(isinstance(step, str) for step in cast("Path", self._path).steps or ())
        return keys and self._render is None and self.operator.lower() in NEVER_FAIL

    def holds(self, scene: Scene) -> bool:
        """Whether it holds.

        Raises:
            UnknownOperator: There is no such operator.
            Exception: The values cannot be compared; then it does not hold.
        """
        check, where = self._check, self._path
        if check is None:
            if self._maker is None:
                if not self.operator:
                    return False
                raise UnknownOperator(f"there is no operator “{self.operator}”")
            check = self._maker(cast("Any", self._render)(scene))
        if where is None:
            raise Uncomparable(self._no_path)
        return check(where.first(scene.data)[1], scene)

    def judged(self, scene: Scene) -> Judged:
        """Whether it holds, with everything that tells why."""
        value, pattern, failed = None, self._pattern, ""
        if not self.operator:
            failed = "it names no operator as its type"
            return Judged(self.key, "", held=False, pattern=pattern, failed=failed)
        held = False
        try:
            pattern = self._render(scene) if self._render is not None else self._constant()
            if self._path is not None:
                value = self._path.first(scene.data)[1]
            held = bool(self.holds(scene))
        except Exception as wrong:  # noqa: BLE001 - as above
            failed = problem_of(wrong)
        return Judged(self.key, self.operator, held, pattern, value, failed)


def _rendered(source: str, plain: Template, typed: Template | None, scene: Scene) -> Json:
    """A pattern with its template filled in; see above for its type."""
    context = scene.context
    if typed is not None:
        text = safely(lambda: typed.render(context), source)
        try:
            return decoded(text)
        except Unrendered:
            pass
    return safely(lambda: plain.render(context), source)


def _items(value: Any) -> Any:
    """What `search` looks through: a list, or the one object that stands for a list of it."""
    return [value] if isinstance(value, dict) else value


def _searcher(condition: Json, mistakes: dict[str, str]) -> Maker:
    """The operator `search`: criteria of its own for the items of a list."""

    def maker(pattern: Any) -> Check:
        items = cast("dict[str, Json]", pattern).items() if isinstance(pattern, dict) else ()
        nested = tuple(Criterion(key, inner) for key, inner in items)
        if pattern is not None and not isinstance(pattern, dict):
            mistakes.setdefault("pattern", "must be an object of criteria such as item.name")
        for each in nested:
            for below, problem in each.mistakes.items():
                place = f"pattern.{each.key}{'.' + below if below else ''}"
                mistakes.setdefault(place, problem)

        def check(value: Any, scene: Any) -> bool:
            if condition not in CONDITIONS:
                raise Uncomparable(
                    f"the condition is {condition!r}, and there are {', '.join(CONDITIONS)}"
                )
            items = _items(value)
            if items and not isinstance(pattern, dict):
                raise Uncomparable("the pattern must be an object of criteria")
            enough = any if str(condition).endswith("2any") else all
            found = [
                enough([_quietly(each, inner) for each in nested])
                for inner in map(scene.item, items)
            ]
            return any(found) if str(condition).startswith("any") else all(found)

        return check

    return maker


def _quietly(criterion: Criterion, scene: Scene) -> bool:
    """Whether a nested criterion holds; where it cannot be compared, it does not."""
    try:
        return criterion.holds(scene)
    except UnknownOperator:
        raise
    except Exception as wrong:  # noqa: BLE001 - as above
        scene.failed(criterion.key, wrong)
        return False
