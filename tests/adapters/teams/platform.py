"""Teams for the contract suite: rooms as threads."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.teams.adapter import TeamsAdapter
from adapters.teams.forms import Asked
from adapters.teams.options import read
from adapters.teams.seal import Seal
from chat.address import Address
from chat.form import Form
from chat.person import Person
from chat.plugging import AdapterKit
from chat.port import ChatAdapter
from chat.rates import Rate
from storage.database import Database
from tests.adapters.between import PAGES, told
from tests.adapters.listener import Listener
from tests.adapters.teams.certificate import make_certificate
from tests.adapters.teams.judging import shown
from tests.adapters.teams.standin import (
    ROOMS,
    TENANT,
    Message,
    Standin,
    User,
    card_of,
    pressable,
)
from tests.clock import SetClock

KEY = bytes(range(32))


class TeamsPlatform:
    """The adapter with its people, seen from outside."""

    workspace = TENANT

    def __init__(self, vendor: Standin, adapter: TeamsAdapter, listener: Listener) -> None:
        self.vendor = vendor
        self.vendor = vendor
        self.between = vendor.between
        refused = {"code": "Unauthorized", "message": "not now"}
        self.troubles = {**PAGES, "the token refused": told(401, error=refused)}
        self.teams = adapter
        self.adapter: ChatAdapter = adapter
        self.listener = listener

    async def someone(self, name: str) -> Person:
        """Somebody new in the team."""
        return person(self.vendor.hire(name))

    async def dismissed(self, name: str) -> Person:
        """Somebody who left the team."""
        user = self.vendor.hire(name)
        self.vendor.fire(user)
        return person(user)

    def user(self, who: Person) -> User:
        """Somebody as the vendor knows them."""
        return self.vendor.users[who.id]

    async def read(self, who: Person, channel: Address) -> list[str]:
        """What their client shows."""
        if channel.channel.startswith("a:") and channel.channel != f"a:{who.id}":
            return []
        there = self.vendor.channels.get(channel.channel)
        if there is not None and there.private and who.id not in there.members:
            return []
        return [text(each) for each in self.vendor.in_conversation(channel.channel)]

    async def forms(self, who: Person) -> list[Form]:
        """The forms that open when they press what opens one."""
        found: list[Form] = []
        for message in self.vendor.messages:
            for button in pressable(card_of(message)):
                if button["data"].get("msteams") == {"type": "task/fetch"}:
                    reply = await self.fetch(who, message, button)
                    if reply["task"]["type"] == "continue":
                        found.append(form_in(reply))
        return found

    async def fetch(self, who: Person, message: Message, button: Any) -> Any:
        """Press what opens a dialog."""
        event = self.vendor.event(
            self.user(who), "invoke", message.conversation, name="task/fetch",
            replyToId=message.id, value={"data": button["data"]},
        )  # fmt: skip
        status, reply = await self.vendor.bring(event)
        assert status == 200
        return reply

    async def say(self, who: Person, channel: Address, text: str, key: str) -> Address:
        """Post; `key` again is the same message."""
        number = str(900_000 + sum(key.encode()))
        event = self.vendor.spoken(self.user(who), channel.channel, text, number=number)
        status, _ = await self.vendor.bring(event)
        assert status == 200
        thread = number if channel.channel in self.vendor.channels else None
        return Address("teams", TENANT, channel.channel, thread=thread, message=number)

    async def settle(self) -> None:
        """Wait for what the adapter does after it has answered."""
        receiving = self.teams._receiving  # pyright: ignore[reportPrivateUsage]
        assert receiving is not None
        await receiving.close()

    def forgive(self) -> None:
        """Let the time pass that the platform asked us to wait."""
        self.teams._connector._rate._closed.clear()  # pyright: ignore[reportPrivateUsage]

    async def enter(self, who: Person, channel: Address) -> None:
        """Nobody enters."""
        del who, channel
        pytest.skip("all of a team are members of each of its channels all the time")

    async def leave(self, who: Person, channel: Address) -> None:
        """Nobody leaves."""
        await self.enter(who, channel)


def person(user: User) -> Person:
    """Somebody as the adapter knows them."""
    name = user.login.partition("@")[0]
    return Person("teams", TENANT, user.directory, name, user.name, user.mail)


async def invoke(teams: TeamsPlatform, who: User, name: str, value: Any, **more: Any) -> Any:
    """Bring what is answered in the same breath; the answer."""
    conversation = more.pop("conversation", ROOMS)
    event = teams.vendor.event(who, "invoke", conversation, name=name, value=value, **more)
    status, reply = await teams.vendor.bring(event)
    assert status == 200
    return reply


def text(message: Message) -> str:
    """What a reader sees of a message."""
    return shown(card_of(message)) if card_of(message) else str(message.body.get("text", ""))


def form_in(reply: Any) -> Form:
    """The form that a dialog carries."""
    card = reply["task"]["value"]["card"]["content"]
    asked = Asked.opened(Seal(KEY), card["actions"][0]["data"]["t"])
    assert asked is not None
    return asked.form


@asynccontextmanager
async def standing(now: Any) -> AsyncGenerator[Standin]:
    """The vendor, listening."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        certificate = make_certificate(Path(folder))
        patch.setenv("REQUESTS_CA_BUNDLE", str(certificate.path))
        assert os.environ["REQUESTS_CA_BUNDLE"]
        vendor = Standin(now)
        await vendor.start(certificate)
        try:
            yield vendor
        finally:
            await vendor.stop()


@asynccontextmanager
async def opened(
    database: Database, clock: SetClock, *, graph: bool = False, rate: Rate | None = None
) -> AsyncGenerator[TeamsPlatform]:
    """The adapter on a stand-in, with a bot that listens; without limits unless they are given."""
    async with standing(clock.now) as vendor:
        options = read(vendor.options(graph=graph))
        assert options is not None
        kit = AdapterKit(database.acts, clock, {}, "https://tocsin.example", KEY)
        adapter = TeamsAdapter(kit, options, rate or Rate())
        listener = Listener(database.acts, clock, adapter)
        await adapter.start(listener)
        app = web.Application()
        adapter.install(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        vendor.bot_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield TeamsPlatform(vendor, adapter, listener)
        finally:
            await listener.done()
            await adapter.stop()
            await runner.cleanup()
