"""The settings of this platform, read and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from chat.errors import BadInput

PREFIX = "TOCSIN_TEAMS_"
_ID = re.compile(r"19:[A-Za-z0-9_\-]+@thread\.(?:tacv2|skype|v2)")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
KNOWN = frozenset(
    {
        "app_id",
        "app_password",
        "app_password_file",
        "tenant_id",
        "team",
        "channel",
        "graph",
        "hears",
        "owner",
        "service_url",
        "login_url",
        "openid_url",
        "issuer",
        "graph_url",
    }
)


@dataclass(frozen=True, slots=True)
class Options:
    """What an administrator sets.

    Attributes:
        app_id: The bot's application (client) id.
        tenant: The only tenant whose people are served.
        team: Thread id of the team that the bot is in; also that of its General channel.
        channel: The channel whose threads are rooms.
        group: The team's id as Graph knows it; empty while it is not known.
        graph: Whether rooms are real channels.
        hears: Whether the app was given what lets it hear words without a mention of the bot.
        owner: Entra id of whom private channels belong to; empty for no private channels.
        service_url: Where the Bot Connector is, until an event says where.
        issuer: Who signs what the Bot Connector sends.
    """

    app_id: str
    app_password: str
    tenant: str
    team: str
    channel: str
    group: str = ""
    graph: bool = False
    hears: bool = True
    owner: str = ""
    service_url: str = "https://smba.trafficmanager.net/teams/"
    login_url: str = "https://login.microsoftonline.com"
    openid_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    issuer: str = "https://api.botframework.com"
    graph_url: str = "https://graph.microsoft.com/v1.0"

    @property
    def insecure(self) -> bool:
        """Whether the service has no TLS, as only a test's has."""
        return self.service_url.startswith("http:")


def read(given: Mapping[str, str]) -> Options | None:
    """The settings; None when there are none at all.

    Raises:
        BadInput: One is missing or wrong.
    """
    if not any(value.strip() for value in given.values()):
        return None
    mistakes: dict[str, str] = {}
    for name in sorted(given.keys() - KNOWN):
        mistakes[name] = f"is not a setting; those there are: {', '.join(sorted(KNOWN))}"
    # Without an app id the SDK would believe whoever calls.
    for name in ("app_id", "app_password", "team"):
        if not given.get(name, "").strip():
            mistakes[name] = "is missing; docs/teams.md says where to find it"
    team, of_team = _thread(given, "team", mistakes)
    channel, of_channel = _thread(given, "channel", mistakes)
    tenant = given.get("tenant_id", "").strip() or of_team.get("tenantId", "")
    app_id, owner = given.get("app_id", "").strip(), given.get("owner", "").strip()
    for name, value, needed in (
        ("tenant_id", tenant, True),
        ("app_id", app_id, False),
        ("owner", owner, False),
    ):
        if (value or needed) and not _GUID.fullmatch(value):
            mistakes.setdefault(
                name, f"is “{value}”; it must be an id such as 0f7b1c9e-…, 36 characters"
            )
    graph = _flag(given, "graph", mistakes, default="false")
    hears = _flag(given, "hears", mistakes, default="true")
    urls = {name: _url(given, name, mistakes) for name in _URLS}
    if mistakes:
        told = "; ".join(f"{PREFIX}{name.upper()} {what}" for name, what in mistakes.items())
        raise BadInput(f"{told}.", details=mistakes)
    return Options(
        app_id=app_id,
        app_password=given["app_password"].strip(),
        tenant=tenant.casefold(),
        team=team,
        channel=channel or team,
        group=(of_team.get("groupId") or of_channel.get("groupId", "")).casefold(),
        graph=graph,
        hears=hears,
        owner=owner.casefold(),
        **{name: url for name, url in urls.items() if url},
    )


_URLS = ("service_url", "login_url", "openid_url", "issuer", "graph_url")


def _flag(given: Mapping[str, str], name: str, mistakes: dict[str, str], *, default: str) -> bool:
    value = given.get(name, default).strip().casefold()
    if value not in {"true", "false", "1", "0", "yes", "no"}:
        mistakes[name] = f"is “{value}”; it must be true or false"
    return value in {"true", "1", "yes"}


def _url(given: Mapping[str, str], name: str, mistakes: dict[str, str]) -> str:
    value = given.get(name, "").strip()
    if value and urlsplit(value).scheme not in {"https", "http"}:
        mistakes[name] = f"is “{value}”; it must be an address that begins with https://"
    return value if name == "service_url" or not value else value.rstrip("/")


def _thread(
    given: Mapping[str, str], name: str, mistakes: dict[str, str]
) -> tuple[str, dict[str, str]]:
    """Thread id and what else is known, from an id or from the link that Teams copies."""
    value = given.get(name, "").strip()
    if not value:
        return "", {}
    match = _ID.search(unquote(value))
    if match is None:
        mistakes[name] = f"is “{value[:80]}”; it must be what “Copy link” in Teams gives"
        return "", {}
    query = parse_qs(urlsplit(value).query)
    known = {key: query[key][0] for key in ("groupId", "tenantId") if query.get(key)}
    return match[0], known
