"""The app manifest: what Slack is told about the bot when it is set up. Pure.

Source: https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.slack.scopes import EVENTS, SCOPES, USER_SCOPES
from chat.fit import shorten
from chat.phrase import Phrase

PATH = "/api/chat/slack/events"
"""Where Slack calls us, behind our own address."""

MENU = {"incident.start": "Start incident"}
"""Message shortcuts: our action and what the menu says."""

RESERVED = frozenset({"help", "search", "status", "remind", "invite", "archive", "topic", "call"})
"""Words that Slack itself answers, so that no app can."""

_DESCRIPTION = 100
_HINT = 100


def manifest(
    phrases: Iterable[Phrase], url: str = "", name: str = "Tocsin", *, archive: bool = False
) -> dict[str, object]:
    """The manifest.

    Args:
        phrases: Every command there is; each first word becomes a slash command.
        url: Our public address for HTTP, without a slash at the end; empty for Socket Mode.
        name: How the bot is called in Slack.
        archive: Whether somebody lends their rights to bring archived channels back, since
            Slack lets no bot do that.
    """
    scopes = {"bot": list(SCOPES), **({"user": list(USER_SCOPES)} if archive else {})}
    where = {"url": url + PATH} if url else {}
    request = {"request_url": url + PATH} if url else {}
    return {
        "_metadata": {"major_version": 1},
        "display_information": {
            "name": name,
            "description": "Run incidents from chat",
            "background_color": "#7a1f1f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": name.lower(), "always_online": True},
            "shortcuts": [
                {
                    "name": label,
                    "type": "message",
                    "callback_id": action,
                    "description": "Start an incident from this message",
                }
                for action, label in MENU.items()
            ],
            "slash_commands": [{**each, **where} for each in _commands(phrases)],
        },
        "oauth_config": {"scopes": scopes},
        "settings": {
            "event_subscriptions": {**request, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _commands(phrases: Iterable[Phrase]) -> list[dict[str, object]]:
    """One slash command for each first word, in the order in which help shows them."""
    by_word: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        by_word.setdefault(phrase.path[0], []).append(phrase)
    return [
        {
            "command": f"/{word}",
            "description": shorten(_about(word, group), _DESCRIPTION),
            "usage_hint": shorten(_hint(group), _HINT),
            # People and channels arrive with their ids, not as mere words.
            "should_escape": True,
        }
        for word, group in by_word.items()
        if word not in RESERVED
    ]


def _about(word: str, group: list[Phrase]) -> str:
    alone = next((phrase.about for phrase in group if len(phrase.path) == 1), "")
    return alone or f"Work with {word}s; “/{word} help” lists how"


def _hint(group: list[Phrase]) -> str:
    if len(group) == 1 and len(group[0].path) == 1:
        return group[0].takes or "no words"
    words = dict.fromkeys(phrase.path[1] for phrase in group if len(phrase.path) > 1)
    return " | ".join(["help", *(word for word in words if word != "help")])
