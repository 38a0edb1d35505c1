"""Scripts of a pack on a real OpenSSH server."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from automation.actions.action import Action, Parameter
from integrations.ssh.parameters import SCRIPT
from tests.integrations.ssh.remote import Remote, only, until
from tests.integrations.ssh.server import HOME
from tests.integrations.ssh.test_commands import ODD

SHOW = '#!/bin/sh\nfor word in "$@"; do printf "%s|" "$word"; done\n'


@pytest.fixture
def inbox(remote: Remote) -> Path:
    """Where scripts are put; nothing may be left in it."""
    found = remote.home / "in box"
    found.mkdir()
    return found


@pytest.fixture(autouse=True)
def nothing_left(inbox: Path) -> object:
    yield
    assert list(inbox.iterdir()) == []


async def test_a_script_runs_and_is_gone(remote: Remote, inbox: Path) -> None:
    outcome = await remote.script('#!/bin/sh\necho "$0"; ls -la "$0"; pwd', dir=str(inbox))

    assert outcome.ok, outcome.error
    place, listed, where = only(outcome)["stdout"].splitlines()
    assert place.startswith(f"{inbox}/tocsin-")
    assert place.endswith("/deploy.sh")
    assert listed.startswith("-rwx------")
    assert where == str(Path.home())


async def test_a_script_lies_where_temporary_files_lie_unless_said(remote: Remote) -> None:
    outcome = await remote.script('#!/bin/sh\necho "$0"')

    assert only(outcome)["stdout"].startswith("/tmp/tocsin-")  # noqa: S108 - so it should be
    assert not Path(only(outcome)["stdout"]).parent.exists()


async def test_arguments_are_as_a_local_script_gets_them(remote: Remote, inbox: Path) -> None:
    parameters = (
        Parameter("second", {"type": "array"}, position=1),
        Parameter("first", position=0),
        Parameter("flag", {"type": "boolean"}),
        Parameter("off", {"type": "boolean"}),
        Parameter("count", {"type": "integer"}),
        Parameter("data", {"type": "object"}),
        Parameter("absent"),
    )

    outcome = await remote.script(
        SHOW,
        *parameters,
        first="1st",
        second=["a", "b c"],
        flag=True,
        off=False,
        count=3,
        data={"k": "$(id)"},
        dir=str(inbox),
    )

    assert only(outcome)["stdout"] == "--flag|--count=3|--data={'k': '$(id)'}|1st|a,b c|"


async def test_nothing_that_logs_in_is_an_argument(remote: Remote, inbox: Path) -> None:
    outcome = await remote.script(
        SHOW, env={"A": "b"}, passphrase="hush", sudo=False, dir=str(inbox)
    )

    assert only(outcome)["stdout"] == ""


@pytest.mark.parametrize("odd", ODD)
async def test_an_argument_is_never_more_than_an_argument(
    remote: Remote, inbox: Path, odd: str
) -> None:
    parameters = (
        Parameter("first", position=0),
        Parameter("name"),
        Parameter("many", {"type": "array"}),
    )

    outcome = await remote.script(
        SHOW, *parameters, first=odd, name=odd, many=[odd], cwd=str(remote.home), dir=str(inbox)
    )

    assert outcome.ok, outcome.error
    by_name = f"--name={odd}|" if odd else ""
    assert remote.lines["stdout"] == f"{by_name}--many={[odd]}|{odd}|"
    assert not (remote.home / "owned").exists()


async def test_a_script_of_any_language_runs(remote: Remote, inbox: Path) -> None:
    content = f"#!{sys.executable} -B\nimport sys, json\nprint(json.dumps(sys.argv[1:]))\n"

    outcome = await remote.script(
        content, Parameter("who"), who="me", called="tell me.py", dir=str(inbox)
    )

    assert only(outcome)["stdout"] == ["--who=me"]


async def test_a_script_that_names_nobody_is_run_by_sh(remote: Remote, inbox: Path) -> None:
    outcome = await remote.script("echo $((1 + 2))", dir=str(inbox))

    assert only(outcome)["stdout"] == "3"


async def test_a_program_is_run_as_it_is(remote: Remote, inbox: Path) -> None:
    program = await asyncio.to_thread(Path("/bin/echo").read_bytes)

    outcome = await remote.script(program, Parameter("a", position=0), a="b", dir=str(inbox))

    assert outcome.ok, outcome.error
    assert only(outcome)["stdout"] == "b"


async def test_a_script_that_fails_is_gone_too(remote: Remote, inbox: Path) -> None:
    outcome = await remote.script("echo no >&2; exit 9", dir=str(inbox))

    assert only(outcome)["return_code"] == 9
    assert outcome.error == f"exited with status 9 on {HOME}: no"


async def test_a_script_whose_language_is_missing_is_gone_too(remote: Remote, inbox: Path) -> None:
    outcome = await remote.script("#!/no/such/thing\n", dir=str(inbox))

    assert only(outcome)["return_code"] == 127
    assert "/no/such/thing" in only(outcome)["stderr"]


DEAF = "trap '' TERM\necho begun\nsleep 66 &\nsleep 66\nsleep 66"


async def test_a_script_that_time_ends_is_gone_too(remote: Remote, inbox: Path) -> None:
    outcome = await remote.ended_by_time(
        lambda limit: remote.script(DEAF, seconds=limit, dir=str(inbox))
    )

    assert outcome.timed_out


@pytest.mark.parametrize("how", ["cancel", "connection", "kill"])
async def test_a_script_that_is_ended_is_gone_too(remote: Remote, inbox: Path, how: str) -> None:
    content = "echo begun; kill -9 $PPID $$" if how == "kill" else DEAF
    work = asyncio.create_task(remote.script(content, dir=str(inbox)))
    await remote.said("begun")
    if how == "cancel":
        work.cancel()
    if how == "connection":
        (ours,) = remote.server.connections()
        os.kill(ours, signal.SIGKILL)
    await asyncio.wait([work])

    assert work.cancelled() or not work.result().ok
    await until(lambda: not remote.server.processes())
    await until(lambda: not list(inbox.iterdir()))


async def test_a_folder_that_is_not_there_keeps_a_script_from_running(remote: Remote) -> None:
    outcome = await remote.script("echo ran", dir="/no/such/folder")

    assert only(outcome)["return_code"] == 126
    assert only(outcome)["stdout"] == ""
    assert "/no/such/folder" in outcome.error


async def test_large_scripts_arrive_whole(remote: Remote, inbox: Path) -> None:
    content = "#!/bin/sh\n" + "# filling\n" * 300_000 + 'wc -c <"$0"\n'

    outcome = await remote.script(content, dir=str(inbox))

    assert str(only(outcome)["stdout"]).strip() == str(len(content))


async def test_a_script_runs_on_many_hosts(remote: Remote, inbox: Path) -> None:
    outcome = await remote.script("echo here", hosts=[HOME, "localhost"], dir=str(inbox))

    assert outcome.ok, outcome.error
    assert [each["stdout"] for each in outcome.output.values()] == ["here", "here"]


async def test_a_script_that_is_missing_is_told(remote: Remote) -> None:
    action = Action("net.gone", "remote-shell-script", parameters=SCRIPT)

    outcome = await remote.run(action, 10)

    assert outcome.error == "the script of net.gone is not there"
