"""What docs/runbooks.md shows can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path

from automation.actions.action import Parameter
from automation.actions.metadata import Surroundings, read_action
from automation.actions.registry import Registry
from automation.executions.inside import RUNNERS
from automation.runbooks.checking import mistakes_of, unknown_actions
from automation.runbooks.documents import read_text
from automation.runbooks.shipped import shipped
from bot.settings_check import load
from bot.workshop import load_runners

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "docs/runbooks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def runners(tmp_path: Path) -> dict[str, tuple[Parameter, ...]]:
    """What each runner takes."""
    settings = load(home=tmp_path)
    found = {name: each.parameters for name, each in load_runners(settings).items()}
    return {**found, **RUNNERS}


def test_the_runbook_can_be_saved(tmp_path: Path) -> None:
    registry = Registry(runners(tmp_path))
    content, _ = read_text(BLOCKS[0])

    assert dict(mistakes_of(content, registry).found) == {}
    assert dict(unknown_actions(content, registry)) == {}


def test_the_steps_for_each_of_a_list_can_be_saved(tmp_path: Path) -> None:
    registry = Registry(runners(tmp_path))
    around = "name: Try\nparameters: [{name: urls, type: array}]\nsteps:\n"
    content, _ = read_text(around + BLOCKS[1])

    assert dict(mistakes_of(content, registry).found) == {}
    assert dict(unknown_actions(content, registry)) == {}


def test_the_action_can_be_read(tmp_path: Path) -> None:
    actions = tmp_path / "actions"
    actions.mkdir()
    (actions / "rotate.sh").write_text("#!/bin/sh\n")
    (actions / "rotate.yaml").write_text(BLOCKS[2])
    around = Surroundings("ops", tmp_path, runners(tmp_path))

    action, mistakes = read_action(actions / "rotate.yaml", around)

    assert mistakes == ()
    assert action is not None
    assert action.secrets == {"token"}


def test_every_shipped_runbook_and_every_runner_is_named(tmp_path: Path) -> None:
    packs = [path for path in (ROOT / "packs").iterdir() if path.is_dir()]
    names = [one.content.name for one in shipped(packs) if "other machines" not in one.content.name]

    assert [name for name in names if f"| {name} |" not in TEXT] == []
    assert [name for name in runners(tmp_path) if f"`{name}`" not in TEXT] == []
