"""Discord behind the port that every platform's adapter implements."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

from adapters.discord import commands
from adapters.discord.answering import Answering
from adapters.discord.calling import Calls
from adapters.discord.examining import Examining
from adapters.discord.gateway import Gateway
from adapters.discord.interactions import Interactions
from adapters.discord.missed import Missed
from adapters.discord.outbound import LIMITS
from adapters.discord.people import People
from adapters.discord.places import Places
from adapters.discord.raw import PLATFORM
from adapters.discord.remembering import Remembering
from adapters.discord.rooms import Rooms
from adapters.discord.settings import DiscordSettings
from adapters.discord.writing import Writing
from chat.address import Address
from chat.capabilities import Capabilities
from chat.card import Card, say
from chat.clock import Clock, new_id
from chat.errors import Refused, Unavailable
from chat.form import Form
from chat.health import Finding
from chat.memory import MemoryActs
from chat.message import Attachment, PostedMessage
from chat.once import Once
from chat.person import Person
from chat.port import ChannelFacts, Host, NewChannel
from chat.text import Mention, Span

_HEARS_BY = "set TOCSIN_DISCORD_MESSAGE_CONTENT=true, as docs/discord.md says"


class DiscordAdapter:
    """Implements `chat.port.ChatAdapter`, `Listens` and `Examined` for one Discord server.

    Args:
        settings: Which server, and how.
        acts: The door to what an adapter may keep.
        clock: Where the time comes from.
        base: What links to our own pages begin with.
    """

    def __init__(
        self, settings: DiscordSettings, acts: MemoryActs, clock: Clock, base: str
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._host: Host | None = None
        self.calls = Calls(settings)
        self.remembering = Remembering(acts, clock)
        home = settings.channel if settings.threads else ""
        once, places = Once(acts, clock, PLATFORM), Places(settings.guild, home)
        people = People(self.calls, settings.guild)
        self._places = places
        self._people = people
        self._rooms = Rooms(settings, self.calls, people, places, self.remembering, once)
        self._writing = Writing(
            self.calls, self._rooms, places, self.remembering, once, clock, base
        )
        self._answering = Answering(self.calls, self._writing, self.remembering, once, clock)
        self._interactions = Interactions(
            self.calls, places, people, self.remembering, self._answering
        )
        self._gateway = Gateway(
            settings,
            self.calls,
            places,
            people,
            self._interactions,
            Missed(self.calls, self.remembering, clock),
            self._register,
        )

    @property
    def platform(self) -> str:
        """Name used in addresses."""
        return PLATFORM

    @property
    def capabilities(self) -> Capabilities:
        """Nearly everything; history needs the message-content intent, and nobody's e-mail is told.

        A message for one person only is possible as an answer; otherwise it goes by direct
        message, which says so.
        """
        rooms = not self._settings.threads
        return Capabilities(
            channels=rooms,
            topic=rooms,
            history=self._settings.message_content,
            hears=self._settings.message_content,
            hears_by="" if self._settings.message_content else _HEARS_BY,
            limits=LIMITS,
        )

    async def start(self, host: Host) -> None:
        """Be ready to send; signing in is left to the first call."""
        self._host = host

    async def stop(self) -> None:
        """Let go of everything."""
        self._host = None
        await self._interactions.close()
        await self.calls.close()

    async def listen(self) -> None:
        """Hold the gateway's connection until cancelled."""
        if self._host is None:
            raise Unavailable("Discord is not open yet.", retry_after=1)
        await self._gateway.listen(self._host)

    async def create_channel(self, wanted: NewChannel) -> Address:
        """Make the room, or find the one made before with the same key."""
        return await self._rooms.make(wanted)

    async def may_read(self, channel: Address, person: Person) -> bool:
        """Whether somebody reads a channel, by name or by a role."""
        return await self._rooms.may_read(channel, person)

    async def channel(self, where: Address) -> ChannelFacts:
        """The channel as it stands; Discord does not count its messages."""
        return await self._rooms.facts(where)

    async def workspace(self) -> str:
        """The server's id."""
        return self._settings.guild

    async def find_channel(self, workspace: str, name: str) -> Address | None:
        """A channel of the server by name or id."""
        return await self._rooms.find(name) if workspace == self._settings.guild else None

    async def archive(self, channel: Address, *, archived: bool) -> None:
        """Close or bring back."""
        await self._rooms.archive(channel, archived=archived)

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> None:
        """Let people in.

        Raises:
            Refused: Discord let somebody not in; the others are in.
        """
        self._gateway.let_in(channel.channel, frozenset(one.id for one in people))
        turnout, told = await self._rooms.invite(channel, people)
        if turnout.let_in and not told:
            # Discord tells nobody that a channel is theirs to see now.
            spans: list[Span] = ["Welcome: "]
            for one in turnout.let_in:
                spans += [Mention(one, ping=True), " "]
            with suppress(Refused):
                await self._writing.post(channel, say(*spans), key=f"welcome:{new_id()}")
        turnout.complain("Discord")

    async def set_topic(self, channel: Address, topic: str) -> None:
        """Set the topic, or say when Discord will take it."""
        await self._rooms.set_topic(channel, topic)

    async def post(self, to: Address, card: Card, *, key: str) -> Address:
        """Post and return the message's address."""
        return await self._writing.post(to, card, key=key)

    async def update(self, message: Address, card: Card) -> None:
        """Replace a message of ours in place."""
        await self._writing.update(message, card)

    async def pin(self, message: Address) -> None:
        """Pin."""
        await self._writing.pin(message)

    async def whisper(
        self, to: Address, person: Person, card: Card, *, key: str, ticket: str = ""
    ) -> None:
        """Answer privately, or write directly."""
        await self._answering.whisper(to, person, card, key=key, packed=ticket)

    async def direct(self, person: Person, card: Card, *, key: str) -> Address:
        """Post in the direct channel."""
        return await self._writing.post(await self._writing.direct(person), card, key=key)

    async def open_form(self, to: Address, person: Person, form: Form, *, ticket: str) -> None:
        """Open the form at once, or offer a button that does."""
        await self._answering.open_form(to, person, form, packed=ticket)

    async def upload(
        self, to: Address, file: Attachment, card: Card, *, key: str, only: Person | None = None
    ) -> None:
        """Post a file."""
        if only is not None:
            await self._answering.send_file(to, only, file, card, key=key)
        else:
            await self._writing.post(to, card, key=key, file=file)

    def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """Every message, newest first."""
        return self._writing.history(channel)

    async def message(self, link: str, *, near: Address) -> PostedMessage | None:
        """A message by link or id."""
        return await self._writing.message(link, near)

    async def find_person(self, workspace: str, name: str) -> Person | None:
        """A member of the server by id or name; e-mails are not known to bots."""
        return await self._people.find(name) if workspace == self._settings.guild else None

    def link(self, place: Address) -> str:
        """Where a browser finds it."""
        return self._places.link(place)

    def examine(self) -> AsyncIterator[Finding]:
        """What is well with Discord, and what is not."""
        return Examining(self._settings, self._clock).findings()

    async def _register(self, host: Host) -> None:
        """Register our commands with the server when they have changed."""
        wanted = commands.registered(host.phrases())
        digest, application = commands.digest(wanted), self.calls.application
        name = f"{application}:{self._settings.guild}"
        if await self.remembering.registered(name) == digest:
            return
        await self.calls.call(
            "PUT",
            "/applications/{application_id}/guilds/{guild_id}/commands",
            json=wanted,
            application_id=application,
            guild_id=self._settings.guild,
        )
        await self.remembering.register(name, digest)
