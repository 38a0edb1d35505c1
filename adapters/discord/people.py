"""Discord's users as people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.discord.calling import Calls
from adapters.discord.raw import PLATFORM, Json, is_snowflake
from chat.errors import NotFound
from chat.person import Person

MENTION = re.compile(r"<@!?([0-9]{5,20})>")
_MOST = 5_000


def person(guild: str, user: Mapping[str, Any], member: Mapping[str, Any] | None = None) -> Person:
    """Somebody from what Discord says of them.

    Args:
        guild: The server.
        user: Discord's user object.
        member: What the server adds, such as a nickname; None when it is not told.
    """
    name = str(user.get("username", user["id"]))
    shown = (member or {}).get("nick") or user.get("global_name") or name
    return Person(
        PLATFORM, guild, str(user["id"]), name, str(shown), is_bot=bool(user.get("bot", False))
    )


class People:
    """The server's members, as far as we have met them."""

    def __init__(self, calls: Calls, guild: str) -> None:
        self._calls = calls
        self._guild = guild
        self._known: dict[str, Person] = {}

    def met(self, found: Person) -> Person:
        """Keep somebody in mind; the same person."""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[found.id] = found
        return found

    async def get(self, user_id: str) -> Person:
        """A member by id, or only the id of one who left.

        Raises:
            Unavailable: Discord does not answer.
        """
        found = self._known.get(user_id) or await self._member(user_id)
        return found or Person(PLATFORM, self._guild, user_id, user_id)

    async def find(self, typed: str) -> Person | None:
        """A member by id, handle or shown name; Discord tells nobody's e-mail."""
        mentioned = MENTION.fullmatch(typed.strip())
        name = mentioned.group(1) if mentioned else typed.strip().removeprefix("@")
        if not name or "@" in name or len(name) > 100:  # noqa: PLR2004 - no name is longer
            return None
        if is_snowflake(name) and (found := await self._member(name)) is not None:
            return found
        query = {"query": name, "limit": "25"}
        rows: list[Json] = (
            await self._calls.call(
                "GET", "/guilds/{guild_id}/members/search", query=query, guild_id=self._guild
            )
            or []
        )
        people = [person(self._guild, row["user"], row) for row in rows]
        wanted = name.casefold()
        handles = [one for one in people if one.name.casefold() == wanted]
        shown = [one for one in people if one.display.casefold() == wanted]
        if handles:
            return self.met(handles[0])
        return self.met(shown[0]) if len(shown) == 1 else None

    async def _member(self, user_id: str) -> Person | None:
        try:
            row = await self._calls.call(
                "GET",
                "/guilds/{guild_id}/members/{user_id}",
                guild_id=self._guild,
                user_id=user_id,
            )
        except NotFound:
            self._known.pop(user_id, None)
            return None
        return self.met(person(self._guild, row["user"], row))
