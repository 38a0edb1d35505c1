"""Slack's events as bolt hands them over: journalled, then acknowledged, then worked on."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import inbound
from adapters.slack.calling import log, quiet
from adapters.slack.channels import Channels
from adapters.slack.people import People
from adapters.slack.reading import channels_in
from chat.address import Address
from chat.card import Card
from chat.errors import TocsinError
from chat.inbound import Inbound
from chat.payload import Json, part, parts
from chat.person import Person
from chat.port import Host, Receipt
from chat.reply import AskForm, FormErrors, Reply, not_accepted

_PATIENCE = 2.2
"""Seconds a form waits for what is wrong with it; Slack gives three in all."""
KNOWN = "tocsin_known"
"""What a request's context says of an event that was there already."""
_ANY = re.compile(r"(?s).*")
_STALE = "This form was not opened for you by this bot. Close it and ask for a new one."


class Answers(Protocol):
    """The adapter, as far as it answers what happens."""

    @property
    def host(self) -> Host: ...  # noqa: D102 - says itself

    async def whisper(  # noqa: D102 - as the port says
        self, to: Address, person: Person, card: Card, *, key: str, ticket: str = ""
    ) -> None: ...


class Bolt:
    """The bolt app, and the forms that wait for a word on what was filled in.

    Each listener is done when the event is written down, so that Slack is told so within
    its three seconds; one that could not be written down is answered as a failure, and
    Slack delivers it again. What bolt runs twice the journal knows already.
    """

    def __init__(
        self,
        answers: Answers,
        key: bytes,
        client: AsyncWebClient,
        channels: Channels,
        people: People,
    ) -> None:
        self._answers = answers
        self._key = key
        self._channels = channels
        self._people = people
        self._following: dict[str, asyncio.Future[Json]] = {}
        self._late: set[asyncio.Task[None]] = set()
        self.app = _app(client)
        self._learn()

    def _learn(self) -> None:
        app: Any = self.app
        app.command(_ANY)(self._command)
        app.action(_ANY)(self._click)
        app.view(_ANY)(self._submitted)
        app.view_closed(_ANY)(_nothing)
        app.shortcut(_ANY)(self._menu)
        app.event("message")(self._said)
        app.event("member_joined_channel")(self._membership)
        app.event("member_left_channel")(self._membership)
        app.event(_ANY)(_nothing)

    async def close(self) -> None:
        """Finish what is being told."""
        if self._late:
            await asyncio.wait(self._late, timeout=2)

    def follow(self, view: str, following: Json) -> bool:
        """Show `following` in the place of a form that was just filled in, if it still waits."""
        waiting = self._following.get(view)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(following)
        return True

    async def _command(self, ack: AsyncAck, body: Json, context: Json) -> None:
        self._channels.remember(channels_in(str(body.get("text") or "")))
        await self._hand_in(context, inbound.command(body))
        await ack()

    async def _click(self, ack: AsyncAck, body: Json, context: Json) -> None:
        await self._hand_in(context, inbound.click(body))
        await ack()

    async def _menu(self, ack: AsyncAck, body: Json, context: Json) -> None:
        if body.get("type") == "message_action":
            await self._hand_in(context, inbound.menu(body))
        await ack()

    async def _said(self, ack: AsyncAck, body: Json, context: Json) -> None:
        await self._hand_in(context, inbound.said(body, self._people.name))
        await ack()

    async def _membership(self, ack: AsyncAck, body: Json, context: Json) -> None:
        await self._hand_in(context, inbound.membership(body))
        await ack()

    async def _submitted(self, ack: AsyncAck, body: Json, context: Json) -> None:
        """Answer in the same breath: only so can a form stay open and show what is wrong."""
        arrived = asyncio.get_running_loop().time()
        filled = inbound.submission(body, self._key)
        if filled is None:
            blocks = parts(part(body, "view"), "blocks")
            asked = next((one["block_id"] for one in blocks if one.get("type") == "input"), "")
            await ack(response_action="errors", errors={asked: _STALE})
            return
        view = str(body["view"]["id"])
        following: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._following[view] = following
        try:
            receipt = await self._answers.host.receive(filled)
            context[KNOWN] = not receipt.fresh
            reply = await self._patiently(filled, receipt, arrived + _PATIENCE)
        finally:
            self._following.pop(view, None)
        match reply:
            case FormErrors(errors) if errors:
                await ack(response_action="errors", errors=errors)
            case AskForm() if following.done():
                await ack(response_action="update", view=following.result())
            case _:
                await ack()

    async def _patiently(self, filled: Inbound, receipt: Receipt, until: float) -> Reply | None:
        """What came of a form in time; mistakes found later are told where it was opened.

        Slack counts from when it sent the form, so what the journal took counts too.
        """
        answer = asyncio.ensure_future(receipt.reply)
        left = max(until - asyncio.get_running_loop().time(), 0.0)
        done, _ = await asyncio.wait((answer,), timeout=left)
        if done:
            return answer.result()
        task = asyncio.create_task(self._tell_late(filled, receipt, answer))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return None

    async def _tell_late(
        self, filled: Inbound, receipt: Receipt, answer: asyncio.Future[Reply | None]
    ) -> None:
        reply = await answer
        if not isinstance(reply, FormErrors) or not reply.errors:
            return
        wrong = not_accepted(reply.errors)
        try:
            await self._answers.whisper(
                filled.address, filled.person, wrong, key=f"late:{receipt.id}"
            )
        except TocsinError as error:
            log.warning("nobody could be told what was wrong with a form: %s", error.message)

    async def _hand_in(self, context: Json, event: Inbound | None) -> None:
        if event is not None:
            called = replace(event, person=self._people.called(event.person))
            receipt = await self._answers.host.receive(called)
            context[KNOWN] = not receipt.fresh


def _app(client: AsyncWebClient) -> AsyncApp:
    """A bolt app that asks Slack nothing before it answers.

    Requests are proved by `adapters.slack.routes`, with the clock of the house; the socket
    is Slack's own.
    """

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=client.token)

    return AsyncApp(
        # Bolt gives the log of this name the level of the other one, which must not be that of
        # all of Tocsin.
        name=quiet.name,
        logger=quiet,
        client=client,
        authorize=authorize,
        # The listener has written the event down before bolt answers.
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        ignoring_self_assistant_message_events_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )


async def _nothing(ack: AsyncAck) -> None:
    """What was subscribed to besides what we use is acknowledged, or Slack would come again."""
    await ack()
