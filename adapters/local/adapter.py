"""The local platform behind the port that every platform's adapter implements."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from adapters.local import channels, people, posting
from adapters.local.bell import Bell
from adapters.local.inbound import address, cleaned_name
from adapters.local.ports import LocalStores
from chat.address import Address
from chat.capabilities import Capabilities, Limits
from chat.card import Card
from chat.clock import Clock, new_id
from chat.errors import NotFound, Refused, Unavailable
from chat.form import Form
from chat.message import Attachment, PostedMessage
from chat.person import Person
from chat.port import ChannelFacts, Host, NewChannel, answered_by
from chat.rooms import ChannelKind, LocalChannel, LocalForm, LocalMessage, bot
from security.ports import Acts

_CAN_EVERYTHING = Capabilities(limits=Limits(options=100, channel_name=64))
_LINK = re.compile(r"(?:\S*/channels/[^/?#\s]+\?(?:[^#\s]*&)?message=|#)?([0-9]{1,18})(?:[&#]\S*)?")
_PAGE = 200


class LocalAdapter:
    """Implements `chat.port.ChatAdapter` on rows of our own.

    Args:
        acts: The door to stored state.
        clock: Where the time comes from.
        base_url: What links begin with, such as `http://127.0.0.1:8420`; empty for
            links within our own pages.
    """

    def __init__(self, acts: Acts[LocalStores], clock: Clock, base_url: str = "") -> None:
        self._acts = acts
        self._clock = clock
        self._base_url = base_url.rstrip("/")
        self._host: Host | None = None
        self.bell = Bell()

    @property
    def platform(self) -> str:
        """Name used in addresses."""
        return "local"

    @property
    def capabilities(self) -> Capabilities:
        """Everything, without limits that matter."""
        return _CAN_EVERYTHING

    @property
    def host(self) -> Host:
        """Where events go; `LocalRooms` hands in what people do.

        Raises:
            Unavailable: Nobody has called `start` yet.
        """
        if self._host is None:
            raise Unavailable("The chat is not open yet. Try again in a moment.", retry_after=1)
        return self._host

    async def start(self, host: Host) -> None:
        """Open for events."""
        self._host = host

    async def stop(self) -> None:
        """Take no more events."""
        self._host = None

    async def create_channel(self, wanted: NewChannel) -> Address:
        """Make the channel, or find the one made before with the same key."""
        now = self._clock.now()
        kind = ChannelKind.PRIVATE if wanted.private else ChannelKind.PUBLIC

        def act(stores: LocalStores) -> LocalChannel:
            stores.local.alone()
            if known := stores.local.channels.keyed(wanted.key):
                return known
            number = 1
            while stores.local.channels.named(
                wanted.workspace, cleaned_name(wanted.name, number=number)
            ):
                number += 1
            name = cleaned_name(wanted.name, number=number)
            return channels.make(
                stores, wanted.workspace, name, kind, now, topic=wanted.topic, key=wanted.key
            )

        return address(await self._acts.run(act))

    async def channel(self, where: Address) -> ChannelFacts:
        """The channel's facts."""

        def look(stores: LocalStores) -> ChannelFacts:
            found = _channel(stores, where)
            return ChannelFacts(
                address(found),
                found.name,
                private=found.kind is not ChannelKind.PUBLIC,
                members=channels.members(stores, found),
                messages=stores.local.messages.count(found.id),
                archived=found.archived,
            )

        return await self._acts.read(look)

    async def find_channel(self, workspace: str, name: str) -> Address | None:
        """A channel by name (`#` or `~` allowed) or id; direct ones are not found."""

        def look(stores: LocalStores) -> LocalChannel | None:
            wanted, rows = name.strip().lstrip("#~"), stores.local.channels
            return rows.named(workspace, wanted.casefold()) or rows.get(wanted)

        found = await self._acts.read(look)
        if found is None or found.team != workspace or found.kind is ChannelKind.DIRECT:
            return None
        return address(found)

    async def archive(self, channel: Address, *, archived: bool) -> None:
        """Archive or bring back; doing it twice is harmless."""
        now = self._clock.now()

        def act(stores: LocalStores) -> None:
            stores.local.alone()
            found = _channel(stores, channel)
            if found.archived is not archived:
                stores.local.channels.change(found.id, archived=archived)
                stores.local.events.append("channel", found.id, now)

        await self._acts.run(act)

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> None:
        """Add members; those already in are passed over."""
        now = self._clock.now()

        def act(stores: LocalStores) -> None:
            stores.local.alone()
            found = _channel(stores, channel)
            channels.bring_in(stores, found, people, now, by=bot(found.team))

        await self._acts.run(act)

    async def set_topic(self, channel: Address, topic: str) -> None:
        """Set the one-line topic."""
        now = self._clock.now()

        def act(stores: LocalStores) -> None:
            stores.local.alone()
            found = _channel(stores, channel)
            if found.topic != topic:
                stores.local.channels.change(found.id, topic=topic)
                stores.local.events.append("channel", found.id, now)

        await self._acts.run(act)

    async def post(self, to: Address, card: Card, *, key: str) -> Address:
        """Post and return the message's address.

        Raises:
            Refused: The channel is archived.
        """
        return await self._post(to, card, key=key)

    async def update(self, message: Address, card: Card) -> None:
        """Replace a message of ours in place, also in an archived channel."""
        now = self._clock.now()

        def act(stores: LocalStores) -> None:
            stores.local.alone()
            posting.edit_card(stores, _message(stores, message), card, now)

        await self._acts.run(act)

    async def pin(self, message: Address) -> None:
        """Pin; doing it twice is harmless."""
        now = self._clock.now()

        def act(stores: LocalStores) -> None:
            stores.local.alone()
            found = _message(stores, message)
            if not found.pinned:
                stores.local.messages.pin(found.id, now)
                stores.local.events.append("channel", found.channel, now)
                stores.local.events.append("edited", found.channel, now, message=found.id)

        await self._acts.run(act)

    async def whisper(
        self, to: Address, person: Person, card: Card, *, key: str, ticket: str = ""
    ) -> None:
        """Show `card` in `to` to `person` only, also in an archived channel."""
        del ticket  # the key tells what it answers
        await self._post(to, card, key=key, only=person)

    async def direct(self, person: Person, card: Card, *, key: str) -> Address:
        """Post in the direct channel between the bot and `person`."""
        now = self._clock.now()

        def act(stores: LocalStores) -> Address:
            stores.local.alone()
            pair = (person, bot(person.workspace))
            channel = channels.direct(stores, person.workspace, pair, now)
            return posting.post_card(stores, channel, card, now, key=key)

        return self._posted(await self._acts.run(act), key)

    async def open_form(self, to: Address, person: Person, form: Form, *, ticket: str) -> None:
        """Show `form` to `person`; with the same ticket again it is the same form."""
        now = self._clock.now()

        def act(stores: LocalStores) -> None:
            stores.local.alone()
            if ticket and stores.local.forms.for_ticket(ticket):
                return
            found = _channel(stores, to)
            shown = LocalForm(new_id(), found.id, person, form)
            stores.local.forms.add(shown, ticket or None, now)
            stores.local.events.append("form", found.id, now, form=shown.id, only_for=person.id)

        await self._acts.run(act)

    async def upload(
        self, to: Address, file: Attachment, card: Card, *, key: str, only: Person | None = None
    ) -> None:
        """Post a file with a line about it, for everybody or `only` for one."""
        await self._post(to, card, key=key, only=only, files=(file,))

    async def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """Every message of the channel, replies too, newest first, ephemeral ones left out."""
        before: int | None = None
        found = await self._acts.read(lambda stores: _channel(stores, channel))
        while True:
            page = await self._acts.read(
                lambda stores, before=before: stores.local.messages.history(
                    found.id, before=before, limit=_PAGE
                )
            )
            for message in page:
                yield _posted(found, message)
            if len(page) < _PAGE:
                return
            before = page[-1].id

    async def message(self, link: str, *, near: Address) -> PostedMessage | None:
        """A message by permalink or id, as typed near `near`; None when there is none.

        Only of the same channel or a public one of the team: what is typed in a channel
        must not show its members what they could not read.
        """
        match = _LINK.fullmatch(link.strip())
        if match is None:
            return None

        def look(stores: LocalStores) -> PostedMessage | None:
            found = stores.local.messages.get(int(match[1]))
            channel = stores.local.channels.get(found.channel) if found else None
            if found is None or channel is None or found.only_for is not None:
                return None
            public = channel.kind is ChannelKind.PUBLIC and channel.team == near.workspace
            return _posted(channel, found) if public or channel.id == near.channel else None

        return await self._acts.read(look)

    async def find_person(self, workspace: str, name: str) -> Person | None:
        """Somebody by id, handle (with or without `@`) or e-mail; None when there is none."""
        return await self._acts.read(lambda stores: people.find(stores, workspace, name))

    def link(self, place: Address) -> str:
        """The page of the channel, at the message when there is one."""
        at = f"?message={place.message}" if place.message else ""
        return f"{self._base_url}/channels/{place.channel}{at}"

    async def _post(
        self,
        to: Address,
        card: Card,
        *,
        key: str,
        only: Person | None = None,
        files: tuple[Attachment, ...] = (),
    ) -> Address:
        now = self._clock.now()

        def act(stores: LocalStores) -> Address:
            stores.local.alone()
            channel = _channel(stores, to)
            if channel.archived and only is None and not stores.local.messages.keyed(key):
                raise Refused(
                    f"#{channel.name} is archived, so nothing can be posted in it.",
                    code="CHANNEL_ARCHIVED",
                )
            return posting.post_card(
                stores,
                channel,
                card,
                now,
                key=key,
                thread=to.thread,
                only_for=None if only is None else only.id,
                files=files,
            )

        return self._posted(await self._acts.run(act), key)

    def _posted(self, message: Address, key: str) -> Address:
        """Tell who waits for it, if it answers somebody."""
        if entry := answered_by(key):
            self.bell.ring(entry)
        return message


def _channel(stores: LocalStores, where: Address) -> LocalChannel:
    found = stores.local.channels.get(where.channel)
    if found is None or found.team != where.workspace:
        raise NotFound("That channel is gone.")
    return found


def _message(stores: LocalStores, where: Address) -> LocalMessage:
    number = posting.number(where.message)
    found = stores.local.messages.get(number) if number is not None else None
    if found is None or found.channel != where.channel:
        raise NotFound("That message is gone.")
    return found


def _posted(channel: LocalChannel, message: LocalMessage) -> PostedMessage:
    return PostedMessage(
        address=address(channel, thread=message.thread, message=message.id),
        author=message.author,
        text=message.text,
        posted_at=message.posted_at,
        system=message.system,
        edited_at=message.edited_at,
        attachments=tuple(file.name for file in message.files),
    )
