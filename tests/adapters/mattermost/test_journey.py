"""An incident from its start to its close on Mattermost, through a whole bot."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.doors import doors
from bot.server import Server, listen
from chat.clock import SystemClock
from chat.person import Person
from security.actor import SYSTEM
from tests.adapters.mattermost import contract, seen
from tests.adapters.mattermost.acting import People
from tests.adapters.mattermost.limits import actions
from tests.adapters.mattermost.standin import TOKEN, Json, Standin
from tests.automation.runs import written
from tests.bench import Bench, eventually, on_the_bench

RISKY = {
    "name": "Flush",
    "action": "core.local",
    "parameters": {"cmd": "echo flushed"},
    "approval": {"role": "approver"},
}


@dataclass
class Scene:
    """A bot, its server, and people on it.

    Attributes:
        square: The channel where everybody is.
    """

    bench: Bench
    server: Standin
    people: People
    square: str

    async def hire(self, name: str, role: str) -> str:
        """An account whose user on Mattermost is linked to it; that user's id."""
        await self.bench.hire(name, role)
        user = self.server.user(name)
        self.server.enter(user["id"], self.square)
        who = Person("mattermost", "main", user["id"], name, name.title())
        await self.bench.house.desks.people.link(SYSTEM, name, who)
        return str(user["id"])

    async def told(self, user: str, channel: str, line: str, answer: str) -> None:
        """Type a command; what its author then reads alone has that in it."""
        before = len(self.server.ephemeral)
        assert await self.people.command(user, channel, line) == {}

        def heard() -> str:
            return "\n".join(seen.post(post) for _, _, post in self.server.ephemeral[before:])

        await eventually(lambda: answer in heard())
        await self.bench.settle()

    async def press(self, user: str, post: Json, label: str, choice: str = "") -> None:
        """Press a control; all that comes of it is done."""
        await self.people.click(user, post, label, choice)
        await self.bench.settle()

    async def with_control(self, user: str, channel: str, label: str) -> Json:
        """The post that somebody finds that control in."""

        def found() -> list[Json]:
            posts = self.people.posts(user, channel)
            return [p for p in posts if any(a["name"] == label for a in actions(p))]

        await eventually(lambda: bool(found()))
        return found()[-1]

    async def reads(self, user: str, channel: str, text: str) -> None:
        """Somebody comes to read that."""
        await eventually(lambda: any(text in each for each in self.people.read(user, channel)))

    def room(self, name: str) -> str:
        """A channel's id."""
        return next(c["id"] for c in self.server.channels.values() if c["name"] == name)


@pytest.fixture
async def scene(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    async with _scene(database_url, tmp_path, monkeypatch) as made:
        yield made


@asynccontextmanager
async def _scene(
    database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Scene]:
    server = Standin(SystemClock())
    await server.start()
    square = next(iter(server.channels))
    server.enter(server.bot["id"], square)
    listening = listen("127.0.0.1", 0)
    for name, value in {
        "URL": server.url, "TOKEN": TOKEN, "TEAM": "main",
        "CALLBACK_URL": f"http://127.0.0.1:{listening.getsockname()[1]}",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"TOCSIN_MATTERMOST_{name}", value)
    async with on_the_bench(database_url, home, archive_on_close=True) as bench:
        front = Server(doors(bench.bot))
        await front.start(listening)
        await eventually(server.signed_in.is_set)
        try:
            yield Scene(bench, server, People(server), square)
        finally:
            await front.stop()
    await server.stop()


async def test_an_incident_from_start_to_close(scene: Scene) -> None:
    server = scene.server
    ana, bo = await scene.hire("ana", "commander"), await scene.hire("bo", "approver")
    await written(scene.bench, RISKY)

    # Started in one line; its channel has its people, the panel is pinned, the square is told.
    line = '/incident start outage "Checkout is down"'
    await scene.told(ana, scene.square, line, "INC-00001 is started")
    room = scene.room("inc-00001-checkout-is-down")
    await scene.bench.settle()
    assert ana in server.members[room]
    await scene.reads(ana, scene.square, "INC-00001")
    panel = scene.people.panel(room)
    assert "Checkout is down" in seen.post(panel)

    # A step is checked by a button; the same post shows it.
    await scene.press(ana, panel, "Check")
    assert scene.people.panel(room)["id"] == panel["id"]
    await eventually(lambda: "1/" in seen.post(scene.people.panel(room)))

    # A runbook's step waits for somebody else's yes, given by a button.
    await scene.told(ana, room, "/incident invite @bo", "Invited to INC-00001")
    await scene.people.command(ana, room, "/runbook run try")
    asked = await scene.with_control(ana, room, "Approve")
    await scene.press(ana, asked, "Approve")
    assert (await _run(scene)) == "WAITING"
    await scene.press(bo, asked, "Approve")
    await eventually(lambda: not any(a["name"] == "Approve" for a in actions(asked)))
    await scene.bench.settle()
    assert (await _run(scene)) == "COMPLETED"

    # A status update through the form that a button opens.
    await scene.press(ana, scene.people.panel(room), "Update")
    await eventually(lambda: bool(server.dialogs.get(ana)))
    field = server.dialogs[ana][-1]["dialog"]["elements"][0]["name"]
    assert await scene.people.submit(ana, room, **{field: "We are on it"}) == {}
    await scene.reads(ana, room, "We are on it")

    # The export comes directly, with what was said.
    await scene.people.command(ana, room, "/incident export")
    await eventually(lambda: bool(server.files))
    (file,) = server.files.values()
    assert file["name"].endswith(".csv")
    assert "We are on it" in file["content"]

    # The end, asked for by a button that asks back; the channel is archived.
    await scene.press(ana, scene.people.panel(room), "End incident")
    await eventually(lambda: bool(server.dialogs.get(ana)))
    assert await scene.people.submit(ana, room) == {}
    await eventually(lambda: bool(server.channels[room]["delete_at"]))
    assert "✅" in seen.post(scene.people.panel(room))

    contract.check(server.requests)


async def test_a_stranger_is_told_who_they_are_and_nothing_happens(scene: Scene) -> None:
    zoe = scene.server.user("zoe")["id"]
    await scene.told(zoe, scene.square, "/incident start outage x", "do not know you")

    assert not [c for c in scene.server.channels.values() if c["name"].startswith("inc")]


async def test_an_incident_is_started_from_a_message_by_its_link(scene: Scene) -> None:
    ana = await scene.hire("ana", "commander")
    said = scene.server.put(scene.square, ana, "The shop shows 500 to @everyone")
    link = f"{scene.server.url}/main/pl/{said['id']}"
    line = f"/incident start outage Shop --from {link}"
    await scene.told(ana, scene.square, line, "INC-00001 is started")

    room = scene.room("inc-00001-shop")
    await scene.reads(ana, room, "The shop shows 500")


async def _run(scene: Scene) -> str:
    admin = await scene.bench.actor("admin")
    return str(
        (await scene.bench.house.desks.executions.detail(admin, "RUN-00001")).execution.status
    )
