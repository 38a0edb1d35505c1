"""A pack with requirements runs in a Python of its own, which is built once."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from automation.actions.runner import RunnerKit
from chat.errors import Unavailable
from integrations.python.environments import Environments
from integrations.python.place import Condition, Place, State
from tests.integrations.process.local import running, until
from tests.integrations.python.pythons import Pythons
from tests.integrations.python.wheels import wheel

WHERE = (
    "import os, sys\n"
    "def run(a=None, b=None):\n"
    "    import bell_rope\n"
    "    return [sys.prefix, bell_rope.version]\n"
)


class Building(Pythons):
    """Packs that require something, and where their environments are."""

    @property
    def folder(self) -> Path:
        return self.files.parent / "home" / "environments"

    def require(self, text: str, pack: Path | None = None) -> Path:
        """Write what a pack requires; the pack."""
        pack = pack or self.pack
        pack.mkdir(parents=True, exist_ok=True)
        (pack / "requirements.txt").write_text(text)
        return pack

    async def state(self) -> State | None:
        """How the pack's environment is."""
        found = await self.runner.environments.condition(self.pack)
        return found.state if found is not None else None

    def built(self) -> list[Path]:
        """Every environment on the disk."""
        return sorted(self.folder.glob("*/*/pyvenv.cfg"))


@pytest.fixture
async def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Building]:
    """An index that asks nobody knows version 1.0 of bell_rope, and asks nobody."""
    files = tmp_path / "files"
    files.mkdir()
    wheel(tmp_path / "wheels", "bell_rope")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    found = Building(files, RunnerKit(environments=tmp_path / "home" / "environments"))
    yield found
    for runner in found.runners:
        await runner.close()


async def test_a_pack_has_what_it_requires_and_nothing_of_ours(packs: Building) -> None:
    packs.require("bell_rope == 1.0  # what it pulls\n")
    action = packs.module(
        "import importlib.util, subprocess, sys\n"
        "def run(a=None, b=None):\n"
        "    there = [name for name in ('chat', 'bot', 'sqlalchemy', 'pip', 'bell_rope')\n"
        "             if importlib.util.find_spec(name)]\n"
        "    said = subprocess.run(['bell_rope'], capture_output=True, text=True).stdout\n"
        "    return [sys.prefix, there, said]\n"
    )

    outcome = await packs.run(action)

    prefix, there, said = outcome.output["result"]
    assert Path(prefix).is_relative_to(packs.folder)
    assert there == ["bell_rope"]
    assert said == "1.0\n"
    assert "environment of the pack ops is being built" in packs.emitted("stderr")
    assert outcome.output["stderr"] == ""
    assert await packs.state() is State.READY


async def test_it_is_built_once_and_kept(packs: Building) -> None:
    packs.require("bell_rope\n")
    first = await packs.run(WHERE)
    packs.pieces.clear()

    again = await packs.run(WHERE)
    other = Environments(sys.executable, packs.folder)
    python = await other.python_of(packs.pack, pytest.fail)

    assert again.output["result"] == first.output["result"]
    assert packs.emitted("stderr") == ""
    assert Path(python).parent.parent == Path(first.output["result"][0])
    assert len(packs.built()) == 1


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n\n"])
async def test_a_pack_that_requires_nothing_runs_in_ours(packs: Building, text: str | None) -> None:
    if text is not None:
        packs.require(text)

    outcome = await packs.run("import sys\ndef run(a=None, b=None):\n    return sys.prefix\n")

    assert outcome.output["result"] == sys.prefix
    assert await packs.state() is None
    assert not packs.built()


async def test_packs_that_require_the_same_share_one(packs: Building, tmp_path: Path) -> None:
    wheel(tmp_path / "wheels", "bell_rope", "2.0")
    same, other = tmp_path / "same", tmp_path / "other"
    packs.require("bell_rope==1.0\n")
    packs.require("# as in ops\n\nbell_rope==1.0   # pinned\n", same)
    packs.require("bell_rope==2.0\n", other)
    environments = packs.runner.environments

    found = [await environments.python_of(each, lambda _: None) for each in (packs.pack, same)]
    third = await environments.python_of(other, lambda _: None)

    assert found[0] == found[1] != third
    assert len(packs.built()) == 2


async def test_who_needs_it_at_the_same_time_waits_for_one_build(packs: Building) -> None:
    packs.require("bell_rope\n")
    # Each with locks of its own, as two processes have them.
    several = [Environments(sys.executable, packs.folder) for _ in range(2)]

    pythons = await asyncio.gather(
        *(each.python_of(packs.pack, lambda _: None) for each in several * 2)
    )

    assert len(set(pythons)) == 1
    assert [str(each.parent / "bin" / "python") for each in packs.built()] == pythons[:1]


async def test_it_is_said_to_be_building_while_somebody_builds_it(packs: Building) -> None:
    packs.require("bell_rope\n")
    assert await packs.state() is State.NOT_BUILT
    await packs.run(WHERE)
    (built,) = packs.built()
    place = Place(built.parent.parent)
    place.settle(Condition(State.NOT_BUILT))

    with place.held() as ours:
        assert ours
        assert await packs.state() is State.BUILDING
        waiting = asyncio.create_task(packs.run(WHERE))
        await packs.said("is being built", "stderr")
        assert not waiting.done()
        place.settle(Condition(State.READY, str(built.parent / "bin" / "python")))

    assert (await waiting).output["result"] == [str(built.parent), "1.0"]


async def test_one_that_cannot_be_built_says_why_until_it_is_prepared_anew(
    packs: Building, tmp_path: Path
) -> None:
    packs.require("bell_rope==3.0\n")
    action = packs.module(WHERE)

    with pytest.raises(Unavailable, match="tocsin pack prepare ops tries again") as failed:
        await packs.run(action)
    assert "bell_rope==3.0" in failed.value.message
    condition = await packs.runner.environments.condition(packs.pack)
    assert condition is not None
    assert condition.state is State.FAILED
    assert "1.0" in condition.told, "pip told which versions there are"
    wheel(tmp_path / "wheels", "bell_rope", "3.0")
    with pytest.raises(Unavailable, match="bell_rope==3"):
        await packs.run(action)

    prepared = await packs.runner.environments.prepare(packs.pack)

    assert prepared is not None
    assert prepared.state is State.READY
    assert (await packs.run(action)).output["result"][1] == "3.0"
    assert len(packs.built()) == 1


async def test_new_requirements_are_taken_up(packs: Building, tmp_path: Path) -> None:
    packs.require("bell_rope==1.0\n")
    action = packs.module(WHERE)
    before = (await packs.run(action)).output["result"]
    wheel(tmp_path / "wheels", "bell_rope", "2.0")

    packs.require("bell_rope==2.0\n")
    after = (await packs.run(action)).output["result"]

    assert (before[1], after[1]) == ("1.0", "2.0")
    assert before[0] != after[0]


async def test_what_a_killed_builder_left_is_cleared_away(packs: Building) -> None:
    packs.require("bell_rope\n")
    await packs.run(WHERE)
    (first,) = packs.built()
    (first.parent.parent / "state.json").unlink()
    assert await packs.state() is State.NOT_BUILT

    outcome = await packs.run(WHERE)

    (second,) = packs.built()
    assert second != first
    assert outcome.output["result"] == [str(second.parent), "1.0"]


async def test_one_that_was_moved_is_built_anew(packs: Building) -> None:
    """Its programs hold the path that it was built at."""
    packs.require("bell_rope\n")
    await packs.run(WHERE)
    elsewhere = packs.folder.with_name("moved")
    packs.folder.rename(elsewhere)

    found = await Environments(sys.executable, elsewhere).condition(packs.pack)

    assert found == Condition(State.NOT_BUILT)


@contextlib.asynccontextmanager
async def silent_index(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[None]:
    """An index that never answers."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("NO_PROXY", host)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://{host}:{port}/simple")
    async with server:
        yield
    monkeypatch.setenv("PIP_NO_INDEX", "1")


async def test_closing_ends_a_build_and_the_next_one_begins_anew(
    packs: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs.require("bell_rope\n")
    async with silent_index(monkeypatch):
        work = asyncio.create_task(packs.run(WHERE))
        pip = str(packs.pack / "requirements.txt")
        await until(lambda: running(pip))
        assert await packs.state() is State.BUILDING

        await packs.runner.close()

        assert not running(pip)
        with pytest.raises(asyncio.CancelledError):
            await work
    assert await packs.state() is State.NOT_BUILT
    assert (await packs.run(WHERE)).output["result"][1] == "1.0"


async def test_who_is_cancelled_does_not_end_what_others_wait_for(packs: Building) -> None:
    packs.require("bell_rope\n")
    environments = packs.runner.environments
    first, second = (
        asyncio.create_task(environments.python_of(packs.pack, lambda _: None)) for _ in range(2)
    )
    await until(packs.built)

    first.cancel()

    with pytest.raises(asyncio.CancelledError):
        await first
    assert [str(each.parent / "bin" / "python") for each in packs.built()] == [await second]


async def test_a_password_in_an_address_is_not_shown(
    packs: Building, caplog: pytest.LogCaptureFixture
) -> None:
    packs.require("no such bell @ https://somebody:hunter2@bells.example/bell.whl\n")

    prepared = await packs.runner.environments.prepare(packs.pack)

    assert prepared is not None
    assert prepared.state is State.FAILED
    assert "https://***@bells.example/bell.whl" in prepared.told
    assert "hunter2" not in prepared.told + caplog.text


@pytest.mark.parametrize("python", ["/no/such/python", "/bin/false"])
async def test_a_python_that_none_can_be_made_from_is_told(packs: Building, python: str) -> None:
    packs.require("bell_rope\n")
    environments = Environments(python, packs.folder)

    with pytest.raises(Unavailable, match=python):
        await environments.python_of(packs.pack, lambda _: None)


LEANS = (
    "import six\n"
    "def run(a=None, b=None):\n"
    "    import bell_rope, simplejson\n"
    "    return [six.version, bell_rope.version, simplejson.version]\n"
)


async def test_what_packs_lean_on_is_put_beside_as_far_as_it_fits(
    packs: Building, tmp_path: Path
) -> None:
    wheel(tmp_path / "wheels", "six", "1.0")
    wheel(tmp_path / "wheels", "six", "2.0")
    wheel(tmp_path / "wheels", "simplejson", "3.0")
    wheel(tmp_path / "wheels", "pytz", "5.0", requires="six>=2")
    packs.require("bell_rope\nsix==1.0\n")

    outcome = await packs.run(LEANS)

    assert outcome.output["result"] == ["1.0", "1.0", "3.0"]
    found = await packs.runner.environments.condition(packs.pack)
    assert found is not None
    assert found.told == (
        "Left out for want of room: requests, eventlet, pyyaml, jinja2, python-dateutil, pytz"
    )


async def test_an_operator_says_what_stands_in_for_a_requirement(
    packs: Building, tmp_path: Path
) -> None:
    overrides = tmp_path / "home" / "requirements-overrides.yaml"
    packs.kit = RunnerKit(environments=packs.folder, overrides=overrides)
    packs.require("bell_rope==0.1\ngone\n")
    failed = await packs.runner.environments.prepare(packs.pack)
    assert failed is not None
    assert failed.state is State.FAILED

    overrides.write_text('"*": {gone: null}\nops: {bell-rope: bell_rope>=1}\n')

    assert (await packs.run(WHERE)).output["result"][1] == "1.0"
    overrides.write_text("ops: 5\n")
    with pytest.raises(Unavailable, match=r"requirements-overrides\.yaml:1: ops must be an object"):
        await packs.run(WHERE)


async def test_what_is_installed_goes_before_the_files_beside_the_action(packs: Building) -> None:
    packs.require("bell_rope\n")
    packs.write("actions/bell_rope.py", "version = 'of the folder'\n")

    outcome = await packs.run(WHERE)

    assert outcome.output["result"][1] == "1.0"
