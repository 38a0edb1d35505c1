"""A whole bot on the bench: real database, real local platform, real commands.

Only the durable engine is replaced, by one that drives in this process. A test says a
line as somebody and looks what the bot did:

    await bench.say("ana", "general", "/incident start --playbook outage --name db")
    assert "INC-00001" in (await bench.panel("inc-00001-db")).title
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from sqlalchemy import or_, select

from bot.house import House
from bot.server import Server, listen
from bot.settings import Settings
from bot.wiring import Bot, Roles, open_bot
from bot.work import Work
from chat.card import Card
from chat.clock import Clock
from chat.person import Person
from chat.rooms import Answered, LocalMessage
from security.actor import SYSTEM, Actor
from storage.stores import Stores
from storage.tables.engine import drives
from tests.storage.raw import raw

TEAM = "main"
_PATIENCE = 20.0


class Bench:
    """A running bot, and short ways to use it as its people do.

    Somebody who is named for the first time is given an account with the role
    `responder`; `hire` gives another role. `admin` is there from the start.
    """

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self._server: tuple[Server, str] | None = None

    @property
    def house(self) -> House:
        """Everybody: desks, router, rooms, stored state."""
        return self.bot.house

    @property
    def work(self) -> Work:
        """What goes on in the background."""
        assert self.bot.work is not None
        return self.bot.work

    async def hire(self, name: str, role: str = "responder", team: str | None = TEAM) -> Person:
        """Give somebody an account with a role; their person on the local platform."""
        await self.house.desks.people.create(SYSTEM, name, role=role, team=team)
        return await self.person(name, team or TEAM)

    async def person(self, name: str, team: str = TEAM) -> Person:
        """Somebody on the local platform."""

        def look(stores: Stores) -> Person | None:
            account = stores.people.by_name(name)
            if account is None:
                return None
            return stores.people.persons([account.id], "local", team).get(account.id)

        found = await self.house.acts.read(look)
        return found if found is not None else await self.hire(name, team=team)

    async def actor(self, name: str) -> Actor:
        """Somebody as the desks see them when they come from the local chat."""
        return await self.house.desks.doors.person(await self.person(name))

    async def say(self, who: str, channel: str, text: str, **more: Any) -> Answered:
        """Say a line; everything that comes of it is done when this returns."""
        answered = await self.house.rooms.say(await self.person(who), channel, text, **more)
        await self.settle()
        return answered

    async def told(self, who: str, channel: str, text: str) -> str:
        """Say a line; the text of the answers to it."""
        answered = await self.say(who, channel, text)
        return "\n".join(message.text for message in answered.replies)

    async def click(
        self, who: str, message: LocalMessage, action: str, value: str | None = None
    ) -> Answered:
        """Press a button or choose an option."""
        answered = await self.house.rooms.click(await self.person(who), message.id, action, value)
        await self.settle()
        return answered

    async def submit(self, who: str, answered: Answered, **values: str) -> Answered:
        """Fill in the form that came as an answer."""
        assert answered.form is not None, answered
        submitted = await self.house.rooms.submit(await self.person(who), answered.form.id, values)
        await self.settle()
        return submitted

    async def messages(self, channel: str, who: str = "admin") -> tuple[LocalMessage, ...]:
        """What `who` reads in a channel, oldest first."""
        return await self.house.rooms.messages(await self.person(who), channel, limit=200)

    async def panel(self, channel: str, who: str = "admin") -> Card:
        """The pinned panel of an incident's channel."""
        return (await self.panel_message(channel, who)).card or Card("")

    async def panel_message(self, channel: str, who: str = "admin") -> LocalMessage:
        """The message that the panel is; there must be exactly one."""
        pinned = [message for message in await self.messages(channel, who) if message.pinned]
        assert len(pinned) == 1, pinned
        return pinned[0]

    async def settle(self) -> None:
        """Wait until nothing is driven or delivered any more."""
        deliverer, engine = self.house.deliverer, self.work.engine

        async def still() -> bool:
            await deliverer.rest()
            # In this order: what is taken up between the two looks is seen as busy.
            return not await self._under_way() and engine.busy == 0

        await eventually(still)
        await deliverer.rest()

    async def _under_way(self) -> bool:
        """Whether anything is due or being driven: what is held may have been woken meanwhile."""
        is_due = drives.c.due_at <= self.house.clock.now()
        of_ours = drives.c.kind.in_(self.house.drivers)
        look = select(drives.c.subject).where(of_ours, or_(is_due, drives.c.owner.is_not(None)))
        return bool(await self.house.acts.read(lambda to: raw(to).execute(look).first()))

    async def serve(self) -> str:
        """Open the doors over HTTP; the address, without a slash at the end."""
        if self._server is None:
            from bot.doors import doors  # noqa: PLC0415 - most tests open no doors

            listening = listen("127.0.0.1", 0)
            server = Server(doors(self.bot))
            await server.start(listening)
            self._server = server, f"http://127.0.0.1:{listening.getsockname()[1]}"
        return self._server[1]

    @asynccontextmanager
    async def http(self, who: str = "admin") -> AsyncGenerator[ClientSession]:
        """An HTTP client with a token of somebody's."""
        url = await self.serve()
        actor = await self.house.desks.doors.account(who, "cli")
        _, secret = await self.house.desks.doors.create_token(actor, who, "bench", None, None)
        headers = {"Authorization": f"Token {secret}"}
        async with ClientSession(url, headers=headers) as session:
            yield session

    async def close(self) -> None:
        """Close the doors."""
        if self._server is not None:
            await self._server[0].stop()


@asynccontextmanager
async def on_the_bench(
    database_url: str, home: Path, clock: Clock | None = None, **settings: Any
) -> AsyncGenerator[Bench]:
    """A bench on a migrated database of its own."""
    wanted = Settings(home=home, database_url=database_url, **settings)
    async with open_bot(wanted, Roles(durable=False), clock=clock) as bot:
        assert bot.work is not None
        bot.work.start_driving()
        bench = Bench(bot)
        try:
            yield bench
        finally:
            await bench.close()


async def eventually(
    true: Callable[[], Awaitable[bool] | bool], within: float = _PATIENCE, every: float = 0.02
) -> None:
    """Wait until something is true.

    Raises:
        TimeoutError: It is not true in time.
    """
    async with asyncio.timeout(within):
        while True:
            found = true()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(every)
