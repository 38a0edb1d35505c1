"""All rules, by what they wait for: an event is shown only to those that it could fit.

Among the rules of one trigger, those that want a field to equal a value are found by that
value; so an event costs little even where thousands wait for the same trigger.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from automation.rules.compiled import CompiledRule
from automation.rules.rule import Event, Rule, RuleTrigger, RuleType
from automation.rules.scene import Failure, Scene
from automation.templates.datastore import NOTHING, Scope
from automation.templates.expressions import within
from automation.templates.paths import Path
from automation.values import Json

_WEBHOOK = "core.st2.webhook"
_SECONDS = 1.0
"""What the expressions of one event may take together, in processor time."""
_EQUAL = frozenset({"equals", "eq"})


@dataclass(frozen=True, slots=True)
class Matching:
    """What an event fits.

    Attributes:
        rules: In the order in which they were given, standard ones first.
        failures: Rules that could not be compared with it, each with why; they do not fit.
    """

    rules: tuple[Rule, ...]
    failures: tuple[tuple[Rule, Failure], ...] = ()


class RuleIndex:
    """Rules that are switched on, ready for events."""

    def __init__(self, rules: Iterable[Rule], clock: Callable[[], datetime]) -> None:
        """Compile them.

        Args:
            rules: All rules; those that are off are left out.
            clock: Tells the time, for criteria that compare moments with it.
        """
        self._clock = clock
        self._triggers: dict[str, RuleTrigger] = {}
        found: dict[str, tuple[list[CompiledRule], list[CompiledRule]]] = {}
        for rule in rules:
            if rule.enabled:
                key = _key(rule.trigger.type, rule.trigger.parameters)
                self._triggers.setdefault(key, rule.trigger)
                passes = found.setdefault(key, ([], []))
                passes[rule.type is RuleType.BACKSTOP].append(CompiledRule(rule))
        self._sieves = {
            key: (_Sieve(standard), _Sieve(backstop)) for key, (standard, backstop) in found.items()
        }

    def triggers(self, type_: str) -> tuple[RuleTrigger, ...]:
        """What is waited for of a type of triggers: timers to keep, webhooks to take."""
        return tuple(each for each in self._triggers.values() if each.type == type_)

    def matching(self, event: Event, system: Scope = NOTHING) -> Matching:
        """The rules that an event fits.

        Args:
            event: What happened.
            system: The datastore's values for everybody.
        """
        sieves = self._sieves.get(_key(event.trigger, event.parameters))
        if sieves is None:
            return Matching(())
        scene = Scene(event.payload, self._clock, system)
        failures: list[tuple[Rule, Failure]] = []
        with within(_SECONDS):
            rules = sieves[0].fitting(scene, failures) or sieves[1].fitting(scene, failures)
        return Matching(tuple(rules), tuple(failures))


def _key(type_: str, parameters: Mapping[str, Json]) -> str:
    """What two triggers have in common when they are the same one."""
    if not parameters:
        return type_
    given = dict(parameters)
    if type_ == _WEBHOOK and isinstance(given.get("url"), str):
        given["url"] = cast("str", given["url"]).strip("/")
    return f"{type_} {json.dumps(given, sort_keys=True, default=str)}"


class _Sieve:
    """Rules of one trigger."""

    __slots__ = ("_by_value", "_others", "_rules")

    def __init__(self, rules: list[CompiledRule]) -> None:
        self._rules = rules
        self._others: list[int] = []
        self._by_value: dict[str, tuple[Path, dict[Json, list[int]]]] = {}
        for place, rule in enumerate(rules):
            wanted = _wanted(rule)
            if wanted is None:
                self._others.append(place)
                continue
            path, value = wanted
            held = self._by_value.setdefault(path.text, (path, {}))[1]
            held.setdefault(value, []).append(place)

    def fitting(self, scene: Scene, failures: list[tuple[Rule, Failure]]) -> list[Rule]:
        """Those that fit, in order; what could not be compared is added to `failures`."""
        fitting: list[Rule] = []
        for place in self._possible(scene):
            rule = self._rules[place]
            if rule.fits(scene):
                fitting.append(rule.rule)
            if scene.failures:
                failures.extend((rule.rule, failure) for failure in scene.failures)
                scene.failures.clear()
        return fitting

    def _possible(self, scene: Scene) -> list[int]:
        if not self._by_value:
            return self._others
        found = list(self._others)
        for path, held in self._by_value.values():
            value = path.first(scene.data)[1]
            try:
                found += held.get(value, ())
            except TypeError:
                continue  # A list or an object, which equals none of these.
        found.sort()
        return found


def _wanted(rule: CompiledRule) -> tuple[Path, Json] | None:
    """A field that must equal one value, asked before anything that can fail; None without."""
    for criterion in rule.criteria:
        if not criterion.cannot_fail or criterion.where is None:
            return None
        value = criterion.constant
        if criterion.operator.lower() in _EQUAL and isinstance(value, str | int | float):
            return criterion.where, value
    return None
