"""Teams as a journey meets it: rooms as threads, or as channels where Graph makes them."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any

import pytest

from chat.clock import Clock
from chat.person import Person
from tests.adapters.local_venue import Starting
from tests.adapters.teams.journey import Team
from tests.adapters.teams.judging import mentioned, shown
from tests.adapters.teams.platform import person, standing, text
from tests.adapters.teams.standin import APP, ROOMS, TEAM, Channel, Message, Standin, User, card_of
from tests.adapters.venue import Shown, Venue
from tests.bench import Bench, eventually

_ON_OFFER = re.compile(r"^(\S+): a channel of Teams takes no files", re.MULTILINE)
_SIDE = "19:ops@thread.tacv2"


class TeamsVenue(Venue):
    """Implements `tests.adapters.venue.Venue`."""

    platform = "teams"
    square = TEAM

    def __init__(self, vendor: Standin, starting: Starting) -> None:
        super().__init__()
        self.vendor = vendor
        self._starting = starting
        self._dialogs: dict[str, tuple[Message, Any]] = {}
        vendor.channels[_SIDE] = Channel(_SIDE, self.side)

    @asynccontextmanager
    async def bot(self) -> AsyncGenerator[Bench]:
        async with self._starting() as bench:
            self.vendor.bot_url = await bench.serve()
            self._team = Team(bench, self.vendor)
            yield bench

    async def enter(self, name: str) -> Person:
        return person(self.vendor.hire(name))

    def _user(self, who: str) -> User:
        return self.vendor.users[self.people[who]]

    async def quiet(self) -> None:
        adapter: Any = self.bench.house.adapters["teams"]
        await eventually(lambda: not adapter._receiving._tasks)
        await super().quiet()

    async def type(self, who: str, channel: str, line: str) -> None:
        others = [self._user(name) for name in self.people if f"@{name}" in line]
        for other in others:
            line = line.replace(f"@{other.name.casefold()}", f"@{other.name}")
        await self._team.say(self._user(who), channel, line, *others)

    async def talk(self, who: str, channel: str, words: str, below: Shown | None = None) -> Shown:
        where = below.raw.conversation if below else channel
        event = self.vendor.spoken(self._user(who), where, words)
        assert await self.vendor.bring(event) == (200, None)
        await self.quiet()
        return _shown(self.vendor.message(event["id"]))

    async def push(self, who: str, message: Shown, label: str) -> None:
        reply = await self._team.press(self._user(who), message.raw, label)
        if isinstance(reply, dict) and "task" in reply:
            self._dialogs[who] = (message.raw, reply)

    async def menu(self, who: str, message: Shown) -> None:
        chosen: Message = message.raw
        author = self.vendor.users[chosen.author]
        payload = {
            "id": chosen.id,
            "body": {"contentType": "html", "content": chosen.body["text"]},
            "from": {"user": {"id": author.directory, "displayName": author.name}},
        }
        event = self.vendor.event(
            self._user(who), "invoke", chosen.channel, name="composeExtension/fetchTask",
            value={"commandId": "startIncident", "messagePayload": payload},
        )  # fmt: skip
        status, reply = await self.vendor.bring(event)
        assert status == 200
        self._dialogs[who] = (chosen, reply)
        await self.quiet()

    async def form(self, who: str) -> str:
        if who not in self._dialogs:
            await self._open_form(who)
        found = self._dialogs.get(who)
        if found is None or found[1]["task"]["type"] != "continue":
            return ""
        return str(found[1]["task"]["value"]["title"])

    async def _open_form(self, who: str) -> None:
        """Press what a form is opened by that could not open by itself."""
        notices = [one for one in self.vendor.messages if "\nFill in" in text(one)]
        if notices:
            reply = await self._team.press(self._user(who), notices[-1], "Fill in")
            self._dialogs[who] = (notices[-1], reply)

    async def fill(self, who: str, **values: str) -> str:
        message, asked = self._dialogs.pop(who)
        card = asked["task"]["value"]["card"]["content"]
        given = {name: self.people.get(value, value) for name, value in values.items()}
        held = {
            element["id"].removeprefix("field_"): element.get("value", "")
            for element in card["body"]
            if element["type"].startswith("Input.")
        }
        reply = await self._team.submit(self._user(who), message, asked, **{**held, **given})
        if reply is None:
            return ""
        if reply["task"]["type"] != "continue":
            return str(reply["task"]["value"])
        self._dialogs[who] = (message, reply)
        blocks = reply["task"]["value"]["card"]["content"]["body"]
        wrong = [block["text"] for block in blocks if block.get("color") == "Attention"]
        return "\n".join(wrong)

    async def read(self, who: str, channel: str) -> list[Shown]:
        there = self.vendor.channels.get(channel)
        if there is not None and there.private and self.people[who] not in there.members:
            return []
        return [_shown(one) for one in self.vendor.in_conversation(channel)]

    async def private(self, who: str) -> list[Shown]:
        chat = self.vendor.chat(self._user(who))
        return [_shown(one) for one in self.vendor.in_conversation(chat)] if chat else []

    async def panel(self, channel: str) -> Shown:
        found = [
            one
            for one in self.vendor.in_conversation(channel)
            if "End incident" in text(one) or "Restart" in text(one)
        ]
        assert len(found) == 1, [text(one) for one in found]
        if channel not in self.vendor.channels:
            assert found[0].id == found[0].root, "the panel is not what the thread hangs on"
        return _shown(found[0])

    async def inside(self, who: str, channel: str) -> bool:
        there = self.vendor.channels.get(channel)
        if there is not None and there.private:
            return self.people[who] in there.members
        return any(who in self.pings(one) for one in await self.read(who, channel))

    async def topic(self, channel: str) -> str:
        return self.vendor.channels[channel].description

    async def archived(self, channel: str) -> bool:
        return self.vendor.channels[channel].archived

    async def content(self, who: str, message: Shown, file: str) -> bytes:
        attached = message.raw.body["attachments"]
        inline = [one for one in attached if one.get("name") == file and "contentUrl" in one]
        if inline:
            return base64.b64decode(inline[0]["contentUrl"].partition(",")[2])
        offer = [one for one in attached if one["contentType"].endswith("file.consent")]
        if not offer:
            (offered,) = await self.press(who, message, "Send it to me")
            return await self.content(who, offered, file)
        upload = {
            "uploadUrl": f"{self.vendor.url}/files/{file}", "contentUrl": "https://x/e",
            "name": file, "uniqueId": "u", "fileType": "x",
        }  # fmt: skip
        value = {
            "action": "accept", "context": offer[0]["content"]["acceptContext"],
            "uploadInfo": upload,
        }  # fmt: skip
        await self._team.invoke(self._user(who), message.raw, "fileConsent/invoke", value)
        return self.vendor.files[file]

    def pings(self, message: Shown) -> set[str]:
        told, known = mentioned(card_of(message.raw)), self.people
        return {name for name in known if told & {known[name], self._user(name).contact}}


def _shown(message: Message) -> Shown:
    card = card_of(message)
    words = shown(card) if card else str(message.body.get("text", ""))
    files = tuple(
        str(one["name"])
        for one in message.body.get("attachments", [])
        if "contentUrl" in one or one["contentType"].endswith("file.consent")
    )
    # What a channel takes no file for is on offer by a button.
    files += tuple(_ON_OFFER.findall(words))
    thread = message.root if message.root and message.root != message.id else ""
    ours = message.author == APP
    return Shown(message.id, message.channel, words, files, thread or "", ours, deepcopy(message))


@asynccontextmanager
async def opened(starting: Starting, clock: Clock, *, graph: bool = False) -> AsyncGenerator[Venue]:
    """A team, and a bot whose settings name it."""
    async with standing(clock.now) as vendor:
        assert ROOMS in vendor.channels
        with pytest.MonkeyPatch.context() as patch:
            for name, value in vendor.options(graph=graph).items():
                patch.setenv(f"TOCSIN_TEAMS_{name.upper()}", value)
            venue = TeamsVenue(vendor, starting)
            await venue.begin()
            try:
                yield venue
            finally:
                await venue.end()
