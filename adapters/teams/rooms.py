"""Where incidents are talked about: what both kinds of rooms do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime
from typing import Protocol

from chat.address import Address
from chat.card import Card
from chat.errors import UserError
from chat.inviting import Turnout, one_by_one
from chat.message import PostedMessage
from chat.person import Person
from chat.port import ChannelFacts, NewChannel
from chat.text import Mention, Rich, Span


class Rooms(Protocol):
    """Rooms as threads, or as channels of the team. The methods are those of the chat port."""

    async def create(self, wanted: NewChannel) -> Address:
        """Make a room, or find the one made before with the same key."""
        ...

    async def facts(self, where: Address) -> ChannelFacts | None:
        """A room's facts; None when it is no room of this kind."""
        ...

    async def find(self, name: str) -> str | None:
        """The conversation of a room with that name; None when there is none."""
        ...

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> tuple[Person, ...]:
        """Let people in; those who are to be told, since the platform tells them nothing."""
        ...

    async def archive(self, channel: Address, *, archived: bool) -> None:
        """Archive or bring back."""
        ...

    async def set_topic(self, channel: Address, topic: str) -> None:
        """Set the topic."""
        ...

    def head(self, channel: Address) -> Address | None:
        """The message that a room hangs on; None without one."""
        ...

    def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """Every message, newest first."""
        ...

    async def message(self, at: Address) -> PostedMessage | None:
        """One message; None when it is not there."""
        ...

    async def sent(self, to: Address, mark: str, since: datetime) -> Address | None:
        """A message of ours that was sent there; None without one, or where nobody can look.

        Args:
            to: Where it was to go.
            mark: What its card is marked with (see `adapters.teams.activities.marked`).
            since: When it was first tried.
        """
        ...


def asked_in(people: Iterable[Person]) -> Card:
    """What tells people that they are in a room; each is notified of it."""
    names: list[Span] = []
    for person in people:
        names += [Mention(person, ping=True), " "]
    rich: Rich = (*names, "you are asked to take part here.")
    return Card("You are asked to take part here", rich=rich)


async def told(
    people: tuple[Person, ...], tell: Callable[[tuple[Person, ...]], Awaitable[None]]
) -> Turnout:
    """Tell people that they are in a room: all in one message where Teams takes it.

    Raises:
        Unavailable: Teams did not answer.
    """
    try:
        if people:
            await tell(people)
    except UserError:
        # It takes no message with a mention of somebody who left.
        return await one_by_one(people, lambda one: tell((one,)))
    return Turnout(people, ())
