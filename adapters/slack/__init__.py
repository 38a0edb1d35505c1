"""Slack: a channel for each incident, Block Kit, Socket Mode or HTTP."""
