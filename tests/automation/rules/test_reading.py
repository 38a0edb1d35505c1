"""Rule files: what is read, and what is wrong by file, line and key."""

from __future__ import annotations

from pathlib import Path

from automation.rules.reading import read_rule
from automation.rules.rule import RuleType

GOOD = """\
---
name: on_push
pack: ops
description: " After a push "
enabled: true
type: {ref: backstop, parameters: {}}
trigger:
  type: core.st2.webhook
  parameters: {url: push}
criteria:
  trigger.body.ref: {type: regex, pattern: "^refs/heads/"}
action:
  ref: ops.deploy
  parameters: {branch: "{{ trigger.body.ref }}"}
tags: [{name: team, value: web}]
context: {a: 1}
"""

BAD = """\
name: on_push
enable: true
enabled: maybe
type: {ref: always}
trigger: {type: core.st2.webhook}
criteria:
  trigger.a: {type: equal, pattern: 1}
action: {ref: ops.deploy, params: {}}
tags: [x]
"""

UNCOMPARABLE = """\
name: on_push
trigger: {type: core.st2.webhook}
criteria:
  trigger.a: {type: equal, pattern: 1}
  trigger.b: {pattern: 1}
  trigger.c: {type: eq}
  trigger.d[: {type: eq, pattern: 1}
  trigger.e: {type: regex, pattern: "("}
  trigger.f: {type: eq, pattern: "{{ trigger."}
  trigger.g:
    type: search
    condition: some
    pattern:
      item.x: {type: equal, pattern: 1}
  trigger.h: 5
action: {ref: ops.deploy}
"""


def told(tmp_path: Path, text: str) -> tuple[object, dict[str, str], dict[str, int]]:
    file = tmp_path / "rule.yaml"
    file.write_text(text)
    rule, mistakes = read_rule(file, "ops")
    assert all(each.file == file for each in mistakes)
    return (
        rule,
        {each.key: each.problem for each in mistakes},
        {each.key: each.line for each in mistakes},
    )


def test_everything_is_read(tmp_path: Path) -> None:
    file = tmp_path / "rule.yaml"
    file.write_text(GOOD)

    rule, mistakes = read_rule(file, "ops")

    assert mistakes == ()
    assert rule is not None
    assert (rule.ref, rule.enabled, rule.type) == ("ops.on_push", True, RuleType.BACKSTOP)
    assert (rule.trigger.type, rule.trigger.parameters) == ("core.st2.webhook", {"url": "push"})
    assert rule.criteria == {"trigger.body.ref": {"type": "regex", "pattern": "^refs/heads/"}}
    assert rule.action.parameters == {"branch": "{{ trigger.body.ref }}"}
    assert (rule.description, rule.tags, rule.context) == (
        "After a push",
        ({"name": "team", "value": "web"},),
        {"a": 1},
    )


def test_a_rule_is_off_unless_it_says_otherwise(tmp_path: Path) -> None:
    text = "name: a\ntrigger: {type: b.c}\naction: {ref: d.e}\n"

    rule, mistakes, _ = told(tmp_path, text)

    assert mistakes == {}
    assert getattr(rule, "enabled", None) is False


def test_what_is_wrong_is_told_by_line_and_key(tmp_path: Path) -> None:
    rule, mistakes, lines = told(tmp_path, BAD)

    assert rule is None
    assert lines == {"enable": 2, "type.ref": 4, "action.params": 8}
    assert mistakes["enable"] == "is unknown and passed over. Did you mean “enabled”?"
    assert mistakes["type.ref"] == "is “always”; there are standard and backstop"


def test_criteria_that_cannot_be_compared_are_told_and_fit_nothing(tmp_path: Path) -> None:
    rule, mistakes, lines = told(tmp_path, UNCOMPARABLE)

    assert rule is not None
    assert {key: lines[key] for key in mistakes} == {
        "criteria.trigger.a.type": 4,
        "criteria.trigger.b.type": 5,
        "criteria.trigger.c.pattern": 6,
        "criteria.trigger.d[": 7,
        "criteria.trigger.e.pattern": 8,
        "criteria.trigger.f.pattern": 9,
        "criteria.trigger.g.condition": 12,
        "criteria.trigger.g.pattern.item.x.type": 14,
        "criteria.trigger.h": 15,
    }
    assert "Did you mean “equals”?" in mistakes["criteria.trigger.a.type"]
    assert "is no regular expression" in mistakes["criteria.trigger.e.pattern"]


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    _, mistakes, _ = told(tmp_path, "pack: other\ntrigger: []\ncriteria: 5\n")

    assert mistakes == {
        "pack": "is “other”, and the file lies in ops",
        "name": "is missing",
        "trigger": "must be an object",
        "action": "is missing; it holds ref and parameters",
        "criteria": "must be an object",
    }
    assert told(tmp_path, "- a\n")[1] == {"": "must be an object with name, trigger and action"}
