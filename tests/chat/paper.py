"""A platform on paper: it keeps what it was told, and fails when a test wants it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from chat.address import Address
from chat.capabilities import Capabilities
from chat.card import Card
from chat.errors import NotFound
from chat.form import Form
from chat.message import Attachment, PostedMessage
from chat.person import Person
from chat.port import ChannelFacts, Host, NewChannel

ANA = Person("paper", "main", "u1", "ana")


def room(name: str = "general") -> Address:
    """A channel of it."""
    return Address("paper", "main", name)


@dataclass
class Paper:
    """Implements `chat.port.ChatAdapter`.

    Attributes:
        done: What it did, in order: `(what, where or whom, title)`.
        wrong: Errors to raise, one a call, by channel; None lets a call pass.
        people: Who is there.
        looked_up: What `find_person` was asked for.
        held: Channels in which calls wait for the event.
    """

    capabilities: Capabilities = field(default_factory=Capabilities)
    platform: str = "paper"
    done: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    wrong: dict[str, list[Exception | None]] = field(
        default_factory=dict[str, list[Exception | None]]
    )
    held: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    people: tuple[Person, ...] = (ANA,)
    looked_up: list[str] = field(default_factory=list[str])
    deleted: set[str] = field(default_factory=set[str])
    _keys: dict[str, Address] = field(default_factory=dict[str, Address])

    def can(self, **less: bool) -> None:
        """Change what it can do."""
        self.capabilities = replace(self.capabilities, **less)

    def titles(self, channel: str) -> list[str]:
        """Titles of what was done in a channel, in order."""
        return [title for _, where, title in self.done if where == channel]

    async def _do(self, what: str, where: str, title: str) -> None:
        if where in self.held:
            await self.held[where].wait()
        errors = self.wrong.get(where, [])
        if errors and (error := errors.pop(0)) is not None:
            raise error
        self.done.append((what, where, title))

    async def start(self, host: Host) -> None:
        """Nothing ever happens here by itself."""

    async def stop(self) -> None:
        """Nothing to let go of."""

    async def create_channel(self, wanted: NewChannel) -> Address:
        """As the port says."""
        await self._do("create", wanted.name, wanted.topic)
        return room(wanted.name)

    async def channel(self, where: Address) -> ChannelFacts:
        """As the port says."""
        return ChannelFacts(where.room, where.channel, private=False, members=(), messages=0)

    async def find_channel(self, workspace: str, name: str) -> Address | None:
        """As the port says."""
        return Address("paper", workspace, name)

    async def archive(self, channel: Address, *, archived: bool) -> None:
        """As the port says."""
        await self._do("archive", channel.channel, str(archived))

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> None:
        """As the port says."""
        await self._do("invite", channel.channel, ",".join(person.name for person in people))

    async def set_topic(self, channel: Address, topic: str) -> None:
        """As the port says."""
        await self._do("topic", channel.channel, topic)

    async def post(self, to: Address, card: Card, *, key: str) -> Address:
        """As the port says: one key is one message."""
        if key not in self._keys:
            await self._do("post", to.channel, card.title)
            self._keys[key] = to.at(f"m{len(self._keys)}")
        return self._keys[key]

    async def update(self, message: Address, card: Card) -> None:
        """As the port says."""
        if message.message in self.deleted:
            raise NotFound("That message is gone.")
        await self._do("update", message.channel, card.title)

    async def pin(self, message: Address) -> None:
        """As the port says."""
        await self._do("pin", message.channel, message.message or "")

    async def whisper(
        self, to: Address, person: Person, card: Card, *, key: str, ticket: str = ""
    ) -> None:
        """As the port says."""
        if key not in self._keys:
            await self._do("whisper", to.channel, card.title)
            self._keys[key] = to

    async def direct(self, person: Person, card: Card, *, key: str) -> Address:
        """As the port says."""
        await self._do("direct", f"@{person.name}", card.title)
        return room(f"@{person.name}").at("m0")

    async def open_form(self, to: Address, person: Person, form: Form, *, ticket: str) -> None:
        """As the port says."""
        await self._do("form", to.channel, form.title)

    async def upload(
        self, to: Address, file: Attachment, card: Card, *, key: str, only: Person | None = None
    ) -> None:
        """As the port says."""
        await self._do("upload", to.channel, file.name)

    async def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """As the port says; it keeps none."""
        for message in ():
            yield message

    async def message(self, link: str, *, near: Address) -> PostedMessage | None:
        """As the port says."""
        return None

    async def find_person(self, workspace: str, name: str) -> Person | None:
        """As the port says."""
        self.looked_up.append(name)
        wanted = name.lstrip("@")
        found = (p for p in self.people if wanted in {p.id, p.name, p.email})
        return next(found, None)

    def link(self, place: Address) -> str:
        """As the port says."""
        return f"https://paper.example.org/{place.channel}"
