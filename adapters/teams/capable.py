"""What the platform can do. Source: Microsoft Learn; shown where it is not obvious."""

from __future__ import annotations

from adapters.teams.options import Options
from adapters.teams.registry import NAME
from chat.capabilities import Capabilities, Limits

LIMITS = Limits(
    text_chars=16_000,
    card_bytes=16_000,
    buttons=40,
    options=100,
    channel_name=NAME,
    # 1,800 messages an hour in a thread, edits among them.
    edits_every=2.0,
)
"""Within these nothing of a card is left out; `adapters/teams/outbound.py` takes any other."""

_HEARS_BY = "give the app ChannelMessage.Read.Group and set TOCSIN_TEAMS_HEARS=true"


def capabilities(options: Options) -> Capabilities:
    """Without Graph a room is a thread, which all of the team read and nobody can archive."""
    return Capabilities(
        channels=options.graph,
        private_channels=options.graph and bool(options.owner),
        pin=False,
        ephemeral=False,
        history=options.graph,
        topic=options.graph,
        archive=options.graph,
        verified_email=True,
        hears=options.hears,
        hears_by="" if options.hears else _HEARS_BY,
        limits=LIMITS,
    )
