"""What an execution's message in chat says."""

from __future__ import annotations

from typing import Any

import pytest

from automation.execution import ExecutionStatus, Piece, TaskStatus
from automation.executions.card import execution_card
from automation.executions.items import NEVER_REACHED
from chat.card import Text
from chat.text import plain
from tests.clock import START
from tests.make_automation import execution, task

DONE, FAILED, SKIPPED, RUNS = (
    TaskStatus.COMPLETED,
    TaskStatus.FAILED,
    TaskStatus.SKIPPED,
    TaskStatus.RUNNING,
)


def said(card: Any) -> list[str]:
    """The lines between the steps and the buttons."""
    return [plain(each.rich) for each in card.sections if isinstance(each, Text)]


def printed(position: int, text: str, stream: str = "stdout") -> Piece:
    return Piece(0, "execution-1", f"execution-1-task-{position}", START, stream, text)


@pytest.mark.parametrize(
    ("last", "count"),
    [
        ({"status": SKIPPED, "error": NEVER_REACHED}, "1/3"),
        ({"status": SKIPPED}, "2/3"),
        ({"status": TaskStatus.CANCELLED}, "1/3"),
        ({"status": DONE}, "2/3"),
    ],
)
def test_what_was_not_reached_does_not_count_as_done(last: dict[str, Any], count: str) -> None:
    tasks = (task(0, status=DONE), task(1, status=FAILED), task(2, **last))

    card = execution_card(execution(status=ExecutionStatus.FAILED), tasks, (), ())

    assert card.title.endswith(f"· {count}")


def test_the_newest_output_is_that_of_what_is_under_way() -> None:
    tasks = (task(0, status=DONE), task(1, status=RUNS))
    pieces = (printed(0, '{"text": "found"}\n'), printed(1, "one\ntwo\n"), printed(1, "a", "note"))

    card = execution_card(execution(status=ExecutionStatus.RUNNING), tasks, (), pieces)

    assert said(card) == ["one", "two"]


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        ({"text": "All is well.\n\nTwice."}, ["All is well.", "Twice."]),
        ({"stdout": {"text": "All is well."}, "stderr": ""}, ["All is well."]),
        ({"stdout": "up 3 days", "stderr": ""}, ["up 3 days"]),
        ({"body": [1]}, []),
        ({"text": {"text": 1}}, []),
        (None, []),
    ],
)
def test_a_single_action_tells_what_it_found(output: Any, lines: list[str]) -> None:
    tasks = (task(0, status=DONE, output=output),)
    ended = execution(status=ExecutionStatus.COMPLETED, runbook_id=None)

    assert said(execution_card(ended, tasks, (), ())) == lines


def test_a_runbook_posts_what_it_has_to_say_itself() -> None:
    tasks = (task(0, status=DONE, output={"text": "All is well."}),)

    assert said(execution_card(execution(status=ExecutionStatus.COMPLETED), tasks, (), ())) == []
