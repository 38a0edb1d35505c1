"""Mattermost behind the port that every platform's adapter implements."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from typing import Any

from adapters.mattermost import inbound as inward
from adapters.mattermost import outbound
from adapters.mattermost.asking import Asking
from adapters.mattermost.calling import Calls, is_identifier
from adapters.mattermost.examining import examine
from adapters.mattermost.markup import Links
from adapters.mattermost.own import Own
from adapters.mattermost.people import PLATFORM, Directory, person
from adapters.mattermost.posting import Posting
from adapters.mattermost.rooms import NAME, Rooms
from adapters.mattermost.routes import PREFIX, Routes
from adapters.mattermost.seal import Seal
from adapters.mattermost.settings import MattermostSettings
from adapters.mattermost.signing import Signatures
from adapters.mattermost.slash import SlashCommands
from adapters.mattermost.socket import Listening
from chat.address import Address
from chat.capabilities import Capabilities, Limits
from chat.card import Button, Card, Control, Text, noted
from chat.errors import NotFound, Refused, Unavailable, UserError
from chat.form import Form
from chat.health import Finding
from chat.message import Attachment, PostedMessage
from chat.once import Once
from chat.payload import Json
from chat.person import Person
from chat.plugging import AdapterKit
from chat.port import ChannelFacts, Host, NewChannel

_log = logging.getLogger("tocsin.mattermost")

_PERMALINK = re.compile(r"(?:https?://\S+/pl/)?([a-z0-9]{26})(?:[/?#]\S*)?")
_HANDLE = re.compile(r"[a-z0-9._-]{1,64}")
_LONGEST_NAME = 200
_PAGE = 200
_ELSEWHERE = "Sent to you directly: the bot may not show it in the channel."


class MattermostAdapter:
    """Implements `chat.port.ChatAdapter`, `Listens`, `Serves` and `Examined` for one team."""

    def __init__(self, kit: AdapterKit, settings: MattermostSettings) -> None:
        self._settings = settings
        self._clock = kit.clock
        self._host: Host | None = None
        self._calls = Calls(settings)
        self._own = Own(self._calls, settings.team)
        self._seal = Seal(kit.key)
        once = Once(kit.acts, kit.clock, PLATFORM)
        self._once = once
        team_url = f"{settings.server.url}/{settings.team}"
        self._links = Links(kit.public_url, team_url)
        callback = f"{settings.callback}{PREFIX}"
        self._action_url = f"{callback}/action/{self._seal.address()}"
        self._rooms = Rooms(self._calls, self._own, once)
        self._posting = Posting(self._calls, self._own, once, kit.clock)
        self._directory = Directory(self._calls, settings.team)
        self._slash = SlashCommands(self._calls, self._own, kit.acts, f"{callback}/command")
        self._asking = Asking(
            self._calls, self._seal, once, kit.acts, kit.clock, f"{callback}/dialog", self._tell
        )
        self._routes = Routes(
            lambda: self.host,
            self._seal,
            Signatures(self._calls, kit.clock),
            self._slash,
            self._asking,
            self._posting,
            self._directory,
            kit.clock,
            settings.team,
        )
        self._listening = Listening(
            settings,
            self._calls,
            self._own,
            self._directory,
            kit.acts,
            kit.clock,
            lambda: self.host,
            self._register,
        )

    @property
    def platform(self) -> str:
        """Name used in addresses."""
        return PLATFORM

    @property
    def capabilities(self) -> Capabilities:
        """Everything but entries in a message's menu, which only the server's plug-ins may add."""
        return Capabilities(
            message_menu=False,
            verified_email=self._settings.trust_email,
            # What is sent with a dialog carries no trigger for another one.
            forms_in_a_row=False,
            limits=Limits(
                text_chars=12_000,
                buttons=60,
                options=outbound.MOST_OPTIONS,
                channel_name=NAME,
                edits_every=1.0,
            ),
        )

    @property
    def host(self) -> Host:
        """Where events go.

        Raises:
            Unavailable: Nobody has called `start` yet.
        """
        if self._host is None:
            raise Unavailable("Tocsin is starting.", retry_after=1)
        return self._host

    async def start(self, host: Host) -> None:
        """Be ready; the server is not asked for anything yet."""
        self._host = host

    async def stop(self) -> None:
        """Let go of everything."""
        await self._routes.close()
        self._host = None
        self._calls.close()

    def install(self, app: Any) -> None:
        """Add the routes that the server calls."""
        self._routes.install(app)

    async def listen(self) -> None:
        """Register the commands, and hear what is said, until cancelled."""
        await self._listening.run()

    def examine(self) -> AsyncIterator[Finding]:
        """Look at everything that commonly goes wrong."""
        return examine(self._settings, self._calls, self._own, self._slash, self._clock)

    async def create_channel(self, wanted: NewChannel) -> Address:
        """Make the channel, or find the one made before with the same key."""
        return await self._rooms.create(wanted)

    async def channel(self, where: Address) -> ChannelFacts:
        """The channel's facts; its members without the bot."""
        return await self._rooms.facts(where)

    async def workspace(self) -> str:
        """The team's name."""
        return self._settings.team

    async def find_channel(self, workspace: str, name: str) -> Address | None:
        """A channel of the team by name or id; None in any other workspace."""
        return await self._rooms.find(name) if workspace == self._settings.team else None

    async def archive(self, channel: Address, *, archived: bool) -> None:
        """Archive or bring back; doing it twice is harmless."""
        await self._rooms.archive(channel, archived=archived)

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> None:
        """Add members; those already in are passed over."""
        await self._rooms.invite(channel, people)

    async def set_topic(self, channel: Address, topic: str) -> None:
        """Set the channel's header."""
        await self._rooms.set_topic(channel, topic)

    async def post(self, to: Address, card: Card, *, key: str) -> Address:
        """Post, once for each key."""
        return await self._posting.post(to, self._drawn(card, to.channel), key)

    async def update(self, message: Address, card: Card) -> None:
        """Replace a message of ours in place."""
        await self._posting.update(message, self._drawn(card, message.channel))

    async def pin(self, message: Address) -> None:
        """Pin; doing it twice is harmless."""
        if not is_identifier(message.message or ""):
            raise NotFound("There is no such message on Mattermost.")
        await self._calls.run(lambda driver: driver.posts.pin_post_to_channel(message.message))

    async def whisper(
        self, to: Address, person: Person, card: Card, *, key: str, ticket: str = ""
    ) -> None:
        """Show it to one person: in the channel, or directly where the bot may not do that."""

        async def tell() -> None:
            body = self._drawn(card, to.channel)
            if not await self._posting.whisper(to, person, body, ticket):
                await self.direct(person, noted(card, _ELSEWHERE), key=f"{key}:direct")

        await self._once.told(key, tell)

    async def direct(self, person: Person, card: Card, *, key: str) -> Address:
        """Post in the direct channel between the bot and `person`."""
        where = await self._posting.direct_channel(person)
        return await self.post(where, card, key=key)

    async def open_form(self, to: Address, person: Person, form: Form, *, ticket: str) -> None:
        """Show `form` as a dialog."""
        await self._asking.form(to, person, form, ticket)

    async def upload(
        self, to: Address, file: Attachment, card: Card, *, key: str, only: Person | None = None
    ) -> None:
        """Post a file; one for one person goes to them directly, since no whisper carries files."""
        if only is None:
            await self._posting.upload(to, file, self._drawn(card, to.channel), key)
            return
        where = await self._posting.direct_channel(only)
        await self._posting.upload(where, file, self._drawn(card, where.channel), key)
        if where.channel != to.channel:
            told = Card("The file is in our direct messages.", (Text((file.name,)),))
            await self.whisper(to, only, told, key=f"{key}:where")

    async def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """Every message of the channel, newest first."""
        where = self._identified(channel)
        before = ""
        while True:
            params: dict[str, Any] = {"per_page": _PAGE, "page": 0}
            if before:
                params["before"] = before
            page = await self._calls.run(
                lambda driver, params=params: driver.posts.get_posts_for_channel(
                    where, params=params
                )
            )
            posts = [page["posts"][each] for each in page["order"]]
            people = await self._directory.all(str(post["user_id"]) for post in posts)
            for post in posts:
                yield inward.posted(post, people[str(post["user_id"])], await self._files(post))
            if len(posts) < _PAGE:
                return
            before = str(posts[-1]["id"])

    async def message(self, link: str, *, near: Address) -> PostedMessage | None:
        """A message by permalink or id; of a private channel only from there."""
        found = _PERMALINK.fullmatch(link.strip())
        if found is None:
            return None
        try:
            post = await self._calls.run(lambda driver: driver.posts.get_post(found[1]))
            elsewhere = post["channel_id"] != near.channel
            if elsewhere and not await self._rooms.readable(str(post["channel_id"])):
                return None
        except (NotFound, Refused):
            return None
        if post.get("delete_at"):
            return None
        people = await self._directory.all([str(post["user_id"])])
        return inward.posted(post, people[str(post["user_id"])], await self._files(post))

    async def find_person(self, workspace: str, name: str) -> Person | None:
        """Somebody by id, handle or e-mail; None for those who were deactivated."""
        typed = name.strip().removeprefix("@")
        if workspace != self._settings.team or not typed or len(typed) > _LONGEST_NAME:
            return None
        try:
            user = await self._user(typed)
        except (NotFound, Refused, UserError):
            return None
        if user is None or user.get("delete_at"):
            return None
        found = person(user, self._settings.team)
        self._directory.seen(found)
        return found

    def link(self, place: Address) -> str:
        """Where a browser finds it."""
        if place.message is not None:
            return f"{self._links.team}/pl/{place.message}"
        return f"{self._links.team}/channels/{place.channel}"

    async def _user(self, typed: str) -> dict[str, Any] | None:
        if "@" in typed:
            if "/" in typed or "?" in typed or any(c.isspace() for c in typed):
                return None
            return await self._calls.run(lambda driver: driver.users.get_user_by_email(typed))
        if is_identifier(typed):
            try:
                return await self._calls.run(lambda driver: driver.users.get_user(typed))
            except NotFound:
                pass  # a handle may have the form of an id
        handle = typed.casefold()
        if not _HANDLE.fullmatch(handle):
            return None
        return await self._calls.run(lambda driver: driver.users.get_user_by_username(handle))

    async def _files(self, post: dict[str, Any]) -> tuple[str, ...]:
        """The names of a post's files."""
        if not post.get("file_ids"):
            return ()
        metadata: dict[str, Any] = post.get("metadata") or {}
        told: Any = metadata.get("files")
        if not told:
            post_id = str(post["id"])
            told = await self._calls.run(
                lambda driver: driver.posts.get_file_info_for_post(post_id)
            )
        return tuple(str(each.get("name", "")) for each in told)

    def _drawn(self, card: Card, channel: str) -> Json:
        def seal(control: Control) -> str:
            facts = {"action": control.action, "value": control.value, "channel": channel}
            if isinstance(control, Button) and control.confirm:
                facts |= {"confirm": control.confirm, "label": control.label}
            return self._seal.put("action", facts)

        return outbound.post(card, outbound.Drawing(self._links, self._action_url, seal))

    async def _tell(self, to: Address, person: Person, card: Card, key: str) -> None:
        await self.whisper(to, person, card, key=key)

    async def _register(self) -> None:
        """Have the server send us what people type after our words."""
        try:
            missed = await self._slash.register(self.host.phrases())
        except UserError as error:
            _log.warning("mattermost: the slash commands are not registered: %s", error.message)
            return
        if missed:
            words = ", ".join(f"/{word}" for word in missed)
            _log.info("mattermost has its own %s; /tocsin leads to them", words)

    def _identified(self, channel: Address) -> str:
        if not is_identifier(channel.channel):
            raise NotFound("There is no such channel on Mattermost.")
        return channel.channel
