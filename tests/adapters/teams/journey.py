"""A whole bot on a stand-in of Teams, used as its people do."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.teams.seal import Seal
from chat.clock import SystemClock
from chat.person import Person
from security.account import Identity
from tests.adapters.teams.platform import person, standing, text
from tests.adapters.teams.standin import ROOMS, Json, Message, Standin, User, card_of, pressable
from tests.bench import Bench, eventually, on_the_bench


class Team:
    """People who talk to a whole bot in Teams.

    Attributes:
        replies: What the platform was told about each event, the newest last.
    """

    def __init__(self, bench: Bench, vendor: Standin) -> None:
        self.bench = bench
        self.vendor = vendor

    async def join(self, name: str, role: str = "responder") -> User:
        """Somebody who is in the team, and has an account."""
        user = self.vendor.hire(name)
        if name != "admin":
            await self.bench.hire(name, role)
        await self.link(name, person(user))
        return user

    async def link(self, name: str, who: Person) -> None:
        """Make somebody on Teams known as an account."""

        def act(stores: Any) -> None:
            account = stores.people.by_name(name)
            stores.people.link(Identity(account.id, who))

        await self.bench.house.acts.run(act)

    async def settle(self) -> None:
        """Wait until everything that was begun is done and delivered."""
        router: Any = self.bench.house.router
        adapter: Any = self.bench.house.adapters["teams"]
        await eventually(lambda: not router._working and not adapter._receiving._tasks)
        await self.bench.settle()

    async def say(self, user: User, conversation: str, line: str, *others: User) -> Message:
        """Type a command that mentions the bot; the message it stands in."""
        event = self.vendor.to_bot(user, conversation, line, *others)
        assert await self.vendor.bring(event) == (200, None)
        await self.settle()
        return self.vendor.message(event["id"])

    async def press(self, user: User, message: Message, title: str, **more: Any) -> Any:
        """Press a button of a message; what the platform is told."""
        button = next(each for each in pressable(card_of(message)) if each["title"] == title)
        data = {**button["data"], **more}
        if button["type"] == "Action.Execute":
            name, value = "adaptiveCard/action", {"action": {**button, "data": data}}
        else:
            name, value = "task/fetch", {"data": data}
        return await self.invoke(user, message, name, value)

    async def submit(self, user: User, message: Message, reply: Any, **values: str) -> Any:
        """Fill in a dialog."""
        card = reply["task"]["value"]["card"]["content"]
        given = {f"field_{name}": value for name, value in values.items()}
        data = {**card["actions"][0]["data"], **given}
        return await self.invoke(user, message, "task/submit", {"data": data})

    async def invoke(self, user: User, message: Message, name: str, value: Json) -> Any:
        """Anything that is answered in the same breath."""
        event = self.vendor.event(
            user, "invoke", message.conversation, name=name, value=value, replyToId=message.id
        )
        status, reply = await self.vendor.bring(event)
        assert status == 200
        await self.settle()
        return reply

    def told(self, user: User) -> str:
        """The newest thing that somebody was told in their chat with the bot."""
        return self.texts(self.vendor.chat(user) or "")[-1]

    def texts(self, conversation: str) -> list[str]:
        """What is read in a thread, a channel or a chat."""
        return [text(each) for each in self.vendor.in_conversation(conversation)]

    def ours(self, conversation: str) -> list[str]:
        """What the bot says there."""
        said = self.vendor.in_conversation(conversation)
        return [text(each) for each in said if card_of(each)]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        await eventually(true, within=60)

    def room(self, name: str) -> str:
        """The conversation of an incident's room, found by its panel."""
        found = [each for each in self.vendor.messages if name in text(each)]
        panels = [each for each in found if "End incident" in text(each)]
        assert panels, [text(each) for each in self.vendor.messages]
        return panels[0].conversation if panels[0].channel == ROOMS else panels[0].channel

    def panel(self, conversation: str) -> Message:
        """The panel of a room."""
        return next(
            each
            for each in self.vendor.in_conversation(conversation)
            if "End incident" in text(each) or "Restart" in text(each)
        )


@asynccontextmanager
async def team(database_url: str, home: Path, *, graph: bool = False) -> AsyncGenerator[Team]:
    """A bot whose settings are variables of the environment, and a team."""
    async with (
        standing(SystemClock().now) as vendor,
        on_teams(vendor, database_url, home, graph=graph) as bench,
    ):
        yield Team(bench, vendor)


@asynccontextmanager
async def on_teams(
    vendor: Standin, database_url: str, home: Path, *, graph: bool = False
) -> AsyncGenerator[Bench]:
    """A bot on a stand-in that is there already."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in vendor.options(graph=graph).items():
            patch.setenv(f"TOCSIN_TEAMS_{name.upper()}", value)
        async with on_the_bench(database_url, home) as bench:
            vendor.bot_url = await bench.serve()
            yield bench


def seal_of(bench: Bench) -> Seal:
    """What the bot seals its buttons with."""
    adapter: Any = bench.house.adapters["teams"]
    return adapter._seal
