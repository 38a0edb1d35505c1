"""How the local platform is plugged in: the entry point `local` names this."""

from __future__ import annotations

from adapters.local.adapter import LocalAdapter
from chat.plugging import AdapterKit


def connect(kit: AdapterKit) -> LocalAdapter:
    """The adapter; this platform is always there and has no settings of its own."""
    return LocalAdapter(kit.acts, kit.clock, kit.public_url)
