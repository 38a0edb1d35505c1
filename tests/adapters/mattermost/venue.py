"""Mattermost as a journey meets it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from copy import deepcopy

import pytest

from bot.doors import doors
from bot.server import Server, listen
from chat.clock import Clock
from chat.payload import part, parts
from chat.person import Person
from tests.adapters.local_venue import Starting
from tests.adapters.mattermost import contract, seen
from tests.adapters.mattermost.acting import People
from tests.adapters.mattermost.standin import TOKEN, Json, Standin
from tests.adapters.venue import Shown, Venue
from tests.bench import Bench, eventually


class MattermostVenue(Venue):
    """Implements `tests.adapters.venue.Venue`."""

    platform = "mattermost"

    def __init__(self, server: Standin, starting: Starting) -> None:
        super().__init__()
        self.server, self.acts = server, People(server)
        self._starting = starting
        self._port = 0
        self.square = next(iter(server.channels))
        self._side = server.channel(self.side, "O")["id"]
        server.enter(server.bot["id"], self.square)

    @asynccontextmanager
    async def bot(self) -> AsyncGenerator[Bench]:
        # A restarted bot is reached where its old buttons lead to.
        listening = listen("127.0.0.1", self._port)
        self._port = listening.getsockname()[1]
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {
                "URL": self.server.url, "TOKEN": TOKEN, "TEAM": "main",
                "CALLBACK_URL": f"http://127.0.0.1:{self._port}",
            }.items():  # fmt: skip
                patch.setenv(f"TOCSIN_MATTERMOST_{name}", value)
            self.server.signed_in.clear()
            async with self._starting() as bench:
                front = Server(doors(bench.bot))
                await front.start(listening)
                await eventually(self.server.signed_in.is_set)
                await eventually(lambda: len(self.server.commands) > 1)
                try:
                    yield bench
                finally:
                    await front.stop()

    async def enter(self, name: str) -> Person:
        user = self.server.user(name)["id"]
        for channel in (self.square, self._side):
            self.server.enter(user, channel)
        return Person("mattermost", "main", user, name, name.title())

    async def type(self, who: str, channel: str, line: str) -> None:
        named = tuple(user for name, user in self.people.items() if f"@{name}" in line)
        assert await self.acts.command(self.people[who], channel, line, mentions=named) == {}
        await self.quiet()

    async def talk(self, who: str, channel: str, words: str, below: Shown | None = None) -> Shown:
        root = (below.thread or below.id) if below else ""
        post = self.server.put(channel, self.people[who], words, root_id=root)
        await self.quiet()
        return self._shown(post)

    async def push(self, who: str, message: Shown, label: str) -> None:
        user, before = self.people[who], len(self._dialogs(who))
        await self.acts.click(user, message.raw, label)
        await self.quiet()
        opened = self._dialogs(who)[before:]
        if opened and opened[0]["dialog"]["callback_id"] == "confirm":
            assert await self.acts.submit(user, message.channel) == {}

    async def menu(self, who: str, message: Shown) -> None:
        raise AssertionError("Mattermost's servers give messages no menu of ours")

    def _dialogs(self, who: str) -> list[Json]:
        return self.server.dialogs.get(self.people[who], [])

    async def form(self, who: str) -> str:
        return self._dialogs(who)[-1]["dialog"]["title"] if self._dialogs(who) else ""

    async def fill(self, who: str, **values: str) -> str:
        given = {name: self.people.get(value, value) for name, value in values.items()}
        answer = await self.acts.submit(self.people[who], self.square, **given)
        await self.quiet()
        return "\n".join([*answer.get("errors", {}).values(), answer.get("error", "")]).strip()

    async def read(self, who: str, channel: str) -> list[Shown]:
        if self.people[who] not in self.server.members[channel]:
            return []
        posts = self.server.posts.values()
        return [self._shown(p) for p in posts if p["channel_id"] == channel and not p["delete_at"]]

    async def private(self, who: str) -> list[Shown]:
        user = self.people[who]
        direct = {
            channel["id"]
            for channel in self.server.channels.values()
            if channel["type"] == "D" and user in self.server.members[channel["id"]]
        }
        told = [post for to, _, post in self.server.ephemeral if to == user]
        posts = self.server.posts.values()
        return [self._shown(p) for p in (*told, *(p for p in posts if p["channel_id"] in direct))]

    async def panel(self, channel: str) -> Shown:
        return self._shown(self.acts.panel(channel))

    async def inside(self, who: str, channel: str) -> bool:
        return self.people[who] in self.server.members[channel]

    async def topic(self, channel: str) -> str:
        return seen.text(self.server.channels[channel]["header"])

    async def archived(self, channel: str) -> bool:
        return bool(self.server.channels[channel]["delete_at"])

    async def content(self, who: str, message: Shown, file: str) -> bytes:
        found = (self.server.files[each] for each in message.raw["file_ids"])
        return next(one["content"] for one in found if one["name"] == file).encode("latin-1")

    def pings(self, message: Shown) -> set[str]:
        attached = parts(part(message.raw, "props"), "attachments")
        texts = [message.raw["message"], *(str(one.get("text", "")) for one in attached)]
        alive = {each for each_text in texts for each in seen.live(each_text)}
        return {name for name in self.people if f"@{name}" in alive}

    def _shown(self, post: Json) -> Shown:
        files = tuple(self.server.files[each]["name"] for each in post.get("file_ids", []))
        ours = post.get("user_id", self.server.bot["id"]) == self.server.bot["id"]
        words, root = seen.post(post), post.get("root_id", "")
        return Shown(post["id"], post["channel_id"], words, files, root, ours, deepcopy(post))


@asynccontextmanager
async def opened(starting: Starting, clock: Clock) -> AsyncGenerator[Venue]:
    """A server, and a bot whose settings name it; every call was one that the contract knows."""
    server = Standin(clock)
    await server.start()
    venue = MattermostVenue(server, starting)
    await venue.begin()
    try:
        yield venue
        contract.check(server.requests)
    finally:
        await venue.end()
        await server.stop()
