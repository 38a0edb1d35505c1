"""Aliases: what people say in a chat, as actions with their parameters."""
