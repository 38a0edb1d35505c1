"""The port: what an adapter does for the rest of the house."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from chat.address import Address
from chat.capabilities import Capabilities
from chat.card import Card
from chat.form import Form
from chat.health import Finding
from chat.inbound import Inbound
from chat.message import Attachment, PostedMessage
from chat.person import Person
from chat.phrase import Phrase, Suggestion
from chat.reply import Reply


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel to be made.

    Attributes:
        name: Wanted name; the adapter cleans it for its platform and, when it is
            taken by another key, appends a number.
        key: Asking twice with one key gives the same channel, also after a crash.
        topic: One plain line; may be empty.
        within: Where rooms are threads: the channel in which it is to be one; None for the
            platform's usual one. Channels lie in nothing.
    """

    workspace: str
    name: str
    key: str
    private: bool
    topic: str = ""
    within: Address | None = None


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel as it stands.

    Attributes:
        messages: Messages posted, system messages included, ephemeral ones not; None where
            the platform does not tell.
        readers: Those of the people asked about who read it though they are no members, such as
            by a role (see `chat.readers`).
    """

    address: Address
    name: str
    private: bool
    members: tuple[Person, ...]
    messages: int | None
    archived: bool = False
    readers: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an adapter gets for an event it handed in.

    Attributes:
        id: The journal entry's id. What answers it is sent under the keys
            `answer:<id>:<n>`, n counting from 0 (see `answer_key`).
        fresh: False when the same event was received before; nothing is done again.
        reply: Resolves to the answer once the work is done. An adapter that must
            answer in the same breath (form errors on Slack) waits for it, briefly;
            the others may ignore it, since answers are delivered anyway.
        asks: Whether a form may follow in a moment: the event is of a kind that leads to
            one, and is being worked on already. A platform that opens a form only as its first
            answer waits for that, briefly, and not when this is False.
        altered: Whether the same event said something else when it was received before.
    """

    id: str
    fresh: bool
    reply: Awaitable[Reply | None]
    asks: bool = False
    altered: bool = False


def answer_key(entry_id: str, number: int = 0) -> str:
    """The key under which answer `number` to a journalled event is delivered.

    An adapter that shows people what came of what they did (the local one) finds the
    event in it again with `answered_by`.
    """
    return f"answer:{entry_id}:{number}"


def answered_by(key: str) -> str | None:
    """The journalled event that a delivery with `key` answers; None when it answers none."""
    word, _, rest = key.partition(":")
    entry_id, colon, number = rest.rpartition(":")
    return entry_id if word == "answer" and colon and number.isdigit() else None


class Host(Protocol):
    """Whom an adapter hands its events to: the router."""

    async def receive(self, inbound: Inbound) -> Receipt:
        """Journal an event and start on it; returns as soon as it is written down.

        Raises:
            Unavailable: It could not be written down; let the platform deliver it again.
        """
        ...

    async def complete(self, person: Person, text: str) -> tuple[Suggestion, ...]:
        """Completions of a line that begins with `/`, only of what `person` may; at most 10."""
        ...

    def phrases(self) -> tuple[Phrase, ...]:
        """Every command there is, for platforms where commands are registered."""
        ...


class ChatAdapter(Protocol):
    """One platform. Every method may raise `Unavailable`; none raises an SDK's error.

    Methods that take a `key` may be called again with the same one after a crash or
    a time-out, and then must not make a second channel or message.
    """

    @property
    def platform(self) -> str:
        """Name used in addresses."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What this platform can do; constant while the adapter runs."""
        ...

    async def start(self, host: Host) -> None:
        """Be ready to send. Every process does this, so it opens no socket for events.

        An adapter that is not reachable at the moment starts nevertheless: its methods
        raise `Unavailable` until it is. Events go to `host.receive`.
        """
        ...

    async def stop(self) -> None:
        """Let go of everything; events received are finished by whoever received them."""
        ...

    async def create_channel(self, wanted: NewChannel) -> Address:
        """Make the channel, or find the one made before with the same key.

        Where `capabilities.channels` is false but `threads` is true, a room is a thread in
        a channel of the platform's settings, and its address's `channel` names that thread:
        to everybody else a room is a room.
        """
        ...

    async def channel(self, where: Address) -> ChannelFacts:
        """The channel's facts.

        Raises:
            NotFound: It is gone.
        """
        ...

    async def find_channel(self, workspace: str, name: str) -> Address | None:
        """A channel by the name people type, `#` or `~` allowed; None when there is none."""
        ...

    async def archive(self, channel: Address, *, archived: bool) -> None:
        """Archive or bring back; doing it twice is harmless."""
        ...

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> None:
        """Add members; those already in are passed over.

        Raises:
            Refused: The platform let somebody not in; the others are in.
        """
        ...

    async def set_topic(self, channel: Address, topic: str) -> None:
        """Set the one-line topic."""
        ...

    async def post(self, to: Address, card: Card, *, key: str) -> Address:
        """Post and return the message's address."""
        ...

    async def update(self, message: Address, card: Card) -> None:
        """Replace a message of ours in place.

        Raises:
            NotFound: Somebody deleted it.
        """
        ...

    async def pin(self, message: Address) -> None:
        """Pin; doing it twice is harmless."""
        ...

    async def whisper(
        self, to: Address, person: Person, card: Card, *, key: str, ticket: str = ""
    ) -> None:
        """Show `card` in `to` to `person` only. `ticket` is the inbound event's."""
        ...

    async def direct(self, person: Person, card: Card, *, key: str) -> Address:
        """Post in the direct channel between the bot and `person`."""
        ...

    async def open_form(self, to: Address, person: Person, form: Form, *, ticket: str) -> None:
        """Show `form` to `person`, who acted with `ticket` a moment ago."""
        ...

    async def upload(
        self, to: Address, file: Attachment, card: Card, *, key: str, only: Person | None = None
    ) -> None:
        """Post a file with a line about it, for everybody or `only` for one."""
        ...

    def history(self, channel: Address) -> AsyncIterator[PostedMessage]:
        """Every message of the channel, newest first, ephemeral ones left out."""
        ...

    async def message(self, link: str, *, near: Address) -> PostedMessage | None:
        """A message by permalink or id, as typed near `near`; None when there is none."""
        ...

    async def find_person(self, workspace: str, name: str) -> Person | None:
        """Somebody by id, handle (with or without `@`) or e-mail; None when there is none."""
        ...

    def link(self, place: Address) -> str:
        """Where a browser finds the channel or message; may be empty."""
        ...


@runtime_checkable
class Listens(Protocol):
    """An adapter that events come to over a connection of its own."""

    async def listen(self) -> None:
        """Hold the connection until cancelled, in one process of a cluster at a time.

        Reconnects by itself and fetches what was said meanwhile where the platform can.

        Raises:
            Unavailable: It gave up for now; it is called again a moment later.
        """
        ...


@runtime_checkable
class Serves(Protocol):
    """An adapter that the platform calls over HTTP."""

    def install(self, app: Any) -> None:  # pyright: ignore[reportExplicitAny]  # see Args
        """Add its routes, all of them under `/api/chat/<platform>/`.

        Each proves for itself who calls: 401 when the proof is missing, forged, expired,
        used before, or for somebody else.

        Args:
            app: An `aiohttp.web.Application` that is not running yet.
        """
        ...


@runtime_checkable
class OneWorkspace(Protocol):
    """An adapter that serves a single workspace; our own chat has one for each team."""

    async def workspace(self) -> str:
        """The workspace, as in addresses.

        Raises:
            Unavailable: The platform has to be asked, and cannot be now.
        """
        ...


@runtime_checkable
class Headed(Protocol):
    """An adapter whose rooms are threads, each below one message of ours."""

    def head(self, channel: Address) -> Address | None:
        """The message that a room hangs on, to be replaced by its panel; None without one."""
        ...

    def within(self, channel: Address) -> Address:
        """The channel that a room is a thread in; the room itself where it is none."""
        ...


@runtime_checkable
class Sees(Protocol):
    """An adapter on whose platform people read private channels that they are not listed in."""

    async def may_read(self, channel: Address, person: Person) -> bool:
        """Whether somebody reads a channel; False for who is not there, or no more."""
        ...


@runtime_checkable
class Examined(Protocol):
    """An adapter that can say how its platform is set up."""

    def examine(self) -> AsyncIterator[Finding]:
        """Look at everything that commonly goes wrong; works without `start`.

        Token, scopes or intents, the bot's place in its channels, whether the platform
        reaches us, the clock. Changes nothing on the platform.
        """
        ...
