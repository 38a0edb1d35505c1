"""What a person sees; plain functions of an open act that change nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from adapters.local.channels import may_read, titled, visible
from adapters.local.people import everybody
from adapters.local.ports import LocalStores
from chat.errors import NotFound
from chat.message import Attachment
from chat.person import Person
from chat.phrase import Suggestion
from chat.rooms import ChannelKind, LocalChannel, LocalForm, LocalMessage

LONGEST_PAGE = 201
MOST_SUGGESTIONS = 10
_NAME_AT_END = re.compile(r"(?:(?<=\s)|^)([@#])([\w.-]*)\Z")
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Span:
    """Which messages of a channel, as in `chat.rooms.Rooms.messages`."""

    before: int | None
    after: int | None
    thread: int | None
    limit: int


def channels(stores: LocalStores, who: Person) -> tuple[LocalChannel, ...]:
    """Theirs and the public ones, with what they have not read."""
    found = stores.local.channels.counted(stores.local.channels.seen_by(who), who.id)
    return titled(stores, found, who)


def channel(stores: LocalStores, who: Person, ref: str) -> LocalChannel:
    """One channel, with what they have not read."""
    found = stores.local.channels.counted((visible(stores, who, ref),), who.id)
    return titled(stores, found, who)[0]


def members(stores: LocalStores, who: Person, ref: str) -> tuple[Person, ...]:
    """Who is in it."""
    found = visible(stores, who, ref)
    return stores.local.channels.members([found.id])[found.id]


def messages(stores: LocalStores, who: Person, ref: str, span: Span) -> tuple[LocalMessage, ...]:
    """Messages of one channel."""
    return stores.local.messages.page(
        visible(stores, who, ref).id,
        who.id,
        before=_bounded(span.before),
        after=_bounded(span.after),
        thread=_bounded(span.thread),
        limit=span.limit,
    )


def message(stores: LocalStores, who: Person, message_id: int) -> tuple[LocalMessage, LocalChannel]:
    """One message that they may read, and its channel.

    Raises:
        NotFound: There is none.
    """
    found = stores.local.messages.get(message_id) if 0 < message_id <= _LARGEST_ID else None
    place = None if found is None else place_of(stores, who, found)
    if found is None or place is None:
        raise NotFound(f"There is no message {message_id} that you can see.")
    return found, place


def place_of(stores: LocalStores, who: Person, message: LocalMessage) -> LocalChannel | None:
    """The channel of a message that they may read; None when they may not."""
    if message.only_for not in {None, who.id}:
        return None
    place = stores.local.channels.get(message.channel, who.id)
    return place if place is not None and may_read(place, who) else None


def file(stores: LocalStores, who: Person, file_id: str) -> Attachment:
    """A file of a message that they may read.

    Raises:
        NotFound: There is none.
    """
    found = stores.local.messages.file(file_id)
    if found is None or place_of(stores, who, found[0]) is None:
        raise NotFound("There is no such file that you can see.")
    return found[1]


def form(stores: LocalStores, who: Person, form_id: str) -> LocalForm:
    """A form that was shown to them, open or not.

    Raises:
        NotFound: There is none.
    """
    found = stores.local.forms.get(form_id)
    if found is None or (found.person.id, found.person.workspace) != (who.id, who.workspace):
        raise NotFound("There is no such form for you. It may be too old; ask for it again.")
    return found


def names(stores: LocalStores, who: Person, text: str) -> tuple[Suggestion, ...]:
    """Completions of a line that ends in `@` or `#` and the beginning of a name."""
    match = _NAME_AT_END.search(text)
    if match is None:
        return ()
    mark, begun, kept = match[1], match[2].casefold(), text[: match.start()]
    if mark == "@":
        people = everybody(stores, who.workspace)
        offered = [(p.name, p.display) for p in people if _begins(p, begun)]
    else:
        seen = stores.local.channels.seen_by(who)
        offered = [
            (each.name, each.topic)
            for each in seen
            if each.name.startswith(begun)
            and each.kind is not ChannelKind.DIRECT
            and not each.archived
        ]
    return tuple(
        Suggestion(f"{kept}{mark}{name}", hint) for name, hint in offered[:MOST_SUGGESTIONS]
    )


def _begins(person: Person, begun: str) -> bool:
    """Whether the handle or a word of the display name begins so."""
    return any(word.startswith(begun) for word in (person.name, *person.display.casefold().split()))


def _bounded(number: int | None) -> int | None:
    """A number that a database can compare with; ids never reach the bounds."""
    return None if number is None else min(max(number, 0), _LARGEST_ID)
