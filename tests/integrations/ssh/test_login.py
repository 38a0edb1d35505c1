"""Who logs in and by what, with OpenSSH and with a server that takes passwords."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from chat.errors import BadInput
from tests.integrations.ssh.remote import Remote, only
from tests.integrations.ssh.server import HOME, Server, new_key, running

STRANGER = new_key().export_private_key().decode()


@dataclass
class _Gate(asyncssh.SSHServer):
    """Lets ana in by her password, asked for in one way or the other."""

    by_questions: bool
    tried: list[str]

    def password_auth_supported(self) -> bool:
        return not self.by_questions

    def validate_password(self, username: str, password: str) -> bool:
        self.tried.append(password)
        return (username, password) == ("ana", "pä ss")

    def kbdint_auth_supported(self) -> bool:
        return self.by_questions

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "", "", "", [("Password:", False)]

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        self.tried += responses
        return (username, *responses) == ("ana", "pä ss")


async def _serve(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Run what is asked for as a child of this very process, in its own process group."""
    shell = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", process.command or "", stdin=-1, stdout=-1, stderr=-1
    )
    assert shell.stdin is not None
    assert shell.stdout is not None
    assert shell.stderr is not None
    listening = asyncio.create_task(_listen(process, shell.stdin))
    await asyncio.gather(
        _tell(shell.stdout, process.stdout.write), _tell(shell.stderr, process.stderr.write)
    )
    process.exit(await shell.wait())
    listening.cancel()


async def _listen(process: asyncssh.SSHServerProcess[bytes], to: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncssh.Error, OSError):
        while data := await process.stdin.read(65536):
            to.write(data)
    to.close()


async def _tell(stream: asyncio.StreamReader, to: Callable[[bytes], None]) -> None:
    while data := await stream.read(65536):
        to(data)


@asynccontextmanager
async def passwords(remote: Remote, *, by_questions: bool = False) -> AsyncGenerator[list[str]]:
    """A server that takes passwords, in the place of `remote`'s; what was tried."""
    tried: list[str] = []
    key = new_key()
    acceptor = await asyncssh.listen(
        HOME,
        0,
        server_factory=lambda: _Gate(by_questions, tried),
        process_factory=_serve,
        server_host_keys=[key],
        encoding=None,
    )
    port = acceptor.get_port()
    remote.server = Server(port, "ana", key, "", 0, "nobody")
    remote.known.write_text(remote.server.known_as())
    try:
        yield tried
    finally:
        acceptor.close()
        await acceptor.wait_closed()


@pytest.mark.parametrize("by_questions", [False, True])
async def test_a_password_lets_in(remote: Remote, by_questions: bool) -> None:
    async with passwords(remote, by_questions=by_questions):
        outcome = await remote.cmd("echo in; exit 4", private_key=None, password="pä ss")

        assert only(outcome)["stdout"] == "in"
        assert only(outcome)["return_code"] == 4


@pytest.mark.parametrize("by_questions", [False, True])
async def test_a_wrong_password_is_tried_once(remote: Remote, by_questions: bool) -> None:
    async with passwords(remote, by_questions=by_questions) as tried:
        outcome = await remote.cmd("echo in", private_key=None, password="wrong")

        assert outcome.error == (
            f"{HOME} at port {remote.server.port} does not let ana in with the password."
        )
        assert tried == ["wrong"]
        assert "wrong" not in outcome.error


async def test_no_process_of_another_group_is_ended_with_a_job(remote: Remote) -> None:
    # This server runs jobs in the group of these tests: ending that would end the tests.
    async with passwords(remote):
        outcome = await remote.ended_by_time(
            lambda limit: remote.cmd(
                "echo begun; sleep 61237 & sleep 61237", limit, private_key=None, password="pä ss"
            )
        )

        assert outcome.timed_out
        assert not running("sleep 61237")


async def test_a_key_lets_in_and_a_strange_one_does_not(remote: Remote) -> None:
    assert (await remote.cmd("true")).ok

    outcome = await remote.cmd("true", private_key=STRANGER)

    assert outcome.error == (
        f"{HOME} at port {remote.server.port} does not let {remote.server.user} in with the key."
    )


async def test_a_file_of_the_operators_folder_is_a_key(remote: Remote) -> None:
    keys = remote.home / "keys"
    (keys / "team").mkdir(parents=True)
    (keys / "team" / "id").write_text(remote.server.key)
    remote.options = {"keys": str(keys)}

    for name in ("team/id", str(keys / "team" / "id"), "team/../team/id"):
        outcome = await remote.cmd("true", private_key=name)
        assert outcome.ok, outcome.error


async def test_the_operators_own_login_stands_in(remote: Remote) -> None:
    keys = remote.home / "keys"
    keys.mkdir()
    (keys / "id").write_text(remote.server.key)
    remote.options = {
        "keys": str(keys),
        "private_key": "id",
        "username": remote.server.user,
    }

    outcome = await remote.cmd("true", private_key=None, username=None)

    assert outcome.ok, outcome.error


@pytest.mark.parametrize("name", ["../id", "/etc/hostname", "link", "none", "./..", "none\0b"])
async def test_no_other_file_is_read(remote: Remote, name: str) -> None:
    keys = remote.home / "keys"
    keys.mkdir()
    (remote.home / "id").write_text(remote.server.key)
    (keys / "link").symlink_to(remote.home / "id")
    remote.options = {"keys": str(keys)}

    outcome = await remote.cmd("true", private_key=name)

    assert not outcome.ok
    assert outcome.output is None
    assert outcome.error.startswith("private_key is ")
    assert "hostname" not in outcome.error


@pytest.mark.parametrize("name", ["''", ".", "a\0b"])
async def test_what_is_too_short_to_be_kept_secret_is_no_key(remote: Remote, name: str) -> None:
    with pytest.raises(BadInput, match="private_key is too short"):
        await remote.cmd("true", private_key=name)


async def test_without_a_folder_no_file_is_read(remote: Remote) -> None:
    path = remote.home / "id"
    path.write_text(remote.server.key)

    outcome = await remote.cmd("true", private_key=str(path))

    assert "TOCSIN_RUNNER_SSH_KEYS" in outcome.error


@pytest.mark.parametrize(
    ("passphrase", "why"),
    [
        ("open sesame", ""),
        ("close sesame", "The private key cannot be opened; its passphrase may be another one."),
        (None, "The private key is encrypted; give its passphrase."),
    ],
)
async def test_a_passphrase_opens_a_key(remote: Remote, passphrase: str | None, why: str) -> None:
    key = asyncssh.import_private_key(remote.server.key)
    sealed = key.export_private_key("pkcs8-pem", passphrase="open sesame").decode()

    outcome = await remote.cmd("true", private_key=sealed, passphrase=passphrase)

    assert outcome.error == why
    assert outcome.ok is (not why)


async def test_a_key_that_openssh_has_sealed_is_opened_or_says_what_is_missing(
    remote: Remote,
) -> None:
    sealed = (Path(__file__).parent / "sealed_key").read_text()

    outcome = await remote.cmd("true", private_key=sealed, passphrase="open sesame")

    # Opened, it is a stranger's.
    assert "does not let" in outcome.error or "Python package bcrypt" in outcome.error


async def test_what_is_no_key_is_not_repeated(remote: Remote) -> None:
    text = "-----BEGIN OPENSSH PRIVATE KEY-----\nhush\n-----END OPENSSH PRIVATE KEY-----\n"

    outcome = await remote.cmd("true", private_key=text)

    assert outcome.error == (
        "The private key is none that can be read; give it in the OpenSSH or the PEM format."
    )


@pytest.mark.parametrize(
    ("missing", "why"),
    [
        ({"username": None}, "username is missing"),
        ({"private_key": None}, "There is nothing to log in with; give private_key or password"),
        ({"hosts": ""}, "hosts is empty"),
        ({"hosts": " , "}, "hosts is empty"),
        ({"hosts": []}, "hosts is empty"),
        ({"hosts": [f"h{number}" for number in range(201)]}, "at most 200"),
    ],
)
async def test_what_is_missing_is_named(
    remote: Remote, missing: dict[str, str | None], why: str
) -> None:
    outcome = await remote.cmd("true", **missing)

    assert why in outcome.error


async def test_nothing_of_the_account_it_runs_as_has_a_say(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = remote.home / ".ssh"
    own.mkdir()
    owned = remote.home / "owned"
    (own / "config").write_text(f"Host *\n  ProxyCommand touch {owned}\n  User nobody\n")
    (own / "id_ed25519").write_text(remote.server.key)
    (own / "id_ed25519").chmod(0o600)
    (own / "known_hosts").write_text(remote.server.known_as())
    monkeypatch.setenv("HOME", str(remote.home))

    good = await remote.cmd("true")
    stranger = await remote.cmd("true", private_key=STRANGER)

    assert good.ok, good.error
    assert not stranger.ok
    assert not owned.exists()
