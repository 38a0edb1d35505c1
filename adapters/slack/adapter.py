"""Slack behind the port that every platform's adapter implements."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

from adapters.slack import examining, forms
from adapters.slack.bolt import Bolt
from adapters.slack.calling import Calls, log
from adapters.slack.channels import Channels
from adapters.slack.files import Files
from adapters.slack.home import Homes
from adapters.slack.inbound import Ticket
from adapters.slack.limits import LIMITS
from adapters.slack.listening import listen
from adapters.slack.messages import Messages
from adapters.slack.people import People
from adapters.slack.rich import Scene
from adapters.slack.routes import Routes
from adapters.slack.settings import SlackSettings
from chat.address import Address
from chat.capabilities import Capabilities
from chat.card import Card, noted
from chat.errors import TocsinError, Unavailable
from chat.form import Form
from chat.health import Finding
from chat.memory import MemoryActs
from chat.message import Attachment, PostedMessage
from chat.once import Once
from chat.person import Person
from chat.plugging import AdapterKit
from chat.port import ChannelFacts, Host, NewChannel

_START = 5.0
_ELSEWHERE = "Sent to you directly: the bot is not in the channel where you asked."
_FILE_ELSEWHERE = "Slack shows a file to one person only in direct messages, so it is there."


class SlackAdapter:
    """One Slack workspace."""

    def __init__(self, kit: AdapterKit, settings: SlackSettings, *, paced: bool = True) -> None:
        """Get ready; nothing is connected yet.

        Args:
            kit: What every adapter is given.
            settings: As read.
            paced: Whether to keep to Slack's limits of calls.
        """
        acts: MemoryActs = kit.acts
        self._kit = kit
        self._settings = settings
        self._calls = Calls(settings, paced=paced)
        self._homes = Homes(acts, self._calls)
        self._once = Once(acts, kit.clock, "slack")
        self._people = People(self._calls, kit.clock)
        self._channels = Channels(
            self._calls, self._homes, self._people, self._once, settings.user_token
        )
        self._messages = Messages(
            self._calls, self._homes, self._people, self._once, lambda: self._scene
        )
        self._files = Files(self._calls, self._once)
        self._bolt = Bolt(self, kit.key, self._calls.client, self._channels, self._people)
        self._host: Host | None = None

    @property
    def platform(self) -> str:
        """Name used in addresses."""
        return "slack"

    @property
    def capabilities(self) -> Capabilities:
        """Everything; channels are archived only where they can be brought back."""
        return Capabilities(
            archive=bool(self._settings.user_token), verified_email=True, limits=LIMITS
        )

    @property
    def host(self) -> Host:
        """Where events go.

        Raises:
            Unavailable: Nobody has called `start` yet; Slack delivers again.
        """
        if self._host is None:
            raise Unavailable("The bot is not open yet.", retry_after=1)
        return self._host

    @property
    def _scene(self) -> Scene:
        known = self._homes.known
        if known is None:
            return Scene("", pages=self._kit.public_url)
        return Scene(known.team, known.url, self._kit.public_url)

    async def start(self, host: Host) -> None:
        """Be ready to send; a Slack that does not answer is asked again later."""
        self._host = host
        await self._calls.open()
        await self._homes.recall()
        try:
            async with asyncio.timeout(_START):
                await self._homes.ask()
        except (TocsinError, TimeoutError) as error:
            log.warning("slack is not there yet: %s", error)

    async def stop(self) -> None:
        """Let go of everything."""
        await self._bolt.close()
        self._host = None
        await self._calls.close()

    async def listen(self) -> None:
        """Hold the Socket Mode connection; without an app token there is none to hold."""
        if not self._settings.app_token:
            await asyncio.Event().wait()
        await listen(self._bolt.app, self._calls, self._settings.app_token)

    def install(self, app: Any) -> None:
        """Serve Slack's requests, where a signing secret proves them."""
        if self._settings.signing_secret:
            homes = self._homes
            routes = Routes(
                self._bolt.app,
                self._settings.signing_secret,
                self._kit.clock,
                lambda: homes.known.team if homes.known is not None else None,
            )
            routes.install(app)

    def examine(self) -> AsyncIterator[Finding]:
        """Token, scopes, app token, callback, channels, clock."""
        return examining.examine(self._calls, self._settings, self._kit.clock, self._kit.public_url)

    async def create_channel(self, wanted: NewChannel) -> Address:
        """Make the channel, or find the one made before with the same key."""
        return await self._channels.create(wanted)

    async def channel(self, where: Address) -> ChannelFacts:
        """The channel's facts."""
        return await self._channels.facts(where)

    async def workspace(self) -> str:
        """The workspace's id, which Slack tells."""
        return (await self._homes.get()).team

    async def find_channel(self, workspace: str, name: str) -> Address | None:
        """A channel by name or id; None when there is none that the bot sees."""
        return await self._channels.find(workspace, name)

    async def archive(self, channel: Address, *, archived: bool) -> None:
        """Archive or bring back; doing it twice is harmless.

        Raises:
            Refused: It is to be brought back, and Slack lets no bot do that.
        """
        await self._channels.archive(channel, archived=archived)

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> None:
        """Add members; those already in are passed over."""
        await self._channels.invite(channel, people)

    async def set_topic(self, channel: Address, topic: str) -> None:
        """Set the one-line topic."""
        await self._channels.set_topic(channel, topic)

    async def post(self, to: Address, card: Card, *, key: str) -> Address:
        """Post and return the message's address."""
        await self._homes.get()
        return await self._messages.post(to, card, key=key)

    async def update(self, message: Address, card: Card) -> None:
        """Replace a message of ours in place."""
        await self._homes.get()
        await self._messages.update(message, card)

    async def pin(self, message: Address) -> None:
        """Pin; doing it twice is harmless.

        What is pinned makes a channel one of an incident, and Slack tells what people say and
        do in it only to members: so a public one is joined.
        """
        await self._channels.enter(message)
        await self._messages.pin(message)

    async def whisper(
        self, to: Address, person: Person, card: Card, *, key: str, ticket: str = ""
    ) -> None:
        """Show it in `to` to `person` only; directly where the bot is not in that channel."""
        await self._homes.get()

        async def elsewhere() -> Address:
            return await self.direct(person, noted(card, _ELSEWHERE), key=f"{key}:direct")

        await self._messages.whisper(to, person, card, key=key, ticket=ticket, elsewhere=elsewhere)

    async def direct(self, person: Person, card: Card, *, key: str) -> Address:
        """Post in the direct channel between the bot and `person`."""
        home = await self._homes.get()
        channel = await self._channels.direct(person)
        return await self._messages.post(Address("slack", home.team, channel), card, key=key)

    async def open_form(self, to: Address, person: Person, form: Form, *, ticket: str) -> None:
        """Show `form` to `person`, who acted with `ticket` within the last three seconds."""
        held = Ticket.unpacked(ticket)
        view = forms.view(form, forms.sealed(self._kit.key, person.id, form, to))
        if self._bolt.follow(held.view, view):
            return

        async def tell() -> None:
            await self._calls("views.open", trigger_id=held.trigger, view=view)

        # Slack takes a trigger once, so a second try under it could only fail.
        digest = hashlib.sha256(ticket.encode()).hexdigest()[:32]
        await self._once.told(f"form:{digest}", tell)

    async def upload(
        self, to: Address, file: Attachment, card: Card, *, key: str, only: Person | None = None
    ) -> None:
        """Post a file; for one person it goes to their direct channel, and they are told."""
        if only is None:
            await self._files.upload(to, file, card, key=key)
            return
        home = await self._homes.get()
        direct = Address("slack", home.team, await self._channels.direct(only))
        await self._files.upload(direct, file, card, key=f"{key}:file")
        if direct.channel != to.channel:
            await self.whisper(to, only, noted(card, _FILE_ELSEWHERE), key=key)

    def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """Every message and reply of the channel, newest first."""
        return self._messages.history(channel)

    async def message(self, link: str, *, near: Address) -> PostedMessage | None:
        """A message by permalink or id; of other channels only public ones."""
        return await self._messages.find(link, near=near)

    async def find_person(self, workspace: str, name: str) -> Person | None:
        """Somebody by id, handle or e-mail; None when there is none."""
        home = await self._homes.get()
        return await self._people.find(workspace, name) if workspace == home.team else None

    def link(self, place: Address) -> str:
        """Where a browser finds the channel or message; empty before Slack was ever reached."""
        known = self._homes.known
        if known is None:
            return ""
        link = f"{known.url}archives/{place.channel}"
        if place.message is None:
            return link
        digits = place.message.replace(".", "")
        behind = f"?thread_ts={place.thread}&cid={place.channel}" if place.thread else ""
        return f"{link}/p{digits}{behind}"
