"""The settings of this platform, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from chat.errors import BadInput

_TEAM = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_KNOWN = frozenset({
    "url", "token", "token_file", "team", "callback_url", "ca_file", "trust_email", "channels",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Server:
    """Where a Mattermost server is.

    Attributes:
        scheme: `https` or `http`.
        host: Name or address, an IPv6 one in brackets.
        path: What stands before `/api/v4`; mostly empty.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """What links begin with, without a slash at the end."""
        usual = {"https": 443, "http": 80}[self.scheme]
        port = "" if self.port == usual else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"


@dataclass(frozen=True, slots=True)
class MattermostSettings:
    """What has to be known to work on one team of a server.

    Attributes:
        token: The bot account's; a secret.
        team: Name of the team, as in its links; the workspace of addresses and people.
        callback: Where the server finds us, without a slash at the end.
        ca_file: Certificates to trust besides the usual ones; None for none.
        trust_email: Whether the server vouches for people's e-mail addresses.
        channels: Names of channels that the bot shall be in, for `tocsin doctor`.
    """

    server: Server
    token: str
    team: str
    callback: str
    ca_file: Path | None = None
    trust_email: bool = False
    channels: tuple[str, ...] = ()


def read(options: Mapping[str, str], public_url: str) -> MattermostSettings:
    """The settings as given.

    Args:
        options: Setting to value.
        public_url: Where we are reached unless `callback_url` says otherwise.

    Raises:
        BadInput: One is missing, wrong or unknown.
    """
    for name in sorted(set(options) - _KNOWN):
        raise _wrong(name, options[name], f"no setting; there are {', '.join(sorted(_KNOWN))}")
    token = options.get("token", "").strip()
    if not token:
        raise _wrong("token", "", "the access token of the bot account")
    if not token.isascii() or any(c.isspace() for c in token):
        raise _wrong("token", "not a token", "letters and digits, as the server showed them")
    team = options.get("team", "").strip().casefold()
    if not _TEAM.fullmatch(team):
        raise _wrong("team", team, "the team's name as in its links: a-z, 0-9 and -")
    given = options.get("callback_url") or public_url
    callback = _server("callback_url", given).url
    return MattermostSettings(
        server=_server("url", options.get("url", "")),
        token=token,
        team=team,
        callback=callback,
        ca_file=_file(options.get("ca_file", "")),
        trust_email=_flag("trust_email", options.get("trust_email", "false")),
        channels=tuple(options.get("channels", "").replace(",", " ").split()),
    )


def _server(name: str, given: str) -> Server:
    accepted = "an address such as https://chat.example.org"
    try:
        parts = urlsplit(given.strip().rstrip("/"))
        port = parts.port
    except ValueError as error:
        raise _wrong(name, given, accepted) from error
    odd = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or odd:
        raise _wrong(name, given, accepted)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = 443 if parts.scheme == "https" else 80
    path = parts.path.removesuffix("/api/v4")
    return Server(parts.scheme, host, usual if port is None else port, path)


def _file(given: str) -> Path | None:
    if not given:
        return None
    path = Path(given)
    if not path.is_file():
        raise _wrong("ca_file", given, "a file with certificates in PEM form")
    return path


def _flag(name: str, given: str) -> bool:
    word = given.strip().casefold()
    if word not in {"true", "false"}:
        raise _wrong(name, given, "true or false")
    return word == "true"


def _wrong(name: str, given: str, accepted: str) -> BadInput:
    variable = f"TOCSIN_MATTERMOST_{name.upper()}"
    told = "is missing" if not given else f"is “{given[:80]}”"
    return BadInput(f"{variable} {told}. It must be {accepted}.", details={variable: accepted})
