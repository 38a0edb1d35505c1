"""What `tocsin doctor` looks at on Teams, each with what to do."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import jwt

from adapters.teams.connector import Connector
from adapters.teams.options import Options
from adapters.teams.people import People
from adapters.teams.permissions import GRAPH
from adapters.teams.route import PATH
from adapters.teams.tokens import CONNECTOR, Tokens
from chat.errors import TocsinError
from chat.health import Finding, State, apart
from chat.plugging import AdapterKit

_SKEW = timedelta(seconds=60)
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_UNAUTHORIZED = 401


class Examination:
    """Looks at one installation; one thing that cannot be looked at hides no other one."""

    def __init__(
        self,
        options: Options,
        kit: AdapterKit,
        tokens: Tokens,
        connector: Connector,
        people: People,
    ) -> None:
        self._options = options
        self._kit = kit
        self._tokens = tokens
        self._connector = connector
        self._people = people

    async def findings(self) -> AsyncIterator[Finding]:
        """Everything, in the order in which it depends on one another."""
        looks: list[tuple[str, Callable[[], Awaitable[list[Finding]]]]] = [
            ("teams token", self._token),
            ("teams keys", self._keys),
            ("teams team", self._team),
            ("teams channel", self._channel),
            ("teams people", self._roster),
            ("teams callback", self._callback),
        ]
        if self._options.graph:
            looks.insert(1, ("teams graph", self._graph))
        for subject, look in looks:
            try:
                found = await look()
            except TocsinError as error:
                found = [Finding(subject, State.WRONG, error.message)]
            except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
                told = f"It does not answer ({type(error).__name__}). Look at network and proxy."
                found = [Finding(subject, State.WRONG, told)]
            for each in found:
                yield each

    async def _token(self) -> list[Finding]:
        await self._tokens.token(CONNECTOR)
        told = f"The app {self._options.app_id} signs in to tenant {self._options.tenant}."
        return [Finding("teams token", State.OK, told)]

    async def _graph(self) -> list[Finding]:
        """Each permission; those that a team's owner gives do not show in a token."""
        scope = self._options.graph_url.removesuffix("/v1.0") + "/.default"
        claims: dict[str, Any] = jwt.decode(
            await self._tokens.token(scope), options={"verify_signature": False}
        )
        roles: list[str] = claims.get("roles") or []
        found: list[Finding] = []
        for each in GRAPH:
            subject = f"teams graph {each.name}"
            if each.name in roles:
                found.append(Finding(subject, State.OK, each.why))
            elif each.of_team:
                told = (
                    f"{each.why} It is not given for all teams; that of the team, {each.of_team}, "
                    "is in the app's manifest and does. Give either."
                )
                found.append(Finding(subject, State.OK, told))
            elif each.private and not self._options.owner:
                continue
            else:
                told = f"{each.why} Give it in Entra, “API permissions”, as an administrator."
                found.append(Finding(subject, State.WRONG, told))
        return found

    async def _keys(self) -> list[Finding]:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(self._options.openid_url) as answer,
        ):
            answer.raise_for_status()
            (await answer.json(content_type=None))["jwks_uri"]
            date = answer.headers.get("Date", "")
        found = [Finding("teams keys", State.OK, "The keys that events are signed with are there.")]
        drift = apart(date, self._kit.clock.now())
        if drift is None:
            return found
        if drift > _SKEW:
            told = (
                f"This machine's clock differs from Microsoft's by {drift.total_seconds():.0f} s, "
                "so that events are refused. Set it by NTP."
            )
            return [*found, Finding("teams clock", State.WRONG, told)]
        told = "This machine's clock is right."
        return [*found, Finding("teams clock", State.OK, told)]

    async def _team(self) -> list[Finding]:
        name = await self._connector.team_name()
        return [Finding("teams team", State.OK, f"The bot is in the team “{name}”.")]

    async def _channel(self) -> list[Finding]:
        names = await self._connector.channels()
        name = names.get(self._options.channel)
        if name is None:
            listed = ", ".join(f"“{each}”" for each in list(names.values())[:10])
            told = (
                f"TOCSIN_TEAMS_CHANNEL is no channel of the team; it has {listed}. Copy the "
                "channel's link in Teams and set it."
            )
            return [Finding("teams channel", State.WRONG, told)]
        use = "Rooms are channels beside" if self._options.graph else "Rooms are threads in"
        return [Finding("teams channel", State.OK, f"{use} “{name}”.")]

    async def _roster(self) -> list[Finding]:
        await self._people.refresh(older_than=0)
        people = await self._people.all()
        with_mail = sum(person.email is not None for person in people)
        told = f"{len(people)} people in the team, {with_mail} of them with an e-mail address."
        if not with_mail:
            told += " Without it nobody is known by it: link people by a code instead."
            return [Finding("teams people", State.WARNING, told)]
        return [Finding("teams people", State.OK, told)]

    async def _callback(self) -> list[Finding]:
        """Whether our own route answers at the address that people reach us by."""
        url = f"{self._kit.public_url}{PATH}"
        if not url.startswith("https:"):
            told = (
                f"Teams calls https addresses only, and TOCSIN_PUBLIC_URL is "
                f"“{self._kit.public_url}”. Put a proxy with a certificate before Tocsin."
            )
            return [Finding("teams callback", State.WRONG, told)]
        begun = time.monotonic()
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.post(url, json={}) as answer,
        ):
            status = answer.status
        took = time.monotonic() - begun
        if status != _UNAUTHORIZED:
            told = f"{url} answers {status} instead of 401. Look at the proxy before Tocsin."
            return [Finding("teams callback", State.WRONG, told)]
        told = f"{url} answers, in {took:.1f} s. It must be the bot's messaging endpoint in Azure."
        return [Finding("teams callback", State.OK, told)]
