"""`tocsin pack`, and an action of a pack that requires something."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.integrations.python.wheels import wheel

CODE = "def run():\n    import bell_rope\n    return bell_rope.version\n"
ACTION = "name: pull\nrunner_type: python-script\nentry_point: pull.py\n"


@pytest.fixture
def bells(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pack “bells”, which requires a package that pip finds in the folder `wheels`."""
    actions = terminal.home / "packs" / "bells" / "actions"
    actions.mkdir(parents=True)
    (actions / "pull.py").write_text(CODE)
    (actions / "pull.yaml").write_text(ACTION)
    (actions.parent / "pack.yaml").write_text("name: bells\n")
    (actions.parent / "requirements.txt").write_text("bell_rope==1.0\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(terminal.home.parent / "wheels"))
    return actions.parent


def environment(terminal: Terminal) -> dict[str, str]:
    """How the pack's environment is."""
    return terminal.type("pack", "show", "bells", "--json").json["environment"]


def test_an_action_has_the_environment_of_its_pack_built(terminal: Terminal, bells: Path) -> None:
    wheel(Path("wheels"), "bell_rope")
    assert environment(terminal)["state"] == "not built"

    done = terminal.type("action", "run", "bells.pull")

    assert done.code == 0, done.err
    assert "The environment of the pack bells is being built, once." in done.err
    python = environment(terminal)["python"]
    assert Path(python).is_relative_to(terminal.home / "environments")
    listed = terminal.type("pack", "list", "--json").json
    assert {
        each["name"]: each["environment"] and each["environment"]["state"] for each in listed
    } == {
        **dict.fromkeys(("chat", "core", "linux", "net", "prometheus")),
        "bells": "ready",
    }
    assert "bells       1        ready" in terminal.ok("pack", "list")
    assert "none of its own" in terminal.ok("pack", "show", "core")


def test_what_cannot_be_built_is_told_and_prepared_anew(terminal: Terminal, bells: Path) -> None:
    failed = terminal.type("pack", "prepare", "bells")
    assert failed.code == 1
    assert "Environment: failed" in failed.out
    assert "No matching distribution found for bell_rope==1.0" in failed.out
    run = terminal.type("action", "run", "bells.pull")
    assert run.code == 1
    assert "No matching distribution found for bell_rope==1.0. tocsin pack show bells" in run.err
    wheel(Path("wheels"), "bell_rope")
    assert terminal.type("action", "run", "bells.pull").code == 1

    prepared = terminal.ok("pack", "prepare", "bells")

    assert "Environment: ready" in prepared
    assert terminal.ok("pack", "prepare", "bells") == prepared
    assert terminal.type("action", "run", "bells.pull").code == 0
    records = terminal.type("audit", "list", "--action", "pack.prepared", "--json").json
    assert [each["outcome"] for each in records] == ["ok", "failed"]


def test_a_pack_that_is_not_there_is_told(terminal: Terminal) -> None:
    assert "Did you mean “linux”?" in terminal.refused("pack", "show", "linus")
    assert "There is no pack “nothing”." in terminal.refused("pack", "prepare", "nothing")
