"""Programs are given little, may use little, and say plainly when they cannot be run."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from automation.actions.runner import RunnerKit
from chat.errors import Unavailable
from integrations.process.environment import environment, unfit
from tests.integrations.process.local import Local

MIB = 1024 * 1024


async def test_its_status_is_told(local: Local) -> None:
    ran = await local.sh("echo why >&2; echo; exit 7")

    assert ran.status == 7
    assert ran.why == "exited with status 7: why"


async def test_the_signal_that_ended_it_is_told(local: Local) -> None:
    ran = await local.sh("kill -SEGV $$")

    assert ran.status == -signal.SIGSEGV
    assert ran.why == "was ended by SIGSEGV"


async def test_all_is_well_without_words(local: Local) -> None:
    ran = await local.sh("echo only a warning >&2")

    assert (ran.status, ran.why) == (0, "")


async def test_a_program_that_is_missing_is_named(local: Local) -> None:
    with pytest.raises(Unavailable, match=r"^/no/such cannot be started: No such file"):
        await local.program("/no/such", "word")


async def test_a_file_that_is_no_program_is_named(local: Local) -> None:
    file = local.files / "plain"
    file.write_text("not a program")

    with pytest.raises(Unavailable, match=r"plain cannot be started: Permission denied\.$"):
        await local.program(str(file))


async def test_a_folder_that_is_missing_is_named_and_not_the_program(local: Local) -> None:
    with pytest.raises(Unavailable, match=r"^/bin/echo cannot be run in /no/such: No such file"):
        await local.program("/bin/echo", cwd=Path("/no/such"))


async def test_a_folder_that_is_none_is_named(local: Local) -> None:
    with pytest.raises(Unavailable, match=r"^/bin/echo cannot be run in /etc/passwd: Not a dir"):
        await local.program("/bin/echo", cwd=Path("/etc/passwd"))


async def test_too_many_words_are_told(local: Local) -> None:
    with pytest.raises(Unavailable, match="cannot be started: Argument list too long"):
        await local.program("/bin/echo", *["x" * 100_000] * 50)


async def test_it_runs_in_the_folder_of_the_execution(local: Local) -> None:
    ran = await local.program("/bin/pwd")

    assert ran.stdout == f"{local.files}\n"


async def test_memory_is_limited(local: Local) -> None:
    local.kit = RunnerKit(memory_limit=200 * MIB)

    ran = await local.python("x = bytearray(400 * 1024 * 1024)")

    assert ran.status == 1
    assert ran.why == "exited with status 1: MemoryError"


async def test_memory_is_limited_from_the_first_moment_on_and_for_children(local: Local) -> None:
    local.kit = RunnerKit(memory_limit=200 * MIB)

    for _ in range(10):
        ran = await local.sh("sh -c 'ulimit -d' & ulimit -d; wait")

        assert ran.stdout.split() == [str(200 * 1024)] * 2


async def test_memory_that_is_only_reserved_does_not_count(local: Local) -> None:
    local.kit = RunnerKit(memory_limit=200 * MIB)
    reserve = (
        "import mmap; kept = mmap.mmap(-1, 8 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, "
        "prot=mmap.PROT_READ); print(len(kept))"
    )

    ran = await local.python(reserve)

    assert ran.stdout == f"{8 << 30}\n"


async def test_a_lower_limit_of_our_own_stays(local: Local) -> None:
    """A process may lower its limit, and not raise it again."""
    code = (
        "import resource; from automation.actions.runner import RunnerKit; "
        "resource.setrlimit(resource.RLIMIT_DATA, (64 << 20, 64 << 20)); "
        "from integrations.process.run import _limited; print(_limited(['true'], 1 << 30)[3])"
    )

    ran = await local.python(code)

    assert ran.stdout == f"{64 * 1024}\n"


async def test_a_limit_changes_nothing_else(local: Local) -> None:
    words = ["", "a b", "$(touch owned)", "-v", "'\"", "\n", "ä"]
    code = "import sys; print(repr(sys.argv[1:])); sys.exit(5)"

    free = await local.python(code, *words)
    local.kit = RunnerKit(memory_limit=500 * MIB)
    limited = await local.python(code, *words)

    assert free == limited
    assert limited.stdout == f"{words!r}\n"
    assert list(local.files.iterdir()) == []


async def test_a_missing_program_is_told_with_a_limit_too(local: Local) -> None:
    local.kit = RunnerKit(memory_limit=500 * MIB)

    ran = await local.program("/no/such")

    assert ran.status == 127
    assert "/no/such" in ran.why


async def test_our_settings_do_not_reach_it(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOCSIN_DATABASE_URL", "TOCSIN_KEY", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD"):
        monkeypatch.setenv(name, "leaked")
    monkeypatch.setenv("LC_TIME", "C")
    monkeypatch.setenv("TZ", "UTC")
    local.environment = {"TOCSIN_EXECUTION": "EX-1"}

    ran = await local.program("/usr/bin/env", env={"GIVEN": "yes"})

    found = dict(line.split("=", 1) for line in ran.stdout.splitlines())
    assert "leaked" not in ran.stdout
    assert {name for name in found if name.startswith("TOCSIN_")} == {
        "TOCSIN_EXECUTION",
        "TOCSIN_CALL",
    }
    assert found["GIVEN"] == "yes"
    assert found["LC_TIME"] == "C"
    assert found["TZ"] == "UTC"


async def test_it_finds_programs_where_we_have_no_path(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PATH")

    assert (await local.sh("env | grep -c ^PATH=")).stdout == "1\n"


async def test_nobody_can_take_the_mark_away_from_outside(local: Local) -> None:
    local.environment = {"TOCSIN_CALL": "mine"}

    ran = await local.sh("echo $TOCSIN_CALL", env={"TOCSIN_CALL": "mine"})

    assert ran.stdout.strip() not in {"", "mine"}


async def test_it_has_no_descriptors_of_ours(local: Local) -> None:
    read, write = os.pipe()
    os.set_inheritable(write, True)  # noqa: FBT003 - the library's own order
    try:
        ran = await local.program(
            sys.executable, "-c", "import os; print(sorted(os.listdir('/proc/self/fd'))[:4])"
        )
    finally:
        os.close(read)
        os.close(write)

    # The fourth is the folder being listed.
    assert ran.stdout == "['0', '1', '2', '3']\n"


@pytest.mark.parametrize(
    ("words", "env", "why"),
    [
        (["a", "b\0c"], {}, "an argument holds a NUL character, which none can"),
        (["\ud800"], {}, "an argument holds half a character, which none can"),
        ([], {"": "x"}, "env has '', which no variable can be called"),
        ([], {"A=B": "x"}, "env has 'A=B', which no variable can be called"),
        ([], {"A\0": "x"}, "env has 'A\\x00', which no variable can be called"),
        ([], {"A": "x\0"}, "env.A holds a NUL or half a character, which no variable can"),
        ([], {"A": "\udfff"}, "env.A holds a NUL or half a character, which no variable can"),
        (["-x", "", "ä𝄞\n"], {"a.b": "", "É": "=\n"}, ""),
    ],
)
async def test_what_no_process_can_be_given_is_found(
    local: Local, words: list[str], env: dict[str, str], why: str
) -> None:
    assert unfit(words, env) == why
    if not why:
        ran = await local.python("import os; print(os.environ['É'])", *words, env=env)
        assert ran.stdout == "=\n\n"


def test_later_variables_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/us")

    assert environment({"HOME": "/a", "B": "1"}, {"B": "2"})["HOME"] == "/a"
    assert environment({"B": "1"}, {"B": "2"})["B"] == "2"
    assert environment()["HOME"] == "/home/us"
