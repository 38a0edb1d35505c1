"""Messages that are to be sent: written with the act that causes them, delivered after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from chat.address import Address
from chat.card import Card
from chat.message import Attachment
from chat.person import Person


@dataclass(frozen=True, slots=True)
class PostCard:
    """Post a card."""

    card: Card
    job: Literal["post"] = "post"


@dataclass(frozen=True, slots=True)
class UpdateCard:
    """Replace the message at the outgoing's address."""

    card: Card
    job: Literal["update"] = "update"


@dataclass(frozen=True, slots=True)
class Refresh:
    """Render the living message at the outgoing's address anew; many become one."""

    living: str
    job: Literal["refresh"] = "refresh"


@dataclass(frozen=True, slots=True)
class PostLiving:
    """Render `subject`, post it, and keep the message alive; `pinned` keeps it in sight."""

    subject: str
    pinned: bool = False
    job: Literal["living"] = "living"


@dataclass(frozen=True, slots=True)
class Whisper:
    """Show a card to one person in the channel."""

    person: Person
    card: Card
    ticket: str = ""
    job: Literal["whisper"] = "whisper"


@dataclass(frozen=True, slots=True)
class DirectCard:
    """Post a card in the direct channel with one person."""

    person: Person
    card: Card
    job: Literal["direct"] = "direct"


@dataclass(frozen=True, slots=True)
class DirectLiving:
    """Render `subject`, post it in the direct channel with one person, and keep it alive."""

    person: Person
    subject: str
    job: Literal["direct-living"] = "direct-living"


@dataclass(frozen=True, slots=True)
class SendFile:
    """Post a file; `only` for one person when given."""

    file: Attachment
    card: Card
    only: Person | None = None
    job: Literal["file"] = "file"


@dataclass(frozen=True, slots=True)
class SetTopic:
    """Set the channel's topic."""

    topic: str
    job: Literal["topic"] = "topic"


@dataclass(frozen=True, slots=True)
class InvitePeople:
    """Add people to the channel."""

    people: tuple[Person, ...]
    job: Literal["invite"] = "invite"


@dataclass(frozen=True, slots=True)
class SetArchived:
    """Archive the channel, or bring it back.

    Attributes:
        subject: What lives in it: drawn a last time before, since an archived channel may
            take no edits.
    """

    archived: bool
    subject: str = ""
    job: Literal["archive"] = "archive"


Job: TypeAlias = (
    PostCard
    | PostLiving
    | UpdateCard
    | Refresh
    | Whisper
    | DirectCard
    | DirectLiving
    | SendFile
    | SetTopic
    | InvitePeople
    | SetArchived
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery to make.

    Attributes:
        key: Unique; given to the adapter, so that a delivery tried twice is seen once.
        cause: Id of the inbound event it answers; None when it answers none.
    """

    address: Address
    job: Job
    key: str
    cause: str | None = None

    @property
    def lane(self) -> str:
        """Key of what is delivered one after another.

        A refresh draws the present state whenever it comes, so it needs no place in its
        channel's order, and an edit that is held back holds up nobody's answer.
        """
        lane = self.address.lane
        return f"{lane}#{self.job.living}" if isinstance(self.job, Refresh) else lane

    @property
    def side_lane(self) -> str:
        """Key of where it waits by itself, so that it holds up nothing in its channel."""
        return f"{self.address.lane}#{self.job.job}"


@dataclass(frozen=True, slots=True)
class Queued:
    """An outgoing message as the outbox holds it.

    Attributes:
        id: Grows with time; deliveries of one lane happen in its order.
        attempts: Tries so far.
        due_at: Not to be tried before.
        asked: How often a refresh had been asked for when this was read: what is asked
            for later may not be shown yet by the delivery of this one.
    """

    id: int
    outgoing: Outgoing
    attempts: int
    due_at: datetime
    asked: int = 1


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An outgoing message that is not tried again by itself.

    Attributes:
        why: What the platform said last.
        at: When it was given up.
    """

    id: int
    outgoing: Outgoing
    attempts: int
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Living:
    """A message that follows something's state and is edited in place.

    Attributes:
        subject: What it shows, such as `incident:0198…`.
        view: What of it, chosen by the viewers: a page number, say. Empty at first.
    """

    id: str
    subject: str
    address: Address
    view: str = ""


class Outbox(Protocol):
    """The outbox inside an act."""

    def put(self, outgoing: Outgoing) -> None:
        """Have it delivered after the act commits; the same key twice is kept once.

        A topic takes the place of one that waits by itself.
        """
        ...

    def refresh(self, subject: str) -> None:
        """Have every living message of `subject` rendered anew, each once however often asked."""
        ...

    def keep_alive(self, living: Living) -> None:
        """Register a message as living, or change its view."""
        ...

    def living(self, subject: str) -> tuple[Living, ...]:
        """The living messages of `subject`, oldest first."""
        ...

    def living_at(self, address: Address) -> Living | None:
        """The living message at `address`; None when it is an ordinary one."""
        ...

    def let_rest(self, living: Living) -> None:
        """The message stays as it is from now on."""
        ...

    def due(self, now: datetime, platform: str, limit: int) -> tuple[Queued, ...]:
        """The head of each lane of `platform` that may be tried now, oldest first."""
        ...

    def delivered(self, queued: Queued, now: datetime) -> None:
        """It arrived; a refresh that was asked for again meanwhile stays due."""
        ...

    def failed(
        self, queued: Queued, error: str, *, again_at: datetime, aside: bool = False
    ) -> None:
        """It did not arrive; try again then.

        Only a topic may be put `aside`: it waits by itself until then, unless a newer one is
        there already.
        """
        ...

    def give_up(self, queued: Queued, error: str, now: datetime) -> None:
        """It never will; it is kept for people to see, a refresh excepted."""
        ...

    def given_up(self, since: datetime | None = None, limit: int = 200) -> tuple[GivenUp, ...]:
        """What was given up since then, newest first; None is as long as it is kept."""
        ...

    def retry(self, number: int) -> bool:
        """Have what was given up tried again; False when nothing of that number was."""
        ...

    def forget(self, before: datetime, *, given_up: datetime | None = None) -> int:
        """Delete what arrived before then, and with it its key; how many there were.

        Args:
            before: The time.
            given_up: What was given up before then is deleted too; None keeps it.
        """
        ...
