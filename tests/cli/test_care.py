"""`tocsin database`, `backup`, `restore`, `doctor`, `playbook`, and help."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot import ownership
from bot.cli import COMMANDS
from chat.clock import SystemClock
from chat.outbox import Outgoing
from storage import migrate
from storage.database import open_database
from storage.stores import Stores
from tests.cli.conftest import Terminal
from tests.make import post

ROOT = Path(__file__).resolve().parents[2]


def test_help_names_every_command_and_loads_none_of_them() -> None:
    code = (
        "import sys; from bot.cli import run; assert run(['--help']) == 0; "
        "heavy = {'pydantic', 'sqlalchemy', 'aiohttp', 'alembic', 'dbos'} & set(sys.modules); "
        "assert not heavy, heavy"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert done.returncode == 0, done.stderr
    for name in COMMANDS:
        assert f"  {name} " in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(terminal: Terminal, name: str) -> None:
    assert "Usage: tocsin" in terminal.ok(name, "--help")


def test_a_group_alone_shows_its_help_on_standard_error(terminal: Terminal) -> None:
    done = terminal.type("user")

    assert done.code == 2
    assert done.out == ""
    assert "Usage: tocsin user" in done.err


def test_the_version_is_told(terminal: Terminal) -> None:
    assert terminal.ok("--version").startswith("Tocsin 0.")


def test_the_database_goes_up_and_down(both: Terminal) -> None:
    assert "is at version none" in both.ok("database", "current")
    both.ok("database", "upgrade")
    facts = both.type("database", "current", "--json").json
    assert facts["version"] == facts["needed"] == migrate.head()

    both.ok("database", "downgrade", "base", "--yes")
    both.ok("database", "upgrade", "0001")
    assert "Run: tocsin database upgrade" in both.refused("user", "list")
    both.ok("database", "upgrade")
    assert both.type("user", "list").code == 0


def test_no_password_is_shown(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "postgresql://ana:hunter2@127.0.0.1:1/tocsin")

    for line in (["user", "list"], ["backup", "x"], ["database", "current"], ["doctor"]):
        done = terminal.type(*line)
        assert done.code == 1
        assert "hunter2" not in done.out + done.err


def test_a_backup_brings_back_what_was(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("user", "create", "ana", "--role", "viewer")
    told = terminal.ok("backup", str(tmp_path / "copy.db"))
    assert "is not in it" in told
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    terminal.ok("user", "create", "bo", "--role", "viewer")

    terminal.ok("restore", str(tmp_path / "copy.db"), "--yes")

    assert [it["name"] for it in terminal.type("user", "list", "--json").json] == ["admin", "ana"]
    assert terminal.type("audit", "verify").code == 0
    kept = list(terminal.home.glob("tocsin.db.before-restore-*"))
    assert len(kept) == 1
    terminal.ok("restore", str(kept[0]), "--yes")
    assert "bo" in terminal.ok("user", "list")


def test_a_backup_is_not_overwritten_unasked(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("user", "list")
    copy = str(tmp_path / "copy.db")
    terminal.ok("backup", copy)

    assert "--force" in terminal.refused("backup", copy)
    terminal.ok("backup", copy, "--force")
    assert "no folder" in terminal.refused("backup", str(tmp_path / "nowhere" / "copy.db"))


def test_what_is_no_backup_is_refused_and_changes_nothing(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.ok("user", "create", "ana", "--role", "viewer")
    (tmp_path / "text").write_text("hello " * 1000)
    copy = tmp_path / "copy.db"
    terminal.ok("backup", str(copy))
    content = bytearray(copy.read_bytes())
    content[8192:16384] = b"\xff" * 8192
    copy.write_bytes(content)

    for file in ("text", "copy.db", "missing"):
        terminal.refused("restore", str(tmp_path / file), "--yes")
    assert "ana" in terminal.ok("user", "list")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_postgresql_is_left_to_its_own_tools(both: Terminal, tmp_path: Path) -> None:
    assert "pg_dump" in both.refused("backup", str(tmp_path / "copy.db"))
    assert "pg_restore" in both.refused("restore", str(tmp_path / "copy.db"), "--yes")


def test_the_doctor_finds_a_healthy_installation_well(both: Terminal) -> None:
    both.ok("user", "list")

    found = both.type("doctor", "--json")

    assert {it["subject"]: it["state"] for it in found.json} == dict.fromkeys(
        (
            "python",
            "names",
            "settings",
            "home",
            "key",
            "database",
            "deliveries",
            "clock",
            "address",
        ),
        "ok",
    ) | {"port": found.json[-1]["state"]}
    assert "ok " in both.type("doctor").out


def test_the_doctor_changes_nothing(terminal: Terminal) -> None:
    terminal.type("doctor")

    assert not terminal.home.exists()


def test_a_home_that_cannot_be_is_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_HOME", "/proc/foo")

    told = {it["subject"]: it["state"] for it in terminal.type("doctor", "--json").json}

    assert (told["home"], told["database"]) == ("wrong", "wrong")
    assert "TOCSIN_HOME is “/proc/foo”" in terminal.refused("user", "list")


@pytest.mark.parametrize("url", ["sqlite:////etc/hostname", "postgresql://u:pw@127.0.0.1:1/x"])
@pytest.mark.parametrize("command", [("user", "list"), ("up", "--port", "0")])
def test_a_database_that_cannot_be_used_is_named_before_anything_is_written(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, url: str, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", url)

    told = terminal.type(*command)

    assert told.code == 1
    assert "TOCSIN_DATABASE_URL" in told.err
    assert "pw" not in told.err
    assert not terminal.home.exists()


def test_the_doctor_says_what_is_wrong_and_what_helps(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.ok("user", "list")
    (terminal.home / "key").chmod(0o644)
    terminal.home.chmod(0o755)
    terminal.ok("database", "downgrade", "-1", "--yes")
    monkeypatch.setenv("TOCSIN_PROT", "1")
    monkeypatch.setenv("TOCSIN_HOST", "0.0.0.0")  # noqa: S104 - nobody listens
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104 - closed in a moment
        taken.listen()
        monkeypatch.setenv("TOCSIN_PORT", str(taken.getsockname()[1]))
        done = terminal.type("doctor", "--json")

    told = {it["subject"]: (it["state"], it["told"]) for it in done.json}
    assert done.code == 1
    assert told["key"][0] == "wrong"
    assert "chmod 600" in told["key"][1]
    assert told["database"][0] == "wrong"
    assert "tocsin database upgrade" in told["database"][1]
    assert told["port"][0] == "wrong"
    assert "TOCSIN_PORT" in told["port"][1]
    assert told["settings"] == (
        "warning",
        "These mean nothing: TOCSIN_PROT (did you mean TOCSIN_PORT?).",
    )
    assert told["address"][0] == told["home"][0] == "warning"


def test_the_doctor_looks_at_settings_that_do_not_even_load(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_PORT", "x")

    done = terminal.type("doctor", "--json")

    assert done.code == 1
    assert done.json[0]["subject"] == "setting port"


def test_nobody_else_owns_our_import_names() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = document["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert sorted(packages) == list(ownership.NAMES)
    assert ownership.clashes() == ()


def test_somebody_elses_package_of_our_name_is_found(tmp_path: Path) -> None:
    told = ownership.clashes({"web": ["Tocsin", "web.py"], "api": ["tocsin"]})
    assert told == ("“web” also comes with web.py",)
    assert len(ownership.clashes({}, root=tmp_path)) == len(ownership.NAMES)


def test_a_playbook_goes_out_and_comes_in(both: Terminal, tmp_path: Path) -> None:
    both.ok("chat", "--as", "admin", "--channel", "general", "/incident list")
    both.ok("playbook", "export", "outage", str(tmp_path / "outage.json"))
    document = json.loads((tmp_path / "outage.json").read_text(encoding="utf-8"))
    assert document["version"] == 1
    document["title"] = "Database outage"
    (tmp_path / "mine.json").write_text(json.dumps(document), encoding="utf-8")

    made = both.type("playbook", "import", str(tmp_path / "mine.json"), "--json")

    assert made.code == 0, made.err
    assert made.json["playbook"]["name"] == "Database outage"
    assert "Database outage" in both.ok("playbook", "list")
    (tmp_path / "bad.json").write_text('{"version": 2}', encoding="utf-8")
    assert "version" in both.refused("playbook", "import", str(tmp_path / "bad.json"))


def test_colour_is_for_terminals_that_want_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in terminal.ok("user", "list")


async def give_up(outgoing: Outgoing, why: str) -> int:
    """Have one message that no platform takes; its number."""
    clock = SystemClock()
    database = open_database(os.environ["TOCSIN_DATABASE_URL"], telemetry=False, clock=clock)

    def act(to: Stores) -> int:
        to.outbox.put(outgoing)
        (only,) = to.outbox.due(clock.now(), outgoing.address.platform, 10)
        to.outbox.give_up(only, why, clock.now())
        return only.id

    try:
        return await database.acts.run(act)
    finally:
        database.close()


def test_what_was_given_up_is_listed_and_tried_again(both: Terminal) -> None:
    assert both.ok("outbox", "list") == "Everything was delivered."
    number = asyncio.run(give_up(post("the secret words"), "The channel is gone."))

    listed = both.ok("outbox", "list")
    (facts,) = both.type("outbox", "list", "--json").json
    assert "The channel is gone." in listed
    assert "secret" not in listed
    assert (facts["number"], facts["what"], facts["tries"]) == (number, "post a message", 1)
    assert "1 message could not be delivered" in both.type("doctor").out
    assert "was given up, so nothing" in both.refused("outbox", "retry", str(number), "999")
    assert both.type("outbox", "retry").code == 2

    assert both.ok("outbox", "retry", str(number)) == "1 message will be tried again."
    assert both.ok("outbox", "list") == "Everything was delivered."
    assert "outbox.retried" in both.ok("audit", "list")
