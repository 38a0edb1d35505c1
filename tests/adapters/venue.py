"""A chat platform with a whole bot on it, as the people of a journey meet it.

`tests/adapters/<platform>/venue.py` makes one of each platform from its stand-in and the vendor's
own library, and `local_venue.py` one of our own chat; `journey.py` plays the same steps on all.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any

from chat.address import Address
from chat.capabilities import Capabilities
from chat.person import Person
from security.actor import SYSTEM
from tests.bench import Bench, eventually
from tests.clock import RunningClock

_NAMED = re.compile(r"(?<![\w@])([@#])([a-z][a-z0-9-]*)")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as somebody's client shows it.

    Attributes:
        id: The same as long as it is the same message.
        text: All that is read, the labels of its controls too.
        files: Names of what is attached.
        thread: Id of its thread's first message, for replies; empty for others.
        ours: Whether the bot said it.
        raw: As the platform has it.
    """

    id: str
    channel: str
    text: str
    files: tuple[str, ...] = ()
    thread: str = ""
    ours: bool = True
    raw: Any = None


class Venue(ABC):
    """People on one platform, and a bot among them.

    Attributes:
        platform: Its name in addresses.
        square: Id of a public channel where everybody is.
        side: Name of another public channel, which nobody has told the bot of.
        people: Names to ids on the platform.
        workspace: Of addresses there.
        nests: Whether a message in a room can have a thread; there is none within a thread.
        clock: The time, for the bot and the platform.
    """

    clock: RunningClock
    platform = ""
    workspace = ""
    square = ""
    side = "ops"
    nests = True

    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self._running = AsyncExitStack()
        self._bench: Bench | None = None

    @property
    def bench(self) -> Bench:
        """The bot."""
        assert self._bench is not None
        return self._bench

    @property
    def can(self) -> Capabilities:
        """What the platform's adapter declares."""
        return self.bench.house.adapters[self.platform].capabilities

    @abstractmethod
    def bot(self) -> AbstractAsyncContextManager[Bench]:
        """A bot that is connected to the platform meanwhile."""

    async def begin(self) -> None:
        """Start the bot."""
        self._bench = await self._running.enter_async_context(self.bot())

    async def end(self) -> None:
        """Stop it."""
        await self._running.aclose()

    async def restart(self) -> None:
        """A new process, which knows only what is stored."""
        await self.end()
        await self.begin()

    async def hire(self, name: str, role: str = "responder") -> None:
        """Somebody who is in the square, and whose account is linked."""
        await self.bench.hire(name, role)
        person = await self.enter(name)
        self.workspace = person.workspace
        if person.platform != "local":
            await self.bench.house.desks.people.link(SYSTEM, name, person)
        self.people[name] = person.id

    @abstractmethod
    async def enter(self, name: str) -> Person:
        """Have the platform know somebody, who is in the square."""

    # what people do; each comes back once everything is done, with what only they were shown

    async def say(self, who: str, channel: str, line: str) -> list[Shown]:
        """Type a command; `@name` and `#channel` become what the platform makes of them."""
        return await self._seeing(who, self.type(who, channel, line))

    @abstractmethod
    async def type(self, who: str, channel: str, line: str) -> None:
        """Type a command."""

    @abstractmethod
    async def talk(self, who: str, channel: str, words: str, below: Shown | None = None) -> Shown:
        """Say something ordinary, perhaps in the thread below a message."""

    async def press(self, who: str, message: Shown, label: str) -> list[Shown]:
        """Press the first button that says so, and answer what it asks with yes."""
        return await self._seeing(who, self.push(who, message, label))

    @abstractmethod
    async def push(self, who: str, message: Shown, label: str) -> None:
        """Press a button."""

    @abstractmethod
    async def menu(self, who: str, message: Shown) -> None:
        """Choose “start an incident” in a message's menu."""

    @abstractmethod
    async def form(self, who: str) -> str:
        """The title of the form in front of somebody; empty when there is none."""

    @abstractmethod
    async def fill(self, who: str, **values: str) -> str:
        """Fill it in, people by their names; what it says is wrong, empty when it closes."""

    # what people see

    @abstractmethod
    async def read(self, who: str, channel: str) -> list[Shown]:
        """What everybody sees there, oldest first; nothing where `who` may not look."""

    @abstractmethod
    async def private(self, who: str) -> list[Shown]:
        """What they alone are shown, in channels and directly, oldest first."""

    @abstractmethod
    async def panel(self, channel: str) -> Shown:
        """The message that is kept in sight; there must be exactly one."""

    @abstractmethod
    async def inside(self, who: str, channel: str) -> bool:
        """Whether they are in a channel, or, where nobody can be let in, were asked in."""

    @abstractmethod
    async def topic(self, channel: str) -> str:
        """What stands above a channel."""

    @abstractmethod
    async def archived(self, channel: str) -> bool:
        """Whether nothing can be posted there any more."""

    @abstractmethod
    async def content(self, who: str, message: Shown, file: str) -> bytes:
        """A file of a message, as they get it."""

    @abstractmethod
    def pings(self, message: Shown) -> set[str]:
        """Names of those whom a message notifies."""

    # what follows from these

    async def room(self, key: str = "INC-1") -> tuple[Venue, str]:
        """Where an incident is talked about: the platform and the channel, once it is open."""
        desk, admin = self.bench.house.desks.incidents, await self.bench.actor("admin")

        async def opened() -> bool:
            return (await desk.detail(admin, key)).opened

        await eventually(opened)
        await self.quiet()
        address = (await desk.detail(admin, key)).rooms[0].address
        there = self if address.platform == self.platform else await self.at_home()
        return there, address.channel

    async def channel_called(self, name: str) -> str:
        """The id of a channel that is there."""
        adapter = self.bench.house.adapters[self.platform]
        found = await adapter.find_channel(self.workspace, name)
        assert found is not None, f"there is no #{name}"
        return found.channel

    async def at_home(self) -> Venue:
        """The same bot's own chat."""
        from tests.adapters.local_venue import LocalVenue  # noqa: PLC0415 - the two know each other

        return await LocalVenue.of(self)

    async def quiet(self) -> None:
        """Wait until everything is done."""
        router: Any = self.bench.house.router
        await eventually(lambda: not router._working)
        await self.bench.settle()

    async def texts(self, who: str, channel: str) -> str:
        """All that everybody reads in a channel."""
        return "\n".join(one.text for one in await self.read(who, channel))

    async def find(self, who: str, channel: str, words: str) -> Shown:
        """The newest message in a channel that says so."""
        found = [one for one in await self.read(who, channel) if words in one.text]
        assert found, f"nobody says “{words}”:\n{await self.texts(who, channel)}"
        return found[-1]

    async def again(self, who: str, message: Shown) -> Shown:
        """A message as it is now."""
        return next(one for one in await self.read(who, message.channel) if one.id == message.id)

    def link(self, message: Shown) -> str:
        """The link that a client copies of a message."""
        place = Address(self.platform, self.workspace, message.channel, message=message.id)
        return self.bench.house.adapters[self.platform].link(place)

    async def _seeing(self, who: str, doing: Awaitable[None]) -> list[Shown]:
        before = {(one.id, one.text) for one in await self.private(who)}
        await doing
        await self.quiet()
        return [one for one in await self.private(who) if (one.id, one.text) not in before]

    def typed(self, line: str, person: str, channel: str) -> str:
        """A line with its names as the platform writes them: formats with `{}` for the id."""

        def written(found: re.Match[str]) -> str:
            sign, name = found.groups()
            if sign == "@" and name in self.people:
                return person.format(self.people[name], name=name)
            known = self.channel_named(name) if sign == "#" else ""
            return channel.format(known, name=name) if known else found[0]

        return _NAMED.sub(written, line)

    def channel_named(self, name: str) -> str:
        """A channel's id; empty when there is none."""
        del name
        return ""


def said(shown: list[Shown]) -> str:
    """The texts, one below the other."""
    return "\n".join(one.text for one in shown)
