"""`tocsin workflow`, which needs no database."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Terminal

WORKFLOW = """\
version: 1.0
tasks:
  a: {action: core.noop, next: [{publish: [{x: <% result() %>}]}]}
output: [{x: <% ctx().x %>}]
"""


def written(name: str, text: str) -> str:
    """A file."""
    Path(name).write_text(text, encoding="utf-8")
    return name


def test_a_rehearsal_is_shown_and_printed(terminal: Terminal) -> None:
    case = written("case.json", json.dumps({"mocks": [{"task_id": "a", "result": "hi"}]}))
    words = ("workflow", "rehearse", written("w.yaml", WORKFLOW), "--case", case)

    assert terminal.type(*words, "--json").json == {
        "status": "succeeded",
        "output": {"x": "hi"},
        "errors": [],
        "tasks": [
            {"id": "a", "route": 0, "status": "succeeded"},
            {"id": "continue", "route": 0, "status": "succeeded"},
        ],
    }
    told = terminal.ok(*words)
    assert "The workflow has succeeded." in told
    assert '"x": "hi"' in told


def test_a_failed_one_ends_with_1(terminal: Terminal) -> None:
    case = written("case.json", json.dumps({"mocks": [{"task_id": "a", "status": "failed"}]}))
    bad = WORKFLOW.replace("[{publish", "[{when: <% succeeded() %>, publish")

    done = terminal.type("workflow", "rehearse", written("w.yaml", bad), "--case", case)

    assert done.code == 1
    assert "The workflow is failed." in done.out


def test_what_is_wrong_is_told_in_a_line(terminal: Terminal) -> None:
    bad = written("bad.yaml", WORKFLOW.replace("result()", "result("))
    assert "line 3: tasks.a.next[0].publish[0]" in terminal.refused("workflow", "rehearse", bad)

    good = written("w.yaml", WORKFLOW)
    case = written("case.json", "{")
    assert "case.json is no JSON" in terminal.refused("workflow", "rehearse", good, "--case", case)
    case = written("case.json", '{"mocks": [{"task": "a"}]}')
    told = terminal.refused("workflow", "rehearse", good, "--case", case)
    assert "mocks[0].task is not known here" in told
    assert "task_id" in told
