"""What the server calls over HTTP: commands, clicks, dialogs.

The server delivers nothing again, and signs nothing but trigger ids: who did something, and when.
A command proves itself by its token besides, a click by an address that only the server is told and
by what we sealed, a dialog by its seal alone, since clients are told its address; where an event
cannot be kept, the person is told at once.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.mattermost import inbound as inward
from adapters.mattermost.asking import Asking
from adapters.mattermost.dialogs import answers
from adapters.mattermost.people import Directory, named
from adapters.mattermost.posting import Posting
from adapters.mattermost.seal import Seal
from adapters.mattermost.signing import Signatures
from adapters.mattermost.slash import SlashCommands
from chat.clock import Clock
from chat.errors import BadInput, NotSignedIn, TocsinError, Unavailable
from chat.inbound import Inbound
from chat.payload import part
from chat.port import Host, Receipt
from chat.reply import FormErrors

PREFIX = "/api/chat/mattermost"
_log = logging.getLogger("tocsin.mattermost")

_PATIENCE = 8.0
"""Seconds a dialog is kept waiting for what is wrong with its answers."""
_LARGEST = 1024 * 1024

FindHost = Callable[[], Host]
Answer = Callable[[web.Request], Awaitable[web.Response]]


class Routes:
    """Answers the server."""

    def __init__(
        self,
        host: FindHost,
        seal: Seal,
        signatures: Signatures,
        slash: SlashCommands,
        asking: Asking,
        posting: Posting,
        directory: Directory,
        clock: Clock,
        team: str,
    ) -> None:
        self._host = host
        self._seal = seal
        self._signatures = signatures
        self._slash = slash
        self._asking = asking
        self._posting = posting
        self._directory = directory
        self._clock = clock
        self._team = team
        self._later: set[asyncio.Task[None]] = set()

    def install(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(f"{PREFIX}/hello", self._hello)
        for path, answer in (
            ("command", self._command),
            ("action/{address}", self._action),
            ("dialog", self._dialog),
        ):
            app.router.add_post(f"{PREFIX}/{path}", _guarded(answer))

    async def close(self) -> None:
        """Wait for what is still to be shown."""
        if self._later:
            await asyncio.wait(self._later, timeout=5)

    async def _hello(self, _: web.Request) -> web.Response:
        """Tells whoever set the address up that it leads here."""
        return web.json_response({"tocsin": "mattermost"})

    async def _command(self, request: web.Request) -> web.Response:
        fields = await request.post()
        form = {name: value for name, value in fields.items() if isinstance(value, str)}
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        token = sent.strip() if scheme.casefold() in {"token", "bearer"} else form.get("token", "")
        if not token or not await self._slash.knows(token):
            raise NotSignedIn("The token of this command is not one that Tocsin knows.")
        names = [str(each) for each in fields.getall("user_mentions", [])]
        ids = [str(each) for each in fields.getall("user_mentions_ids", [])]
        try:
            await self._proven(form.get("trigger_id", ""), form.get("user_id", ""))
            event = inward.command(form, list(zip(names, ids, strict=False)), self._team)
            self._directory.seen(event.person)
            await self._received(event)
        except Unavailable as away:
            return web.json_response({"response_type": "ephemeral", "text": _apology(away)})
        return web.json_response({})

    async def _action(self, request: web.Request) -> web.Response:
        given = request.match_info["address"].encode(errors="replace")
        if not hmac.compare_digest(given, self._seal.address().encode()):
            raise NotSignedIn("This is not the address that Mattermost was given.")
        payload = await _body(request)
        meant = self._seal.open("action", part(payload, "context").get("tocsin"))
        if meant.get("channel") != payload.get("channel_id"):
            raise NotSignedIn("This button belongs to another channel.")
        try:
            await self._proven(str(payload.get("trigger_id", "")), str(payload.get("user_id", "")))
            event = inward.click(payload, meant, self._team)
            found = await self._posting.own(event.address.at(str(payload["post_id"])))
            if found is None:
                raise NotSignedIn("This button is on no message of Tocsin's.")
            # What comes of it is said where the message is: in its thread, if it is in one.
            event = replace(event, address=replace(event.address, thread=found.thread))
            self._directory.seen(event.person)
            if meant.get("confirm"):
                self._soon(self._asking.confirm(event, meant["label"], meant["confirm"]))
                return web.json_response({})
            await self._received(event)
        except Unavailable as away:
            return web.json_response({"ephemeral_text": _apology(away)})
        return web.json_response({})

    async def _proven(self, trigger: str, user: str) -> None:
        inward.proven(trigger, user, self._clock.now())
        await self._signatures.check(trigger)

    async def _received(self, event: Inbound) -> None:
        """Hand it in. A repeat is harmless; one that says something else is no repeat."""
        receipt = await self._host().receive(event)
        if receipt.altered:
            raise NotSignedIn("This trigger id was used before, for something else.")

    async def _dialog(self, request: web.Request) -> web.Response:
        payload = await _body(request)
        meant = self._seal.open("dialog", payload.get("state"))
        if meant["user"] != payload.get("user_id"):
            raise NotSignedIn("This form was shown to somebody else.")
        if abs(self._clock.now() - inward.moment(int(meant["at"]))) > inward.DIALOG_FOR:
            raise NotSignedIn("This form is too old. Ask for it again.")
        if payload.get("cancelled"):
            return web.json_response({})
        try:
            return await self._submitted(part(payload, "submission"), meant)
        except Unavailable as away:
            return web.json_response({"error": _apology(away)})

    async def _submitted(self, given: dict[str, Any], meant: Mapping[str, str]) -> web.Response:
        who = named(meant["user"], meant["name"], self._team)
        if "confirm" in meant:
            await self._host().receive(inward.confirmed(meant, who))
            return web.json_response({})
        values = answers(given)
        event = inward.submission(meant, who, values)
        event, attempt = await self._asking.attempt(event)
        receipt = await self._host().receive(event)
        reply = asyncio.ensure_future(receipt.reply)
        done, _ = await asyncio.wait((reply,), timeout=_PATIENCE)
        if not done:
            self._soon(self._told_later(event, attempt, receipt, reply))
            return web.json_response({})
        found = reply.result()
        if isinstance(found, FormErrors):
            await self._asking.refused(attempt)
            return web.json_response(_errors(found, values))
        return web.json_response({})

    async def _told_later(
        self, event: Inbound, attempt: str, receipt: Receipt, reply: Awaitable[Any]
    ) -> None:
        """The dialog is closed by then, so what is wrong is told beside it."""
        found = await reply
        if isinstance(found, FormErrors):
            await self._asking.refused(attempt)
            await self._asking.tell(event, found.errors, f"late:{receipt.id}")

    def _soon(self, work: Awaitable[None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except TocsinError as error:
                _log.warning("mattermost: %s", error.message)

        task = asyncio.create_task(guarded())
        self._later.add(task)
        task.add_done_callback(self._later.discard)


def _guarded(answer: Answer) -> Handler:
    """Have whoever is not the server, or speaks nonsense, answered so."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await answer(request)
        except NotSignedIn as error:
            return _refusal(401, error)
        except BadInput as error:
            return _refusal(400, error)

    return handle


def _refusal(status: int, error: TocsinError) -> web.Response:
    return web.json_response({"error": error.message, "code": error.code}, status=status)


async def _body(request: web.Request) -> dict[str, Any]:
    """The JSON object that was sent.

    Raises:
        BadInput: It is none.
    """
    if (request.content_length or 0) > _LARGEST:
        raise BadInput("That is more than Mattermost sends.")
    try:
        body: object = json.loads(await request.text())
    except (ValueError, RecursionError) as error:
        raise BadInput("That is not JSON.") from error
    if not isinstance(body, dict):
        raise BadInput("That is not what Mattermost sends.")
    return cast("dict[str, Any]", body)


def _errors(found: FormErrors, values: Mapping[str, str]) -> dict[str, Any]:
    """What is wrong, at its field where the dialog has that."""
    known = {name: text for name, text in found.errors.items() if name in values}
    rest = [text for name, text in found.errors.items() if name not in values]
    answer: dict[str, Any] = {"errors": known} if known else {}
    if rest or not known:
        answer["error"] = " ".join(rest) or "Please look at the form again."
    return answer


def _apology(away: Unavailable) -> str:
    return f"{away.message.rstrip('.')}. Nothing was done; please try again in a moment."
