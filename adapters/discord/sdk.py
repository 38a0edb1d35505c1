"""discord.py, loaded without its warnings about voice, which Tocsin has no use for."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # On Python 3.11 and 3.12 it imports `audioop`, which later ones do not have.
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False

__all__ = ["DiscordWebSocket", "Route", "discord"]
