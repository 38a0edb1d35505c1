"""What the local platform asks of storage."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from chat.card import Card
from chat.message import Attachment
from chat.person import Person
from chat.rooms import Audience, LocalChannel, LocalEvent, LocalForm, LocalMessage
from security.ports import SecurityStores


class ChannelRows(Protocol):
    """Channels and their members inside an act.

    Where a channel is looked up for a `viewer` (a person's id), it says whether they
    are a member; what they have not read is left at 0 and told by `counted`.
    """

    def add(self, channel: LocalChannel, at: datetime, *, key: str | None = None) -> None:
        """Add a channel, with nobody in it. Its team and name must be free."""
        ...

    def get(self, channel_id: str, viewer: str = "") -> LocalChannel | None:
        """One channel."""
        ...

    def named(self, team: str, name: str, viewer: str = "") -> LocalChannel | None:
        """The channel of that name in the team."""
        ...

    def keyed(self, key: str) -> LocalChannel | None:
        """The channel that was made with `key`."""
        ...

    def seen_by(self, viewer: Person) -> tuple[LocalChannel, ...]:
        """Theirs and the public ones of their team, by name."""
        ...

    def counted(self, found: tuple[LocalChannel, ...], viewer: str) -> tuple[LocalChannel, ...]:
        """The same with what the viewer has not read, and what is pinned."""
        ...

    def change(
        self, channel_id: str, *, topic: str | None = None, archived: bool | None = None
    ) -> None:
        """Change what is not None."""
        ...

    def members(self, channel_ids: Iterable[str]) -> dict[str, tuple[Person, ...]]:
        """Who is in each of them, by name; the bot is in none but direct ones."""
        ...

    def join(self, channel_id: str, person_ids: Iterable[str], at: datetime) -> tuple[str, ...]:
        """Add members; the ids of those who were not in before, in the order given."""
        ...

    def leave(self, channel_id: str, person_id: str) -> bool:
        """Remove a member; False when they were not in."""
        ...

    def read_up_to(self, channel_id: str, person_id: str, message: int) -> None:
        """A member has read up to `message`; never goes back."""
        ...


class MessageRows(Protocol):
    """Messages and files inside an act."""

    def add(
        self,
        channel_id: str,
        author_id: str,
        text: str,
        at: datetime,
        *,
        card: Card | None = None,
        system: bool = False,
        only_for: str | None = None,
        thread: int | None = None,
        cause: str | None = None,
        key: str | None = None,
        mentions: Iterable[str] = (),
        files: tuple[Attachment, ...] = (),
    ) -> int:
        """Add a message and return its id. Its key must be free."""
        ...

    def get(self, message_id: int) -> LocalMessage | None:
        """One message."""
        ...

    def keyed(self, key: str) -> LocalMessage | None:
        """The message that was posted with `key`."""
        ...

    def edit(self, message: LocalMessage, card: Card, text: str, at: datetime) -> None:
        """Give it another card and text; the buttons it had before are remembered."""
        ...

    def had_button(self, message_id: int, action: str, value: str) -> bool:
        """Whether an earlier version of the message had that button."""
        ...

    def pin(self, message_id: int, at: datetime) -> None:
        """Pin it."""
        ...

    def page(
        self,
        channel_id: str,
        viewer: str,
        *,
        before: int | None,
        after: int | None,
        thread: int | None,
        limit: int,
    ) -> tuple[LocalMessage, ...]:
        """As `chat.rooms.Rooms.messages`, ephemeral ones for others left out."""
        ...

    def history(
        self, channel_id: str, *, before: int | None, limit: int
    ) -> tuple[LocalMessage, ...]:
        """Messages and replies, newest first, ephemeral ones left out."""
        ...

    def count(self, channel_id: str) -> int:
        """How many there are, replies and system messages included, ephemeral ones not."""
        ...

    def answers(self, cause: str) -> tuple[LocalMessage, ...]:
        """What was posted in answer to an inbound event, in order."""
        ...

    def file(self, file_id: str) -> tuple[LocalMessage, Attachment] | None:
        """A file, with the message it is attached to."""
        ...


class FormRows(Protocol):
    """Forms inside an act."""

    def add(self, form: LocalForm, ticket: str | None, at: datetime) -> None:
        """Add a form. Its ticket must be free."""
        ...

    def get(self, form_id: str) -> LocalForm | None:
        """One form, open or not."""
        ...

    def for_ticket(self, ticket: str) -> LocalForm | None:
        """The form that was opened with `ticket`."""
        ...

    def save(self, form: LocalForm) -> None:
        """Write its errors, its attempt, and whether it is open."""
        ...


class EventRows(Protocol):
    """The log of what open pages show, inside an act."""

    def append(
        self,
        kind: str,
        channel_id: str,
        at: datetime,
        *,
        message: int | None = None,
        form: str | None = None,
        only_for: str | None = None,
    ) -> None:
        """Add an event; who waits for events is woken after the commit."""
        ...

    def bounds(self) -> tuple[int, int]:
        """Ids of the oldest and the newest event there are; `(0, 0)` when there is none."""
        ...

    def tail(self, after: int, limit: int) -> tuple[tuple[LocalEvent, Audience], ...]:
        """The events after that id in order, each with those who may know of it now.

        Whoever has seen the newest of them has missed none before it: no event ever
        appears behind one that could be read already.
        """
        ...


class LocalRows(Protocol):
    """The local platform inside an act."""

    @property
    def channels(self) -> ChannelRows: ...  # noqa: D102 - says itself
    @property
    def messages(self) -> MessageRows: ...  # noqa: D102 - says itself
    @property
    def forms(self) -> FormRows: ...  # noqa: D102 - says itself
    @property
    def events(self) -> EventRows: ...  # noqa: D102 - says itself

    def alone(self) -> None:
        """Be the only act that writes here until it is over.

        Asked first in every act that changes the local platform: what it looks up
        before it writes then stays true, and ids of messages and events become visible
        in their order.
        """
        ...

    def forget(self, before: datetime) -> int:
        """Delete events and forms from before then; how many. The newest event stays."""
        ...


class LocalStores(SecurityStores, Protocol):
    """What an act of this adapter is given."""

    @property
    def local(self) -> LocalRows: ...  # noqa: D102 - says itself
