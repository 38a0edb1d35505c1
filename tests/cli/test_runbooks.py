"""`tocsin action`, `runbook`, `execution` and `approval`, with nobody serving."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal

WRITTEN = """\
name: Greet
parameters:
- name: whom
  required: true
steps:
- name: Say
  action: core.local
  parameters: {cmd: "echo hi {{ parameters.whom }}"}
- name: Risky
  action: core.local
  parameters: {cmd: "echo done {{ parameters.whom }}"}
"""
APPROVED = WRITTEN + "  approval: {role: approver}\n"


def saved(terminal: Terminal, text: str = WRITTEN) -> None:
    """The ACTIVE runbook `greet`."""
    file = Path("greet.yaml")
    file.write_text(text)
    terminal.ok("runbook", "save", str(file), "--status", "ACTIVE")


def test_an_action_is_listed_shown_and_run(both: Terminal) -> None:
    refs = [one["ref"] for one in both.type("action", "list", "--json").json]
    assert {"core.local", "core.http", "chat.post"} <= set(refs)
    shown = both.type("action", "show", "core.local", "--json").json
    assert "cmd" in shown["parameters"]["properties"]

    done = both.type("action", "run", "core.local", "cmd=echo $((6*7)); echo hm >&2; exit 3")

    assert done.code == 1
    assert done.out == "42\n"
    assert "hm" in done.err
    assert "exited with status 3: hm" in done.err
    good = both.type("action", "run", "core.local", "cmd=echo 1", "--json")
    assert good.code == 0
    assert good.json["steps"][0]["output"]["stdout"].strip() == "1"


def test_what_is_not_accepted_is_named(terminal: Terminal) -> None:
    assert "Did you mean “core.local”?" in terminal.refused("action", "run", "core.loca", "cmd=1")
    assert "cmd" in terminal.refused("action", "run", "core.local")
    assert "is no key=value" in terminal.refused("action", "run", "core.local", "cmd")
    wrong = terminal.refused("action", "run", "core.local", "cmdd=1")
    assert "cmdd" in wrong
    assert "There is no runbook" in terminal.refused("runbook", "run", "nothing")
    assert "RUN-00009" in terminal.refused("execution", "get", "RUN-00009")


def test_a_runbook_is_saved_planned_run_and_looked_at(both: Terminal) -> None:
    saved(both)
    assert "greet" in both.ok("runbook", "list")
    plan = both.ok("runbook", "plan", "greet", "whom=you; id")
    assert "echo hi 'you; id'" in plan

    done = both.type("runbook", "run", "greet", "whom=you; id", "--reason", "Because")

    assert (done.code, done.out) == (0, "hi you; id\ndone you; id\n")
    assert "RUN-00001 completed" in done.err
    listed = both.type("execution", "list", "--json").json
    assert [(one["key"], one["status"]) for one in listed] == [("RUN-00001", "COMPLETED")]
    got = both.type("execution", "get", "RUN-1", "--json").json
    assert [step["status"] for step in got["steps"]] == ["COMPLETED", "COMPLETED"]
    tail = both.type("execution", "tail", "RUN-00001")
    assert tail.out == done.out
    assert "parameters.whom" in both.refused("runbook", "run", "greet")


EACH = """\
name: Greet
steps:
- name: Each
  action: core.local
  for_each: [web1, web2, web3]
  parameters: {cmd: "echo at {{ item }}; test {{ item }} != web2"}
"""


def test_a_step_with_a_list_says_how_far_it_is(both: Terminal) -> None:
    saved(both, EACH)
    plan = both.ok("runbook", "plan", "greet")
    assert '2. "web2" echo at web2; test web2 != web2' in plan
    assert both.type("runbook", "plan", "greet", "--json").json["steps"][0]["items"][2] == {
        "index": 2,
        "item": "web3",
        "parameters": {"cmd": "echo at web3; test web3 != web2", "sudo": False},
        "command": "echo at web3; test web3 != web2",
        "open": [],
        "skipped": False,
        "kept": False,
        "mistake": "",
    }

    done = both.type("runbook", "run", "greet")

    assert (done.code, done.out) == (1, "at web1\nat web2\n")
    assert "Each: 1 of 3 done, 1 failed, 1 skipped" in done.err
    (step,) = both.type("execution", "get", "RUN-1", "--json").json["steps"]
    assert [one["status"] for one in step["items"]] == ["COMPLETED", "FAILED", "SKIPPED"]
    got = both.ok("execution", "get", "RUN-1")
    assert "Each (2 of 3: web2)" in got
    tail = both.type("execution", "tail", "RUN-1")
    assert (tail.out, "1 of 3 done" in tail.err) == (done.out, True)


def test_a_mistake_in_a_file_is_named_with_its_place(terminal: Terminal) -> None:
    Path("wrong.yaml").write_text(WRITTEN.replace("parameters.whom", "parameters.who", 1))

    told = terminal.refused("runbook", "save", "wrong.yaml")

    assert "Step 1" in told
    assert "whom" in told
    assert terminal.type("runbook", "list", "--search", "greet", "--json").json == []


def test_an_approval_is_answered_and_what_waited_goes_on(terminal: Terminal) -> None:
    terminal.ok("user", "create", "bo", "--role", "approver")
    saved(terminal, APPROVED)
    waits = terminal.type("runbook", "run", "greet", "whom=you")
    assert waits.code == 3
    assert waits.out == "hi you\n"
    assert "APR-00001 waits for approval" in waits.err
    assert "APR-00001" in terminal.ok("approval", "list")
    assert "echo done you" in terminal.ok("approval", "show", "APR-00001")

    assert "You may not" in terminal.refused("approval", "approve", "APR-1", "--as", "admin")
    told = terminal.ok("approval", "approve", "APR-1", "fine", "--as", "bo")

    assert "was approved by @bo: fine" in told
    assert "was approved" in terminal.refused("approval", "reject", "APR-1", "no", "--as", "bo")


def test_executions_are_controlled(terminal: Terminal) -> None:
    saved(terminal)
    terminal.ok("runbook", "run", "greet", "whom=you", "--detach")
    terminal.ok("execution", "pause", "RUN-1")
    assert "paused already" in terminal.refused("execution", "pause", "RUN-1")
    terminal.ok("execution", "resume", "RUN-1")
    terminal.ok("execution", "cancel", "RUN-1")
    assert "being cancelled" in terminal.refused("execution", "cancel", "RUN-1")
    told = terminal.type("execution", "get", "RUN-1", "--json").json
    assert told["status"] in {"PENDING", "CANCELLED"}


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        (("runbook", "show", "none"), "tocsin runbook list"),
        (("execution", "get", "RUN-9"), "tocsin execution list"),
        (("approval", "show", "APR-9"), "tocsin approval list"),
        (("action", "show", "none"), "tocsin action list"),
    ],
)
def test_a_mistake_speaks_of_commands_of_the_terminal(
    terminal: Terminal, words: tuple[str, ...], instead: str
) -> None:
    told = terminal.refused(*words)

    assert instead in told
    assert "/" not in told


def test_a_runbooks_versions_are_listed_and_restored_and_it_is_deleted(
    both: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(both)
    Path("other.yaml").write_text(WRITTEN.replace("Risky", "Later"))
    both.ok("runbook", "save", "other.yaml", "--over", "greet")

    listed = both.type("runbook", "versions", "greet", "--json").json
    assert [(one["revision"], one["version"]) for one in listed] == [(2, "1.1"), (1, "1.0")]
    assert "changed steps" in both.ok("runbook", "versions", "greet")
    assert "as version 1.2" in both.ok("runbook", "restore", "greet", "1")
    assert "Risky" in both.ok("runbook", "show", "greet")
    assert "has no revision 9" in both.refused("runbook", "restore", "greet", "9")

    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert both.type("runbook", "delete", "greet").code == 130
    assert "Risky" in both.ok("runbook", "show", "greet")
    assert "is deleted" in both.ok("runbook", "delete", "greet", "--yes")
    assert "There is no runbook" in both.refused("runbook", "show", "greet")


def test_a_runbook_is_shown_to_the_team_or_not(terminal: Terminal) -> None:
    terminal.ok("user", "create", "vera", "--role", "viewer")
    saved(terminal)

    assert "is private" in terminal.ok("runbook", "share", "greet", "--private")
    assert "There is no runbook" in terminal.refused("runbook", "show", "greet", "--as", "vera")
    assert "whole team" in terminal.ok("runbook", "share", "greet")
    assert "Greet" in terminal.ok("runbook", "show", "greet", "--as", "vera")
    for words in (("delete", "greet", "--yes"), ("share", "greet"), ("restore", "greet", "1")):
        assert "runbook.edit" in terminal.refused("runbook", *words, "--as", "vera")


def test_a_webhooks_secret_is_printed_once(terminal: Terminal) -> None:
    saved(terminal, "trigger_type: WEBHOOK\n" + WRITTEN)

    first = terminal.type("runbook", "webhook", "greet", "--json").json
    second = terminal.type("runbook", "webhook", "greet")

    assert first["secret"].startswith("whsec_")
    assert "/api/automation/webhooks/" in first["url"]
    assert second.out.strip().startswith("whsec_")
    assert second.out.strip() != first["secret"]
    assert first["secret"] not in terminal.ok("runbook", "show", "greet", "--json")
    saved(terminal, WRITTEN.replace("Greet", "Plain"))
    assert "not begun by a webhook" in terminal.refused("runbook", "webhook", "plain")


def test_the_list_of_runbooks_is_narrowed(terminal: Terminal) -> None:
    saved(terminal, "trigger_type: WEBHOOK\ncategory: deploy\ntags: [web]\n" + WRITTEN)

    for words in (("--trigger", "webhook"), ("--category", "deploy"), ("--tag", "web")):
        found = terminal.type("runbook", "list", "--search", "greet", *words, "--json").json
        assert [one["handle"] for one in found] == ["greet"], words
    for words in (("--trigger", "manual"), ("--category", "other"), ("--tag", "db")):
        assert terminal.type("runbook", "list", "--search", "greet", *words, "--json").json == []
    assert "scheduled" in terminal.refused("runbook", "list", "--trigger", "never", code=2)


def test_only_what_waits_for_somebody_is_listed(terminal: Terminal) -> None:
    for name, role in (("bo", "approver"), ("vera", "viewer")):
        terminal.ok("user", "create", name, "--role", role)
    saved(terminal, APPROVED)
    assert terminal.type("runbook", "run", "greet", "whom=you").code == 3

    mine = ("approval", "list", "--mine")
    assert "APR-00001" in terminal.ok(*mine, "--as", "bo")
    assert "Nothing waits" in terminal.ok(*mine, "--as", "vera")
    assert "--as" in terminal.refused(*mine, code=2)
