"""Channels: made once for each key, found, archived, and who is in them."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any

from adapters.mattermost.calling import Calls, identifier, is_identifier
from adapters.mattermost.markup import clean, literal, one_line
from adapters.mattermost.own import Own
from adapters.mattermost.people import PLATFORM, person
from adapters.mattermost.seal import digest
from chat.address import Address
from chat.errors import BadInput, NotFound
from chat.fit import shorten
from chat.inviting import one_by_one
from chat.once import Once
from chat.person import Person
from chat.port import ChannelFacts, NewChannel

NAME, DISPLAY, HEADER = 64, 64, 1024
_PAGE = 200
_MOST_NUMBERS = 100


class Rooms:
    """The channels of the team."""

    def __init__(self, calls: Calls, own: Own, once: Once) -> None:
        self._calls = calls
        self._own = own
        self._once = once

    async def create(self, wanted: NewChannel) -> Address:
        """Make it, or find the one made before with the same key."""

        async def make() -> Address:
            return await self._make(wanted)

        async def find(_: datetime) -> Address | None:
            return await self._made(wanted)

        return await self._once.made(wanted.key, make, find)

    async def facts(self, where: Address) -> ChannelFacts:
        """The channel's facts; the server does not count notices of who came and went."""
        found = await self._get(where)
        own = await self._own.id()
        inside = [each for each in await self._members(str(found["id"])) if each.id != own]
        return ChannelFacts(
            self._address(found),
            str(found["name"]),
            private=found["type"] != "O",
            members=tuple(sorted(inside, key=lambda each: each.name)),
            messages=None,
            archived=bool(found.get("delete_at")),
        )

    async def find(self, name: str) -> Address | None:
        """One of the team's channels by name or id; None when the bot sees none."""
        typed = name.strip().lstrip("#~").strip().casefold()
        team = await self._own.team_id()
        if not _NAME.fullmatch(typed):
            return None
        try:
            found = await self._calls.run(
                lambda driver: driver.channels.get_channel_by_name(team, typed)
            )
        except NotFound:
            if not is_identifier(typed):
                return None
            try:
                found = await self._calls.run(lambda driver: driver.channels.get_channel(typed))
            except NotFound:
                return None
        if found.get("team_id") != team or found["type"] not in {"O", "P"}:
            return None
        return self._address(found)

    async def archive(self, channel: Address, *, archived: bool) -> None:
        """Archive or bring back."""
        found = await self._get(channel)
        if bool(found.get("delete_at")) is archived:
            return
        channel_id = str(found["id"])
        if archived:
            await self._calls.run(lambda driver: driver.channels.delete_channel(channel_id))
        else:
            await self._calls.client(lambda rest: rest.post(f"/channels/{channel_id}/restore"))

    async def invite(self, channel: Address, people: tuple[Person, ...]) -> None:
        """Add members.

        Raises:
            Refused: Mattermost let somebody not in; the others are in.
        """
        channel_id = identifier(channel.channel)
        inside = {each.id for each in await self._members(channel_id)}

        async def add(one: Person) -> None:
            member = {"user_id": identifier(one.id)}
            await self._calls.run(
                lambda driver: driver.channels.add_user(channel_id, options=member)
            )

        turnout = await one_by_one((one for one in people if one.id not in inside), add)
        turnout.complain("Mattermost")

    async def set_topic(self, channel: Address, topic: str) -> None:
        """Set the header."""
        channel_id = identifier(channel.channel)
        header = shorten(literal(one_line(topic)), HEADER)
        await self._calls.run(
            lambda driver: driver.channels.patch_channel(channel_id, options={"header": header})
        )

    async def readable(self, channel_id: str) -> bool:
        """Whether everybody of the team may read there."""
        found = await self._get(Address(PLATFORM, "", channel_id))
        return found["type"] == "O" and found.get("team_id") == await self._own.team_id()

    async def _make(self, wanted: NewChannel) -> Address:
        team = await self._own.team_id()
        for number in range(1, _MOST_NUMBERS + 1):
            channel = {
                "team_id": team,
                "name": cleaned_name(wanted.name, number=number),
                "display_name": _display(wanted.name, number),
                "type": "P" if wanted.private else "O",
                "header": shorten(literal(one_line(wanted.topic)), HEADER),
                "purpose": _purpose(wanted.key),
            }
            try:
                made = await self._calls.run(
                    lambda driver, channel=channel: driver.channels.create_channel(options=channel)
                )
            except BadInput as error:
                if "SAVE_CHANNEL" not in error.code:
                    raise
                continue
            return self._address(made)
        raise BadInput(f"There are too many channels called like “{wanted.name[:40]}”.")

    async def _made(self, wanted: NewChannel) -> Address | None:
        """The channel whose purpose names the key."""
        team = await self._own.team_id()
        for number in range(1, _MOST_NUMBERS + 1):
            name = cleaned_name(wanted.name, number=number)
            try:
                found = await self._calls.run(
                    lambda driver, name=name: driver.channels.get_channel_by_name(team, name)
                )
            except NotFound:
                return None
            if found.get("purpose") == _purpose(wanted.key):
                return self._address(found)
        return None

    async def _get(self, where: Address) -> dict[str, Any]:
        channel_id = identifier(where.channel)
        return await self._calls.run(lambda driver: driver.channels.get_channel(channel_id))

    async def _members(self, channel_id: str) -> list[Person]:
        found: list[Person] = []
        while True:
            params = {
                "in_channel": channel_id, "per_page": _PAGE, "page": len(found) // _PAGE,
            }  # fmt: skip
            page = await self._calls.run(
                lambda driver, params=params: driver.users.get_users(params=params)
            )
            found += [person(user, self._own.workspace) for user in page]
            if len(page) < _PAGE:
                return found

    def _address(self, channel: dict[str, Any]) -> Address:
        return Address(PLATFORM, self._own.workspace, str(channel["id"]))


_NAME = re.compile(r"[a-z0-9_-]{1,64}")


def cleaned_name(wanted: str, *, number: int = 1) -> str:
    """The nearest name a channel may have; with a `number` above 1 that stands behind it."""
    ascii_only = unicodedata.normalize("NFKD", clean(wanted)).encode("ascii", "ignore").decode()
    bare = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    if len(bare) < 2:  # noqa: PLR2004 - the server's least
        bare = f"channel-{bare}".strip("-")
    suffix = "" if number == 1 else f"-{number}"
    return bare[: NAME - len(suffix)].rstrip("-") + suffix


def _display(wanted: str, number: int) -> str:
    suffix = "" if number == 1 else f" {number}"
    shown = one_line(wanted).strip() or "Channel"
    return shorten(shown, DISPLAY - len(suffix)) + suffix


def _purpose(key: str) -> str:
    """Says where the channel comes from, and to ourselves under which key it was made."""
    return f"Made by Tocsin for an incident ({digest(key)[:16]})."
