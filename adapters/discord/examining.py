"""Looks at everything that commonly goes wrong with a Discord server's bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp

from adapters.discord.calling import Calls
from adapters.discord.raw import Json, Right
from adapters.discord.settings import DiscordSettings
from chat.clock import Clock
from chat.errors import NotFound, Refused, TocsinError
from chat.health import Finding, State, apart

_NEEDED = (
    (Right.VIEW, "View Channels", "to read where people talk to it"),
    (Right.SEND, "Send Messages", "to answer"),
    (Right.SEND_IN_THREADS, "Send Messages in Threads", "to answer in threads"),
    (Right.HISTORY, "Read Message History", "for exports and links to messages"),
    (Right.ATTACH, "Attach Files", "for exports"),
    (Right.PIN, "Pin Messages", "to keep the panel in sight"),
)
_FOR_CHANNELS = (
    (Right.MANAGE_CHANNELS, "Manage Channels", "to make a channel for each incident"),
    (Right.MANAGE_ROLES, "Manage Roles", "to let people into private channels"),
)
_FOR_THREADS = (
    (Right.PUBLIC_THREADS, "Create Public Threads", "to make a room for each incident"),
    (Right.PRIVATE_THREADS, "Create Private Threads", "to make private rooms"),
    (Right.MANAGE_THREADS, "Manage Threads", "to close rooms"),
)
_CONTENT_FLAGS = (1 << 18) | (1 << 19)
_SKEW = timedelta(seconds=10)
_FULL_GUILD, _MANY_CHANNELS = 500, 450
_FULL_CATEGORY, _MANY_IN_CATEGORY = 50, 45
_PORTAL = "https://discord.com/developers/applications"


class Examining:
    """One look at the platform; it changes nothing there."""

    def __init__(self, settings: DiscordSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._calls = Calls(settings)

    async def findings(self) -> AsyncIterator[Finding]:
        """What was found, one thing after another; stops where nothing more can be seen."""
        try:
            yield await self._clocks()
            try:
                await self._calls.ready()
            except TocsinError as error:
                yield Finding("discord token", State.WRONG, error.message)
                return
            yield Finding("discord token", State.OK, "Discord knows the bot.")
            yield await self._content()
            async for finding in self._server():
                yield finding
        finally:
            await self._calls.close()

    async def _clocks(self) -> Finding:
        subject = "discord clock"
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(
                    f"{self._settings.api_url}/gateway",
                    proxy=self._settings.proxy or None,
                    timeout=aiohttp.ClientTimeout(total=8),
                ) as answer,
            ):
                away = apart(answer.headers.get("Date", ""), self._clock.now())
        except (aiohttp.ClientError, TimeoutError, OSError):
            what = f"{self._settings.api_url} does not answer. Is the way to it open?"
            return Finding(subject, State.WRONG, what)
        if away is None:
            return Finding(subject, State.WARNING, "Discord does not tell the time.")
        if away <= _SKEW:
            return Finding(subject, State.OK, "This machine's clock agrees with Discord's.")
        what = (
            f"This machine's clock is {away.total_seconds():.0f} s from Discord's. Set it by "
            "NTP: answers to commands are dated by it."
        )
        return Finding(subject, State.WARNING, what)

    async def _content(self) -> Finding:
        subject = "discord message content"
        application: Json = await self._calls.call("GET", "/applications/@me")
        granted = bool(int(application.get("flags") or 0) & _CONTENT_FLAGS)
        if self._settings.message_content and not granted:
            what = (
                "TOCSIN_DISCORD_MESSAGE_CONTENT is on, but the application lacks the intent, so "
                "Discord refuses the connection. Switch on “Message Content Intent” under Bot "
                f"at {_PORTAL}, or switch the setting off."
            )
            return Finding(subject, State.WRONG, what)
        if self._settings.message_content:
            return Finding(subject, State.OK, "Exports and keywords see what people write.")
        what = (
            "Off, so channels cannot be exported, and keywords are not heard. Switch it on with "
            "TOCSIN_DISCORD_MESSAGE_CONTENT=true and in Discord's developer portal."
        )
        return Finding(subject, State.OK, what)

    async def _server(self) -> AsyncIterator[Finding]:
        guild = self._settings.guild
        try:
            roles: list[Json] = await self._calls.call(
                "GET", "/guilds/{guild_id}/roles", guild_id=guild
            )
            member: Json = await self._calls.call(
                "GET",
                "/guilds/{guild_id}/members/{user_id}",
                guild_id=guild,
                user_id=self._calls.user,
            )
        except (NotFound, Refused):
            url = (
                "https://discord.com/oauth2/authorize?client_id="
                f"{self._calls.application}&scope=bot+applications.commands"
            )
            what = f"The bot is not in the server {guild}. Invite it with {url}"
            yield Finding("discord server", State.WRONG, what)
            return
        yield Finding("discord server", State.OK, f"The bot is in the server {guild}.")
        held = {guild, *map(str, member.get("roles") or ())}
        may = 0
        for role in roles:
            may |= int(role["permissions"]) if str(role["id"]) in held else 0
        for finding in self._permissions(may):
            yield finding
        yield await self._commands()
        channels: list[Json] = await self._calls.call(
            "GET", "/guilds/{guild_id}/channels", guild_id=guild
        )
        for finding in self._channels(channels):
            yield finding

    def _permissions(self, may: int) -> list[Finding]:
        if may & Right.ADMINISTRATOR:
            what = (
                "The bot is an administrator, which is more than it needs. Give it the "
                "permissions that the set-up page names instead."
            )
            return [Finding("discord permissions", State.WARNING, what)]
        needed = _NEEDED + (_FOR_THREADS if self._settings.threads else _FOR_CHANNELS)
        made: list[Finding] = []
        for bit, name, why in needed:
            subject = f"discord permission {name}"
            if may & bit:
                made.append(Finding(subject, State.OK, f"Granted, {why}."))
            else:
                what = f"Missing; it is needed {why}. Give it to the bot's role in the server."
                made.append(Finding(subject, State.WRONG, what))
        return made

    async def _commands(self) -> Finding:
        try:
            found: list[Json] | None = await self._calls.call(
                "GET",
                "/applications/{application_id}/guilds/{guild_id}/commands",
                application_id=self._calls.application,
                guild_id=self._settings.guild,
            )
        except (NotFound, Refused):
            what = (
                "The bot may not register commands. Invite it again with the scope "
                "applications.commands."
            )
            return Finding("discord commands", State.WRONG, what)
        if not found:
            what = "None are registered yet; that happens when Tocsin is started."
            return Finding("discord commands", State.WARNING, what)
        return Finding("discord commands", State.OK, f"{len(found)} are registered.")

    def _channels(self, channels: list[Json]) -> list[Finding]:
        made: list[Finding] = []
        known = {str(one["id"]) for one in channels}
        settings = self._settings
        wanted = {
            "channel": settings.channel,
            "category": settings.category,
            "archive_category": settings.archive_category,
        }
        for name, each in wanted.items():
            if each and each not in known:
                what = f"TOCSIN_DISCORD_{name.upper()} is {each}, which the bot cannot see."
                made.append(Finding(f"discord {name}", State.WRONG, what))
        count = len(channels)
        if count >= _MANY_CHANNELS:
            what = f"{count} of {_FULL_GUILD} channels; delete closed ones, or use threads."
            made.append(Finding("discord channels", State.WARNING, what))
        for name in ("category", "archive_category"):
            inside = sum(1 for one in channels if str(one.get("parent_id")) == wanted[name])
            if wanted[name] and inside >= _MANY_IN_CATEGORY:
                what = f"Holds {inside} of {_FULL_CATEGORY} channels; name an emptier one."
                made.append(Finding(f"discord {name}", State.WARNING, what))
        return made
