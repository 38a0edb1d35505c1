"""Mattermost for the contract suite: the adapter, its library, and a stand-in server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from adapters.mattermost.adapter import MattermostAdapter
from adapters.mattermost.entry import connect
from adapters.mattermost.seal import Seal
from chat.address import Address
from chat.card import Option
from chat.errors import Unavailable
from chat.form import Form, FormField
from chat.inbound import Inbound
from chat.person import Person
from chat.plugging import AdapterKit
from chat.port import ChatAdapter, Receipt
from chat.reply import Reply
from storage.acts import StoredActs
from storage.database import Database
from tests.adapters.between import PAGES, Between, told
from tests.adapters.listener import Listener, listening
from tests.adapters.mattermost.acting import People
from tests.adapters.mattermost.standin import TOKEN, Json, Standin
from tests.bench import eventually
from tests.clock import SetClock

KEY = b"m" * 32


class Counting(Listener):
    """A listener that a test may hold up.

    Attributes:
        deliveries: How many there were, those of what it had heard before too.
        away: Whether nothing can be kept.
        gate: Work waits until it is open.
    """

    def __init__(self, acts: StoredActs, clock: SetClock, adapter: ChatAdapter) -> None:
        super().__init__(acts, clock, adapter)
        self.deliveries = 0
        self.away = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def receive(self, inbound: Inbound) -> Receipt:
        if self.away:
            raise Unavailable("The database does not answer.")
        receipt = await super().receive(inbound)
        self.deliveries += 1
        return receipt

    def go_on_from(self, other: Counting) -> None:
        """Know what `other` heard: both stand for one journal."""
        self._working = other._working

    async def _work(self, entry_id: str, inbound: Inbound) -> Reply | None:
        await self.gate.wait()
        return await super()._work(entry_id, inbound)


class MattermostPlatform:
    """Implements `tests.adapters.platforms.Platform`."""

    workspace = "main"

    def __init__(
        self, adapter: MattermostAdapter, listener: Counting, server: Standin, doors: Doors
    ) -> None:
        self.mattermost = adapter
        self.adapter: ChatAdapter = adapter
        self.listener: Counting = listener
        self.server = server
        self.doors = doors
        self.people = People(server)
        self._said: dict[str, Json] = {}
        self.between = Between()
        self.troubles = {
            **PAGES,
            "the token refused": told(401, id="api.context.session_expired.app_error"),
        }
        server.faults.append(lambda _: self.between.answer() if self.between.answer else None)
        self._expected = 0

    async def someone(self, name: str) -> Person:
        """A user; the first one's trigger ids are also `ticket` and `t`."""
        user = self.server.user(name)
        self.server.simple_triggers.setdefault("ticket", user["id"])
        return Person("mattermost", "main", user["id"], name, name.title(), f"{name}@example.org")

    async def dismissed(self, name: str) -> Person:
        """A user who was deactivated."""
        person = await self.someone(name)
        self.server.users[person.id]["delete_at"] = 1
        return person

    async def read(self, who: Person, channel: Address) -> list[str]:
        """What their client shows."""
        return self.people.read(who.id, channel.channel)

    async def forms(self, who: Person) -> list[Form]:
        """The dialogs that wait for them."""
        return [_form(each["dialog"]) for each in self.server.dialogs.get(who.id, [])]

    async def say(self, who: Person, channel: Address, text: str, key: str) -> Address:
        """Post, or have the server tell of the post once more."""
        if (known := self._said.get(key)) is not None:
            self.server.tell(known)
        else:
            known = self._said[key] = self.server.put(channel.channel, who.id, text)
        await self._heard()
        return channel.at(known["id"])

    async def enter(self, who: Person, channel: Address) -> None:
        """Join."""
        if who.id not in self.server.members[channel.channel]:
            self.server.enter(who.id, channel.channel)
            await self._heard()

    async def leave(self, who: Person, channel: Address) -> None:
        """Leave."""
        self.server.leave(who.id, channel.channel)
        await self._heard()

    async def _heard(self) -> None:
        self._expected += 1
        await eventually(lambda: self.listener.deliveries >= self._expected)


def kit(database: Database, clock: SetClock, server: Standin, **options: str) -> AdapterKit:
    """What the adapter is made from, pointing at the stand-in."""
    given = {"url": server.url, "token": TOKEN, "team": "main", **options}
    return AdapterKit(
        database.acts, clock, given, options.get("public", "http://tocsin.example"), KEY
    )


@asynccontextmanager
async def opened(database: Database, clock: SetClock) -> AsyncGenerator[MattermostPlatform]:
    """A server, and the adapter connected to it, its routes open."""
    server = Standin(clock)
    await server.start()
    doors = Doors()
    await doors.start()
    adapter = connect(kit(database, clock, server, callback_url=doors.url))
    assert adapter is not None
    listener = Counting(database.acts, clock, adapter)
    await adapter.start(listener)
    doors.open(adapter)
    try:
        async with listening(adapter):
            await asyncio.wait_for(server.signed_in.wait(), 10)
            yield MattermostPlatform(adapter, listener, server, doors)
            await listener.done()
    finally:
        await adapter.stop()
        await doors.stop()
        await server.stop()


class Doors:
    """Our own HTTP server; the adapter's routes are put behind it once it exists."""

    def __init__(self) -> None:
        self.url = ""
        self._inner: web.AppRunner | None = None

    async def start(self) -> None:
        """Take an address."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._routes: web.Application | None = None

    def open(self, adapter: MattermostAdapter) -> None:
        """Answer with this adapter's routes from now on."""
        self._routes = web.Application()
        adapter.install(self._routes)
        self._routes.freeze()

    async def stop(self) -> None:
        """Close."""
        await self._runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        assert self._routes is not None
        match = await self._routes.router.resolve(request)
        request._match_info = match  # pyright: ignore[reportPrivateUsage] - as a router does
        return await match.handler(request)


def _form(dialog: Json) -> Form:
    """The form that a dialog asks."""
    held = Seal(KEY).open("dialog", dialog["state"])
    return Form(
        dialog["callback_id"],
        dialog["title"],
        tuple(_field(element) for element in dialog["elements"]),
        submit=dialog["submit_label"],
        context=held["context"],
        intro=dialog["introduction_text"],
    )


def _field(element: Json) -> FormField:
    kinds: dict[str, Any] = {"text": "text", "textarea": "multiline", "bool": "switch"}
    options = tuple(Option(each["value"], each["text"]) for each in element.get("options", ()))
    return FormField(
        element["name"],
        element["display_name"],
        kinds.get(element["type"], "select"),
        options,
        required=not element["optional"],
        value=element["default"],
        hint=element["help_text"],
    )
