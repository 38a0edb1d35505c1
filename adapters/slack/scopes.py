"""What the bot may do on Slack, and why it needs each."""

from __future__ import annotations

SCOPES: dict[str, str] = {
    "channels:history": "to read incident channels for exports and quoted messages",
    "channels:join": "to join the public channels in which an incident is worked on",
    "channels:manage": "to make, name and archive public incident channels",
    "channels:read": "to find channels by name and see who is in them",
    "chat:write": "to post answers, panels and announcements",
    "chat:write.public": "to announce in public channels it has not joined",
    "commands": "for the slash commands and the message shortcut",
    "files:read": "to list attachments in exports",
    "files:write": "to send exports and pictures",
    "groups:history": "to read private incident channels for exports",
    "groups:read": "to see who is in private incident channels",
    "groups:write": "to make, name and archive private incident channels",
    "im:history": "to find its own direct messages again after a crash",
    "im:read": "to see its direct messages",
    "im:write": "to begin direct messages",
    "metadata.message:read": "to find a message again by its mark after a crash",
    "pins:write": "to pin the panel",
    "users:read": "to know people's names",
    "users:read.email": "to know people by their e-mail address",
}
"""Bot scope to why it is needed.

Source: https://docs.slack.dev/reference/scopes
"""

USER_SCOPES: dict[str, str] = {
    "channels:write": "to bring archived public incident channels back",
    "groups:write": "to bring archived private incident channels back",
}
"""User scope to why it is needed, where channels of closed incidents are to be archived."""

EVENTS: dict[str, str] = {
    "member_joined_channel": "to let people who join an incident channel into the incident",
    "member_left_channel": "to note when they leave",
    "message.channels": "to offer an incident where a playbook's keyword is said",
    "message.groups": "the same in private channels that the bot is in",
}
"""Event subscription to why it is needed.

Source: https://docs.slack.dev/reference/events
"""
