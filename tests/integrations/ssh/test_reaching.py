"""One host or many, reached or not."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from automation.actions.runner import RunnerKit, Stream
from integrations.ssh.named_lines import NamedLines
from integrations.ssh.parameters import read_hosts
from tests.integrations.ssh.remote import Remote, only, until
from tests.integrations.ssh.server import HOME, server


def closed_port() -> int:
    with socket.create_server((HOME, 0)) as taken:
        return int(taken.getsockname()[1])


async def test_a_host_that_refuses_is_told(remote: Remote) -> None:
    port = closed_port()

    outcome = await remote.cmd("echo ran", hosts=f"{HOME}:{port}")

    assert outcome.error == f"{HOME} at port {port} refused the connection."
    assert only(outcome, f"{HOME}:{port}") == {
        "succeeded": False,
        "failed": True,
        "return_code": 255,
        "stdout": "",
        "stderr": outcome.error,
        "error": outcome.error,
    }


async def test_a_name_that_does_not_exist_is_told(remote: Remote) -> None:
    outcome = await remote.cmd("echo ran", hosts="nobody.invalid")

    assert outcome.error.startswith("nobody.invalid cannot be found: ")


async def test_somebody_who_speaks_something_else_is_told(remote: Remote) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.write_eof()
        await reader.read()  # Closing on what was not read would be a reset.
        writer.close()

    other = await asyncio.start_server(speak, HOME, 0)
    port = other.sockets[0].getsockname()[1]

    outcome = await remote.cmd("echo ran", hosts=f"{HOME}:{port}")

    assert outcome.error == (f"{HOME} at port {port} closed the connection before it let us in.")
    other.close()
    await other.wait_closed()


@pytest.mark.parametrize(
    "host",
    [
        *("169.254.169.254", "169.254.1.1", "fe80::1", "[::ffff:169.254.169.254]:22"),
        *("168.63.129.16", "100.100.100.200", "fd00:ec2::254", "64:ff9b::a9fe:a9fe"),
        *("0.0.0.0", "::", "224.0.0.1", "0xa9.0xfe.0xa9.0xfe"),  # noqa: S104 - refused
    ],
)
@pytest.mark.parametrize("place", ["hosts", "bastion_host"])
async def test_an_address_that_is_no_machine_is_refused(
    remote: Remote, host: str, place: str
) -> None:
    outcome = await remote.cmd("echo ran", 5, **{place: host})

    assert not outcome.ok
    assert "where no request may go" in outcome.error
    assert "TOCSIN_ALLOWED_NETWORKS" in outcome.error


async def test_an_address_that_is_no_machine_is_refused_behind_a_bastion_too(
    remote: Remote,
) -> None:
    bastion = f"{HOME}:{remote.server.port}"

    outcome = await remote.cmd("echo ran", hosts="169.254.169.254", bastion_host=bastion)

    assert "where no request may go" in outcome.error


async def test_the_operator_may_allow_it(remote: Remote) -> None:
    remote.kit = RunnerKit(allowed_networks=("0.0.0.0/32",))
    remote.known.write_text(remote.server.known_as("0.0.0.0"))  # noqa: S104 - it is this machine

    outcome = await remote.cmd("echo ran", hosts="0.0.0.0")  # noqa: S104 - the same

    assert outcome.ok, outcome.error


async def test_a_host_is_reached_by_way_of_a_bastion(remote: Remote) -> None:
    port = remote.server.port

    outcome = await remote.cmd(
        'echo "$SSH_CONNECTION"', hosts="localhost", bastion_host=f"{HOME}:{port}"
    )

    assert outcome.ok, outcome.error
    connection = str(only(outcome, "localhost")["stdout"]).split()
    assert connection[2:] == [HOME, str(port)]
    await until(lambda: not remote.server.connections())


async def test_a_bastion_lets_in_or_nobody_is_reached(remote: Remote, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    with server(tmp_path / "second") as second:
        remote.known.write_text(remote.server.known_as() + second.known_as())

        outcome = await remote.cmd("echo ran", bastion_host=f"{HOME}:{second.port}")

    assert outcome.error == (
        f"The bastion {HOME} at port {second.port} does not let {second.user} in with the key."
    )


async def test_what_a_bastion_cannot_reach_is_told(remote: Remote) -> None:
    port = closed_port()
    bastion = f"{HOME}:{remote.server.port}"

    outcome = await remote.cmd("echo ran", hosts=f"{HOME}:{port}", bastion_host=bastion)
    nobody = await remote.cmd("echo ran", bastion_host=f"{HOME}:{port}")

    assert outcome.error == (
        f"{HOME} at port {port} cannot be reached from the bastion: Connection refused."
    )
    assert nobody.error == f"The bastion {HOME} at port {port} refused the connection."


async def test_time_ends_what_runs_behind_a_bastion(remote: Remote) -> None:
    bastion = f"{HOME}:{remote.server.port}"

    outcome = await remote.ended_by_time(
        lambda limit: remote.cmd("echo begun; sleep 64 & sleep 64", limit, bastion_host=bastion)
    )

    assert outcome.timed_out
    assert not remote.server.processes()


async def test_many_hosts_and_one_of_them_down(remote: Remote) -> None:
    port = closed_port()
    hosts = f"{HOME}, localhost, {HOME}:{port}"

    outcome = await remote.cmd("echo one; echo two >&2", hosts=hosts)

    assert not outcome.ok
    assert list(outcome.output) == [HOME, "localhost", f"{HOME}:{port}"]
    assert [each["succeeded"] for each in outcome.output.values()] == [True, True, False]
    assert outcome.error == (f"1 of 3 hosts failed: {HOME} at port {port} refused the connection.")
    assert sorted(remote.lines["stdout"].splitlines()) == [f"{HOME}: one", "localhost: one"]
    assert sorted(remote.lines["stderr"].splitlines()) == sorted(
        [
            f"{HOME}: two",
            "localhost: two",
            f"{HOME}:{port}: {HOME} at port {port} refused the connection.",
        ]
    )


async def test_many_hosts_run_at_once(remote: Remote) -> None:
    # Each one waits for the other.
    outcome = await remote.cmd(
        f"mktemp {remote.home}/here.XXXXXX; "
        f"while [ $(ls {remote.home} | grep -c here) -lt 2 ]; do sleep 0.02; done",
        10,
        hosts=[HOME, "localhost"],
    )

    assert outcome.ok, outcome.error


async def test_many_hosts_run_one_after_the_other_if_that_is_wanted(remote: Remote) -> None:
    command = f"mkdir {remote.home}/only && sleep 0.2 && rmdir {remote.home}/only"
    names = [HOME, "localhost", "LOCALHOST"]
    remote.known.write_text(remote.server.known_as(*names))

    outcome = await remote.cmd(command, hosts=names, parallel=False)

    assert outcome.ok, outcome.error


async def test_a_failure_on_one_host_keeps_no_other_from_its_turn(remote: Remote) -> None:
    outcome = await remote.cmd(
        "exit 3", hosts=[f"{HOME}:{closed_port()}", HOME, "localhost"], parallel=False
    )

    assert [each["return_code"] for each in outcome.output.values()] == [255, 3, 3]
    assert outcome.error.startswith("3 of 3 hosts failed: ")


async def test_cancelling_ends_it_on_all_hosts(remote: Remote) -> None:
    work = asyncio.create_task(remote.cmd("echo begun; sleep 65", hosts=[HOME, "localhost"]))
    await remote.said(f"{HOME}: begun")
    await remote.said("localhost: begun")

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert not remote.server.processes()


async def test_many_errors_are_told_in_few_words(remote: Remote) -> None:
    hosts = [f"{HOME}:{closed_port()}" for _ in range(5)]

    outcome = await remote.cmd("echo ran", hosts=hosts)

    assert outcome.error.startswith("5 of 5 hosts failed: ")
    assert outcome.error.count("refused the connection") == 3
    assert outcome.error.endswith("; and 2 more.")


async def test_a_host_that_is_given_twice_runs_it_once(remote: Remote) -> None:
    outcome = await remote.cmd("echo ran", hosts=f"{HOME},{HOME}, {HOME} ,")

    assert only(outcome)["stdout"] == "ran"
    assert remote.lines["stdout"] == "ran\n"


async def test_hosts_share_the_room_for_output_and_have_files_of_their_own(
    remote: Remote,
) -> None:
    remote.kit = RunnerKit(output_limit=20_000, file_limit=50_000)

    outcome = await remote.cmd("head -c 30000 /dev/zero | tr '\\0' x", hosts=[HOME, "localhost"])

    assert outcome.truncated
    assert [len(each["stdout"]) for each in outcome.output.values()] == [10_000, 10_000]
    files = sorted(file.name for file in remote.files.iterdir())
    assert files == [f"task-1.1.1-{HOME}.stdout.log", "task-1.1.2-localhost.stdout.log"]
    assert all(file.stat().st_size == 30_000 for file in remote.files.iterdir())


async def test_secrets_of_several_hosts_are_masked_before_they_are_mixed(remote: Remote) -> None:
    remote.secrets = frozenset({"hunter2hunter2"})

    await remote.cmd("printf hunter2; sleep 0.1; echo hunter2", hosts=[HOME, "localhost"])

    assert sorted(remote.lines["stdout"].splitlines()) == [
        f"{HOME}: ********",
        "localhost: ********",
    ]


def test_lines_are_handed_on_whole_behind_their_host() -> None:
    told: list[tuple[Stream, str]] = []
    named = NamedLines("web1", lambda stream, text: told.append((stream, text)), frozenset())

    for piece in ("a", "b\nc\n", "\n", "d"):
        named.emit("stdout", piece)
    named.emit("stderr", "e")
    named.end()

    assert told == [
        ("stdout", "web1: ab\nweb1: c\n"),
        ("stdout", "web1: \n"),
        ("stdout", "web1: d\n"),
        ("stderr", "web1: e\n"),
    ]


def test_a_line_without_an_end_is_broken_up() -> None:
    told: list[str] = []
    named = NamedLines("web1", lambda _, text: told.append(text), frozenset())

    for _ in range(100):
        named.emit("stdout", "x" * 1000)
    named.end()

    lines = "".join(told).splitlines()
    assert max(map(len, lines)) == 4096 + len("web1: ")
    assert sum(len(line.removeprefix("web1: ")) for line in lines) == 100_000


@pytest.mark.parametrize(
    ("given", "name", "port"),
    [
        ("web1", "web1", 22),
        ("web-1.example.org.:2222", "web-1.example.org.", 2222),
        ("10.0.0.5", "10.0.0.5", 22),
        ("10.0.0.5:23", "10.0.0.5", 23),
        ("fd00::5", "fd00::5", 22),
        ("[fd00::5]", "fd00::5", 22),
        ("[fd00::5]:2222", "fd00::5", 2222),
    ],
)
def test_a_host_may_have_a_port(given: str, name: str, port: int) -> None:
    (host,) = read_hosts([given], 22)

    assert (host.name, host.port, host.shown) == (name, port, given)
