"""`tocsin rule test`, with nobody serving."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Terminal

RULE = """\
name: on_push
trigger: {type: core.st2.webhook}
criteria:
  trigger.body.action: {type: equals, pattern: opened}
action: {ref: core.local, parameters: {cmd: "echo {{ trigger.body.action }}"}}
"""


def files(payload: object, rule: str = RULE) -> tuple[str, ...]:
    Path("rule.yaml").write_text(rule)
    Path("payload.json").write_text(json.dumps(payload))
    return ("rule", "test", "--rule", "rule.yaml", "--payload", "payload.json")


def test_one_that_fits(terminal: Terminal) -> None:
    done = terminal.type(*files({"body": {"action": "opened"}}))

    assert done.code == 0
    assert done.out.splitlines() == [
        "The rule fits.",
        '  trigger.body.action holds: equals "opened", and the value is "opened".',
        "  The rule is switched off: no event begins its action before enabled: true.",
        "  cmd = echo opened",
    ]


def test_one_that_does_not_for_programs(terminal: Terminal) -> None:
    done = terminal.type(*files({"body": {"action": "closed"}}), "--json")

    assert done.code == 1
    assert done.json["matched"] is False
    assert done.json["criteria"][0]["value"] == "closed"
    assert "does not hold" in done.json["reasons"][0]


def test_what_is_no_rule_is_named(terminal: Terminal) -> None:
    assert "rule.yaml:2: is no YAML" in terminal.refused(*files({}, "name: [a\n"))
    assert "rule must be an object" in terminal.refused(*files({}, "- a\n"))
