"""Criteria, events among many rules, and sentences among many aliases, beside bare Python."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from automation.aliases.alias import Alias, Format
from automation.aliases.matching import AliasIndex
from automation.rules.compiled import CompiledRule
from automation.rules.index import RuleIndex
from automation.rules.rule import Event, Rule, RuleAction, RuleTrigger
from automation.rules.scene import Scene
from benchmarks.figures import Figure

_RULES = 10_000
_TRIGGER = "core.st2.webhook"
_PAYLOAD: dict[str, Any] = {
    "headers": {"X-Github-Event": "push"},
    "body": {
        "ref": "refs/heads/main",
        "repository": {"full_name": "acme/web-4711", "private": True},
        "commits": [{"author": {"name": f"person {number}"}} for number in range(10)],
    },
}
_CRITERIA: Sequence[tuple[str, str, dict[str, Any]]] = (
    ("equals", "trigger.body.repository.full_name", {"type": "equals", "pattern": "acme/web-4711"}),
    ("regex", "trigger.body.ref", {"type": "regex", "pattern": "^refs/heads/(main|dev)$"}),
    ("regex that repeats", "trigger.body.ref", {"type": "regex", "pattern": "^refs/.*/main$"}),
    (
        "equals a template",
        "trigger.headers['X-Github-Event']",
        {"type": "equals", "pattern": "{{ 'push' if trigger.body.ref else '' }}"},
    ),
    ("a path with ..", "trigger.body..author.name", {"type": "equals", "pattern": "person 0"}),
    (
        "search through 10 items",
        "trigger.body.commits",
        {
            "type": "search",
            "condition": "any",
            "pattern": {"item.author.name": {"type": "equals", "pattern": "person 9"}},
        },
    ),
)


def rules(*, quick: bool) -> list[Figure]:
    """All of them."""
    times = 2_000 if quick else 20_000
    return [*_criteria(times), *_events(times // 20), *_aliases(times // 20)]


def _seconds(call: Callable[[], object], times: int) -> float:
    """What one call takes: the median of many, since others use the machine, too."""
    taken: list[float] = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[times // 2]


def _rule(number: int, criteria: dict[str, Any], url: str = "push") -> Rule:
    trigger, action = RuleTrigger(_TRIGGER, {"url": url}), RuleAction("core.noop")
    return Rule(f"rule{number}", "bench", trigger, action, criteria, enabled=True)


def _now() -> datetime:
    return datetime.now(UTC)


def _criteria(times: int) -> list[Figure]:
    def bare() -> bool:
        return _PAYLOAD["body"]["repository"]["full_name"] == "acme/web-4711"

    floor = 1 / _seconds(bare, times)
    figures: list[Figure] = []
    for name, key, criterion in _CRITERIA:
        rule = CompiledRule(_rule(0, {key: criterion}))
        scene = Scene(_PAYLOAD, _now)
        if not rule.fits(scene):
            raise AssertionError(f"{name} does not hold")
        rate = 1 / _seconds(lambda rule=rule, scene=scene: rule.fits(scene), times)
        what = f"criteria a second: {name}"
        figures.append(Figure(what, rate, "/s", floor, "three bare look-ups and a comparison"))
    return figures


def _events(times: int) -> list[Figure]:
    """One event among 10,000 rules, spread in three ways."""

    def wants(number: int) -> dict[str, Any]:
        return {
            "trigger.body.repository.full_name": {
                "type": "equals",
                "pattern": f"acme/web-{number}",
            },
            "trigger.body.ref": {"type": "regex", "pattern": "^refs/heads/"},
        }

    spread = [_rule(number, wants(number), f"push{number % 1000}") for number in range(_RULES)]
    same = [_rule(number, wants(number)) for number in range(_RULES)]
    unlike = [
        _rule(number, {"trigger.body.ref": {"type": "contains", "pattern": f"x{number}"}})
        for number in range(_RULES)
    ]
    event, other = (Event(_TRIGGER, _PAYLOAD, {"url": url}) for url in ("push", "push711"))
    begun = time.perf_counter()
    indexes = [RuleIndex(each, _now) for each in (spread, same, unlike)]
    took = (time.perf_counter() - begun) / len(indexes)
    floor = 1000 * _seconds(lambda: dict(_PAYLOAD), times)
    return [
        Figure(f"{_RULES:,} rules: compiled and indexed", took, "s"),
        *(
            Figure(
                f"one event among {_RULES:,} rules, {how}",
                1000 * _seconds(lambda index=index, one=one: index.matching(one), times),
                "ms",
                floor,
                "a copy of the event",
            )
            for how, index, one in (
                ("10 for its trigger", indexes[0], other),
                ("all for its trigger, each for a value", indexes[1], event),
                ("all for its trigger, each asked", indexes[2], event),
            )
        ),
    ]


def _aliases(times: int) -> list[Figure]:
    verbs = ("list", "show", "get", "create", "delete", "restart", "deploy", "scale", "describe")
    nouns = ("pack", "host", "service", "ticket", "issue", "cluster", "branch", "user", "alert")

    def alias(number: int) -> Alias:
        verb, noun = verbs[number % 9], nouns[number // 9 % 9]
        text = f"{verb} {noun} k{number} {{{{ name }}}}( in {{{{ region = eu }}}})?"
        return Alias(f"a{number}", "bench", "core.noop", (Format(text, (text,)),))

    said = "deploy host k6 web-01 in us limit=5"
    bare = re.compile(r"^\s*deploy host k6 (.+?)( in (.+?))?\s*$")
    floor = 1 / _seconds(lambda: bare.search("deploy host k6 web-01 in us"), 20 * times)
    figures: list[Figure] = []
    for count in (58, 5_000):
        index = AliasIndex(map(alias, range(count)))
        if index.match("deploy pack k6 web-01 in us").parameters[0]["region"] != "us":
            raise AssertionError("it does not match")
        for how, text in (
            ("", "deploy pack k6 web-01 in us"),
            (", with key=value", "deploy pack k6 web-01 in us limit=5"),
            (", for none of them", said),
        ):
            rate = 1 / _seconds(lambda index=index, text=text: index.matches(text), times)
            what = f"sentences a second among {count:,} formats{how}"
            figures.append(Figure(what, rate, "/s", floor, "one bare regular expression"))
    return figures
