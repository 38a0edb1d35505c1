"""How Microsoft Teams is plugged in: the entry point `teams` names this."""

from __future__ import annotations

from adapters.teams.options import read
from chat.plugging import AdapterKit
from chat.port import ChatAdapter


def connect(kit: AdapterKit) -> ChatAdapter | None:
    """The adapter; None where no setting of Teams is given.

    Raises:
        BadInput: A setting is missing or wrong.
        ImportError: The SDK cannot be loaded.
    """
    options = read(kit.options)
    if options is None:
        return None
    from adapters.teams.adapter import TeamsAdapter  # noqa: PLC0415 - loads the SDK

    return TeamsAdapter(kit, options)
