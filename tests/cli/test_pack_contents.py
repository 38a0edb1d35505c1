"""`tocsin pack validate` and `tocsin pack show` of a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Terminal

VERDICT = """\
ops 1.0.0: 1 action
actions/win.yaml:2: ops.win is of the runner winrm-cmd, which is not supported: \
Windows machines are not reached by WinRM from here; install OpenSSH there and use a remote \
shell runner
Values from outside land in command lines as they are here:
actions/ping.yaml:6: parameters.cmd.default {{ host }} puts the parameter “host” (string) into \
the command line of ops.ping, unquoted
Nothing is wrong in its files.
""".splitlines()


@pytest.fixture
def folder(terminal: Terminal) -> Path:
    """A pack that is not installed."""
    path = terminal.home.parent / "stackstorm-ops"
    (path / "actions").mkdir(parents=True)
    (path / "pack.yaml").write_text(
        "name: ops\ndescription: Small things\nversion: 1.0.0\nauthor: Maria\n"
    )
    (path / "actions" / "ping.yaml").write_text(
        "name: ping\nrunner_type: run-local\ndescription: Is it there?\nparameters:\n"
        "  cmd:\n    default: ping {{ host }}\n  host: {type: string}\n"
    )
    (path / "actions" / "win.yaml").write_text("name: win\nrunner_type: winrm-cmd\n")
    (path / "config.schema.yaml").write_text(
        "token: {type: string, secret: true, default: hush-hush}\n"
    )
    return path


def test_a_good_pack_is_told_to_be_one(terminal: Terminal, folder: Path) -> None:
    assert terminal.ok("pack", "validate", str(folder)).splitlines() == VERDICT

    found = terminal.type("pack", "validate", str(folder), "--json").json

    assert (found["ref"], found["valid"], found["mistakes"]) == ("ops", True, [])
    assert found["counts"]["action"] == 1
    assert found["unsupported"][0]["runner"] == "winrm-cmd"
    assert found["command_lines"][0]["expression"] == "{{ host }}"


def test_what_is_wrong_is_told_and_the_exit_code_says_so(terminal: Terminal, folder: Path) -> None:
    (folder / "actions" / "ping.yaml").write_text("name: ping\nrunner_type: noop\ncolour: red\n")

    done = terminal.type("pack", "validate", str(folder), "--json")
    text = terminal.type("pack", "validate", str(folder))

    assert (done.code, text.code) == (1, 1)
    (mistake,) = done.json["mistakes"]
    assert (mistake["file"], mistake["line"], mistake["key"]) == ("actions/ping.yaml", 3, "colour")
    assert not done.json["valid"]
    assert "actions/ping.yaml:3: colour is unknown and passed over." in text.out
    assert "1 mistake." in text.out


def test_a_folder_is_shown_without_its_secrets(terminal: Terminal, folder: Path) -> None:
    shown = terminal.ok("pack", "show", str(folder))
    found = terminal.type("pack", "show", f"{folder}/", "--json").json

    assert "ops.ping  local-shell-cmd  Is it there?" in shown
    assert "token   string, secret" in shown
    assert found["actions"] == [
        {"ref": "ops.ping", "runner": "local-shell-cmd", "description": "Is it there?"}
    ]
    assert found["config"][0]["default"] is None
    assert "hush-hush" not in shown + str(found)


def test_a_folder_that_is_no_pack_is_refused(terminal: Terminal) -> None:
    assert "is no pack: it has no pack.yaml" in terminal.refused("pack", "validate", "./")


@pytest.mark.parametrize("name", ["chat", "core", "linux", "net", "prometheus"])
def test_what_is_shipped_is_valid(terminal: Terminal, name: str) -> None:
    folder = terminal.type("pack", "show", name, "--json").json["folder"]

    assert terminal.type("pack", "validate", folder, "--json").json["mistakes"] == []
