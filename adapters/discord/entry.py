"""What the entry point `discord` names; loads nothing of the SDK until Discord is set up."""

from __future__ import annotations

from adapters.discord.settings import read
from chat.plugging import AdapterKit
from chat.port import ChatAdapter


def connect(kit: AdapterKit) -> ChatAdapter | None:
    """The Discord adapter; None without `TOCSIN_DISCORD_TOKEN`.

    Raises:
        BadInput: A setting is missing or wrong.
        ImportError: discord.py cannot be loaded.
    """
    if not kit.options.get("token"):
        return None
    settings = read(kit.options)
    from adapters.discord.adapter import DiscordAdapter  # noqa: PLC0415 - costs a third of a second

    return DiscordAdapter(settings, kit.acts, kit.clock, kit.public_url)
