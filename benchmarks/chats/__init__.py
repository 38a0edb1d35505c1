"""Each chat platform, as far as it is measured: how it draws, and how it calls a bot."""

from __future__ import annotations

from benchmarks.chats.discord import DISCORD
from benchmarks.chats.mattermost import MATTERMOST
from benchmarks.chats.platform import Platform
from benchmarks.chats.slack import SLACK
from benchmarks.chats.teams import TEAMS

PLATFORMS: tuple[Platform, ...] = (SLACK, MATTERMOST, TEAMS, DISCORD)
