"""Slack for the contract suite: the real library over Socket Mode against the stand-in."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from adapters.slack.adapter import SlackAdapter
from adapters.slack.forms import opened as unsealed
from adapters.slack.settings import SlackSettings
from chat.address import Address
from chat.card import Option
from chat.form import Form, FormField
from chat.person import Person
from chat.plugging import AdapterKit
from chat.port import ChatAdapter
from storage.database import Database
from tests.adapters.between import PAGES, told
from tests.adapters.listener import Listener, listening
from tests.adapters.slack.standin import SECRET, Slack, serving
from tests.adapters.slack.world import APP_TOKEN, TEAM, TOKEN, USER_TOKEN, Json
from tests.clock import SetClock

KEY = b"k" * 32


class SlackPlatform:
    """A workspace with people on it, seen from outside."""

    workspace = TEAM

    def __init__(self, slack: Slack, adapter: SlackAdapter, listener: Listener) -> None:
        self.slack = slack
        self.world = slack.world
        self.slack_adapter = adapter
        self.adapter: ChatAdapter = adapter
        self.listener = listener
        self._said: dict[str, tuple[Json, Address]] = {}
        self.between = slack.between
        self.troubles = {
            **PAGES,
            "the token refused": told(200, ok=False, error="token_revoked"),
            "the workspace moved": told(200, ok=False, error="team_added_to_org"),
            "posting not allowed for now": told(200, ok=False, error="rate_limited"),
        }

    async def someone(self, name: str) -> Person:
        """Somebody new; who comes first acts with the trigger `ticket`."""
        user = f"U{self.world.number():08d}"
        self.world.add_user(user, name)
        self.world.triggers.setdefault("ticket", user)
        return Person("slack", TEAM, user, name, name.title(), f"{name}@example.org")

    async def dismissed(self, name: str) -> Person:
        """Somebody whose account is deactivated."""
        person = await self.someone(name)
        self.world.users[person.id]["deleted"] = True
        return person

    async def read(self, who: Person, channel: Address) -> list[str]:
        """What their client shows of the channel."""
        found = self.world.channels[channel.channel]
        if (found.private or found.im) and who.id not in found.members:
            return []
        shown = list(found.messages)
        shown += [
            told
            for place, user, told in self.world.ephemeral
            if place == channel.channel and user == who.id
        ]
        shown.sort(key=lambda one: tuple(map(int, one["ts"].split("."))))
        return [seen(one) for one in shown]

    async def forms(self, who: Person) -> list[Form]:
        """The forms in front of them."""
        return [form_of(view, who) for user, view in self.world.views if user == who.id]

    async def say(self, who: Person, channel: Address, text: str, key: str) -> Address:
        """Post, as a person does; `key` again is Slack's second delivery."""
        if key not in self._said:
            found = self.world.channels[channel.channel]
            posted = self.world.add_message(
                found, {"type": "message", "user": who.id, "text": text}
            )
            event = self.slack.event({**posted, "channel": found.id})
            self._said[key] = event, channel.at(posted["ts"])
        event, where = self._said[key]
        assert await self.slack.send(event) is not None
        return where

    async def enter(self, who: Person, channel: Address) -> None:
        """Join a public channel."""
        if self.world.join(self.world.channels[channel.channel], who.id):
            await self._tell("member_joined_channel", who, channel)

    async def leave(self, who: Person, channel: Address) -> None:
        """Leave it."""
        self.world.channels[channel.channel].members.remove(who.id)
        await self._tell("member_left_channel", who, channel)

    async def _tell(self, kind: str, who: Person, channel: Address) -> None:
        event = {"type": kind, "user": who.id, "channel": channel.channel}
        assert await self.slack.send(self.slack.event(event)) is not None


def seen(message: Json) -> str:
    """A message as a client shows it: blocks where there are any, line by line."""
    return "\n".join(lines(message["blocks"])) if message.get("blocks") else message["text"]


def lines(blocks: list[Json]) -> list[str]:
    """The texts of blocks, controls with their labels."""
    shown: list[str] = []
    for block in blocks:
        shown.extend(flat(part) for part in block.get("elements", [block]))
    return "\n".join(shown).split("\n") if shown else []


def flat(part: Any) -> str:
    """One part's text."""
    if "elements" in part:
        glue = "\n" if part["type"] == "rich_text_list" else ""
        return glue.join(flat(each) for each in part["elements"])
    if isinstance(part.get("text"), dict):
        return str(part["text"]["text"])
    if part.get("type") == "user":
        return f"<@{part['user_id']}>"
    if part.get("type") == "channel":
        return f"<#{part['channel_id']}>"
    return str(part.get("text") or part.get("fallback") or "")


def form_of(view: Json, who: Person) -> Form:
    """The form that a view shows, with what it carries."""
    carried = unsealed(KEY, who.id, view["private_metadata"])
    assert carried is not None
    fields = tuple(_field(one) for one in view["blocks"] if one["type"] == "input")
    submit = view["submit"]["text"]
    return Form(carried[0], view["title"]["text"], fields, submit=submit, context=carried[2])


def _field(block: Json) -> FormField:
    element = block["element"]
    offered = tuple(Option(o["value"], o["text"]["text"]) for o in element.get("options", ()))
    kinds = {"static_select": "select", "users_select": "person", "datepicker": "date"}
    many = element.get("multiline", False)
    kind: Any = kinds.get(element["type"], "multiline" if many else "text")
    return FormField(
        block["block_id"],
        block["label"]["text"],
        kind,
        options=offered,
        required=not block["optional"],
        value=element.get("initial_value", ""),
        max_length=element.get("max_length", 3000),
    )


def settings(slack: Slack) -> SlackSettings:
    """Settings that point at the stand-in."""
    return SlackSettings(
        TOKEN,
        app_token=APP_TOKEN,
        signing_secret=SECRET,
        user_token=USER_TOKEN,
        api_url=f"{slack.world.url}api/",
    )


@asynccontextmanager
async def opened(
    database: Database, clock: SetClock, *, paced: bool = False
) -> AsyncGenerator[SlackPlatform]:
    """The stand-in, and the adapter connected to it."""
    async with serving(clock) as slack:
        kit = AdapterKit(database.acts, clock, {}, "http://tocsin.example", KEY)
        adapter = SlackAdapter(kit, settings(slack), paced=paced)
        listener = Listener(database.acts, clock, adapter)
        await adapter.start(listener)
        try:
            async with listening(adapter):
                await slack.connected()
                yield SlackPlatform(slack, adapter, listener)
                await listener.done()
        finally:
            await adapter.stop()
