"""Cure: `TeamsInfo.send_message_to_teams_channel` without `bot_app_id` raises a TypeError.

A new post at the top of a channel is a conversation that is created with its first message;
so the Bot Connector is asked for that itself.
"""

from __future__ import annotations

from typing import Any

from botbuilder.schema import (  # pyright: ignore[reportMissingTypeStubs]
    Activity,
    ChannelAccount,
    ConversationParameters,
)

from adapters.teams.cures.retry_after import calling


async def root_post(client: Any, bot: str, tenant: str, channel: str, activity: Activity) -> Any:
    """Post at the top of a channel; the answer has the new thread's `id` and `activity_id`."""
    data: dict[str, Any] = {"channel": {"id": channel}, "tenant": {"id": tenant}}
    wanted = ConversationParameters(
        is_group=True,
        bot=ChannelAccount(id=bot),
        tenant_id=tenant,
        channel_data=data,
        activity=activity,
    )
    async with calling():
        return await client.conversations.create_conversation(wanted)
