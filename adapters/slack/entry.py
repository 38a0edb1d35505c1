"""How Slack is plugged in: the entry point `slack` names this."""

from __future__ import annotations

from adapters.slack.settings import read
from chat.plugging import AdapterKit
from chat.port import ChatAdapter


def connect(kit: AdapterKit) -> ChatAdapter | None:
    """The adapter; None when no setting of Slack's is given.

    Raises:
        BadInput: A setting is missing or wrong.
    """
    settings = read(kit.options)
    if settings is None:
        return None
    from adapters.slack.adapter import SlackAdapter  # noqa: PLC0415 - it loads Slack's library

    return SlackAdapter(kit, settings)
