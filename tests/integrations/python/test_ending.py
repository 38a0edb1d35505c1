"""Nothing of a Python action is left once its time is up or nobody wants it any longer."""

from __future__ import annotations

import asyncio
import os
import sys
import time

import pytest

from chat.clock import new_id
from integrations.process.orphans import TASK, end_left
from tests.integrations.process.local import called, running, seconds, until
from tests.integrations.python.pythons import Gate, Pythons, called_server

BODIES = {
    "it sleeps": "time.sleep(600)",
    "it computes": "while True: pass",
    "it is deaf": "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
    "it catches all": (
        "while True:\n        try: time.sleep(600)\n        except BaseException: pass"
    ),
    "children": "subprocess.run(['sh', '-c', 'sleep {n} & sleep {n}'])",
    "groups of their own": (
        "subprocess.Popen(['setsid', 'sleep', '{n}']); subprocess.run(['sleep', '{n}'])"
    ),
    "without our mark": (
        "subprocess.Popen(['sleep', '{n}'], env={}, start_new_session=True); time.sleep(600)"
    ),
    "forked twice": (
        "os.fork() or (os.setsid(), os.fork() or os.execvp('sleep', ['sleep', '{n}'])); "
        "time.sleep(600)"
    ),
    "threads": (
        "[threading.Thread(target=time.sleep, args=(600,)).start() for _ in range(5)]; "
        "time.sleep(600)"
    ),
    "output closed": "sys.stdout.close(); os.close(1); os.close(2); time.sleep(600)",
}


def code(body: str) -> tuple[str, str]:
    number = seconds()
    return (
        "import os, signal, subprocess, sys, threading, time\n"
        "def run(a=None):\n"
        "    print('begun', flush=True)\n"
        f"    {BODIES[body].replace('{n}', number)}\n"
    ), f"sleep {number}"


@pytest.mark.parametrize("body", BODIES)
async def test_time_ends_all_of_it(pythons: Pythons, body: str) -> None:
    source, name = code(body)

    outcome = await pythons.ended_by_time(lambda limit: pythons.run(source, limit))

    assert (outcome.ok, outcome.timed_out) == (False, True)
    assert outcome.error == "took too long and was ended"
    assert outcome.output["stdout"] == "begun"
    assert outcome.output["exit_code"] != 0
    assert not running(name)
    assert not pythons.children()
    assert len(pythons.servers()) == 1


@pytest.mark.parametrize("body", BODIES)
async def test_cancelling_ends_all_of_it(pythons: Pythons, body: str) -> None:
    source, name = code(body)
    work = asyncio.create_task(pythons.run(source))
    await pythons.said("begun")
    if "{n}" in BODIES[body]:
        await until(lambda: running(name))

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert not running(name)
    assert not pythons.children()
    assert len(pythons.servers()) == 1


async def test_cancelling_at_any_moment_leaves_nothing(pythons: Pythons) -> None:
    action = pythons.module(
        "import subprocess\ndef run(a=None):\n    subprocess.run(['sleep', '876501'])\n"
    )
    for wait in (0, 0.001, 0.002, 0.003, 0.005, 0.008, 0.02, 0.1) * 2:
        work = asyncio.create_task(pythons.run(action))
        await asyncio.sleep(wait)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

        await until(lambda: not running("sleep 876501") and not pythons.children())
    pythons.module("def run(a=None):\n    return 1\n")
    assert (await pythons.run(action)).ok


async def test_an_import_that_never_ends_is_ended(pythons: Pythons) -> None:
    began = time.monotonic()

    outcome = await pythons.run("import time\ntime.sleep(600)\ndef run(a=None): ...\n", 0.5)

    assert (outcome.ok, outcome.timed_out) == (False, True)
    assert time.monotonic() - began < 30
    assert not pythons.servers()


async def test_cancelling_during_a_long_import_leaves_nothing(pythons: Pythons) -> None:
    action = pythons.module("import time\ntime.sleep(600)\ndef run(a=None): ...\n")
    work = asyncio.create_task(pythons.run(action))
    await until(pythons.servers)

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    await until(lambda: not pythons.servers())


async def test_who_is_cancelled_during_an_import_does_not_take_others_along(
    pythons: Pythons,
) -> None:
    gate = Gate(pythons.files)
    action = pythons.module(
        f"import os, time\n{gate.waits}\ndef run(a=None):\n    print('ran', a)\n    return a\n"
    )
    first, second = (asyncio.create_task(pythons.run(action, a=name)) for name in ("one", "two"))
    await until(pythons.servers)

    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    gate.open()

    assert (await second).output["result"] == "two"
    assert "one" not in pythons.emitted()
    await until(lambda: not pythons.children())


async def test_what_holds_the_output_open_does_not_hold_us_up(pythons: Pythons) -> None:
    number = seconds()
    began = time.monotonic()

    outcome = await pythons.run(
        f"import subprocess\ndef run(a=None):\n    subprocess.Popen(['sleep', '{number}'])\n"
    )

    assert outcome.ok
    assert time.monotonic() - began < 20
    assert not running(f"sleep {number}")


async def test_a_service_with_its_own_output_goes_on(pythons: Pythons) -> None:
    number = seconds()

    outcome = await pythons.run(
        "import subprocess\n"
        "def run(a=None):\n"
        f"    subprocess.Popen(['setsid', 'sleep', '{number}'], stdout=-3, stderr=-3)\n"
    )

    assert outcome.ok
    await until(lambda: called(f"sleep {number}"))
    (service,) = called(f"sleep {number}")
    os.kill(service, 9)


async def test_a_task_that_was_left_running_is_found_again(pythons: Pythons) -> None:
    task = new_id()
    pythons.environment = {TASK: task}
    work = asyncio.create_task(
        pythons.run("import time\ndef run(a=None):\n    print(1)\n    time.sleep(600)\n")
    )
    await pythons.said("1")

    await end_left(new_id())
    assert pythons.children()
    await end_left(task)

    assert (await work).error == "was ended by SIGKILL before a result"
    assert len(pythons.servers()) == 1


DIES = """
import asyncio, sys
from pathlib import Path
from automation.actions.action import Action
from automation.actions.runner import Call, RunnerKit
from integrations.python.runner import PythonRunner

async def main():
    entry = Path(sys.argv[1])
    action = Action("ops.do", "python-script", entry_point=entry, folder=entry.parent.parent)
    call = Call("task", action, {}, 600, entry.parent)
    await PythonRunner(RunnerKit()).run(call, lambda _, text: print(text, flush=True))

asyncio.run(main())
"""


async def test_when_we_are_killed_what_we_run_ends(pythons: Pythons) -> None:
    action = pythons.module(
        "import os, signal, time\ndef run(a=None):\n"
        "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "    print(os.getpid(), os.getppid())\n    time.sleep(600)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DIES, str(action.entry_point), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    child, server = map(int, (await process.stdout.readline()).split())
    assert {child, server} <= set(called_server())

    process.kill()
    await process.communicate()

    await until(lambda: not {child, server} & set(called_server()))
