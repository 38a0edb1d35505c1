"""Command lines, and what is read out of what they print."""

from __future__ import annotations

from typing import Any

import pytest

from automation.actions.runner import RunnerKit
from chat.errors import Unavailable
from tests.integrations.process.local import running, seconds
from tests.integrations.shell.shells import Shells


async def test_a_line_is_run_by_the_shell(shells: Shells) -> None:
    outcome = await shells.cmd("printf 'a\\nb\\n' | wc -l; echo oops >&2")

    assert outcome.ok
    assert outcome.output["stdout"].strip() == "2"
    assert outcome.output["stderr"] == "oops"
    assert outcome.output["return_code"] == 0


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ('{"a": [1, null]}', {"a": [1, None]}),
        (" [1, 2]\n", [1, 2]),
        ("{not json}", "{not json}"),
        ("5", "5"),
        ('"text"', '"text"'),
        ('{"a": NaN}', '{"a": NaN}'),
        ("[Infinity]", "[Infinity]"),
        ("[1] [2]", "[1] [2]"),
        ("", ""),
        ("a\n\n", "a\n"),
    ],
)
async def test_json_is_read_and_nothing_else_is_taken_for_it(
    shells: Shells, printed: str, read: Any
) -> None:
    outcome = await shells.cmd("printf '%s' {{ text }}", {"text": printed})

    assert outcome.output["stdout"] == read


async def test_what_is_nested_too_deeply_stays_text(shells: Shells) -> None:
    outcome = await shells.cmd("head -c 100000 /dev/zero | tr '\\0' '['")

    assert outcome.ok
    assert outcome.output["stdout"] == "[" * 100_000


async def test_json_that_was_cut_stays_text(shells: Shells) -> None:
    shells.kit = RunnerKit(output_limit=8)

    outcome = await shells.cmd("echo '[1, 2, 3, 4, 5]'")

    assert outcome.truncated
    assert outcome.output["stdout"] == "[1, 2, 3"
    assert shells.kept("stdout").read_text() == "[1, 2, 3, 4, 5]\n"


async def test_a_nul_in_the_line_is_told(shells: Shells) -> None:
    outcome = await shells.cmd("true", cmd="echo a\0; touch ran")

    assert (outcome.ok, outcome.error) == (
        False,
        "an argument holds a NUL character, which none can",
    )
    assert list(shells.files.iterdir()) == []


async def test_a_missing_folder_is_told(shells: Shells) -> None:
    with pytest.raises(Unavailable, match="/bin/sh cannot be run in /no/such: No such file"):
        await shells.cmd("true", cwd="/no/such")


async def test_a_folder_may_lie_in_that_of_the_execution(shells: Shells) -> None:
    (shells.files / "below").mkdir()

    assert (await shells.cmd("pwd", cwd="below")).output["stdout"] == str(shells.files / "below")
    assert (await shells.cmd("pwd")).output["stdout"] == str(shells.files)


async def test_a_missing_command_is_the_shells_own_failure(shells: Shells) -> None:
    outcome = await shells.cmd("no-such-command --now")

    assert outcome.output["return_code"] == 127
    assert "no-such-command" in outcome.error


async def test_its_memory_is_limited(shells: Shells) -> None:
    shells.kit = RunnerKit(memory_limit=100 * 1024 * 1024)

    outcome = await shells.cmd("x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo not reached")

    assert not outcome.ok
    assert "not reached" not in outcome.output["stdout"]


async def test_its_time_is_limited(shells: Shells) -> None:
    number = seconds()
    line = f"echo begun; sleep {number}; echo not reached"

    outcome = await shells.ended_by_time(lambda limit: shells.cmd(line, timeout=limit))

    assert (outcome.ok, outcome.timed_out) == (False, True)
    assert outcome.output["stdout"] == "begun"
    assert not running(f"sleep {number}")


async def test_it_knows_its_execution_and_none_of_our_secrets(
    shells: Shells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "leaked")
    shells.environment = {"TOCSIN_EXECUTION": "EX-1", "TOCSIN_FILES": str(shells.files)}

    outcome = await shells.cmd("echo $TOCSIN_EXECUTION $TOCSIN_FILES; env", env={"A": "b c"})

    lines = outcome.output["stdout"].splitlines()
    assert lines[0] == f"EX-1 {shells.files}"
    assert "A=b c" in lines
    assert not any("leaked" in line or "DATABASE" in line for line in lines)
