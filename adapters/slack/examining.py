"""How Slack is set up: what `tocsin doctor` prints of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp

from adapters.slack.calling import Calls
from adapters.slack.manifest import PATH
from adapters.slack.scopes import SCOPES
from adapters.slack.settings import SlackSettings
from chat.clock import Clock
from chat.errors import TocsinError
from chat.health import Finding, State, apart
from chat.payload import Json

_DRIFT = timedelta(seconds=60)
_PATIENCE = 10
_SHOWN = 12


async def examine(
    calls: Calls, settings: SlackSettings, clock: Clock, public_url: str
) -> AsyncIterator[Finding]:
    """Each thing in turn; without a token that works there is little more to ask."""
    try:
        answer, headers = await calls.answer("auth.test")
    except TocsinError as error:
        told = f"{error.message} Copy the bot token from your app's page, OAuth & Permissions."
        yield Finding("slack token", State.WRONG, told)
        return
    who = f"@{answer.get('user')} in {answer.get('team')} ({answer.get('team_id')})"
    yield Finding("slack token", State.OK, f"The bot is {who}.")
    yield _scopes(headers)
    yield _clock(headers, clock)
    if settings.app_token:
        yield await _socket(calls, settings.app_token)
    if settings.signing_secret:
        yield await _callback(public_url)
    if settings.user_token:
        yield await _user_token(calls, settings.user_token)
    async for finding in _channels(calls, settings.channels):
        yield finding


def _scopes(headers: dict[str, str]) -> Finding:
    held = {each.strip() for each in headers.get("x-oauth-scopes", "").split(",")}
    missing = [f"{scope} ({why})" for scope, why in SCOPES.items() if scope not in held]
    if missing:
        told = (
            f"The bot lacks: {'; '.join(missing)}. Add them on your app's page under "
            "OAuth & Permissions, or paste the output of: tocsin slack manifest. "
            "Then install the app again."
        )
        return Finding("slack scopes", State.WRONG, told)
    return Finding("slack scopes", State.OK, f"All {len(SCOPES)} are granted.")


def _clock(headers: dict[str, str], clock: Clock) -> Finding:
    drift = apart(headers.get("date", ""), clock.now())
    if drift is None:
        return Finding("slack clock", State.WARNING, "Slack did not tell its time.")
    if drift > _DRIFT:
        told = (
            f"This machine's clock differs from Slack's by {drift.total_seconds():.0f} s; beyond "
            "300 s no request of Slack's is accepted. Set it by NTP."
        )
        return Finding("slack clock", State.WRONG, told)
    return Finding("slack clock", State.OK, "It agrees with Slack's.")


async def _socket(calls: Calls, app_token: str) -> Finding:
    try:
        await calls("apps.connections.open", app_token=app_token)
    except TocsinError as error:
        told = (
            f"{error.message} Make an app-level token with the scope connections:write on your "
            "app's page, Basic Information, and set TOCSIN_SLACK_APP_TOKEN."
        )
        return Finding("slack socket", State.WRONG, told)
    return Finding("slack socket", State.OK, "Socket Mode can be opened.")


async def _callback(public_url: str) -> Finding:
    """Whether our own door answers at the address that Slack was told."""
    where = public_url + PATH
    timeout = aiohttp.ClientTimeout(total=_PATIENCE)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.post(where) as got:
            status = got.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        told = (
            f"{where} does not answer ({type(error).__name__}). Start Tocsin, and set "
            "TOCSIN_PUBLIC_URL to the https address at which Slack reaches it."
        )
        return Finding("slack callback", State.WRONG, told)
    if status != 401:  # noqa: PLR2004 - HTTP: what our door says to the unproved
        told = f"{where} answers {status} instead of our door: look at the proxy before Tocsin."
        return Finding("slack callback", State.WRONG, told)
    if not public_url.startswith("https:"):
        told = f"{where} answers, but Slack calls only https addresses."
        return Finding("slack callback", State.WARNING, told)
    return Finding("slack callback", State.OK, f"{where} answers.")


async def _user_token(calls: Calls, token: str) -> Finding:
    try:
        _, headers = await calls.answer("auth.test", token=token)
    except TocsinError as error:
        return Finding("slack user token", State.WRONG, f"TOCSIN_SLACK_USER_TOKEN: {error.message}")
    held = {each.strip() for each in headers.get("x-oauth-scopes", "").split(",")}
    missing = [each for each in ("channels:write", "groups:write") if each not in held]
    if missing:
        told = f"It lacks {', '.join(missing)}, so archived channels are not brought back."
        return Finding("slack user token", State.WARNING, told)
    return Finding("slack user token", State.OK, "It may bring archived channels back.")


async def _channels(calls: Calls, wanted: tuple[str, ...]) -> AsyncIterator[Finding]:
    try:
        found: list[Json] = [
            one
            async for one in calls.pages(
                "users.conversations",
                "channels",
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=200,
            )
        ]
    except TocsinError as error:
        yield Finding("slack channels", State.WARNING, error.message)
        return
    inside = sorted(str(one.get("name")) for one in found)
    for name in wanted:
        if name.lstrip("#") not in inside:
            told = f"The bot is not in #{name.lstrip('#')}. Type there: /invite @tocsin"
            yield Finding(f"slack #{name.lstrip('#')}", State.WRONG, told)
    shown = ", ".join(f"#{name}" for name in inside[:_SHOWN]) or "none yet"
    more = f" and {len(inside) - _SHOWN} more" if len(inside) > _SHOWN else ""
    yield Finding("slack channels", State.OK, f"The bot is in {shown}{more}.")
