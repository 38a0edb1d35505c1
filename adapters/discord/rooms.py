"""Rooms: channels of the server, or threads of one channel of it.

A private channel is one that `@everyone` may not see; whoever is invited gets an overwrite
of their own. A closed one is read-only for all, and stands in the archive's category.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from adapters.discord import naming
from adapters.discord.calling import GUILD_IS_FULL, Calls
from adapters.discord.inbound import insiders
from adapters.discord.people import People
from adapters.discord.places import Places
from adapters.discord.raw import Json, Kind, Right, is_snowflake, made_at
from adapters.discord.remembering import Remembering
from adapters.discord.settings import DiscordSettings
from adapters.discord.sight import rights, rights_in
from chat.address import Address
from chat.errors import NotFound, Refused
from chat.inviting import Turnout, one_by_one
from chat.once import Once
from chat.payload import part, parts
from chat.person import Person
from chat.port import ChannelFacts, NewChannel
from chat.rates import Rate, Window

log = logging.getLogger("tocsin.discord")

_TALK = Right.VIEW | Right.SEND | Right.SEND_IN_THREADS | Right.HISTORY | Right.ATTACH
_SPEAK = Right.SEND | Right.SEND_IN_THREADS | Right.PUBLIC_THREADS | Right.PRIVATE_THREADS
_ROLE, _MEMBER = 0, 1
_A_WEEK = 10_080
_LONGEST_TOPIC = 1024
_SKEW = timedelta(minutes=1)


class Rooms:
    """Makes rooms, and tends them."""

    def __init__(
        self,
        settings: DiscordSettings,
        calls: Calls,
        people: People,
        places: Places,
        remembering: Remembering,
        once: Once,
    ) -> None:
        self._settings = settings
        self._guild = settings.guild
        self._calls = calls
        self._people = people
        self._places = places
        self._remembering = remembering
        self._once = once
        # A third one waits in the outbox, where a newer one takes its place.
        self._topics = Rate(Window(2, 600.0), patience=0.0)
        self._making = asyncio.Lock()
        self._everyone: int | None = None

    async def get(self, where: Address) -> Json:
        """Discord's channel object.

        Raises:
            NotFound: There is none in this server.
        """
        place = where.thread or where.channel
        if not is_snowflake(place):
            raise NotFound("There is no such channel in Discord.")
        found: Json = await self._calls.call("GET", "/channels/{channel_id}", channel_id=place)
        if str(found.get("guild_id", self._guild)) != self._guild:
            raise NotFound("That channel is in another Discord server.")
        self._places.heard(found)
        return found

    async def make(self, wanted: NewChannel) -> Address:
        """Make the room, or find the one made before with the same key."""

        async def make() -> Address:
            # Two that are made at once must not get one name.
            async with self._making:
                return await self._make(wanted)

        async def find(since: datetime) -> Address | None:
            base, around = naming.cleaned(wanted.name), since - _SKEW
            for channel in await self._all():
                mine = str(channel.get("owner_id") or self._calls.user) == self._calls.user
                same = str(channel.get("topic") or "") == wanted.topic or self._settings.threads
                named = str(channel["name"]).startswith(base[:90])
                if mine and same and named and made_at(str(channel["id"])) >= around:
                    return self._places.address(str(channel["id"]))
            return None

        return await self._once.made(wanted.key, make, find)

    async def facts(self, where: Address) -> ChannelFacts:
        """The channel as it stands."""
        found = await self.get(where)
        address = self._places.address(str(found["id"]))
        if found["type"] == Kind.DIRECT:
            ids = [str(user["id"]) for user in parts(found, "recipients")]
        elif found["type"] in Kind.THREADS:
            ids = await self._thread_members(str(found["id"]))
        else:
            ids = [
                str(row["id"])
                for row in parts(found, "permission_overwrites")
                if str(row["id"]) in insiders(found)
            ]
        members = [await self._people.get(each) for each in ids if each != self._calls.user]
        return ChannelFacts(
            address,
            str(found.get("name") or "direct"),
            private=await self._private(found),
            members=tuple(members),
            messages=None,
            archived=await self._archived(found),
        )

    async def may_read(self, where: Address, person: Person) -> bool:
        """Whether somebody reads there: by name, by a role, or because they own the server."""
        found = await self.get(where)
        if found["type"] == Kind.DIRECT:
            return person.id in {str(user["id"]) for user in parts(found, "recipients")}
        if found["type"] == Kind.PRIVATE_THREAD:
            return person.id in await self._thread_members(str(found["id"]))
        if found["type"] in Kind.THREADS:
            found = await self.get(Address("discord", self._guild, str(found["parent_id"])))
        calls, guild_id = self._calls, self._guild
        try:
            path = "/guilds/{guild_id}/members/{user_id}"
            member = await calls.call("GET", path, guild_id=guild_id, user_id=person.id)
        except NotFound:
            return False
        guild = await calls.call("GET", "/guilds/{guild_id}", guild_id=guild_id)
        roles = await calls.call("GET", "/guilds/{guild_id}/roles", guild_id=guild_id)
        may = rights(guild, member, roles)
        return bool(rights_in(found, guild, member, may) & Right.VIEW)

    async def find(self, name: str) -> Address | None:
        """A channel by name or id."""
        wanted = name.strip().strip("<>").lstrip("#~").strip()
        if is_snowflake(wanted):
            try:
                found = await self.get(Address("discord", self._guild, wanted))
            except (NotFound, Refused):
                return None
            return self._places.address(str(found["id"]))
        for channel in await self._all():
            if str(channel["name"]).casefold() == wanted.casefold():
                return self._places.address(str(channel["id"]))
        return None

    async def invite(self, where: Address, people: tuple[Person, ...]) -> tuple[Turnout, bool]:
        """Let people in: what came of it, and whether Discord itself tells them."""
        found = await self.get(where)
        thread = found["type"] in Kind.THREADS
        inside = frozenset[str]() if thread else insiders(found)
        path = "thread-members" if thread else "permissions"
        overwrite: Json = {"type": _MEMBER, "allow": _TALK, "deny": 0}

        async def add(one: Person) -> None:
            await self._calls.call(
                "PUT",
                f"/channels/{{channel_id}}/{path}/{{user_id}}",
                json=None if thread else overwrite,
                channel_id=str(found["id"]),
                user_id=one.id,
            )

        return await one_by_one((one for one in people if one.id not in inside), add), thread

    async def archive(self, where: Address, *, archived: bool) -> None:
        """Make it read-only and put it away, or bring it back."""
        found = await self.get(where)
        if found["type"] in Kind.THREADS:
            change: Json = {"archived": archived, "locked": archived}
        else:
            change = {"permission_overwrites": self._overwrites(found, closed=archived)}
        category = self._settings.archive_category if archived else self._settings.category
        if found["type"] == Kind.TEXT and self._settings.archive_category:
            change["parent_id"] = category or None
        # Known before it is so, since nothing may be posted into what is being closed.
        await self._remembering.close(str(found["id"]), closed=archived)
        await self._patched(str(found["id"]), change)

    async def set_topic(self, where: Address, topic: str) -> None:
        """Set the topic, of which Discord takes two in ten minutes for each channel.

        Raises:
            Unavailable: It is too soon; `retry_after` says how long.
        """
        found = await self.get(where)
        topic = topic[:_LONGEST_TOPIC]
        if found["type"] == Kind.TEXT and str(found.get("topic") or "") != topic:
            await self._topics.turn(str(found["id"]))
            await self._patched(str(found["id"]), {"topic": topic})

    async def open_for_posts(self, where: Address) -> None:
        """Let it pass unless the room was archived.

        Raises:
            Refused: It was, and still is.
        """
        for place in filter(None, (where.channel, where.thread)):
            if not await self._remembering.closed(place):
                continue
            found = await self.get(Address("discord", self._guild, place))
            if await self._archived(found):
                raise Refused(
                    f"#{found['name']} is archived, so nothing new can be posted in it. "
                    "Bring it back first, such as with /incident restart.",
                    code="CHANNEL_ARCHIVED",
                )
            await self._remembering.close(place, closed=False)

    async def _all(self) -> list[Json]:
        """The server's channels, or its living threads where those are rooms, oldest first."""
        channels: list[Json] = await self._calls.call(
            "GET", "/guilds/{guild_id}/channels", guild_id=self._guild
        )
        found = [one for one in channels if one["type"] in {Kind.TEXT, Kind.NEWS}]
        if self._settings.threads:
            active: Json = await self._calls.call(
                "GET", "/guilds/{guild_id}/threads/active", guild_id=self._guild
            )
            threads = parts(active, "threads")
            for thread in threads:
                self._places.heard(thread)
            found += [one for one in threads if str(one["parent_id"]) == self._settings.channel]
        return sorted(found, key=lambda one: int(one["id"]))

    async def _make(self, wanted: NewChannel) -> Address:
        names = {str(one["name"]) for one in await self._all()}
        name = naming.free(wanted.name, names)
        if self._settings.threads:
            made = await self._calls.call(
                "POST",
                "/channels/{channel_id}/threads",
                json={
                    "name": name,
                    "type": Kind.PRIVATE_THREAD if wanted.private else Kind.PUBLIC_THREAD,
                    "auto_archive_duration": _A_WEEK,
                    **({"invitable": False} if wanted.private else {}),
                },
                channel_id=self._settings.channel,
            )
            self._places.heard(made)
            return self._places.address(str(made["id"]))
        payload: Json = {"name": name, "type": Kind.TEXT, "topic": wanted.topic[:_LONGEST_TOPIC]}
        if wanted.private:
            await self._calls.ready()
            payload["permission_overwrites"] = [
                {"id": self._guild, "type": _ROLE, "allow": 0, "deny": Right.VIEW},
                {"id": self._calls.user, "type": _MEMBER, "allow": _TALK, "deny": 0},
            ]
        if self._settings.category:
            payload["parent_id"] = self._settings.category
        return self._places.address(str((await self._made(payload))["id"]))

    async def _made(self, payload: Json) -> Json:
        """The channel, outside its category where that one is full (50 channels)."""
        try:
            return await self._calls.call(
                "POST", "/guilds/{guild_id}/channels", json=payload, guild_id=self._guild
            )
        except Refused as refused:
            if refused.code == GUILD_IS_FULL or payload.pop("parent_id", None) is None:
                raise
            log.warning("the category for incidents takes no more channels: %s", refused.message)
            return await self._made(payload)

    async def _patched(self, channel: str, change: Json) -> None:
        try:
            await self._calls.call(
                "PATCH", "/channels/{channel_id}", json=change, channel_id=channel
            )
        except Refused as refused:
            if change.pop("parent_id", None) is None:
                raise
            log.warning("the category takes no more channels: %s", refused.message)
            await self._patched(channel, change)

    def _overwrites(self, found: Json, *, closed: bool) -> list[Json]:
        """The channel's overwrites with nobody allowed to speak, or everybody as before."""
        made: list[Json] = []
        everyone: Json = {"id": self._guild, "type": _ROLE, "allow": 0, "deny": 0}
        held = parts(found, "permission_overwrites")
        if not any(str(row["id"]) == self._guild for row in held):
            held = [everyone, *held]
        for row in held:
            allow, deny = int(row["allow"]), int(row["deny"])
            if str(row["id"]) == self._calls.user:
                pass
            elif closed:
                allow, deny = allow & ~_SPEAK, deny | _SPEAK
            else:
                deny &= ~_SPEAK
                allow |= _TALK if int(row["type"]) == _MEMBER and allow & Right.VIEW else 0
            made.append({"id": row["id"], "type": row["type"], "allow": allow, "deny": deny})
        return made

    async def _archived(self, found: Json) -> bool:
        if found["type"] in Kind.THREADS:
            return bool(part(found, "thread_metadata").get("locked"))
        everyone = next(
            (row for row in parts(found, "permission_overwrites") if str(row["id"]) == self._guild),
            None,
        )
        quiet = everyone is not None and bool(int(everyone["deny"]) & Right.SEND)
        return quiet and await self._remembering.closed(str(found["id"]))

    async def _private(self, found: Json) -> bool:
        """Whether not everybody in the server sees it."""
        if found["type"] in {Kind.DIRECT, Kind.PRIVATE_THREAD}:
            return True
        if found["type"] in Kind.THREADS:
            parent = Address("discord", self._guild, str(found["parent_id"]))
            return await self._private(await self.get(parent))
        for row in parts(found, "permission_overwrites"):
            if str(row["id"]) == self._guild:
                if int(row["deny"]) & Right.VIEW:
                    return True
                if int(row["allow"]) & Right.VIEW:
                    return False
        return not await self._everybody_may() & Right.VIEW

    async def _everybody_may(self) -> int:
        """What `@everyone` may in the server."""
        if self._everyone is None:
            roles: list[Json] = await self._calls.call(
                "GET", "/guilds/{guild_id}/roles", guild_id=self._guild
            )
            base = next((one for one in roles if str(one["id"]) == self._guild), None)
            self._everyone = int(base["permissions"]) if base else 0
        return self._everyone

    async def _thread_members(self, thread: str) -> list[str]:
        found: list[Json] = await self._calls.call(
            "GET", "/channels/{channel_id}/thread-members", channel_id=thread
        )
        return [str(one["user_id"]) for one in found]
