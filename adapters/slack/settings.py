"""What an operator sets for Slack, checked; `TOCSIN_SLACK_BOT_TOKEN` arrives as `bot_token`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from chat.errors import BadInput

API_URL = "https://slack.com/api/"
_PREFIXES = {
    "bot_token": ("xoxb-", "Bot User OAuth Token", "OAuth & Permissions"),
    "app_token": ("xapp-", "app-level token", "Basic Information, App-Level Tokens"),
    "user_token": ("xoxp-", "User OAuth Token", "OAuth & Permissions"),
}
_NAMES = (*_PREFIXES, "signing_secret", "api_url", "channels")


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """How one workspace is reached.

    Attributes:
        bot_token: Speaks for the bot, `xoxb-…`.
        app_token: Opens Socket Mode, `xapp-…`; empty without it.
        signing_secret: Proves that a request comes from Slack; empty without HTTP.
        user_token: `xoxp-…` of somebody who may bring archived channels back; may be empty.
        api_url: Where Slack's methods are, with a slash at the end.
        channels: Names of channels that `tocsin doctor` expects the bot to be in.
    """

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    user_token: str = field(default="", repr=False)
    api_url: str = API_URL
    channels: tuple[str, ...] = ()


def read(options: Mapping[str, str]) -> SlackSettings | None:
    """The settings; None when Slack is not used.

    Raises:
        BadInput: Something is missing or wrong; the message says what, and where to find it.
    """
    given = {name: value.strip() for name, value in options.items() if value.strip()}
    if not given:
        return None
    for name in given:
        if name.removesuffix("_file") not in _NAMES:
            near = difflib.get_close_matches(name, _NAMES, n=1)
            meant = f" Did you mean {_variable(near[0])}?" if near else ""
            known = ", ".join(_variable(each) for each in _NAMES)
            raise _wrong(name, f"is no setting of Slack's.{meant} There are: {known}.")
    for name, (prefix, called, where) in _PREFIXES.items():
        if name in given and not given[name].startswith(prefix):
            raise _wrong(
                name,
                f"must be the {called}, which begins with {prefix} (your app's page, {where}).",
            )
    if "bot_token" not in given:
        raise _wrong("bot_token", "is missing: set it to the token that begins with xoxb-.")
    if "app_token" not in given and "signing_secret" not in given:
        raise _wrong(
            "app_token",
            "is missing: set it for Socket Mode, or set TOCSIN_SLACK_SIGNING_SECRET for HTTP.",
        )
    return SlackSettings(
        bot_token=given["bot_token"],
        app_token=given.get("app_token", ""),
        signing_secret=given.get("signing_secret", ""),
        user_token=given.get("user_token", ""),
        api_url=_address(given.get("api_url", API_URL)),
        channels=tuple(given.get("channels", "").replace(",", " ").split()),
    )


def _address(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _wrong("api_url", f"is “{given[:80]}”, but must be an address like {API_URL}")
    return given.rstrip("/") + "/"


def _variable(name: str) -> str:
    return f"TOCSIN_SLACK_{name.upper()}"


def _wrong(name: str, why: str) -> BadInput:
    return BadInput(f"{_variable(name)} {why}", code="BAD_SETTINGS", details={f"slack.{name}": why})
