"""What docs/rules.md shows is true."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from automation.rules.compiled import CompiledRule
from automation.rules.operators import NAMES
from automation.rules.reading import read_rule
from automation.rules.scene import Scene
from automation.rules.trying import try_rule
from automation.templates.paths import Path as JsonPath
from tests.automation.rules.making import rule

TEXT = (Path(__file__).parents[2] / "docs/rules.md").read_text(encoding="utf-8")
RULE, TYPED = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
PAYLOAD = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)[0]
PRINTED = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)[0]


def now() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


def test_the_rule_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "deploy.yaml"
    file.write_text(RULE)

    found, mistakes = read_rule(file, "ops")

    assert mistakes == ()
    assert found is not None
    assert found.enabled


def test_trying_it_prints_what_is_shown() -> None:
    trial = try_rule(yaml.safe_load(RULE), json.loads(PAYLOAD), now)

    lines = [line.strip() for line in PRINTED.splitlines()]
    assert lines[0] == "The rule fits."
    assert lines[1:3] == list(trial.reasons)
    assert trial.parameters == {"cmd": lines[3].removeprefix("cmd = ")}


def test_a_lone_template_keeps_its_type() -> None:
    ruled = CompiledRule(rule(yaml.safe_load(TYPED)["criteria"]))

    assert ruled.fits(Scene({"body": {"used": 9, "limit": 5}}, now))
    assert not ruled.fits(Scene({"body": {"used": 5, "limit": 9}}, now))


def test_every_operator_is_named() -> None:
    assert [name for name in NAMES if f"`{name}`" not in TEXT] == []


PATHS = re.findall(r"`+((?:trigger|system)[.].*?)`+(?:,|\s\|| `` )", TEXT.split("## Criteria")[1])


@pytest.mark.parametrize("path", [each.replace("\\", "").strip() for each in PATHS])
def test_each_path_can_be_read(path: str) -> None:
    assert JsonPath(path if "`" not in path else f"{path}`").text
