"""Slack's payloads in the words of `chat/`. Pure; nothing is asked of Slack before the ack.

Source: https://docs.slack.dev/interactivity, https://docs.slack.dev/apis/events-api
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from adapters.slack import forms
from adapters.slack.controls import meant
from adapters.slack.reading import Names, is_stamp, moment, of_person, people_in, readable
from chat.address import Address
from chat.inbound import (
    Click,
    Command,
    FormSubmission,
    Inbound,
    Membership,
    MessageMenu,
    Said,
)
from chat.payload import Json, part, parts, word
from chat.person import Person

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What answers somebody privately, or opens a form for them.

    Attributes:
        trigger: Opens one form within three seconds.
        response_url: Takes five answers within half an hour.
        view: The form that was filled in; empty when it was none.
    """

    trigger: str = ""
    response_url: str = ""
    view: str = ""

    def packed(self) -> str:
        """As an event carries it; empty when there is nothing in it."""
        held = {"t": self.trigger, "r": self.response_url, "v": self.view}
        return json.dumps({name: value for name, value in held.items() if value})

    @classmethod
    def unpacked(cls, text: str) -> Ticket:
        """What `packed` wrote; a bare word is a trigger."""
        try:
            held: Any = json.loads(text)
        except ValueError:
            return cls(trigger=text)
        if not isinstance(held, dict):
            return cls(trigger=text)
        kept = cast("Json", held)
        return cls(word(kept, "t"), word(kept, "r"), word(kept, "v"))


def command(body: Body) -> Inbound:
    """A slash command."""
    team, text = _team(body), word(body, "text")
    words = f"{word(body, 'command')} {readable(text)}".strip()
    user = word(body, "user_id")
    mentioned = tuple(Person("slack", team, each, name) for each, name in people_in(text))
    return Inbound(
        f"slack:command:{team}:{word(body, 'trigger_id')}",
        Person("slack", team, user, word(body, "user_name") or user),
        Address("slack", team, word(body, "channel_id")),
        Command(words, mentioned),
        _ticket(body),
    )


def click(body: Body) -> Inbound | None:
    """A button pressed or an option chosen; None when it is none of ours."""
    team, pressed = _team(body), parts(body, "actions")[0]
    held, message = part(body, "container"), part(body, "message")
    channel = word(part(body, "channel"), "id") or word(held, "channel_id")
    stamp = word(held, "message_ts") or word(message, "ts")
    what = meant(word(pressed, "action_id"))
    if what is None or not channel or not is_stamp(stamp):
        return None
    thread = word(held, "thread_ts") or word(message, "thread_ts")
    where = _place(team, channel, stamp, thread)
    person = _person(part(body, "user"), team)
    choice = word(part(pressed, "selected_option"), "value") or word(pressed, "selected_user")
    return Inbound(
        # The same press has the same time in each delivery, whatever envelope it comes in.
        f"slack:click:{team}:{person.id}:{channel}:{stamp}:{word(pressed, 'action_ts')}",
        person,
        where,
        Click(*what, message=where.at(stamp), choice=choice),
        _ticket(body),
    )


def submission(body: Body, key: bytes) -> Inbound | None:
    """A form filled in; None when it is none of ours, or was not opened for this person."""
    team, view = _team(body), part(body, "view")
    person = _person(part(body, "user"), team)
    carried = forms.opened(key, person.id, word(view, "private_metadata"))
    if carried is None:
        return None
    action, where, context = carried
    identity = word(view, "id")
    # Filled in again after a mistake it is the same view, but another trigger.
    trigger = word(body, "trigger_id") or word(view, "hash")
    return Inbound(
        f"slack:form:{team}:{identity}:{trigger}",
        person,
        where,
        FormSubmission(action, context, forms.answers(part(part(view, "state"), "values"))),
        Ticket(trigger=word(body, "trigger_id"), view=identity).packed(),
    )


def menu(body: Body) -> Inbound:
    """An entry of a message's own menu."""
    team, message = _team(body), part(body, "message")
    stamp = word(message, "ts") or word(body, "message_ts")
    where = _place(team, word(part(body, "channel"), "id"), stamp, word(message, "thread_ts"))
    bot = word(message, "bot_id")
    author = word(message, "user") or bot or "unknown"
    told = MessageMenu(
        word(body, "callback_id"),
        where.at(stamp),
        readable(word(message, "text")),
        Person("slack", team, author, word(message, "username") or author, is_bot=bool(bot)),
    )
    person = _person(part(body, "user"), team)
    return Inbound(
        f"slack:menu:{team}:{word(body, 'trigger_id')}", person, where, told, _ticket(body)
    )


def said(body: Body, names: Names = str) -> Inbound | None:
    """An ordinary message; None when a program or Slack itself wrote it."""
    team, event = _team(body), part(body, "event")
    stamp = word(event, "ts")
    if not of_person(event) or not is_stamp(stamp) or event.get("hidden"):
        return None
    where = _place(team, word(event, "channel"), stamp, word(event, "thread_ts")).at(stamp)
    author = word(event, "user")
    home = word(event, "user_team") or word(event, "team") or team
    payload = Said(where, readable(word(event, "text"), names), moment(stamp))
    key = f"slack:said:{team}:{where.channel}:{stamp}"
    return Inbound(key, Person("slack", home, author, author), where, payload)


def membership(body: Body) -> Inbound | None:
    """Somebody came or went; None when it was the bot itself."""
    team, event = _team(body), part(body, "event")
    user = word(event, "user")
    if any(one.get("user_id") == user and one.get("is_bot") for one in _installed(body)):
        return None
    return Inbound(
        f"slack:membership:{team}:{word(body, 'event_id')}",
        Person("slack", word(event, "team") or team, user, user),
        Address("slack", team, word(event, "channel")),
        Membership(joined=event["type"] == "member_joined_channel"),
    )


def _place(team: str, channel: str, stamp: str, thread: str) -> Address:
    """Where a message stands; the first one of a thread is in the channel itself."""
    return Address("slack", team, channel, thread if thread and thread != stamp else None)


def _team(body: Body) -> str:
    """The workspace that the bot is installed in."""
    installed = next((word(one, "team_id") for one in _installed(body)), "")
    return word(body, "team_id") or word(part(body, "team"), "id") or installed


def _installed(body: Body) -> list[Json]:
    return parts(body, "authorizations")


def _person(user: Body, team: str) -> Person:
    """Who acted. Guests from other workspaces keep their own."""
    identity = word(user, "id")
    name = word(user, "username") or word(user, "name") or identity
    return Person("slack", word(user, "team_id") or team, identity, name)


def _ticket(body: Body) -> str:
    return Ticket(word(body, "trigger_id"), word(body, "response_url")).packed()
