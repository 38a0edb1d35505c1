"""Discord's settings, `TOCSIN_DISCORD_…`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from chat.errors import BadInput

API_URL = "https://discord.com/api/v10"

_SNOWFLAKE = re.compile(r"[0-9]{5,20}", re.ASCII)
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """How to reach one Discord server, which Discord calls a guild.

    Attributes:
        guild: Id of the only server whose events count.
        threads: Whether a room is a thread in `channel` instead of a channel of its own.
        channel: Where those threads are made; empty when rooms are channels.
        category: Id of the category that new channels are put into; empty for none.
        archive_category: Id of the one that closed channels are moved to; empty leaves them.
        message_content: Whether the privileged message-content intent is switched on.
    """

    token: str = field(repr=False)
    guild: str
    threads: bool = False
    channel: str = ""
    category: str = ""
    archive_category: str = ""
    message_content: bool = False
    api_url: str = API_URL
    proxy: str = ""


def read(options: Mapping[str, str]) -> DiscordSettings:
    """The settings from the environment.

    Raises:
        BadInput: One is missing or wrong; the message names it.
    """
    rooms = options.get("rooms", "channels").strip().lower()
    if rooms not in {"channels", "threads"}:
        raise _wrong("rooms", rooms, "channels or threads")
    channel = _id(options, "channel")
    if rooms == "threads" and not channel:
        raise _wrong("channel", "", "the id of the channel that holds the incidents' threads")
    guild = _id(options, "guild")
    if not guild:
        raise _wrong("guild", "", "the id of your Discord server")
    return DiscordSettings(
        token=options["token"].strip().removeprefix("Bot "),
        guild=guild,
        threads=rooms == "threads",
        channel=channel,
        category=_id(options, "category"),
        archive_category=_id(options, "archive_category"),
        message_content=_switch(options, "message_content"),
        api_url=_url(options, "api_url", API_URL),
        proxy=_url(options, "proxy", ""),
    )


def _id(options: Mapping[str, str], name: str) -> str:
    given = options.get(name, "").strip()
    if given and not _SNOWFLAKE.fullmatch(given):
        how = "an id, which is a long number: switch on Developer Mode in Discord, then Copy ID"
        raise _wrong(name, given, how)
    return given


def _switch(options: Mapping[str, str], name: str) -> bool:
    given = options.get(name, "").strip().lower()
    if given not in _YES | _NO:
        raise _wrong(name, given, "true or false")
    return given in _YES


def _url(options: Mapping[str, str], name: str, usual: str) -> str:
    given = options.get(name, usual).strip().rstrip("/")
    if given and not given.startswith(("https://", "http://")):
        raise _wrong(name, given, "an address that begins with https://")
    return given


def _wrong(name: str, given: str, accepted: str) -> BadInput:
    variable = f"TOCSIN_DISCORD_{name.upper()}"
    was = f"is “{given[:60]}”" if given else "is not set"
    return BadInput(f"{variable} {was}; it must be {accepted}.", details={variable: accepted})
