"""Events of the platform as events of ours. Pure.

Source: Microsoft Learn, "Conversation events in your Teams bot", "Universal Actions for
Adaptive Cards", "Dialogs" and "Define action commands" of message extensions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from adapters.teams import ids, words
from adapters.teams.controls import ACT
from adapters.teams.forms import Asked, values
from adapters.teams.seal import Seal
from chat.address import Address
from chat.inbound import Click, Command, FormSubmission, Inbound, Membership, MessageMenu, Said
from chat.message import Attachment
from chat.payload import part, parts
from chat.person import Person

Activity: TypeAlias = dict[str, Any]

_KINDS = frozenset({"personal", "groupChat", "channel"})
_LOST = "lost"
"""Action of a button whose token is not ours: nobody answers to it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What is needed to understand an event.

    Attributes:
        tenant: The one tenant that is served.
        rooms: The channel whose threads are rooms; empty where rooms are channels.
        ours: Whether a thread of another channel is a room of ours.
        starts: First words of commands, such as `incident`.
        author: Makes a person of an event's `from`.
        who: Knows people by the platform's ids.
    """

    tenant: str
    rooms: str
    ours: Callable[[str], bool]
    starts: frozenset[str]
    seal: Seal
    author: Callable[[dict[str, Any]], Person]
    who: Callable[[str], Person | None]

    def message(self, activity: Activity, files: tuple[Attachment, ...] = ()) -> Inbound | None:
        """What somebody said; None when it is nothing to us, such as our own words."""
        person = self.author(part(activity, "from"))
        if person.is_bot:
            return None
        where = self.place(activity)
        if (pressed := part(activity, "value")) and "t" in pressed:
            return self._clicked(activity, pressed)
        said = words.read(activity, self.who)
        personal = part(activity, "conversation").get("conversationType") == "personal"
        text = said.text
        begins = text.partition(" ")[0].casefold()
        if said.to_bot or personal or (begins[:1] == "/" and begins[1:] in self.starts):
            line = text if text.startswith("/") else f"/{text or 'help'}"
            payload = Command(line, said.mentioned, files)
        elif text:
            payload = Said(where, text, moment(activity))
        else:
            return None
        return Inbound(self.key(activity), person, where, payload, ticket=self.ticket(activity))

    def click(self, activity: Activity) -> Inbound:
        """A button pressed, whichever of the platform's ways it came by."""
        value = part(activity, "value")
        action = part(value, "action")
        return self._clicked(activity, part(action, "data") or part(value, "data"))

    def submitted(self, activity: Activity, asked: Asked, data: dict[str, Any]) -> Inbound:
        """A form filled in."""
        given = FormSubmission(asked.form.action, asked.form.context, values(asked.form, data))
        person = self.author(part(activity, "from"))
        ticket = self.ticket(activity)
        return Inbound(self.key(activity), person, asked.to, given, ticket=ticket)

    def menu(self, activity: Activity, action: str) -> Inbound:
        """An entry chosen from a message's menu."""
        value = part(activity, "value")
        message = part(value, "messagePayload")
        writer = part(part(message, "from"), "user")
        author = self.author(
            {
                "id": str(writer.get("id") or ""),
                "aadObjectId": writer.get("id"),
                "name": writer.get("displayName"),
            }
        )
        where = self.place(activity)
        number = str(message.get("id") or "")
        root = str(message.get("replyToId") or number)
        if ids.root(where.channel) is None and ids.is_channel(where.channel):
            where = replace(where, thread=root or where.thread)
        text = words.plain(str(part(message, "body").get("content") or ""))
        payload = MessageMenu(action, where.at(number), text, author)
        person = self.author(part(activity, "from"))
        return Inbound(self.key(activity), person, where, payload, ticket=self.ticket(activity))

    def moves(self, activity: Activity) -> Iterator[Inbound]:
        """People who came or left; nothing where that is the whole team's affair."""
        data = part(activity, "channelData")
        kind = str(data.get("eventType") or "")
        if not kind.startswith("channelMember"):
            return
        channel = str(part(data, "channel").get("id") or "")
        where = ids.place(self.tenant, channel)
        for joined, name in ((True, "membersAdded"), (False, "membersRemoved")):
            for account in parts(activity, name):
                person = self.author(account)
                if not person.is_bot:
                    key = f"{self.key(activity)}:{person.id}:{joined}"
                    yield Inbound(key, person, where, Membership(joined=joined))

    def place(self, activity: Activity) -> Address:
        """Where it was: a room's thread is a place of its own, another thread is in its channel."""
        conversation = conversation_of(activity)
        channel, root = ids.base(conversation), ids.root(conversation)
        number = str(activity.get("id") or "")
        if root is None or channel == self.rooms or self.ours(conversation):
            where = ids.place(self.tenant, conversation)
        else:
            where = ids.place(self.tenant, channel, root)
        return where.at(number) if activity.get("type") == "message" else where

    def key(self, activity: Activity) -> str:
        """The same for each delivery of one event."""
        number = str(activity.get("id") or "")
        if not number:
            body = json.dumps(activity, sort_keys=True, default=str)
            number = hashlib.sha256(body.encode()).hexdigest()
        conversation = conversation_of(activity)
        return f"{ids.PLATFORM}:{self.tenant}:{conversation}:{number}"

    def ticket(self, activity: Activity) -> str:
        """What a form is opened with in answer."""
        return hashlib.sha256(self.key(activity).encode()).hexdigest()[:32]

    def _clicked(self, activity: Activity, data: dict[str, Any]) -> Inbound:
        where = replace(self.place(activity), message=None)
        action, value = cast("list[str]", self.seal.open(ACT, data.get("t")) or [_LOST, ""])
        message = where.at(str(activity.get("replyToId") or ""))
        choice = str(data.get(str(data.get("menu") or "")) or "")
        person = self.author(part(activity, "from"))
        return Inbound(
            self.key(activity),
            person,
            where,
            Click(action, value, message, choice),
            ticket=self.ticket(activity),
        )


def conversation_of(activity: Activity) -> str:
    """Id of the chat, channel or thread that an event is of; empty when it does not say."""
    return str(part(activity, "conversation").get("id") or "")


def moment(activity: Activity) -> datetime:
    """When it was sent, by the platform's clock; the beginning of time when it does not say."""
    try:
        at = datetime.fromisoformat(str(activity.get("timestamp") or ""))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def tenant(activity: Activity) -> str:
    """The tenant that an event comes from; empty when it does not say."""
    said = part(activity, "conversation").get("tenantId")
    return str(said or part(part(activity, "channelData"), "tenant").get("id") or "").casefold()
