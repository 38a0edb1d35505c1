"""Small pure rules: severities, keys, opening tasks, CSV cells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.address import Address
from chat.errors import BadInput
from chat.message import PostedMessage
from chat.person import Person
from incidents.export import HEADER, guarded, row
from incidents.incident import Severity, parse_key
from incidents.opening import NEEDS, OpeningTask, TaskName, TaskState, next_try, plan, ready

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("critical", Severity.CRITICAL),
        (" High ", Severity.HIGH),
        ("sev1", Severity.EMERGENCY),
        ("SEV-5", Severity.LOW),
    ],
)
def test_a_severity_is_understood(typed: str, meant: Severity) -> None:
    assert Severity.parse(typed) is meant


def test_a_wrong_severity_is_told_with_what_is_accepted() -> None:
    with pytest.raises(BadInput, match=r"“urgent”.*LOW, MEDIUM, HIGH, CRITICAL, EMERGENCY"):
        Severity.parse("urgent")


@pytest.mark.parametrize("typed", ["INC-00042", "inc-42", "42", "#42", " INC-42 "])
def test_a_key_is_understood(typed: str) -> None:
    assert parse_key(typed) == 42


@pytest.mark.parametrize("typed", ["", "INC-", "0", "INC-00000", "42a", "٤٢", "1" * 10])
def test_what_is_no_key_is_none(typed: str) -> None:
    assert parse_key(typed) is None


def test_an_opening_is_done_in_order() -> None:
    tasks = {task.name: task for task in plan("i1")}
    order: list[TaskName] = []
    while task := ready(tasks.values(), NOW):
        order.append(task.name)
        tasks[task.name] = task.done()

    assert order == list(TaskName)
    assert next_try(tasks.values()) is None


@given(st.sampled_from(TaskName))
def test_what_needs_a_failed_task_waits_and_the_rest_goes_on(broken: TaskName) -> None:
    tasks = {task.name: task for task in plan("i1")}
    while task := ready(tasks.values(), NOW):
        failing = task.name is broken
        tasks[task.name] = task.failed("down", NOW) if failing else task.done()

    undone = {name for name, task in tasks.items() if task.state is not TaskState.DONE}
    assert broken in undone
    assert all(set(NEEDS[name]) & undone for name in undone - {broken})
    assert next_try(tasks.values()) == NOW + timedelta(seconds=1)


def test_a_failing_task_is_tried_ever_more_slowly_but_never_given_up() -> None:
    task = OpeningTask("i1", TaskName.CHANNEL)
    waits: list[float] = []
    for _ in range(12):
        task = task.failed("down", NOW)
        assert task.again_at is not None
        waits.append((task.again_at - NOW).total_seconds())

    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == 300


def test_a_platform_that_asks_for_patience_gets_it() -> None:
    task = OpeningTask("i1", TaskName.CHANNEL).failed("slow down", NOW, retry_after=42)

    assert task.again_at == NOW + timedelta(seconds=42)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_formula_is_disarmed(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@given(st.text())
def test_no_cell_begins_like_a_formula(cell: str) -> None:
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_message_is_a_row_under_the_header() -> None:
    ana = Person("local", "main", "a1", "ana", "Ana")
    place = Address("local", "main", "c1", thread="3", message="7")
    message = PostedMessage(place, ana, "=cmd()", NOW, system=False, attachments=("a.png",))

    cells = dict(zip(HEADER, row(message, {"a1": "ana@example.org"}), strict=True))

    assert cells == {
        "Post Creation Time": "2026-03-01 12:00:00 +0000 UTC",
        "User Id": "a1",
        "User Email": "ana@example.org",
        "User Type": "user",
        "User Name": "ana",
        "Post Id": "7",
        "Parent Post Id": "3",
        "Post Message": "'=cmd()",
        "Post Type": "message",
    }
