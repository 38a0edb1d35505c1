"""What `tocsin doctor` finds out about Mattermost, each thing with what to do."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from adapters.mattermost.calling import Calls
from adapters.mattermost.inbound import FRESH_FOR
from adapters.mattermost.own import Own
from adapters.mattermost.routes import PREFIX
from adapters.mattermost.settings import MattermostSettings
from adapters.mattermost.slash import SlashCommands
from adapters.mattermost.trusting import tls
from chat.clock import Clock
from chat.errors import NotFound, Refused, TocsinError, UserError
from chat.health import Finding, State, apart
from chat.payload import whole

NEEDED = {
    "create_public_channel": "to make a channel for each incident",
    "create_private_channel": "to make a channel for each private incident",
    "manage_public_channel_members": "to bring people into an incident's channel",
    "manage_private_channel_members": "to bring people into a private incident's channel",
    "manage_public_channel_properties": "to keep the channel's header up to date",
    "manage_private_channel_properties": "to keep a private channel's header up to date",
    "delete_public_channel": "to archive a channel when its incident is closed",
    "delete_private_channel": "to archive a private channel when its incident is closed",
    "create_post": "to post",
    "edit_post": "to edit the panel in place",
    "upload_file": "to post exports",
    "manage_slash_commands": "to register /incident and the other commands",
    "manage_team": "to bring an archived channel back when its incident goes on",
}
"""Permission to why the bot needs it."""
_EITHER = {"manage_slash_commands": "manage_own_slash_commands"}
_WHISPER = "create_post_ephemeral"
_SKEW = timedelta(seconds=30)
_TIMEOUT = 10.0


async def examine(
    settings: MattermostSettings, calls: Calls, own: Own, slash: SlashCommands, clock: Clock
) -> AsyncIterator[Finding]:
    """Look at everything; what cannot be looked at hides nothing else."""
    looking = _Look(settings, calls, own, slash, clock)
    yield await looking.safely("mattermost server", looking.server)
    token = await looking.safely("mattermost token", looking.token)
    yield token
    if token.state is State.WRONG:
        return
    for subject, look in (
        ("mattermost team", looking.team),
        ("mattermost permissions", looking.permissions),
        ("mattermost private answers", looking.whispers),
        ("mattermost commands", looking.commands),
        ("mattermost channels", looking.channels),
        ("mattermost editing", looking.editing),
        ("mattermost e-mail", looking.email),
        ("mattermost callback", looking.callback),
    ):
        yield await looking.safely(subject, look)


class _Look:
    """One look at each thing."""

    def __init__(
        self, settings: MattermostSettings, calls: Calls, own: Own, slash: SlashCommands,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._calls = calls
        self._own = own
        self._slash = slash
        self._clock = clock
        self._subject = ""

    async def safely(self, subject: str, look: Callable[[], Awaitable[Finding]]) -> Finding:
        """The finding; WRONG where it could not be looked at."""
        self._subject = subject
        try:
            return await look()
        except TocsinError as error:
            return self._wrong(error.message)
        except (KeyError, LookupError, TypeError, ValueError) as error:
            return self._wrong(f"The server's answer is not understood ({error!r}).")

    async def server(self) -> Finding:
        """Whether it answers, and what its clock says."""
        url = self._settings.server.url
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=_TIMEOUT), trust_env=True) as session,
                session.get(f"{url}/api/v4/system/ping", ssl=tls(self._settings) or True) as answer,
            ):
                date = answer.headers.get("Date", "")
                if not answer.ok:
                    return self._wrong(
                        f"{url} answers {answer.status}. Set TOCSIN_MATTERMOST_URL to the "
                        "address that people open Mattermost at."
                    )
        except (ClientError, OSError, TimeoutError) as error:
            return self._wrong(
                f"{url} does not answer: {error or type(error).__name__}. Look at "
                "TOCSIN_MATTERMOST_URL, the network between, and the certificate "
                "(TOCSIN_MATTERMOST_CA_FILE)."
            )
        return self._clocks(url, date)

    def _clocks(self, url: str, date: str) -> Finding:
        drift = apart(date, self._clock.now())
        if drift is None:
            return self._look(f"{url} answers, and does not tell its time.")
        told = f"Its clock and ours are {drift.total_seconds():.0f} s apart"
        if drift > FRESH_FOR:
            return self._wrong(
                f"{told}, so every click is refused as too old. Use NTP on both machines."
            )
        if drift > _SKEW:
            return self._look(f"{told}. Use NTP on both.")
        return self._ok(f"{url} answers, and the clocks agree.")

    async def token(self) -> Finding:
        """Whether the token is taken, and whose it is."""
        user = await self._own.user()
        name = user.get("username", "")
        if not user.get("is_bot"):
            return self._look(
                f"The token is @{name}'s, a person's. Make a bot account, so that nobody's "
                "leaving ends it, and use its token."
            )
        return self._ok(f"It is the bot @{name}'s.")

    async def team(self) -> Finding:
        """Whether the bot is in the team."""
        try:
            team = await self._own.team()
        except LookupError:
            return self._wrong(
                f"The bot is not in a team called “{self._settings.team}”. Add it to the team "
                "(Invite people), or set TOCSIN_MATTERMOST_TEAM to the name in the team's links."
            )
        return self._ok(f"The bot is in “{team.get('display_name') or team['name']}”.")

    async def permissions(self) -> Finding:
        """Which of the permissions it needs the bot has."""
        held = await self._held()
        missing = [
            f"{name} ({why})"
            for name, why in NEEDED.items()
            if name not in held and _EITHER.get(name) not in held
        ]
        if missing:
            return self._wrong(
                f"The bot lacks {'; '.join(missing)}. Make it a team admin of "
                f"“{self._settings.team}”, or give its role these permissions."
            )
        return self._ok(f"The bot has all {len(NEEDED)} that it needs.")

    async def whispers(self) -> Finding:
        """Whether it may show something to one person in a channel."""
        if _WHISPER in await self._held():
            return self._ok("The bot may show an answer to one person in a channel.")
        return self._look(
            f"The bot lacks {_WHISPER}: what a button answers comes as a direct message "
            "(commands are answered in the channel all the same). Only the role of a system "
            "admin has it; whether that is worth it is yours to say."
        )

    async def commands(self) -> Finding:
        """Whether commands are registered and lead here."""
        own = await self._own.id()
        ours = [each for each in await self._slash.registered() if each.get("creator_id") == own]
        here = [each for each in ours if each.get("url") == self._slash.url]
        if not here:
            other = f" They lead to {ours[0].get('url')} now." if ours else ""
            return self._look(f"None leads here yet; `tocsin up` registers them.{other}")
        words = ", ".join(f"/{each['trigger']}" for each in here)
        return self._ok(f"Registered: {words}.")

    async def channels(self) -> Finding:
        """Whether the bot is in the channels that it shall be in."""
        wanted = self._settings.channels
        if not wanted:
            return self._ok("None is named in TOCSIN_MATTERMOST_CHANNELS.")
        absent = [name for name in wanted if not await self._is_in(name)]
        if absent:
            return self._wrong(
                f"The bot is not in ~{', ~'.join(absent)}. In each, type: /invite "
                f"@{(await self._own.user())['username']}"
            )
        return self._ok(f"The bot is in ~{', ~'.join(wanted)}.")

    async def editing(self) -> Finding:
        """Whether messages may be edited for ever."""
        limit = str((await self._config()).get("PostEditTimeLimit", "-1"))
        if limit not in {"-1", ""}:
            return self._look(
                f"Messages may be edited for {limit} s only, so panels stop changing then. Set "
                "“Edit Post Time Limit” to any time in the System Console."
            )
        return self._ok("Messages may be edited at any time.")

    async def email(self) -> Finding:
        """Whether people's addresses are worth what the settings say they are."""
        config = await self._config()
        verified = str(config.get("RequireEmailVerification", "false")) == "true"
        if self._settings.trust_email and not verified:
            return self._look(
                "TOCSIN_MATTERMOST_TRUST_EMAIL is true, and the server does not ask people to "
                "verify their address. Leave it so only where everybody signs in through your "
                "own directory."
            )
        if self._settings.trust_email:
            return self._ok("People are known by their verified address.")
        return self._ok("People are linked by a code or an administrator, not by address.")

    async def callback(self) -> Finding:
        """Whether our own address leads here."""
        url = self._settings.callback
        if not url:
            return self._wrong("Set TOCSIN_PUBLIC_URL to the address that Mattermost reaches.")
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=_TIMEOUT), trust_env=True) as session,
                session.get(f"{url}{PREFIX}/hello") as answer,
            ):
                ours = answer.ok and "tocsin" in await answer.json(content_type=None)
        except (ClientError, OSError, TimeoutError, ValueError):
            ours = False
        if not ours:
            return self._look(
                f"{url}{PREFIX}/hello does not answer from here. Start Tocsin; if it runs, look "
                "at TOCSIN_PUBLIC_URL, TOCSIN_MATTERMOST_CALLBACK_URL and the proxy before it."
            )
        if _is_private(url):
            host = urlsplit(url).hostname
            return self._look(
                f"{url} answers from here. Since it is an inner address, Mattermost calls it only "
                f"when AllowedUntrustedInternalConnections (System Console, Developer) has {host}."
            )
        return self._ok(f"{url} answers from here.")

    async def _is_in(self, name: str) -> bool:
        team, own = await self._own.team_id(), await self._own.id()
        try:
            found = await self._calls.run(
                lambda driver: driver.channels.get_channel_by_name(team, name.lstrip("~#"))
            )
            await self._calls.run(
                lambda driver: driver.channels.get_channel_member(found["id"], own)
            )
        except (NotFound, Refused, UserError):
            return False
        return True

    async def _held(self) -> frozenset[str]:
        """The bot's permissions in the team, from all its roles."""
        user, team = await self._own.user(), await self._own.team_id()
        member: Mapping[str, Any] = await self._calls.client(
            lambda rest: rest.get(f"/teams/{team}/members/{user['id']}")
        )
        names = {*str(user.get("roles", "")).split(), *str(member.get("roles", "")).split()}
        names.add("channel_user")
        if "team_admin" in names or member.get("scheme_admin"):
            # Whoever makes a channel is its admin.
            names |= {"team_admin", "channel_admin"}
        roles = await self._calls.client(
            lambda rest: rest.post("/roles/names", options=sorted(names))
        )
        return frozenset(right for role in roles for right in role.get("permissions", ()))

    async def _config(self) -> dict[str, Any]:
        return whole(await self._calls.client(lambda rest: rest.get("/config/client?format=old")))

    def _ok(self, told: str) -> Finding:
        return Finding(self._subject, State.OK, told)

    def _look(self, told: str) -> Finding:
        return Finding(self._subject, State.WARNING, told)

    def _wrong(self, told: str) -> Finding:
        return Finding(self._subject, State.WRONG, told)


def _is_private(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".local", ".internal", ".lan"))
