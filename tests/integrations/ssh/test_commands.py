"""Command lines on a real OpenSSH server."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import time

import pytest

from automation.actions.runner import RunnerKit
from automation.templates.shell import render_command
from integrations.ssh.parameters import COMMAND, SCRIPT
from tests.integrations.ssh.remote import Remote, only
from tests.integrations.ssh.server import HOME, running

ODD = (
    "a'b\"c d\\e $(touch owned) `touch owned` ; touch owned # & | > owned < \n * ? ~ ! ☃\t%s",
    "'; touch owned; '",
    "-n",
    "",
)


async def test_a_command_runs_and_is_told(remote: Remote) -> None:
    outcome = await remote.cmd("echo out; echo err >&2; exit 3")

    assert not outcome.ok
    done = only(outcome)
    assert done["return_code"] == 3
    assert (done["succeeded"], done["failed"]) == (False, True)
    assert (done["stdout"], done["stderr"]) == ("out", "err")
    assert outcome.error == f"exited with status 3 on {HOME}: err"
    assert remote.lines == {"stdout": "out\n", "stderr": "err\n"}


async def test_a_command_that_goes_well(remote: Remote) -> None:
    outcome = await remote.cmd("printf 'two\\nlines ☃\\n'")

    assert outcome.ok, outcome.error
    assert only(outcome) == {
        "succeeded": True,
        "failed": False,
        "return_code": 0,
        "stdout": "two\nlines ☃",
        "stderr": "",
    }


async def test_json_is_read(remote: Remote) -> None:
    outcome = await remote.cmd("""printf '{"a": [1]}\\n'""")

    assert only(outcome)["stdout"] == {"a": [1]}


async def test_a_command_has_no_input(remote: Remote) -> None:
    outcome = await remote.cmd('cat; read x; echo "<$x>"')

    assert only(outcome)["stdout"] == "<>"


async def test_a_command_has_the_variables_and_the_directory_it_is_given(remote: Remote) -> None:
    remote.environment = {"TOCSIN_EXECUTION": "execution-1"}
    (remote.home / "a dir").mkdir()

    outcome = await remote.cmd(
        'pwd; echo "$TOCSIN_EXECUTION/$A/$B/$C"',
        cwd=str(remote.home / "a dir"),
        env={"A": "x y", "B": 2, "C": True},
    )

    assert only(outcome)["stdout"] == f"{remote.home}/a dir\nexecution-1/x y/2/true"


@pytest.mark.parametrize("odd", ODD)
async def test_a_value_is_never_more_than_a_value(remote: Remote, odd: str) -> None:
    line = render_command('printf "%s|" "$A" {{ v }} "{{ v }}"', {"v": odd})

    outcome = await remote.cmd(line, env={"A": odd}, cwd=str(remote.home))

    assert outcome.ok, outcome.error
    assert remote.lines["stdout"] == f"{odd}|" * 3
    assert not (remote.home / "owned").exists()


@pytest.mark.parametrize("name", ["A;touch owned", "A B", "1A", "A=B", "", "A\nB", "$(id)", "Ä"])
async def test_a_variable_has_a_name_that_is_one(remote: Remote, name: str) -> None:
    outcome = await remote.cmd("echo ran", env={name: "x"})

    assert not outcome.ok
    assert "can be no variable's name" in outcome.error
    assert outcome.output is None


@pytest.mark.parametrize(
    "host",
    [
        *("-oProxyCommand=touch owned", "a;b", "a b", "$(id)", "user@host", "a/b", "host:"),
        *("host:0", "host:65536", "host:x", "[::1", "[::1]x", "[nonsense]", "a" * 300, "a\nb"),
        *("host:²", "ho%st"),
    ],
)
@pytest.mark.parametrize("place", ["hosts", "bastion_host"])
async def test_a_host_is_a_host(remote: Remote, host: str, place: str) -> None:
    outcome = await remote.cmd("echo ran", **{place: [host] if place == "hosts" else host})

    assert not outcome.ok
    assert outcome.error.startswith(f"{place} has “{host[:60]}”; give a host's name or address")


@pytest.mark.parametrize("username", ["nobody-here", "root; touch owned", "a\nb", "-l root", "ü"])
async def test_a_user_is_a_user(remote: Remote, username: str) -> None:
    outcome = await remote.cmd("echo ran", username=username)

    assert not outcome.ok
    assert "ran" not in str(only(outcome)["stdout"])
    assert f"{HOME} at port {remote.server.port} does not let" in outcome.error


async def test_lines_of_any_length_are_run(remote: Remote) -> None:
    # More than a kernel takes as one argument.
    line = f"printf %s '{'x' * 200_000}' | wc -c"

    assert only(await remote.cmd(line))["stdout"].strip() == "200000"


async def test_everything_that_is_printed_arrives(remote: Remote) -> None:
    remote.kit = RunnerKit(output_limit=4_000_000)

    outcome = await remote.cmd("head -c 3000000 /dev/zero | tr '\\0' x; echo end")

    assert only(outcome)["stdout"] == "x" * 3_000_000 + "end"
    assert not outcome.truncated


async def test_a_flood_is_cut_and_kept_in_a_file_up_to_its_limit(remote: Remote) -> None:
    remote.kit = RunnerKit(output_limit=1000, file_limit=1_000_000)
    remote.secrets = frozenset({"hunter2"})

    outcome = await remote.cmd(
        "echo hunter2; head -c 20000000 /dev/zero | tr '\\0' y; head -c 5000 /dev/zero | "
        "tr '\\0' z >&2"
    )

    assert outcome.ok, outcome.error
    assert outcome.truncated
    assert len(only(outcome)["stdout"]) == 1000
    assert len(only(outcome)["stderr"]) == 1000
    kept = {file.name: file.read_text() for file in remote.files.iterdir()}
    assert kept["task-1.1.stderr.log"] == "z" * 5000
    assert kept["task-1.1.stdout.log"].startswith("********\nyyy")
    assert 900_000 < len(kept["task-1.1.stdout.log"]) <= 1_000_010
    assert len(remote.lines["stdout"]) == 20_000_008


async def test_others_are_served_during_a_flood(remote: Remote) -> None:
    remote.kit = RunnerKit(output_limit=1000, file_limit=1000)
    flood = asyncio.create_task(remote.cmd("yes", 1.5))
    longest = 0.0
    while not flood.done():
        # Time of this thread alone: a busy machine must not count.
        before = time.thread_time()
        await asyncio.sleep(0.01)
        longest = max(longest, time.thread_time() - before)

    assert (await flood).timed_out
    assert longest < 0.5


async def test_who_stays_behind_does_not_hold_a_command_up(remote: Remote) -> None:
    sleep = f"sleep {os.getpid()}7001"

    outcome = await remote.cmd(f"{sleep} & echo done", 20)

    assert outcome.ok, outcome.error
    assert only(outcome)["stdout"] == "done"
    (left,) = running(sleep)
    os.kill(left, signal.SIGKILL)


async def test_bytes_that_are_no_text_are_replaced(remote: Remote) -> None:
    outcome = await remote.cmd(r"printf 'a\377\303\251b'")

    assert only(outcome)["stdout"] == "a\ufffdéb"


@pytest.mark.skipif(shutil.which("sudo") is None, reason="no sudo: apt-get install sudo")
async def test_a_command_runs_by_sudo(remote: Remote) -> None:
    outcome = await remote.cmd('echo "$SUDO_USER|$A|$(id -u)"', env={"A": "x 'y' $z"}, sudo=True)

    assert outcome.ok, outcome.error
    assert only(outcome)["stdout"] == f"{remote.server.user}|x 'y' $z|0"


@pytest.mark.skipif(shutil.which("sudo") is None, reason="no sudo: apt-get install sudo")
async def test_time_ends_what_sudo_runs(remote: Remote) -> None:
    sleep = f"sleep {os.getpid()}7002"
    line = f"echo begun; {sleep} & (setsid {sleep} &) ; {sleep}"

    outcome = await remote.ended_by_time(lambda limit: remote.cmd(line, limit, sudo=True))

    assert outcome.timed_out
    assert not running(sleep)


def test_the_schema_of_everything_it_takes_is_json() -> None:
    assert json.dumps([dict(each.schema) for each in (*COMMAND, *SCRIPT)])
    secret = {each.name for each in COMMAND if each.secret}
    assert secret == {"password", "private_key", "passphrase"}
    assert [each.name for each in COMMAND if each.command_line] == ["cmd"]
