"""One delivery: how each job is done on a platform, or the next best way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias, assert_never

from chat.address import Address
from chat.capabilities import Limits
from chat.card import Card, Text, noted
from chat.degrade import Way, best_way
from chat.errors import NotFound, UserError
from chat.outbox import (
    DirectCard,
    DirectLiving,
    InvitePeople,
    Living,
    Outgoing,
    PostCard,
    PostLiving,
    Refresh,
    SendFile,
    SetArchived,
    SetTopic,
    UpdateCard,
    Whisper,
)
from chat.person import Person
from chat.port import ChatAdapter, Headed
from chat.text import Mention, Rich

Render: TypeAlias = Callable[[Living, Limits], Awaitable[Card]]
"""Draws a living message as its subject stands now."""

FindLiving: TypeAlias = Callable[[Address], Awaitable[Living | None]]
"""The living message at an address; None when it is an ordinary one."""

LivingOf: TypeAlias = Callable[[str], Awaitable[tuple[Living, ...]]]
"""All living messages of a subject."""

KeepLiving: TypeAlias = Callable[[Living], Awaitable[None]]
"""Keeps where a living message stands after it was posted, or had to be posted anew."""


class Sender:
    """Hands single jobs to one platform's adapter.

    What the platform cannot do is done in the next best way, and the person is told
    in a line of small print.
    """

    def __init__(
        self,
        adapter: ChatAdapter,
        render: Render,
        find: FindLiving,
        keep: KeepLiving,
        living: LivingOf,
    ) -> None:
        self._adapter = adapter
        self._render = render
        self._find = find
        self._keep = keep
        self._living = living

    async def send(self, outgoing: Outgoing) -> None:
        """Deliver one outgoing message.

        Raises:
            Unavailable: The platform did not answer; the same call may succeed later.
            UserError: It cannot be delivered at all, such as to a channel that is gone.
        """
        to, key = outgoing.address, outgoing.key
        match outgoing.job:
            case PostCard(card):
                await self._adapter.post(to, card, key=key)
            case PostLiving(subject, pinned):
                await self._post_living(Living(key, subject, to), key, pinned=pinned)
            case UpdateCard(card):
                await self._change(to, card, key)
            case Refresh():
                await self._refresh(to, key)
            case Whisper(person, card, ticket):
                await self._whisper(to, person, card, key, ticket)
            case DirectCard(person, card):
                await self._direct(to, person, card, key)
            case DirectLiving(person, subject):
                await self._direct_living(to, person, Living(key, subject, to), key)
            case SendFile():
                await self._send_file(to, outgoing.job, key)
            case SetTopic() | InvitePeople() | SetArchived():
                await self._tend(to.room, outgoing.job, key)
            case _:
                assert_never(outgoing.job)

    async def _tend(
        self, channel: Address, job: SetTopic | InvitePeople | SetArchived, key: str
    ) -> None:
        """Change the channel itself."""
        match job:
            case SetTopic(topic):
                if self._adapter.capabilities.topic:
                    await self._adapter.set_topic(channel, topic)
            case InvitePeople(people):
                await self._invite(channel, people, key)
            case SetArchived(archived, subject):
                if self._adapter.capabilities.archive:
                    if archived:
                        await self._draw_a_last_time(channel, subject)
                    await self._adapter.archive(channel, archived=archived)

    async def _draw_a_last_time(self, channel: Address, subject: str) -> None:
        for living in await self._living(subject):
            if living.address.room == channel:
                card = await self._render(living, self._adapter.capabilities.limits)
                # One that somebody deleted is not needed any more.
                with suppress(NotFound):
                    await self._adapter.update(living.address, card)

    async def _change(self, message: Address, card: Card, key: str) -> None:
        """Replace a message, or post its new state below where it cannot be edited."""
        if best_way("change a message", self._adapter.capabilities) is Way.EDIT:
            await self._adapter.update(message, card)
        else:
            await self._adapter.post(replace(message, message=None), card, key=key)

    async def _refresh(self, message: Address, key: str) -> None:
        """Draw a living message anew; one that somebody deleted is posted and pinned again."""
        living = await self._find(message)
        if living is None:
            return
        card = await self._render(living, self._adapter.capabilities.limits)
        if best_way("change a message", self._adapter.capabilities) is Way.EDIT:
            try:
                await self._adapter.update(message, card)
            except NotFound:
                # A channel that is gone raises here again, and then the delivery is given up.
                await self._post_again(living, card, f"{key}:again")
        else:
            await self._post_again(living, card, key)

    async def _post_living(self, living: Living, key: str, *, pinned: bool) -> None:
        card = await self._render(living, self._adapter.capabilities.limits)
        head = self._head(living.address) if pinned else None
        if head is not None:
            await self._adapter.update(head, card)
            await self._keep_posted(replace(living, address=head), card)
            return
        posted = await self._adapter.post(living.address, card, key=key)
        await self._keep_posted(replace(living, address=posted), card)
        if pinned and best_way("keep in sight", self._adapter.capabilities) is Way.PIN:
            # Where the bot may not pin, the message lives nevertheless.
            with suppress(UserError):
                await self._adapter.pin(posted)

    def _head(self, room: Address) -> Address | None:
        """The first message of a thread that is a room: it stays in sight without being pinned."""
        return self._adapter.head(room) if isinstance(self._adapter, Headed) else None

    async def _keep_posted(self, living: Living, shown: Card) -> None:
        """Keep it alive, and draw it anew if what it shows has changed before it was kept."""
        await self._keep(living)
        card = await self._render(living, self._adapter.capabilities.limits)
        if card != shown and best_way("change a message", self._adapter.capabilities) is Way.EDIT:
            await self._adapter.update(living.address, card)

    async def _post_again(self, living: Living, card: Card, key: str) -> None:
        posted = await self._adapter.post(replace(living.address, message=None), card, key=key)
        await self._keep(replace(living, address=posted))
        if best_way("keep in sight", self._adapter.capabilities) is Way.PIN:
            await self._adapter.pin(posted)

    async def _whisper(
        self, to: Address, person: Person, card: Card, key: str, ticket: str
    ) -> None:
        match best_way("private answer", self._adapter.capabilities):
            case Way.WHISPER:
                await self._adapter.whisper(to, person, card, key=key, ticket=ticket)
            case Way.DIRECT:
                note = "Sent to you directly: a channel here cannot show a message to one person."
                await self._adapter.direct(person, noted(card, note), key=key)
            case _:
                await self._point_elsewhere(to, person, key)

    async def _direct(self, to: Address, person: Person, card: Card, key: str) -> None:
        if self._adapter.capabilities.direct:
            await self._adapter.direct(person, card, key=key)
        elif self._adapter.capabilities.ephemeral:
            await self._adapter.whisper(to, person, card, key=key)
        else:
            await self._point_elsewhere(to, person, key)

    async def _direct_living(self, to: Address, person: Person, living: Living, key: str) -> None:
        card = await self._render(living, self._adapter.capabilities.limits)
        if not self._adapter.capabilities.direct:
            await self._direct(to, person, card, key)
            return
        posted = await self._adapter.direct(person, card, key=key)
        await self._keep_posted(replace(living, address=posted), card)

    async def _point_elsewhere(self, to: Address, person: Person, key: str) -> None:
        """Say where the answer is to be had; what was meant for one is not shown to all."""
        told: Rich = (
            Mention(person),
            ", this platform has no private messages, so you find the answer on Tocsin's pages.",
        )
        notice = Card(title="An answer is waiting elsewhere", sections=(Text(told),))
        await self._adapter.post(to, notice, key=key)

    async def _send_file(self, to: Address, job: SendFile, key: str) -> None:
        if best_way("send a file", self._adapter.capabilities) is Way.FILE:
            await self._adapter.upload(to, job.file, job.card, key=key, only=job.only)
            return
        note = f"This platform takes no files; get {job.file.name} on Tocsin's own pages."
        if job.only is None:
            await self._adapter.post(to, noted(job.card, note), key=key)
        else:
            await self._whisper(to, job.only, noted(job.card, note), key, ticket="")

    async def _invite(self, to: Address, people: tuple[Person, ...], key: str) -> None:
        if self._adapter.capabilities.invite:
            await self._adapter.invite(to, people)
            return
        names: list[object] = ["Please join: "]
        for person in people:
            names += [Mention(person, ping=True), " "]
        rich: Rich = tuple(names)  # pyright: ignore[reportAssignmentType]
        note = "Tocsin cannot add people to a channel of this platform."
        card = Card(title="Please join this channel", sections=(Text(rich),))
        await self._adapter.post(to, noted(card, note), key=key)
