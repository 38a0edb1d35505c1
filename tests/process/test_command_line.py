"""The installed executable: beside a running server, and alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.process.product import TOCSIN, Place

pytestmark = pytest.mark.process


class Shell:
    """Types `tocsin` in a shell with the settings of an installation."""

    def __init__(self, home: Path, port: int, database_url: str | None = None) -> None:
        clean = {name: it for name, it in os.environ.items() if not name.startswith("TOCSIN_")}
        self.environment = clean | {"TOCSIN_HOME": str(home), "TOCSIN_PORT": str(port)}
        if database_url is not None:
            self.environment["TOCSIN_DATABASE_URL"] = database_url

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            [TOCSIN, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def json(self, *words: str) -> Any:
        """Run it, which must go well; its JSON."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def shell(place: Place, empty_database_url: str) -> Shell:
    return Shell(place.home, free_port(), empty_database_url)


async def test_beside_a_server_the_chat_goes_through_it(shell: Shell, place: Place) -> None:
    port = {"TOCSIN_PORT": shell.environment["TOCSIN_PORT"]}
    async with place.running(given=port):
        created = shell.run("user", "create", "ana", "--role", "responder")
        assert created.returncode == 0, created.stderr
        token = shell.run("token", "create", "--user", "admin")
        assert (token.stderr, len(token.stdout.split())) == ("", 1)

        started = shell.json(
            *("chat", "--as", "ana", "--channel", "general"),
            *("/incident start --playbook outage --name db",),
        )
        assert "INC-00001" in started["replies"][0]["text"]
        refused = shell.run("chat", "--as", "ana", "--channel", "general", "/incident start x")
        assert refused.returncode in {0, 1}
        wrong = shell.run("chat", "--as", "ana", "--channel", "general", "/incident ent")
        assert wrong.returncode == 1

        assert _port(shell) == "is served by this installation"
        assert shell.json("token", "list", "--user", "ana") == []
        trail = shell.json("audit", "list")
        made = {it["object"]["name"] for it in trail if it["action"] == "token.created"}
        assert made == {"command line"}, "those that the test made"
        assert ("incident.started", "ana") in {(it["action"], it["actor"]) for it in trail}


async def test_a_server_of_another_installation_is_not_spoken_to(
    sqlite_place: Place, tmp_path: Path
) -> None:
    shell = Shell(tmp_path / "mine", free_port())
    async with sqlite_place.running(given={"TOCSIN_PORT": shell.environment["TOCSIN_PORT"]}):
        answer = shell.json("chat", "--as", "admin", "--channel", "general", "/incident list")
        assert answer["replies"]
        assert _port(shell).startswith("cannot be had")

        # On the database it holds alone, but not at the address configured here.
        lost = Shell(sqlite_place.home, free_port())
        done = lost.run("chat", "--as", "admin", "--channel", "general", "/incident list")
        assert done.returncode == 1
        assert "already runs" in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_reader_that_goes_away_makes_no_noise(tmp_path: Path) -> None:
    shell = Shell(tmp_path, free_port())
    with subprocess.Popen(
        [TOCSIN, "user", "list"],
        env=shell.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()

    assert b"Traceback" not in told


def test_help_is_there_at_once(tmp_path: Path) -> None:
    shell = Shell(tmp_path, free_port())
    took: list[float] = []
    for _ in range(5):
        begun = time.perf_counter()
        assert shell.run("--help").returncode == 0
        took.append(time.perf_counter() - begun)

    # A bare interpreter needs a tenth of that; a whole house loaded would need six times as much.
    assert min(took) < 0.5


def _port(shell: Shell) -> str:
    """What the doctor says of the port, without the address."""
    found = json.loads(shell.run("doctor", "--json").stdout)
    told = next(str(it["told"]) for it in found if it["subject"] == "port")
    return told.partition(" ")[2]
