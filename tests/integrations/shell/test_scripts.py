"""Scripts and other executables with a few lines of metadata are actions."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from chat.errors import BadInput
from tests.integrations.process.local import running, seconds, until
from tests.integrations.shell.shells import SHOWS, Shells

SCRIPT = SHOWS.format(python=sys.executable)
PRINTF = Path(found) if (found := shutil.which("printf")) else None
KINDS: dict[str, Any] = {
    "text": {"type": "string"},
    "whole": {"type": "integer"},
    "real": {"type": "number"},
    "flag": {"type": "boolean"},
    "many": {"type": "array"},
    "deep": {"type": "object"},
    "pick": {"enum": ["a b", "$(c)"]},
    "hidden": {"type": "string", "secret": True},
}


async def test_named_values_come_first_and_then_those_with_a_position(shells: Shells) -> None:
    action = shells.action(
        SCRIPT,
        parameters={
            "second": {"type": "string", "position": 1},
            "level": {"type": "integer", "default": 3},
            "first": {"type": "string", "position": 0},
            "quiet": {"type": "boolean"},
            "loud": {"type": "boolean"},
            "never": {"type": "string"},
        },
    )

    outcome = await shells.run(action, first="a", second="b", quiet=True, loud=False)

    assert outcome.ok
    assert outcome.output["stdout"] == [["--level=3", "--quiet", "a", "b"], None]


async def test_a_place_that_nobody_fills_stays_free(shells: Shells) -> None:
    action = shells.action(
        SCRIPT,
        parameters={
            "first": {"position": 0},
            "flag": {"type": "boolean", "position": 1},
            "other": {"type": "boolean", "position": 2},
            "last": {"position": 4},
        },
    )

    outcome = await shells.run(action, flag=False, other=True, last="z")

    assert outcome.output["stdout"][0] == ["", "0", "1", "", "z"]


async def test_what_stands_before_a_name_can_be_chosen(shells: Shells) -> None:
    action = shells.action(
        SCRIPT, parameters={"kwarg_op": {"default": "-"}, "v": {"type": "boolean"}, "f": {}}
    )

    assert (await shells.run(action, v=True, f="x")).output["stdout"][0] == ["-v", "-f=x"]


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("text", "a  b ", "a  b "),
        ("text", "-rf /", "-rf /"),
        ("text", "--help", "--help"),
        ("text", "two\nlines\n", "two\nlines\n"),
        ("text", "'\"`$(touch owned)`;|&<>*?~#!\\", "'\"`$(touch owned)`;|&<>*?~#!\\"),
        ("text", "ä𝄞", "ä𝄞"),
        ("whole", -5, "-5"),
        ("whole", 10**30, str(10**30)),
        ("real", 2.5, "2.5"),
        ("pick", "$(c)", "$(c)"),
        ("hidden", "hun ter2", "hun ter2"),
    ],
)
async def test_each_value_arrives_as_one_word(
    shells: Shells, name: str, value: Any, word: str
) -> None:
    by_name = shells.action(SCRIPT, parameters={name: KINDS[name]})
    by_place = shells.action(
        SCRIPT, name="placed", parameters={name: KINDS[name] | {"position": 0}}
    )

    first = await shells.run(by_name, **{name: value})
    second = await shells.run(by_place, **{name: value})

    assert first.output["stdout"][0] == [f"--{name}={word}"]
    assert second.output["stdout"][0] == [word]


@pytest.mark.parametrize(
    ("name", "value", "named", "placed"),
    [
        ("text", "", [], [""]),
        ("many", ["a b", 1, True, "$(c)"], ["--many=['a b', 1, True, '$(c)']"], ["a b,1,1,$(c)"]),
        ("many", [], ["--many=[]"], [""]),
        (
            "deep",
            {"k": ["$(v)", {"ä": 1}]},
            ["--deep={'k': ['$(v)', {'ä': 1}]}"],
            ['{"k": ["$(v)", {"ä": 1}]}'],
        ),
    ],
)
async def test_lists_and_objects_are_written_as_stackstorm_writes_them(
    shells: Shells, name: str, value: Any, named: list[str], placed: list[str]
) -> None:
    by_name = shells.action(SCRIPT, parameters={name: KINDS[name]})
    by_place = shells.action(
        SCRIPT, name="placed", parameters={name: KINDS[name] | {"position": 0}}
    )

    assert (await shells.run(by_name, **{name: value})).output["stdout"][0] == named
    assert (await shells.run(by_place, **{name: value})).output["stdout"][0] == placed


@pytest.mark.parametrize("place", [{}, {"position": 0}])
async def test_a_nul_is_refused_before_anything_runs(shells: Shells, place: dict[str, int]) -> None:
    action = shells.action("#!/bin/sh\ntouch ran\n", parameters={"v": place})

    outcome = await shells.run(action, v="a\0b")

    assert not outcome.ok
    assert outcome.error == "an argument holds a NUL character, which none can"
    assert not (shells.pack / "actions" / "ran").exists()


async def test_parameters_of_its_own_may_be_called_as_those_of_other_runners(
    shells: Shells,
) -> None:
    action = shells.action(SCRIPT, parameters={"dir": {"position": 0}, "cmd": {}, "hosts": {}})

    outcome = await shells.run(action, dir="/srv", cmd="go", hosts="a")

    assert outcome.output["stdout"][0] == ["--cmd=go", "--hosts=a", "/srv"]


@pytest.mark.parametrize(
    ("content", "mode", "shown"),
    [
        ("#!/bin/sh\necho shell $1", 0o755, "shell x"),
        ("#!/bin/sh\necho shell $1", 0o644, "shell x"),
        ("echo no first line $1", 0o644, "no first line x"),
        ("echo no first line $1", 0o755, "no first line x"),
        (f"#!{sys.executable} -B\nimport sys; print(sys.flags.dont_write_bytecode)", 0o644, "1"),
        ("#!/usr/bin/env -S sh -e\nfalse; echo not reached", 0o644, ""),
        ("#!'\necho the first line is none", 0o644, "the first line is none"),
        ("", 0o755, ""),
    ],
)
async def test_how_a_file_is_run(shells: Shells, content: str, mode: int, shown: str) -> None:
    action = shells.action(content, mode, parameters={"v": {"position": 0}})

    outcome = await shells.run(action, v="x")

    assert outcome.output["stdout"] == shown


async def test_a_binary_is_an_action_too(shells: Shells) -> None:
    assert PRINTF is not None
    action = shells.action(
        PRINTF.read_bytes(),
        entry_point="printf",
        parameters={"format": {"position": 0}, "value": {"position": 1}},
    )

    outcome = await shells.run(action, format="[%s]", value="$(touch owned)")

    assert outcome.output["stdout"] == "[$(touch owned)]"


async def test_it_runs_beside_its_file_unless_told_otherwise(shells: Shells) -> None:
    action = shells.action("pwd")
    (shells.pack / "actions" / "sub").mkdir()

    assert (await shells.run(action)).output["stdout"] == str(shells.pack / "actions")
    assert (await shells.run(action, cwd="/")).output["stdout"] == "/"
    below = await shells.run(action, cwd="sub")
    assert below.output["stdout"] == str(shells.pack / "actions" / "sub")


async def test_a_script_that_has_gone_is_told(shells: Shells) -> None:
    action = shells.action("true")
    assert action.entry_point is not None
    action.entry_point.unlink()

    outcome = await shells.run(action)

    assert (outcome.ok, outcome.error) == (False, "the script of ops.do is not there")


async def test_a_changed_script_is_run_as_it_is_now(shells: Shells) -> None:
    action = shells.action("echo one")
    assert (await shells.run(action)).output["stdout"] == "one"

    assert action.entry_point is not None
    action.entry_point.write_text("echo two")

    assert (await shells.run(action)).output["stdout"] == "two"


async def test_variables_are_text(shells: Shells) -> None:
    action = shells.action("echo $A $B $C")

    outcome = await shells.run(action, env={"A": True, "B": 2.5, "C": "$(touch owned)"})

    assert outcome.output["stdout"] == "true 2.5 $(touch owned)"
    assert not list(shells.files.rglob("owned"))


@pytest.mark.parametrize("env", [{"A=B": "x"}, {"A\0": "x"}, {"A": "\0"}, {"": "x"}])
async def test_a_variable_that_cannot_be_is_told(shells: Shells, env: dict[str, str]) -> None:
    action = shells.action("touch ran")

    outcome = await shells.run(action, env=env)

    assert not outcome.ok
    assert outcome.error.startswith("env")
    assert not (shells.pack / "actions" / "ran").exists()


async def test_a_failure_says_what_it_said_last(shells: Shells) -> None:
    action = shells.action("echo begun; echo no space left >&2; exit 9")

    outcome = await shells.run(action)

    assert not outcome.ok
    assert outcome.error == "exited with status 9: no space left"
    assert outcome.output == {
        "succeeded": False,
        "failed": True,
        "return_code": 9,
        "stdout": "begun",
        "stderr": "no space left",
    }


async def test_time_ends_it_even_where_it_says_that_all_is_well(shells: Shells) -> None:
    number = seconds()
    action = shells.action(f"trap 'exit 0' TERM; echo begun; sleep {number} & wait")

    outcome = await shells.ended_by_time(lambda limit: shells.run(action, limit))

    assert (outcome.ok, outcome.timed_out) == (False, True)
    assert outcome.error == "took too long and was ended"
    assert not running(f"sleep {number}")


async def test_cancelling_ends_it(shells: Shells) -> None:
    number = seconds()
    work = asyncio.create_task(shells.run(shells.action(f"sleep {number}; true")))
    await until(lambda: running(f"sleep {number}"))

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert not running(f"sleep {number}")


async def test_what_does_not_fit_is_not_run(shells: Shells) -> None:
    action = shells.action("touch ran", parameters={"n": {"type": "integer", "maximum": 5}})

    with pytest.raises(BadInput, match=r"parameters\.n"):
        await shells.run(action, n="6; touch ran")

    assert not (shells.pack / "actions" / "ran").exists()
