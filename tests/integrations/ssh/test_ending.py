"""Nothing of a job is left on the other side once nobody wants it any longer."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from itertools import count
from pathlib import Path

import pytest

from tests.integrations.ssh.remote import Remote, only, until
from tests.integrations.ssh.server import HOME, running

_SECONDS = (f"{os.getpid()}{number:04}" for number in count(1))
"""How long something sleeps, which no two tests have in common."""
TREES = {
    "one": "sleep {n}",
    "children": "sleep {n} & (sleep {n}; sleep {n}) & sh -c 'sleep {n}; true'; sleep {n}",
    "groups of their own": (
        "setsid sleep {n} & setsid sh -c 'sleep {n} >/dev/null 2>&1; true' & sleep {n}"
    ),
    "quiet ones": (
        "(nohup sleep {n} >/dev/null 2>&1 &); (setsid sleep {n} >/dev/null 2>&1 &); sleep {n}"
    ),
    "deaf ones": "trap '' TERM HUP INT; sleep {n} & sleep {n}; sleep {n}",
    "somebody who catches": "trap 'echo caught' TERM; sleep {n}; sleep {n}; sleep {n}",
    "replaced": "exec sleep {n}",
    "without our mark": "env -i /bin/sh -c 'sleep {n}; true' & env -u TOCSIN_CALL sleep {n}",
    "without mark and group": "setsid env -i /bin/sh -c 'sleep {n}; true' & sleep {n}",
    "stopped ones": "sleep {n} & kill -STOP $!; sleep {n}",
    "ever more": "while :; do setsid sleep {n} & sleep 0.02; done",
    "ever more that are deaf": "trap '' TERM; while :; do setsid sleep {n} & sleep 0.1; done",
}
PRINTING = {
    "without end": "sleep {n} & yes",
    "to somebody": "setsid sleep {n} & yes | cat",
    "and telling": "sleep {n} & while echo more; do :; done",
}
"""What ends by itself, and not all of it, when nobody reads what it prints."""


def sleeping(tree: str) -> tuple[str, str]:
    """A command that sleeps as a tree, and how to find all of it."""
    number = next(_SECONDS)
    return "echo begun; " + tree.replace("{n}", number), f"sleep {number}"


@pytest.mark.parametrize("tree", TREES)
async def test_time_ends_all_of_it(remote: Remote, tree: str) -> None:
    command, name = sleeping(TREES[tree])

    outcome = await remote.ended_by_time(lambda limit: remote.cmd(command, limit))

    assert not running(name)
    assert outcome.timed_out
    assert not outcome.ok
    assert outcome.error == f"took too long on {HOME} and was ended"
    assert str(only(outcome)["stdout"]).startswith("begun")
    assert only(outcome)["return_code"] < 0


@pytest.mark.parametrize("tree", TREES)
async def test_cancelling_ends_all_of_it(remote: Remote, tree: str) -> None:
    command, name = sleeping(TREES[tree])
    work = asyncio.create_task(remote.cmd(command))
    await remote.said("begun")
    await until(lambda: running(name))

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert not running(name)


@pytest.mark.parametrize("tree", TREES | PRINTING)
async def test_a_broken_connection_ends_all_of_it(remote: Remote, tree: str) -> None:
    command, name = sleeping((TREES | PRINTING)[tree])
    work = asyncio.create_task(remote.cmd(command))
    await remote.said("begun")
    await until(lambda: running(name))
    (ours,) = remote.server.connections()

    os.kill(ours, signal.SIGKILL)

    outcome = await work
    assert outcome.error == f"{HOME} closed the connection before the end"
    assert only(outcome)["return_code"] == 255
    await until(lambda: not running(name))


async def test_the_death_of_whoever_asked_ends_all_of_it(remote: Remote) -> None:
    command, name = sleeping(TREES["children"])
    program = f"""
import asyncio, pathlib, sys
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from tests.integrations.ssh.remote import Remote
from tests.integrations.ssh.server import Server
server = Server({remote.server.port}, {remote.server.user!r}, None, {remote.server.key!r}, 0, "")
asyncio.run(Remote(server, pathlib.Path({str(remote.home)!r})).cmd({command!r}))
"""
    asking = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    await until(lambda: running(name))

    asking.kill()
    await asking.wait()

    await until(lambda: not running(name))


async def test_a_command_that_catches_the_signal_is_heard(remote: Remote) -> None:
    number = next(_SECONDS)

    outcome = await remote.ended_by_time(
        lambda limit: remote.cmd(
            f"trap 'echo tidied; exit 0' TERM; echo begun; sleep {number} & wait", limit
        )
    )

    assert outcome.timed_out
    assert only(outcome)["stdout"] == "begun\ntidied"
    assert not running(f"sleep {number}")


async def test_a_command_that_kills_its_own_shell_leaves_nobody_behind(remote: Remote) -> None:
    number = next(_SECONDS)

    outcome = await remote.cmd(f"sleep {number} & kill -9 $$; sleep {number}")

    assert outcome.error.startswith(f"was ended by signal 9 on {HOME}")
    assert only(outcome)["return_code"] == -9
    await until(lambda: not running(f"sleep {number}"))


async def test_a_command_that_ends_is_not_watched_any_longer(remote: Remote) -> None:
    await remote.cmd("true")

    await until(lambda: not remote.server.processes())


async def test_time_runs_from_the_first_attempt_to_connect(remote: Remote) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, HOME, 0)
    port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    begun = loop.time()

    outcome = await remote.cmd("echo ran", 0.5, hosts=f"{HOME}:{port}")

    assert outcome.timed_out
    assert loop.time() - begun < 5
    assert re.fullmatch(
        rf"{HOME} at port {port} did not let us in within 0\.\d+ seconds\.", outcome.error
    )
    server.close()
    await server.wait_closed()
