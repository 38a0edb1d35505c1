"""The gateway: one connection that events come over, held by one process at a time.

discord.py keeps it, resumes it and replays what was missed in a short gap; what was said in a
longer one is read from the channels. Events are taken as Discord
sent them, so that nothing depends on what the SDK remembers of the server. Whatever is
replayed is recognised by the router, by the event's own id.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine

from adapters.discord import inbound
from adapters.discord.calling import Calls, translated
from adapters.discord.interactions import Interactions
from adapters.discord.missed import Missed
from adapters.discord.people import People, person
from adapters.discord.places import Places
from adapters.discord.raw import Json
from adapters.discord.sdk import discord
from adapters.discord.settings import DiscordSettings
from chat.errors import TocsinError, Unavailable
from chat.inbound import Inbound
from chat.payload import part, parts
from chat.port import Host

log = logging.getLogger("tocsin.discord")

_EVENTS = frozenset(
    {
        "READY",
        "GUILD_CREATE",
        "INTERACTION_CREATE",
        "MESSAGE_CREATE",
        "CHANNEL_CREATE",
        "CHANNEL_UPDATE",
        "THREAD_CREATE",
        "THREAD_UPDATE",
        "THREAD_LIST_SYNC",
        "THREAD_MEMBERS_UPDATE",
    }
)
_TRIES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


class Gateway:
    """Hears what happens in the server."""

    def __init__(
        self,
        settings: DiscordSettings,
        calls: Calls,
        places: Places,
        people: People,
        interactions: Interactions,
        missed: Missed,
        prepare: Callable[[Host], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._guild = settings.guild
        self._calls = calls
        self._places = places
        self._people = people
        self._interactions = interactions
        self._missed = missed
        self._filling: asyncio.Task[None] | None = None
        self._prepare = prepare
        self._insiders: dict[str, frozenset[str]] = {}
        self._session, self._newest = "", 0
        self._saying = asyncio.Lock()

    def let_in(self, channel: str, people: frozenset[str]) -> None:
        """What the bot itself did, which is nothing to hear of."""
        if channel in self._insiders:
            self._insiders[channel] |= people

    async def listen(self, host: Host) -> None:
        """Hold the connection until cancelled.

        Raises:
            Unavailable: Discord does not let us connect.
        """
        await self._calls.ready()
        await self._calls.aim_gateway()
        await self._prepare(host)
        client = self._calls.client(intents(self._settings), enable_debug_events=True)
        client.event(self._receiver(host))
        try:
            async with translated():
                await client.login(self._settings.token)
                await client.connect()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # The SDK ends when it cannot read an event; what it had was heard nevertheless.
            log.warning("discord.py could not read an event: %r", error)
        finally:
            self._stop_filling()
            await client.close()
        raise Unavailable("The connection to Discord has ended.")

    def _receiver(self, host: Host) -> Callable[[str], Coroutine[None, None, None]]:
        async def on_socket_raw_receive(message: str) -> None:
            try:
                await self.received(host, message)
            except Exception:
                # Whatever one event holds, the next one must be heard.
                log.exception("an event of Discord's could not be handled")

        return on_socket_raw_receive

    async def received(self, host: Host, message: str) -> None:
        """Handle one message of the gateway's, a JSON object with `op`, `t`, `s` and `d`."""
        frame: Json = json.loads(message)
        name, payload = frame.get("t"), part(frame, "d")
        if name not in _EVENTS:
            return
        if name == "READY":
            self._session, self._newest = str(payload["session_id"]), 0
            self._missed.interrupted()
        elif name == "GUILD_CREATE":
            self._joined(host, payload)
        elif not inbound.ours(payload, self._guild):
            log.warning("an event of another Discord server is left out")
        elif name == "INTERACTION_CREATE":
            await self._interactions.handle(host, payload)
        elif name == "MESSAGE_CREATE":
            await self._said(host, payload)
            if self._settings.message_content:
                await self._missed.heard(payload)
        else:
            number = int(frame.get("s") or 0)
            if number > self._newest:
                # How a channel stood earlier, told once more, is no change.
                self._newest = number
                await self._channel_event(host, str(name), payload, f"{self._session}:{number}")

    async def _said(self, host: Host, message: Json) -> None:
        event = inbound.said(message, self._places, bot=self._calls.user)
        if event is not None:
            self._people.met(event.person)
            # The SDK handles each in a task of its own; words stay in their order.
            async with self._saying:
                await self._hand_in(host, event)

    def _joined(self, host: Host, guild: Json) -> None:
        if str(guild["id"]) != self._guild:
            return
        for channel in parts(guild, "channels"):
            self._insiders[str(channel["id"])] = inbound.insiders(channel)
        for thread in parts(guild, "threads"):
            self._places.heard(thread)
        if self._settings.message_content:
            self._stop_filling()
            self._filling = asyncio.create_task(self._fill(host, guild), name="discord's gap")

    def _stop_filling(self) -> None:
        if self._filling is not None:
            self._filling.cancel()

    async def _fill(self, host: Host, guild: Json) -> None:
        """Hear what was said while we were away, however long it takes Discord to tell."""
        tries = iter(_TRIES)
        while True:
            try:
                await self._missed.fill(guild, lambda message: self._said(host, message))
            except Unavailable as away:
                wait = max(next(tries, _TRIES[-1]), away.retry_after or 0.0)
                log.warning("what was said meanwhile is not read yet: %s", away.message)
                await asyncio.sleep(wait)
            except Exception:
                # It is tried again with the next session; what is said now must be heard.
                log.exception("what was said meanwhile could not be handled")
                return
            else:
                return

    async def _channel_event(self, host: Host, name: str, payload: Json, event: str) -> None:
        match name:
            case "CHANNEL_CREATE":
                self._insiders[str(payload["id"])] = inbound.insiders(payload)
            case "CHANNEL_UPDATE":
                await self._overwritten(host, payload, event)
            case "THREAD_CREATE" | "THREAD_UPDATE":
                self._places.heard(payload)
            case "THREAD_LIST_SYNC":
                for thread in parts(payload, "threads"):
                    self._places.heard(thread)
            case _:
                await self._thread_members(host, payload, event)

    async def _overwritten(self, host: Host, channel: Json, event: str) -> None:
        """Tell who was let into a channel by name, or is not in it any more."""
        now, place = inbound.insiders(channel), str(channel["id"])
        before = self._insiders.get(place, now)
        self._insiders[place] = now
        for user, joined in [(u, True) for u in now - before] + [(u, False) for u in before - now]:
            await self._moved(host, place, user, event, joined=joined)

    async def _thread_members(self, host: Host, payload: Json, event: str) -> None:
        thread = str(payload["id"])
        if self._places.address(thread).thread is not None:
            return
        for row in parts(payload, "added_members"):
            member = part(row, "member")
            if "user" in member:
                self._people.met(person(self._guild, member["user"], member))
            await self._moved(host, thread, str(row["user_id"]), event, joined=True)
        for user in payload.get("removed_member_ids") or ():
            await self._moved(host, thread, str(user), event, joined=False)

    async def _moved(self, host: Host, place: str, user: str, event: str, *, joined: bool) -> None:
        if user == self._calls.user:
            return
        try:
            someone = await self._people.get(user)
        except TocsinError:
            someone = person(self._guild, {"id": user})
        where = self._places.address(place)
        await self._hand_in(host, inbound.moved(someone, where, joined=joined, event=event))

    async def _hand_in(self, host: Host, event: Inbound) -> None:
        """Have it written down; Discord delivers it no second time, so we try again."""
        for wait in (*_TRIES, None):
            try:
                await host.receive(event)
            except Unavailable as away:
                if wait is None:
                    log.error("lost, since it cannot be written down: %s", event.dedupe_key)  # noqa: TRY400 - the trace says nothing
                    return
                log.warning("an event waits to be written down: %s", away.message)
                await asyncio.sleep(wait)
            else:
                return


def intents(settings: DiscordSettings) -> discord.Intents:
    """What we ask to hear; only `message_content` is privileged."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = True
    wanted.message_content = settings.message_content
    return wanted
