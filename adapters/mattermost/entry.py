"""How Mattermost is plugged in: the entry point `mattermost` names this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat.plugging import AdapterKit

if TYPE_CHECKING:
    from adapters.mattermost.adapter import MattermostAdapter


def connect(kit: AdapterKit) -> MattermostAdapter | None:
    """The adapter; None when no server is set.

    Raises:
        BadInput: A setting is wrong.
    """
    if not kit.options.get("url"):
        return None
    # Loaded in every installation, this module must not load the library behind it.
    from adapters.mattermost.adapter import MattermostAdapter  # noqa: PLC0415
    from adapters.mattermost.settings import read  # noqa: PLC0415

    return MattermostAdapter(kit, read(kit.options, kit.public_url))
