"""One warm Python for each module: kept while it fits, replaced when it does not."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import venv
from pathlib import Path

import pytest

from automation.actions.runner import RunnerKit
from chat.errors import Unavailable
from integrations.python.fork_server import ForkServer
from integrations.python.runner import PythonRunner
from integrations.python.servers import Servers
from tests.integrations.process.local import running, until
from tests.integrations.python.pythons import Gate, Pythons

COUNTS = "seen = []\ndef run(a=None, b=None):\n    seen.append(a)\n    return seen\n"
PARENT = "import os\ndef run(a=None, b=None):\n    return os.getppid()\n"


async def test_a_module_is_imported_once_and_shares_no_state(pythons: Pythons) -> None:
    pythons.write("marks", "")
    action = pythons.module(
        f"with open({str(pythons.pack / 'marks')!r}, 'a') as file:\n    file.write('x')\n{COUNTS}"
    )

    for number in (1, 2, 3):
        assert (await pythons.run(action, a=number)).output["result"] == [number]
    assert (pythons.pack / "marks").read_text() == "x"
    assert len(pythons.servers()) == 1


async def test_one_run_cannot_change_what_the_next_one_sees(pythons: Pythons) -> None:
    code = (
        "import os, random, sys\n"
        "def run(a=None, b=None):\n"
        "    found = [os.environ.get('LEFT'), os.getcwd()]\n"
        "    found += ['left' in sys.modules, hasattr(os, 'left')]\n"
        "    os.environ['LEFT'] = 'x'; os.chdir('/'); sys.modules['left'] = os; os.left = 1\n"
        "    return found + [random.random()]\n"
    )
    action = pythons.module(code)

    first, second = [(await pythons.run(action)).output["result"] for _ in range(2)]

    assert first[:4] == second[:4] == [None, str(pythons.files), False, False]
    assert first[4] != second[4], "the same random numbers in every run"


async def test_each_module_has_a_python_of_its_own(pythons: Pythons) -> None:
    pythons.write("actions/lib/shared.py", "x = []\n")
    one, two = (
        pythons.module(f"import shared, os\nshared.x.append({name!r})\n" + run_shared(), name)
        for name in ("one", "two")
    )

    first, second = await pythons.run(one), await pythons.run(two)

    assert first.output["result"][0] == ["one"]
    assert second.output["result"][0] == ["two"]
    assert first.output["result"][1] != second.output["result"][1]


def run_shared() -> str:
    return "def run(a=None, b=None):\n    return [shared.x, os.getppid()]\n"


@pytest.mark.parametrize("where", ["actions/lib/part.py", "lib/part.py", "actions/part.py"])
async def test_a_pack_imports_its_own_code_and_sees_when_it_changes(
    pythons: Pythons, where: str
) -> None:
    pythons.write(where, "value = 'one'\n")
    action = pythons.module("import part\ndef run(a=None, b=None):\n    return part.value\n")
    assert (await pythons.run(action)).output["result"] == "one"

    pythons.write(where, "value = 'three'\n")

    assert (await pythons.run(action)).output["result"] == "three"
    await until(lambda: len(pythons.servers()) == 1)


async def test_a_changed_module_is_taken_up_even_within_the_second(pythons: Pythons) -> None:
    action = pythons.module("def run(a=None):\n    return 'aaaa'\n")
    for word in ("aaaa", "bbbb", "cccc"):
        pythons.module(f"def run(a=None):\n    return '{word}'\n")

        assert (await pythons.run(action)).output["result"] == word


async def test_a_module_that_is_mended_works(pythons: Pythons) -> None:
    action = pythons.module("def run(:\n")
    assert not (await pythons.run(action)).ok

    pythons.module("def run(a=None):\n    return 1\n")

    assert (await pythons.run(action)).ok


async def test_who_runs_while_the_code_changes_ends_in_peace(pythons: Pythons) -> None:
    gate = Gate(pythons.files)
    action = pythons.module(
        "import os, time\n"
        f"def run(a=None):\n    print('old', flush=True); {gate.waits}; return 'old'\n"
    )
    work = asyncio.create_task(pythons.run(action))
    await pythons.said("old")

    pythons.module("def run(a=None):\n    return 'new'\n")

    assert (await pythons.run(action)).output["result"] == "new"
    assert len(pythons.servers()) == 2
    gate.open()
    assert (await work).output["result"] == "old"
    await until(lambda: len(pythons.servers()) == 1)


async def test_who_has_nothing_to_do_for_long_is_ended_and_who_works_is_not(
    pythons: Pythons,
) -> None:
    """By the time alone: no other server has to be started for it."""
    servers = Servers(idle=0.05)
    try:
        idle = await servers.reserved(pythons.module(PARENT, "idle"), sys.executable)
        busy = await servers.reserved(pythons.module(PARENT, "busy"), sys.executable)
        await servers.release(idle)

        await until(lambda: not idle.alive)
        assert busy.alive
        again = await servers.reserved(pythons.module(PARENT, "idle"), sys.executable)
        assert again.alive
        await servers.release(again)
        await servers.release(busy)
        await until(lambda: not busy.alive and not again.alive)
    finally:
        await servers.close()


async def test_our_own_folder_is_nothing_to_import_from(pythons: Pythons) -> None:
    for name in ("runner", "fork_server", "entry", "outputs", "servers"):
        outcome = await pythons.run(f"import {name}\ndef run(a=None): ...\n")

        assert outcome.error == (
            f"cannot be imported: ModuleNotFoundError: No module named '{name}'"
        )


@pytest.mark.parametrize("when", ["between two calls", "while it is stopped"])
async def test_a_server_that_was_killed_is_replaced(pythons: Pythons, when: str) -> None:
    action = pythons.module(PARENT)
    first = (await pythons.run(action)).output["result"]
    if when == "while it is stopped":
        os.kill(first, signal.SIGSTOP)
    os.kill(first, signal.SIGKILL)

    second = await pythons.run(action)

    assert second.ok
    assert second.output["result"] != first


async def test_a_call_whose_server_dies_ends_with_all_it_started(pythons: Pythons) -> None:
    action = pythons.module(
        "import os, time, subprocess\n"
        "def run(a=None):\n"
        "    subprocess.Popen(['setsid', 'sleep', '7654'])\n"
        "    print(os.getppid(), flush=True); time.sleep(600)\n"
    )
    work = asyncio.create_task(pythons.run(action))
    await pythons.said("\n")

    os.kill(int(pythons.emitted()), signal.SIGKILL)
    outcome = await work

    assert (outcome.ok, outcome.error) == (False, "its Python ended before a result")
    assert not running("sleep 7654")
    assert not pythons.children()


async def test_many_at_once(pythons: Pythons) -> None:
    action = pythons.module(
        "import time\ndef run(a=None, b=None):\n    print(a * 1000); time.sleep(0.3); return a\n"
    )

    outcomes = await asyncio.gather(*(pythons.run(action, a=str(n)) for n in range(20)))

    assert [outcome.output["result"] for outcome in outcomes] == [str(n) for n in range(20)]
    assert all(outcome.output["stdout"] == str(n) * 1000 for n, outcome in enumerate(outcomes))
    assert len(pythons.servers()) == 1
    assert not pythons.children()


async def test_many_modules_at_once(pythons: Pythons) -> None:
    actions = [pythons.module(PARENT, f"m{n}") for n in range(8)]

    outcomes = await asyncio.gather(*(pythons.run(each) for each in actions * 2))

    assert len({outcome.output["result"] for outcome in outcomes}) == 8


async def test_large_values_go_both_ways(pythons: Pythons) -> None:
    action = pythons.module("def run(a=None, b=None):\n    return [a[:5], len(a), b]\n")

    outcomes = await asyncio.gather(
        *(pythons.run(action, a="ä" * 3_000_000, b=n) for n in range(5))
    )

    assert [each.output["result"] for each in outcomes] == [
        ["äääää", 3_000_000, n] for n in range(5)
    ]


async def test_a_call_that_is_cancelled_half_sent_breaks_no_other(pythons: Pythons) -> None:
    action = pythons.module("def run(a=None, b=None):\n    return len(a)\n")
    assert (await pythons.run(action, a="x")).ok
    for rounds in range(8):
        work = asyncio.create_task(pythons.run(action, a="x" * 5_000_000))
        for _ in range(rounds):
            await asyncio.sleep(0)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

        assert (await pythons.run(action, a="xyz")).output["result"] == 3
    await until(lambda: not pythons.children())


async def test_nothing_is_left_open(pythons: Pythons) -> None:
    action = pythons.module("def run(a=None):\n    return 1\n")
    await pythons.run(action)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - /proc

    for _ in range(30):
        await pythons.run(action)
    await asyncio.sleep(0)

    assert len(os.listdir("/proc/self/fd")) <= before + 1  # noqa: PTH208 - /proc


async def test_closing_ends_the_servers_and_what_runs(pythons: Pythons) -> None:
    action = pythons.module("import time\ndef run(a=None):\n    print(1); time.sleep(600)\n")
    work = asyncio.create_task(pythons.run(action))
    await pythons.said("1")

    await pythons.runner.close()

    assert not (await work).ok
    await until(lambda: not pythons.servers() and not pythons.children())


async def test_another_python_can_be_chosen(pythons: Pythons, tmp_path: Path) -> None:
    """An environment of its own, with what the pack requires in it."""
    home = tmp_path / "env"
    await asyncio.to_thread(venv.create, home, symlinks=True)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "required_by_pack.py").write_text("version = 7\n")
    code = (
        "import sys, required_by_pack\n"
        "def run(a=None):\n    return [sys.prefix, required_by_pack.version]\n"
    )
    pythons.kit = RunnerKit(options={"python": str(home / "bin" / "python")})
    own = await pythons.run(code)
    ours = PythonRunner(RunnerKit())

    other = await pythons.do(ours, pythons.module(code), {})
    await ours.close()

    assert own.output["result"] == [str(home), 7]
    assert "required_by_pack" in other.error
    assert sys.prefix != str(home)


async def test_a_python_that_is_not_there_is_told(pythons: Pythons) -> None:
    pythons.kit = RunnerKit(options={"python": "/no/such/python"})

    with pytest.raises(Unavailable, match="/no/such/python cannot be started: No such file"):
        await pythons.run("def run(): ...")


async def test_a_python_that_is_none_is_told(pythons: Pythons) -> None:
    pythons.kit = RunnerKit(options={"python": "/bin/false"})

    with pytest.raises(Unavailable, match="/bin/false has ended before it could be asked"):
        await pythons.run("def run(): ...")


async def test_a_closed_server_takes_no_more(pythons: Pythons) -> None:
    action = pythons.module(PARENT)
    server = ForkServer(sys.executable, (pythons.pack,))
    await server.start(action)
    await server.close()
    read, write = os.pipe()
    os.close(read)

    child = server.begin("mark", b"{}", (write,))

    assert await child.status is None
    assert not child.sent
    assert not server.alive
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(write)
