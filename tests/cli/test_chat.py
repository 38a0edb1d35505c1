"""`tocsin chat` without a server: the bot runs in this process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.cli.conftest import Done, Terminal


def say(terminal: Terminal, channel: str, text: str, *more: str, who: str = "ana") -> Done:
    return terminal.type("chat", "--as", who, "--channel", channel, *more, text)


def replies(done: Done) -> str:
    return "\n".join(reply["text"] for reply in done.json["replies"])


def test_an_incident_from_start_to_end(both: Terminal) -> None:
    """Each line is a process of its own as far as the bot knows; state is in the database."""
    both.ok("user", "create", "ana", "--role", "commander")
    both.ok("user", "create", "bo", "--role", "responder")

    started = say(both, "general", '/incident start --playbook outage --name "Checkout 500"')
    assert started.code == 0, started.err
    assert "INC-00001" in started.out
    home = "inc-00001-checkout-500"

    assert say(both, home, "/incident check 1").code == 0
    again = say(both, home, "/incident check 1")
    assert again.code == 1
    assert "already checked" in again.out
    info = say(both, home, "/incident info", "--json")
    assert "1 of" in replies(info)
    assert say(both, home, "/incident commander @bo").code in {0, 1}
    assert say(both, home, "Looking at it").out.startswith("Posted in #inc-00001-checkout-500")
    assert "Looking at it" in both.ok("chat", "--as", "ana", "--channel", home)
    ended = say(both, home, "/incident end")
    assert ended.code == 0, ended.out
    assert "CLOSED" in both.ok("incident", "list")
    refused = say(both, home, "/incident check 2", "--json")
    assert (refused.code, refused.json["code"]) == (1, "INCIDENT_CLOSED")


def test_pages_and_files_are_shown_with_their_addresses(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "say.yaml"
    file.write_text("name: Say\nsteps: [{name: A, action: core.noop}]\n")
    terminal.ok("runbook", "save", str(file), "--status", "active")

    edit = say(terminal, "general", "/runbook edit say", who="admin")
    say(terminal, "general", "/runbook run say", who="admin")
    status = say(terminal, "general", "/runbook status RUN-1", who="admin")

    assert re.search(r"edit it on its page: http://\S+:\d+/runbooks/say\n", edit.out)
    assert re.search(r"File: say\.yaml .*: http://\S+/api/chat/local/files/\S+/\n", edit.out)
    assert "tocsin runbook show say" in edit.out
    assert re.search(r"All of it: http://\S+:\d+/executions/RUN-00001\n", status.out)


def test_a_form_is_shown_and_filled_in(terminal: Terminal) -> None:
    terminal.ok("user", "create", "ana", "--role", "responder")
    asked = say(terminal, "general", "/incident start")
    assert asked.code == 0
    form = re.search(r"--form (\S+)", asked.out)
    assert form is not None
    assert "--set name=…" in asked.out
    playbook = re.search(r"(\S+)  Service outage", asked.out)
    assert playbook is not None

    wrong = terminal.type("chat", "--as", "ana", "--form", form[1], "--set", "name=")
    assert wrong.code == 1
    assert "The field `name`: " in wrong.err
    assert "The field `playbook`: " in wrong.err
    done = terminal.type(
        *("chat", "--as", "ana", "--form", form[1]),
        *("--set", f"playbook={playbook[1]}", "--set", "name=Form=made"),
    )
    assert done.code == 0, done.err
    assert "Form=made" in terminal.ok("incident", "list")


def test_a_button_is_pressed(terminal: Terminal) -> None:
    terminal.ok("user", "create", "ana", "--role", "responder")
    say(terminal, "general", "/incident start --playbook outage --name db")
    shown: list[Any] = terminal.type(
        "chat", "--as", "ana", "--channel", "inc-00001-db", "--json"
    ).json["results"]
    panel = next(it for it in shown if any(a["action"] == "step.check" for a in it["actions"]))
    check = next(a for a in panel["actions"] if a["action"] == "step.check")

    pressed = terminal.type(
        *("chat", "--as", "ana", "--message", str(panel["id"])),
        *("--action", "step.check", "--value", check["value"]),
    )

    assert pressed.code == 0, pressed.err
    info = say(terminal, "inc-00001-db", "/incident info", "--json")
    assert "1 of" in replies(info)


def test_errors_are_told_and_exit_with_one(terminal: Terminal) -> None:
    terminal.ok("user", "create", "vic", "--role", "viewer")

    unknown = say(terminal, "general", "/incident ent", who="vic")
    assert unknown.code == 1
    assert "Did you mean /incident" in unknown.out or "/incident help" in unknown.out
    denied = say(terminal, "general", "/incident start --name x --playbook outage", who="vic")
    assert denied.code == 1
    assert "incident.start" in denied.out
    assert "There is no channel" in terminal.refused(
        "chat", "--as", "vic", "--channel", "nope", "hi"
    )
    assert "nobody called “zoe”" in terminal.refused(
        "chat", "--as", "zoe", "--channel", "general", "hi"
    )


def test_nothing_that_was_typed_moves_the_terminals_cursor(terminal: Terminal) -> None:
    say(terminal, "general", "a\x1b[2Jb", who="admin")

    assert "\x1b" not in terminal.ok("chat", "--as", "admin", "--channel", "general")
