"""Microsoft Teams behind the port that every platform's adapter implements."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Generator
from dataclasses import replace
from typing import Any

from aiohttp import web
from botbuilder.schema import Activity  # pyright: ignore[reportMissingTypeStubs]

from adapters.teams import ids
from adapters.teams.activities import carrying, marked
from adapters.teams.capable import capabilities
from adapters.teams.chats import Chats
from adapters.teams.connector import SENDING, Connector
from adapters.teams.controls import actions
from adapters.teams.cures.signing_keys import SigningKeys
from adapters.teams.examining import Examination
from adapters.teams.files import Files, picture
from adapters.teams.forms import Asked, done, notice
from adapters.teams.graph import Graph
from adapters.teams.graph_rooms import GraphRooms
from adapters.teams.inbound import Reader
from adapters.teams.options import Options
from adapters.teams.outbound import Look, render
from adapters.teams.people import People
from adapters.teams.receiving import Receiving, asked_of
from adapters.teams.registry import Registry
from adapters.teams.rooms import Rooms, asked_in, told
from adapters.teams.route import Route
from adapters.teams.seal import Seal
from adapters.teams.thread_rooms import ThreadRooms
from adapters.teams.tokens import Tokens
from chat.address import Address
from chat.capabilities import Capabilities
from chat.card import Card, Text
from chat.errors import NotFound, TocsinError, Unavailable
from chat.form import Form
from chat.health import Finding
from chat.message import Attachment, PostedMessage
from chat.once import Once
from chat.person import Person
from chat.plugging import AdapterKit
from chat.port import ChannelFacts, Host, NewChannel
from chat.rates import Rate

_log = logging.getLogger("tocsin.teams")
_GROUP = "teams:group"


class TeamsAdapter:
    """One tenant's Teams, in one of its teams."""

    def __init__(self, kit: AdapterKit, options: Options, rate: Rate | None = None) -> None:
        """Wire it.

        Args:
            kit: What every adapter is given.
            options: The platform's settings.
            rate: Of sending in one conversation; None for the platform's own rule.
        """
        self._kit = kit
        self._options = options
        self._seal = Seal(kit.key)
        self._tokens = Tokens(options)
        self._connector = Connector(options, self._tokens, rate or Rate(*SENDING))
        self._people = People(self._connector, options.tenant, options.team)
        self._chats = Chats(kit.acts, self._connector, self._people, options.tenant)
        self._once = Once(kit.acts, kit.clock, ids.PLATFORM)
        self._registry = Registry(kit.acts)
        self._files = Files(kit.acts, kit.clock, self._seal, insecure=options.insecure)
        self._graph = Graph(options, self._tokens, self._connector) if options.graph else None
        self._keys = SigningKeys(options.openid_url)
        self._rooms = self._make_rooms()
        self._host: Host | None = None
        self._receiving: Receiving | None = None

    @property
    def platform(self) -> str:
        """Name used in addresses."""
        return ids.PLATFORM

    @property
    def capabilities(self) -> Capabilities:
        """Less without Graph than with it."""
        return capabilities(self._options)

    async def start(self, host: Host) -> None:
        """Be ready to send, and for events."""
        self._host = host
        if self._graph is not None:
            await self._graph.start()
        self._keys.install()
        starts = frozenset(phrase.path[0] for phrase in host.phrases()) | {"help"}
        reader = Reader(
            tenant=self._options.tenant,
            rooms="" if self._options.graph else self._options.channel,
            ours=self._registry.is_thread,
            starts=starts,
            seal=self._seal,
            author=self._people.author,
            who=self._people.known,
        )
        known = self._registry, self._people
        self._receiving = Receiving(reader, *known, self._files, self._seal, self)

    async def stop(self) -> None:
        """Let go of everything."""
        if self._receiving is not None:
            await self._receiving.close()
        self._keys.remove()
        await self._connector.close()
        self._tokens.close()
        if self._graph is not None:
            await self._graph.stop()
        self._host = self._receiving = None

    def install(self, app: web.Application) -> None:
        """Add the messaging endpoint."""
        clock, keys = self._kit.clock, self._keys
        Route(self._options, clock, self._connector, keys, self._open).install(app)

    async def examine(self) -> AsyncIterator[Finding]:
        """What `tocsin doctor` says about this platform."""
        look = Examination(self._options, self._kit, self._tokens, self._connector, self._people)
        async for finding in look.findings():
            yield finding

    async def create_channel(self, wanted: NewChannel) -> Address:
        """Make a room, or find the one made before with the same key."""
        return await self._rooms.create(wanted)

    async def channel(self, where: Address) -> ChannelFacts:
        """The facts of a room, of another channel, or of a chat with one person."""
        if (facts := await self._rooms.facts(where)) is not None:
            return facts
        channel = ids.base(where.channel)
        name = (await self._connector.channels()).get(channel)
        if name is not None:
            everybody = await self._people.all()
            return ChannelFacts(where.room, name, private=False, members=everybody, messages=None)
        if not ids.is_channel(channel) and (person := await self._chats.whom(channel)) is not None:
            return ChannelFacts(where.room, "chat", private=True, members=(person,), messages=None)
        raise NotFound("Teams does not know that channel.")

    async def workspace(self) -> str:
        """The tenant's id."""
        return self._options.tenant

    async def find_channel(self, workspace: str, name: str) -> Address | None:
        """A room or another channel of the team, by name, by id or by its link."""
        wanted = name.strip().lstrip("#~").strip()
        if not wanted or workspace != self._options.tenant:
            return None
        found = await self._rooms.find(wanted)
        if found is None:
            names = await self._connector.channels()
            told = (each for each, title in names.items() if title.casefold() == wanted.casefold())
            found = next(told, wanted if wanted in names else None)
        return ids.place(workspace, found) if found else None

    async def archive(self, channel: Address, *, archived: bool) -> None:
        """Archive or bring back, where a room is a channel."""
        await self._rooms.archive(channel, archived=archived)

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> None:
        """Let people in; those whom the platform does not tell are mentioned there."""

        async def tell(some: tuple[Person, ...]) -> None:
            card = asked_in(some)
            await self._send(channel, render(card, self._look()), card.title)

        turnout = await told(await self._rooms.invite(channel, people), tell)
        await self._registry.drop(channel.channel, [who for who, _ in turnout.kept_out])
        turnout.complain("Teams")

    async def set_topic(self, channel: Address, topic: str) -> None:
        """Set the description, where a room is a channel."""
        await self._rooms.set_topic(channel, topic)

    def head(self, channel: Address) -> Address | None:
        """The message that a room hangs on, where it is a thread."""
        return self._rooms.head(channel)

    def within(self, channel: Address) -> Address:
        """The channel that a room is a thread in; the room itself where it is none."""
        return replace(channel.room, channel=ids.base(channel.channel))

    async def post(self, to: Address, card: Card, *, key: str) -> Address:
        """Post and return the message's address."""
        content, mark = marked(render(card, self._look()), key)

        async def make() -> Address:
            return await self._send(to, content, card.title)

        return await self._once.made(key, make, lambda since: self._rooms.sent(to, mark, since))

    async def update(self, message: Address, card: Card) -> None:
        """Replace a message of ours in place."""
        if not message.message or not message.message.isascii() or len(message.message) > 100:  # noqa: PLR2004 - none of theirs is that long
            raise NotFound("That message is gone.")
        activity = carrying(render(card, self._look()), card.title)
        await self._connector.update(ids.holder(message), message.message, activity)

    async def pin(self, message: Address) -> None:
        """Bots cannot pin; a room's panel is the message that its thread hangs on."""

    async def whisper(
        self, to: Address, person: Person, card: Card, *, key: str, ticket: str = ""
    ) -> None:
        """The same as `direct`: a channel cannot show a message to one person."""
        del to, ticket
        await self.direct(person, card, key=key)

    async def direct(self, person: Person, card: Card, *, key: str) -> Address:
        """Post in the chat between the bot and `person`."""

        async def make() -> Address:
            content = render(card, self._look())
            return await self._send(await self._chats.of(person), content, card.title)

        return await self._once.made(key, make)

    async def open_form(self, to: Address, person: Person, form: Form, *, ticket: str) -> None:
        """Give the form to the dialog that waits for it, or post what opens one."""
        asked = asked_of(form, to, person)
        if self._receiving is not None and self._receiving.form_for(asked, ticket):
            return
        content = notice(asked, self._seal)
        await self._once.told(f"form:{ticket}", lambda: self._send(asked.to, content, form.title))

    async def upload(
        self, to: Address, file: Attachment, card: Card, *, key: str, only: Person | None = None
    ) -> None:
        """A picture within a message, or another file for whoever wants it."""

        async def say(*more: Any) -> None:
            place = await self._chats.of(only) if only is not None else to
            await self._send(place, render(card, self._look()), card.title, *more)

        async def offer(person: Person) -> None:
            token = await self._files.keep(file, key)
            asked = await self._files.offer(file, token, card.title, person.id)
            await self._connector.post((await self._chats.of(person)).channel, asked)

        async def show() -> None:
            token = await self._files.keep(file, key)
            await self._send(to, self._fetching(card, file, token), card.title)

        if (shown := picture(file)) is not None:
            await self._once.told(key, lambda: say(shown))
        elif only is not None:
            # Two messages: when the platform takes only the first, it is not said again.
            await self._once.told(f"{key}:card", say)
            await self._once.told(key, lambda: offer(only))
        else:
            await self._once.told(key, show)

    def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """Every message of the channel, newest first; nothing without Graph."""
        return self._rooms.history(channel)

    async def message(self, link: str, *, near: Address) -> PostedMessage | None:
        """A message by permalink or id, with Graph.

        Only of the same channel or a standard one of the team: what is typed in a channel
        must not show its members what they could not read.
        """
        at = ids.linked(link, near)
        if at is None:
            return None
        if ids.base(at.channel) != ids.base(near.channel):
            try:
                facts = await self._rooms.facts(at)
            except NotFound:
                return None
            if facts is None or facts.private:
                return None
        return await self._rooms.message(at)

    async def find_person(self, workspace: str, name: str) -> Person | None:
        """Somebody of the team by id, handle or e-mail; None when there is none."""
        return await self._people.find(name) if workspace == self._options.tenant else None

    def link(self, place: Address) -> str:
        """Where a browser or the app finds the channel or message."""
        return ids.link(place, self._known_group())

    async def send_file(self, person: Person, token: object, *, key: str) -> None:
        """Offer somebody a file that is kept, once for a key."""

        async def offer() -> None:
            file = await self._files.kept(token)
            chat = await self._chats.of(person)
            if file is None:
                gone = Card("That file is gone. Have it sent anew.", tone="warning")
                await self._send(chat, render(gone, self._look()), gone.title)
                return
            asked = await self._files.offer(file, str(token), file.name, person.id)
            await self._connector.post(chat.channel, asked)

        with self._logged("a file could not be offered"):
            await self._once.told(f"offer:{key}", offer)

    async def put_file(
        self, person: Person, place: Address, value: dict[str, Any], *, key: str
    ) -> None:
        """Put a file that somebody agreed to take, once for a key."""
        told: Activity | None = None

        async def put() -> None:
            nonlocal told
            told = await self._files.put(value, person.id)

        with self._logged("a file could not be put"):
            await self._once.told(f"put:{key}", put)
            if told is not None:
                await self._connector.post(place.channel, told)

    async def tell(self, person: Person, card: Card, *, key: str) -> None:
        """Tell somebody something in their chat, once for a key."""
        with self._logged("nobody could be told what was wrong with a form"):
            await self.direct(person, card, key=key)

    async def close_notice(self, asked: Asked) -> None:
        """Show that a form was filled in."""
        with self._logged("a form could not be closed"):
            at = ids.holder(asked.to.at(asked.notice))
            await self._connector.update(at, asked.notice, carrying(done(asked), asked.form.title))

    async def _send(self, to: Address, content: dict[str, Any], title: str, *more: Any) -> Address:
        """Say something; in a channel itself that begins a thread."""
        activity: Activity = carrying(content, title, more)
        conversation = ids.conversation(to)
        if ids.is_channel(conversation) and ids.root(conversation) is None:
            made, message = await self._connector.post_root(conversation, activity)
            return replace(to, thread=None, message=ids.root(made) or message)
        return replace(to, message=await self._connector.post(conversation, activity))

    def _fetching(self, card: Card, file: Attachment, token: str) -> dict[str, Any]:
        """A card with a button that brings its reader a file."""
        note = Text((f"{file.name}: a channel of Teams takes no files from bots.",))
        content = render(replace(card, sections=(*card.sections, note)), self._look())
        button = {
            "type": "Action.Execute",
            "title": "Send it to me",
            "verb": "tocsin",
            "data": {"t": token},
        }
        content["body"].append(actions([button]))
        return content

    def _look(self) -> Look:
        return Look(self._seal, self._kit.public_url, self._known_group())

    def _known_group(self) -> str:
        return self._options.group or (self._graph.group if self._graph is not None else "")

    def _open(self) -> tuple[Receiving, Host]:
        """Who takes events.

        Raises:
            Unavailable: Nobody yet, or nobody any more.
        """
        if self._receiving is None or self._host is None:
            raise Unavailable("Teams is not open.", retry_after=5)
        return self._receiving, self._host

    def _make_rooms(self) -> Rooms:
        if self._graph is not None:
            return GraphRooms(self._options, self._graph, self._registry, self._once, self._people)
        look = Look(self._seal, self._kit.public_url, self._options.group)
        return ThreadRooms(self._options, self._connector, self._registry, self._once, look)

    @contextlib.contextmanager
    def _logged(self, what: str) -> Generator[None]:
        """What nobody waits for is at least written into the log when it fails."""
        try:
            yield
        except TocsinError as error:
            _log.warning("%s: %s", what, error.message)
