"""No host is believed that is not known, or only as the operator has said."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from automation.actions.runner import RunnerKit
from chat.errors import BadInput
from integrations.ssh.entry import runners
from tests.integrations.ssh.remote import Remote, only
from tests.integrations.ssh.server import HOME, new_key, server


def another_key() -> str:
    return new_key().export_public_key().decode()


async def test_a_host_that_nobody_knows_is_not_logged_in_to(remote: Remote) -> None:
    remote.known.write_text("")

    outcome = await remote.cmd("echo ran")

    assert not outcome.ok
    fingerprint = remote.server.host_key.get_fingerprint()
    assert outcome.error == (
        f"{HOME} at port {remote.server.port} shows the key {fingerprint} and is not in "
        f"{remote.known}. Compare the fingerprint with the host's own, then add it: "
        f"ssh-keyscan -p {remote.server.port} {HOME} >> {remote.known}"
    )
    done = only(outcome)
    assert (done["return_code"], done["stdout"]) == (255, "")
    assert remote.known.read_text() == ""


async def test_without_a_file_nobody_is_known(remote: Remote) -> None:
    remote.known.unlink()

    outcome = await remote.cmd("echo ran")

    assert f"is not in {remote.known}" in outcome.error
    assert not remote.known.exists()


@pytest.mark.parametrize("policy", [{}, {"host_key": "known"}, {"host_key": "accept-new"}])
async def test_a_host_that_shows_another_key_is_not_logged_in_to(
    remote: Remote, policy: dict[str, str]
) -> None:
    remote.options = policy
    known = f"[{HOME}]:{remote.server.port} {another_key()}"
    remote.known.write_text(known)

    outcome = await remote.cmd("echo ran")

    assert not outcome.ok
    assert f"shows the key {remote.server.host_key.get_fingerprint()}, but" in outcome.error
    assert f"ssh-keygen -f {remote.known} -R '[{HOME}]:{remote.server.port}'" in outcome.error
    assert remote.known.read_text() == known


async def test_a_host_known_by_a_key_of_another_kind_is_not_logged_in_to(remote: Remote) -> None:
    remote.options = {"host_key": "accept-new"}
    other = new_key("ecdsa-sha2-nistp256").export_public_key().decode()
    remote.known.write_text(f"[{HOME}]:{remote.server.port} {other}")

    outcome = await remote.cmd("echo ran")

    assert not outcome.ok
    assert only(outcome)["stdout"] == ""


@pytest.mark.parametrize("policy", [{}, {"host_key": "accept-new"}])
async def test_a_revoked_key_is_not_believed(remote: Remote, policy: dict[str, str]) -> None:
    remote.options = policy
    remote.known.write_text(f"@revoked * {remote.server.known_as().split(' ', 1)[1]}")

    outcome = await remote.cmd("echo ran")

    assert not outcome.ok
    assert "revoked" in outcome.error


async def test_a_host_is_known_by_its_name_and_not_by_its_address(remote: Remote) -> None:
    remote.known.write_text(remote.server.known_as(HOME))

    outcome = await remote.cmd("echo ran", hosts="localhost")

    assert not outcome.ok
    assert f"is not in {remote.known}" in outcome.error


async def test_a_new_host_is_believed_once_where_the_operator_wants_it(
    remote: Remote, tmp_path: Path
) -> None:
    remote.options = {"host_key": "accept-new"}
    remote.known.write_text("other.example ssh-ed25519 AAAA")

    first = await remote.cmd("echo ran")
    second = await remote.cmd("echo ran")

    assert first.ok, first.error
    assert second.ok, second.error
    written = remote.known.read_text().splitlines()
    assert written[0] == "other.example ssh-ed25519 AAAA"
    assert written[1:] == remote.server.known_as().splitlines()

    remote.known.write_text(f"[{HOME}]:{remote.server.port} {another_key()}")
    assert "Somebody may stand in between" in (await remote.cmd("echo ran")).error


async def test_a_file_of_new_hosts_is_made_for_nobody_else_to_read(remote: Remote) -> None:
    remote.options = {"host_key": "accept-new"}
    remote.known.unlink()

    assert (await remote.cmd("echo ran")).ok

    assert remote.known.stat().st_mode & 0o777 == 0o600


async def test_a_new_host_that_does_not_let_us_in_is_not_written_down(remote: Remote) -> None:
    remote.options = {"host_key": "accept-new"}
    remote.known.write_text("")
    stranger = new_key().export_private_key().decode()

    outcome = await remote.cmd("echo ran", private_key=stranger)

    assert not outcome.ok
    assert remote.known.read_text() == ""


async def test_many_new_hosts_at_once_are_all_written_down(remote: Remote) -> None:
    remote.options = {"host_key": "accept-new"}
    remote.known.write_text("")
    names = [HOME, "localhost", "LOCALHOST", "Localhost"]

    outcome = await remote.cmd("echo ran", hosts=names)

    assert outcome.ok, outcome.error
    assert len(remote.known.read_text().splitlines()) == len(names)


async def test_a_hashed_name_is_known(remote: Remote) -> None:
    salt = b"0123456789abcdef0123"
    name = f"[{HOME}]:{remote.server.port}".encode()
    digest = hmac.new(salt, name, hashlib.sha1).digest()
    hashed = f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
    remote.known.write_text(f"{hashed} {remote.server.known_as().split(' ', 1)[1]}")

    assert (await remote.cmd("echo ran")).ok


async def test_a_file_that_cannot_be_read_is_named(remote: Remote) -> None:
    remote.known.write_text("one-word")

    outcome = await remote.cmd("echo ran")

    assert outcome.error == (
        f"The file of known hosts {remote.known} cannot be read: Invalid known hosts entry: "
        "one-word."
    )


async def test_a_bastion_must_be_known_too(remote: Remote, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    with server(tmp_path / "second") as second:
        bastion = f"localhost:{second.port}"

        outcome = await remote.cmd("echo ran", bastion_host=bastion)

    assert not outcome.ok
    assert outcome.error.startswith(f"The bastion localhost at port {second.port} shows the key ")


def test_a_policy_is_one_of_two() -> None:
    with pytest.raises(BadInput, match="TOCSIN_RUNNER_SSH_HOST_KEY is “no”; give known or acc"):
        runners(RunnerKit(options={"host_key": "no"}))
