"""Calls to the Bot Connector, by the SDK, at the platform's pace."""

# The SDK says little of its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from botbuilder.schema import (  # pyright: ignore[reportMissingTypeStubs]
    Activity,
    ChannelAccount,
    ConversationAccount,
    ConversationParameters,
)
from botframework.connector.aio import ConnectorClient  # pyright: ignore[reportMissingTypeStubs]
from botframework.connector.teams import TeamsConnectorClient  # pyright: ignore[reportMissingTypeStubs]
from msrest.authentication import BasicTokenAuthentication  # pyright: ignore[reportMissingTypeStubs]

from adapters.teams.cures.retry_after import calling
from adapters.teams.cures.root_post import root_post
from adapters.teams.cures.token import Signing
from adapters.teams.options import Options
from adapters.teams.tokens import CONNECTOR, Tokens
from chat.errors import Unavailable
from chat.rates import Rate, Window

_TIMEOUT = 15.0
_PAGE = 500

SENDING = (Window(7, 1), Window(8, 2), Window(60, 30), Window(1800, 3600))
"""Of one bot in one thread. Source: Microsoft Learn, "Optimize your bot with rate limiting in
Teams"."""


class Connector:
    """The Bot Connector of one tenant.

    Attributes:
        service_url: Where it is; events say so.
    """

    def __init__(self, options: Options, tokens: Tokens, rate: Rate) -> None:
        self._options = options
        self._tokens = tokens
        self._rate = rate
        self._clients: dict[str, Any] = {}
        self.service_url = options.service_url
        self.bot = f"28:{options.app_id}"

    async def post(self, conversation: str, activity: Activity) -> str:
        """Say something in a conversation; the message's id."""
        await self._rate.turn(conversation)
        activity.conversation = ConversationAccount(id=conversation)
        async with self._calling(conversation):
            sent = await self._client().conversations.send_to_conversation(conversation, activity)
        return str(sent.id)

    async def post_root(self, channel: str, activity: Activity) -> tuple[str, str]:
        """Say something at the top of a channel; the new thread's conversation, the message."""
        await self._rate.turn(channel)
        async with self._calling(channel):
            made = await root_post(
                self._client(), self.bot, self._options.tenant, channel, activity
            )
        return str(made.id), str(made.activity_id)

    async def update(self, conversation: str, message: str, activity: Activity) -> None:
        """Replace a message of ours."""
        await self._rate.turn(conversation)
        activity.id = message
        activity.conversation = ConversationAccount(id=conversation)
        async with self._calling(conversation):
            await self._client().conversations.update_activity(conversation, message, activity)

    async def chat_with(self, person: str) -> str:
        """The conversation with one person, which the platform makes when there is none."""
        tenant = self._options.tenant
        wanted = ConversationParameters(
            is_group=False,
            bot=ChannelAccount(id=self.bot),
            members=[ChannelAccount(id=person)],
            tenant_id=tenant,
            channel_data={"tenant": {"id": tenant}},
        )
        await self._rate.turn("chats")
        async with self._signed():
            made = await self._client().conversations.create_conversation(wanted)
        return str(made.id)

    async def member(self, conversation: str, person: str) -> dict[str, Any]:
        """Somebody in a conversation, by any id, e-mail or user principal name."""
        async with self._signed():
            found = await self._client().conversations.get_conversation_member(conversation, person)
        return _plain(found)

    async def members(self, conversation: str) -> AsyncIterator[dict[str, Any]]:
        """Everybody in a conversation."""
        following: str | None = None
        while True:
            async with self._signed():
                page = await self._client().conversations.get_teams_conversation_paged_members(
                    conversation, page_size=_PAGE, continuation_token=following
                )
            for each in page.members or []:
                yield _plain(each)
            following = cast("str | None", page.continuation_token)
            if not following:
                return

    async def channels(self) -> dict[str, str]:
        """Id to name of the team's channels; General's name is not told and given as such."""
        async with self._signed():
            client = await self._teams()
            listed = await asyncio.to_thread(client.teams.get_teams_channels, self._options.team)
        return {str(each.id): str(each.name or "General") for each in listed.conversations or []}

    async def group(self) -> str:
        """The team's id as Graph knows it."""
        async with self._signed():
            client = await self._teams()
            team = await asyncio.to_thread(client.teams.get_team_details, self._options.team)
        return str(team.aad_group_id or "")

    async def team_name(self) -> str:
        """The team's name; whether the bot is in the team shows by this call."""
        async with self._signed():
            client = await self._teams()
            team = await asyncio.to_thread(client.teams.get_team_details, self._options.team)
        return str(team.name or "")

    async def close(self) -> None:
        """Let go of connections."""
        for client in self._clients.values():
            await client.__aexit__(None, None, None)
        self._clients.clear()

    def _client(self) -> Any:  # the SDK has no types
        url = self.service_url
        if url not in self._clients:
            client: Any = ConnectorClient(Signing(self._tokens), base_url=url)
            client.config.connection.timeout = _TIMEOUT
            # The outbox tries again, and knows what may have been sent already.
            client.config.retry_policy.retries = 0
            self._clients[url] = client
        return self._clients[url]

    async def _teams(self) -> Any:
        """The calls about teams, which the SDK has only in their waiting form."""
        token = await self._tokens.token(CONNECTOR)
        signed = BasicTokenAuthentication({"access_token": token})
        client: Any = TeamsConnectorClient(signed, base_url=self.service_url)
        client.config.connection.timeout = _TIMEOUT
        return client

    @asynccontextmanager
    async def _signed(self) -> AsyncGenerator[None]:
        with self._tokens.in_use():
            async with calling():
                yield

    @asynccontextmanager
    async def _calling(self, conversation: str) -> AsyncGenerator[None]:
        """A call, after which the conversation is left alone as long as the platform says."""
        try:
            async with self._signed():
                yield
        except Unavailable as wrong:
            if wrong.retry_after is not None:
                self._rate.close(wrong.retry_after, conversation)
            raise


def _plain(account: Any) -> dict[str, Any]:
    """A member as the platform tells it."""
    return {**account.additional_properties, **account.serialize()}
