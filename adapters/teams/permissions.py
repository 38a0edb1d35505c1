"""Every permission that the app asks for, and why: for the manifest, the doctor and the docs.

Source: Microsoft Learn, "RSC permissions for Teams" and "Microsoft Graph permissions
reference".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission.

    Attributes:
        name: For all of the tenant, given by an administrator.
        of_team: The same for one team, given by whoever installs the app; empty for none.
        private: Whether it is needed for private channels only.
    """

    name: str
    why: str
    of_team: str = ""
    private: bool = False


HEAR = Permission(
    "ChannelMessage.Read.All",
    "Hears what is said in channels without a mention: for keywords, and commands that begin "
    "with a slash.",
    "ChannelMessage.Read.Group",
)
"""Asked for always; leave it out, and the bot hears only what mentions it."""

GRAPH = (
    Permission("Channel.Create", "Makes a channel for each incident.", "Channel.Create.Group"),
    Permission(
        "ChannelSettings.ReadWrite.All",
        "Reads channels, sets their description, archives them and brings them back.",
        "ChannelSettings.ReadWrite.Group",
    ),
    Permission(
        "ChannelMessage.Read.All",
        "Reads a channel for its export, and a message from which an incident is started.",
        "ChannelMessage.Read.Group",
    ),
    Permission(
        "ChannelMember.ReadWrite.All",
        "Adds people to a private incident's channel.",
        private=True,
    ),
)
"""Asked for besides with TOCSIN_TEAMS_GRAPH=true."""
