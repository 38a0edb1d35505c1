"""What the server tells us, put into the words of `chat/`; pure.

Source: Mattermost's documentation of slash commands, interactive messages, interactive dialogs
and WebSocket events.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.mattermost.calling import is_identifier
from adapters.mattermost.markup import read_back
from adapters.mattermost.people import PLATFORM, named
from adapters.mattermost.seal import digest
from chat.address import Address
from chat.errors import BadInput, NotSignedIn
from chat.inbound import Click, Command, FormSubmission, Inbound, Membership, Said
from chat.message import PostedMessage
from chat.payload import part, parts, whole
from chat.person import Person

FRESH_FOR = timedelta(minutes=5)
"""A click or a command older than that is not obeyed: somebody kept it."""
DIALOG_FOR = timedelta(days=1)
"""So long a form may stay open."""
_TRIGGER_PARTS = 4
_CAME = {"system_join_channel": "user", "system_add_to_channel": "addedUser"}
_WENT = {"system_leave_channel": "user", "system_remove_from_channel": "removedUser"}


@dataclass(frozen=True, slots=True)
class Ticket:
    """What answers to an event need.

    Attributes:
        trigger: Opens a dialog, within seconds.
        hook: Id of the address that answers to a command go to, within half an hour; empty
            for what was no command.
    """

    trigger: str
    hook: str = ""

    def packed(self) -> str:
        """As one text."""
        return f"{self.trigger} {self.hook}".strip()

    @classmethod
    def unpacked(cls, text: str) -> Ticket:
        """What `packed` wrote."""
        trigger, _, hook = text.partition(" ")
        return cls(trigger, hook)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a trigger id says: who did something, and when."""

    user: str
    at: datetime


def trigger(text: str) -> Trigger:
    """Read a trigger id: base64 of `id:user:milliseconds:signature`.

    Raises:
        NotSignedIn: It is none.
    """
    try:
        said = base64.b64decode(text, validate=True).decode("ascii").split(":")
        at = datetime.fromtimestamp(int(said[2]) / 1000, UTC)
    except (binascii.Error, ValueError, IndexError, OverflowError, OSError) as error:
        raise NotSignedIn("There is no valid trigger id with this.") from error
    if len(said) != _TRIGGER_PARTS or not is_identifier(said[1]):
        raise NotSignedIn("There is no valid trigger id with this.")
    return Trigger(said[1], at)


def proven(text: str, user: str, now: datetime) -> None:
    """Make sure that a trigger id is fresh and that person's.

    Raises:
        NotSignedIn: It is not.
    """
    found = trigger(text)
    if found.user != user:
        raise NotSignedIn("The trigger id is somebody else's.")
    if abs(now - found.at) > FRESH_FOR:
        raise NotSignedIn("The trigger id is too old, or one of the two clocks is wrong.")


def command(form: Mapping[str, str], mentions: Sequence[tuple[str, str]], team: str) -> Inbound:
    """The event for a slash command.

    Args:
        form: The fields that the server sent.
        mentions: Name and id of those whom the server recognised in the text.
        team: The workspace.

    Raises:
        BadInput: A field is missing.
    """
    user, channel = _id(form, "user_id"), _id(form, "channel_id")
    word = _text(form, "command")
    ticket = Ticket(_text(form, "trigger_id"), form.get("response_url", "").rpartition("/")[2])
    people = tuple(named(id_, name.lstrip("@"), team) for name, id_ in mentions)
    return Inbound(
        f"{PLATFORM}:command:{digest(ticket.trigger)}",
        named(user, _text(form, "user_name"), team),
        Address(PLATFORM, team, channel, thread=form.get("root_id") or None),
        Command(_line(word, form.get("text", "").strip()), people),
        ticket.packed(),
    )


HERE = "/tocsin"
"""The word before lines whose own first word is taken by Mattermost itself: `/tocsin help`."""


def _line(word: str, rest: str) -> str:
    if word == HERE:
        return f"/{rest.removeprefix('/') or 'help'}"
    return f"{word} {rest}".strip()


def click(payload: Mapping[str, Any], meant: Mapping[str, str], team: str) -> Inbound:
    """The event for a button pressed or an option chosen.

    Args:
        payload: As the server sent it.
        meant: What the control's seal held.
        team: The workspace.

    Raises:
        BadInput: A field is missing.
    """
    place = Address(PLATFORM, team, meant["channel"])
    ticket = Ticket(_text(payload, "trigger_id"))
    context = part(payload, "context")
    return Inbound(
        f"{PLATFORM}:action:{digest(ticket.trigger)}",
        named(_id(payload, "user_id"), _text(payload, "user_name"), team),
        place,
        Click(
            meant["action"],
            meant["value"],
            place.at(_id(payload, "post_id")),
            choice=str(context.get("selected_option", "")),
        ),
        ticket.packed(),
    )


def submission(meant: Mapping[str, str], who: Person, values: dict[str, str]) -> Inbound:
    """The event for a dialog filled in; its dedupe key still lacks the attempt."""
    return Inbound(
        f"{PLATFORM}:dialog:{meant['nonce']}",
        who,
        _opened_at(meant, who),
        FormSubmission(meant["action"], meant["context"], values),
    )


def confirmed(meant: Mapping[str, str], who: Person) -> Inbound:
    """The event for a button whose question was answered with yes."""
    place = _opened_at(meant, who)
    return Inbound(
        f"{PLATFORM}:dialog:{meant['nonce']}",
        who,
        place,
        Click(meant["action"], meant["value"], place.at(meant["message"])),
    )


def _opened_at(meant: Mapping[str, str], who: Person) -> Address:
    """Where a dialog was opened, as its seal says."""
    return Address(PLATFORM, who.workspace, meant["channel"], thread=meant["thread"] or None)


def heard(post: Mapping[str, Any], author: Callable[[str], Person], own: str) -> Inbound | None:
    """The event for a post; None for what is nobody's business: our own, and other notices.

    Args:
        post: As the server holds it.
        author: Somebody by id.
        own: The bot's own id.
    """
    kind, writer = str(post.get("type", "")), str(post.get("user_id", ""))
    who = author(writer)
    message = address(post, who.workspace)
    if kind in _CAME or kind in _WENT:
        return _moved(post, kind, who, own)
    if kind or writer == own:
        return None
    return Inbound(
        f"{PLATFORM}:said:{message.message}",
        _as_posted(post, who),
        message,
        Said(message, str(post.get("message", "")), moment(post.get("create_at"))),
    )


def _moved(post: Mapping[str, Any], kind: str, who: Person, own: str) -> Inbound | None:
    whose = _CAME.get(kind) or _WENT[kind]
    props = part(post, "props")
    user = who.id if whose == "user" else str(props.get(f"{whose}Id", ""))
    # Whom the bot brought in itself it knows of already.
    if not is_identifier(user) or user == own or (whose != "user" and who.id == own):
        return None
    name = str(props.get("username" if whose == "user" else f"{whose}name", "")) or user
    where = address(post, who.workspace)
    moved = who if whose == "user" else named(user, name, who.workspace)
    key = f"{PLATFORM}:membership:{where.message}"
    return Inbound(key, moved, where.room, Membership(kind in _CAME))


def posted(post: Mapping[str, Any], author: Person, files: tuple[str, ...]) -> PostedMessage:
    """A post as part of a channel's history."""
    edited = post.get("edit_at")
    return PostedMessage(
        address(post, author.workspace),
        _as_posted(post, author),
        _read(post),
        moment(post.get("create_at")),
        system=str(post.get("type", "")).startswith("system_"),
        edited_at=moment(edited) if edited else None,
        attachments=files,
    )


KEY = "tocsin_key"
"""The property of a post of ours that says under which key it was made."""


def _read(post: Mapping[str, Any]) -> str:
    """What there is to read in a post: its message, then what its attachments say."""
    props = part(post, "props")
    said = [str(post.get("message", ""))]
    for attachment in parts(props, "attachments"):
        said += [str(attachment.get(name, "")) for name in ("pretext", "title", "text")]
        for each in parts(attachment, "fields"):
            said.append(f"{each.get('title', '')}: {each.get('value', '')}")
    text = "\n".join(each for each in said if each.strip())
    return read_back(text) if KEY in props else text


def address(post: Mapping[str, Any], workspace: str) -> Address:
    """Where a post stands."""
    return Address(
        PLATFORM,
        workspace,
        str(post.get("channel_id", "")),
        thread=str(post.get("root_id", "")) or None,
        message=str(post.get("id", "")),
    )


def moment(milliseconds: Any) -> datetime:
    """A time of the server's."""
    count = milliseconds if isinstance(milliseconds, int | float) else 0
    return datetime.fromtimestamp(count / 1000, UTC)


def posted_event(event: Mapping[str, Any]) -> tuple[dict[str, Any], str, str] | None:
    """The post, its author's name, and the team's id, out of a `posted` event."""
    if event.get("event") != "posted":
        return None
    data = part(event, "data")
    try:
        post = whole(json.loads(str(data.get("post", ""))))
    except ValueError:
        return None
    if not is_identifier(str(post.get("id", ""))):
        return None
    return post, str(data.get("sender_name", "")).lstrip("@"), str(data.get("team_id", ""))


def _as_posted(post: Mapping[str, Any], who: Person) -> Person:
    """The author; a program where the post says that it is one's."""
    props = part(post, "props")
    program = any(str(props.get(flag)) == "true" for flag in ("from_bot", "from_webhook"))
    if not program or who.is_bot:
        return who
    return named(who.id, who.name, who.workspace, is_bot=True)


def _id(fields: Mapping[str, Any], name: str) -> str:
    found = str(fields.get(name, ""))
    if not is_identifier(found):
        raise BadInput(f"“{name}” is no id of Mattermost's.", details={name: "26 of a-z, 0-9"})
    return found


def _text(fields: Mapping[str, Any], name: str) -> str:
    found = str(fields.get(name, ""))
    if not found:
        raise BadInput(f"“{name}” is missing.", details={name: "as Mattermost sends it"})
    return found
