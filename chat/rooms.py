"""The `local` platform as its two doors see it: the browser and the REST API.

Its people come in through us, so what they do arrives here instead of from a
vendor. `adapters/local/` implements it; `web/` and `api/` are given it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from chat.card import Card
from chat.form import Form
from chat.message import Attachment
from chat.person import Person
from chat.phrase import Suggestion

BOT = "tocsin"
"""The bot's person id and handle on the local platform; no account may be called so."""


def bot(team: str) -> Person:
    """The bot as the people of `team` meet it."""
    return Person("local", team, BOT, BOT, display="Tocsin", is_bot=True)


class ChannelKind(StrEnum):
    """Who finds a channel and who reads it."""

    PUBLIC = "public"
    PRIVATE = "private"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class LocalChannel:
    """A channel of the local platform, as one person sees it.

    Attributes:
        team: Name of the team it belongs to; the workspace of its address.
        name: Unique in its team; lower-case letters, digits, `-` and `_`.
        title: What the channel list shows: the name, or the other person's in a direct one.
        unread: What others said since the person last looked; 0 for who is not in.
        mentions: How many of those mention the person.
        newest: Id of its newest message, replies in threads too; 0 before the first.
        pinned: Id of the newest pinned living message, shown at the right; None without one.
    """

    id: str
    team: str
    name: str
    title: str
    kind: ChannelKind
    topic: str
    archived: bool
    member: bool
    unread: int = 0
    pinned: int | None = None
    mentions: int = 0
    newest: int = 0


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file attached to a message."""

    id: str
    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class LocalMessage:
    """A message of the local platform.

    Attributes:
        id: Grows with time, across all channels.
        card: Its structure, when the bot wrote it; `text` then is the card in plain text.
        only_for: Person id of the one reader of an ephemeral message; None when all read it.
        thread: Id of the thread's first message; None outside threads and for that first one.
        replies: How many messages its thread has, itself left out.
        cause: Id of the inbound event it answers; None when it answers none.
        mentions: People of the team that it names on purpose, so that they take notice.
    """

    id: int
    channel: str
    author: Person
    text: str
    posted_at: datetime
    card: Card | None = None
    system: bool = False
    edited_at: datetime | None = None
    only_for: str | None = None
    thread: int | None = None
    replies: int = 0
    pinned: bool = False
    files: tuple[LocalFile, ...] = ()
    cause: str | None = None
    mentions: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalForm:
    """A form shown to one person.

    Attributes:
        errors: Field name to what was wrong with the last answers; empty at first.
        attempt: How many answers were refused so far.
        open: Whether it still waits for answers.
    """

    id: str
    channel: str
    person: Person
    form: Form
    errors: dict[str, str] = field(default_factory=dict[str, str])
    attempt: int = 0
    open: bool = True


@dataclass(frozen=True, slots=True)
class LocalEvent:
    """Something happened that an open page shows.

    Attributes:
        id: Grows with time; a reader that reconnects asks for what came after it.
        kind: `message` (new), `edited`, `channel` (list or members changed), `form` (opened
            for you, with errors, or closed) or `reload` (so much happened since that a
            page had better be loaded anew; its channel is empty).
        message: For `message` and `edited`: as it is now.
        form: For `form`: as it is now; None once it is forgotten.
    """

    id: int
    kind: str
    channel: str
    message: LocalMessage | None = None
    form: LocalForm | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose eyes an event is for.

    Attributes:
        team: Only its people.
        people: Ids of those it is for; None means everybody in the team.
    """

    team: str
    people: frozenset[str] | None = None

    def admits(self, who: Person) -> bool:
        """Whether `who` may know of it."""
        return who.workspace == self.team and (self.people is None or who.id in self.people)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of something a person did, as far as it came in time.

    Attributes:
        message: What they posted; None for a command, a click or a form.
        replies: Private and public answers, in order.
        form: A form to fill in next.
        errors: Field name to what is wrong, when a form was refused; it stays open.
        pending: True when the work goes on and more will follow in the channel.
        code: Upper-case word of the error that the replies tell of; empty when it went well.
    """

    message: LocalMessage | None = None
    replies: tuple[LocalMessage, ...] = ()
    form: LocalForm | None = None
    errors: dict[str, str] = field(default_factory=dict[str, str])
    pending: bool = False
    code: str = ""


class Rooms(Protocol):
    """What people do in the local platform. `who` is an authenticated local person.

    Every method raises `NotFound` for a channel, message or form that is not there
    or not for `who`, without telling the two apart.
    """

    async def channels(self, who: Person) -> tuple[LocalChannel, ...]:
        """The channels `who` is in, and the public ones of the team, by name."""
        ...

    async def channel(self, who: Person, name: str) -> LocalChannel:
        """One channel by name or id."""
        ...

    async def members(self, who: Person, channel: str) -> tuple[Person, ...]:
        """Who is in it, by name."""
        ...

    async def create(
        self, who: Person, name: str, kind: ChannelKind, people: tuple[str, ...] = ()
    ) -> LocalChannel:
        """Make a channel with `who` and `people` (names) in it.

        A direct one between the same people is found again.

        Raises:
            BadInput: The name is taken or malformed, or somebody is unknown.
        """
        ...

    async def join(self, who: Person, channel: str) -> LocalChannel:
        """Enter a public channel; already being in is harmless."""
        ...

    async def add(self, who: Person, channel: str, people: tuple[str, ...]) -> LocalChannel:
        """Bring people (by name) into a channel that `who` is in.

        Raises:
            BadInput: Somebody is unknown, or it is a direct channel.
        """
        ...

    async def leave(self, who: Person, channel: str) -> None:
        """Leave it; not being in is harmless.

        Raises:
            Refused: It is the channel that everybody is in.
        """
        ...

    async def messages(
        self,
        who: Person,
        channel: str,
        *,
        before: int | None = None,
        after: int | None = None,
        thread: int | None = None,
        limit: int = 50,
    ) -> tuple[LocalMessage, ...]:
        """Messages `who` may read, oldest first; the newest `limit` unless bounded.

        Without `thread` these are the messages of the channel itself, each with the
        number of its replies; with it, that thread's first message and its replies.
        With `after`, the oldest `limit` behind it.
        """
        ...

    async def message(self, who: Person, message: int) -> LocalMessage:
        """One message."""
        ...

    async def seen(self, who: Person, channel: str, message: int) -> None:
        """`who` has read up to `message`."""
        ...

    async def say(
        self,
        who: Person,
        channel: str,
        text: str,
        *,
        thread: int | None = None,
        files: tuple[Attachment, ...] = (),
        key: str | None = None,
    ) -> Answered:
        """Post, or, when the text begins with `/`, run a command.

        Posting in a public channel enters it. A command needs no membership there.

        Args:
            who: The author.
            channel: Name or id.
            text: Up to 16,383 characters.
            thread: Message whose thread it belongs to.
            files: Attachments.
            key: The client's own key for this message; sent twice, it counts once.

        Raises:
            BadInput: Empty, too long, or a file over 10 MB.
            Refused: The channel is archived.
        """
        ...

    async def click(
        self, who: Person, message: int, action: str, value: str | None, *, key: str | None = None
    ) -> Answered:
        """Press a button or choose an option of a message.

        Args:
            who: Who presses.
            message: The message's id.
            action: The control's action.
            value: A button's value; for a select the option chosen, or a person's id or
                name; None when the message has only one button with that action.
            key: As in `say`.

        Raises:
            BadInput: The message has no such control.
        """
        ...

    async def menu(
        self, who: Person, message: int, action: str, *, key: str | None = None
    ) -> Answered:
        """Choose an entry of a message's menu."""
        ...

    async def submit(
        self, who: Person, form: str, values: dict[str, str], *, key: str | None = None
    ) -> Answered:
        """Fill in a form; errors keep it open."""
        ...

    async def dismiss(self, who: Person, form: str) -> None:
        """Close a form unanswered."""
        ...

    async def file(self, who: Person, file: str) -> Attachment:
        """An attachment's content."""
        ...

    async def complete(self, who: Person, channel: str, text: str) -> tuple[Suggestion, ...]:
        """Completions of a line that begins with `/` or ends in `@name`; at most 10."""
        ...

    async def latest(self, who: Person) -> int:
        """Id of the newest event so far, 0 before the first.

        A page asks for it before it reads what it shows, and for the events behind it
        afterwards, so that nothing falls between the two.
        """
        ...

    def events(self, who: Person, after: int | None) -> AsyncIterator[LocalEvent]:
        """What happens that `who` may see, from `after` on and then live, without a gap.

        With None it starts now.
        """
        ...
