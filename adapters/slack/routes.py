"""Slack's requests over HTTP: proved, then handed to bolt.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import cast
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import Clock as SlackClock
from slack_sdk.signature import SignatureVerifier

from adapters.slack.bolt import KNOWN
from adapters.slack.manifest import PATH
from chat.clock import Clock
from chat.payload import Json, part

_WINDOW = 600.0
"""Seconds for which a signature is remembered: it is good five minutes either way."""
_REMEMBERED = 50_000
_RETRY = "X-Slack-Retry-Num"
_NAMED = re.compile(rb"(?:^|&)team_id=([A-Z0-9]+)(?:&|$)")
_REFUSED = {"error": "This request is not proved to come from Slack, now and for the first time."}


class Routes:
    """Answers what Slack posts."""

    def __init__(
        self, bolt: AsyncApp, signing_secret: str, clock: Clock, team: Callable[[], str | None]
    ) -> None:
        """Get ready.

        Args:
            bolt: Answers.
            signing_secret: Proves that Slack sends a request, and to this app.
            clock: The time.
            team: The workspace that the token belongs to; None while nobody knows.
        """
        self._bolt = bolt
        self._clock = clock
        self._team = team
        self._verifier = SignatureVerifier(signing_secret, _Seconds(clock))
        self._seen: OrderedDict[bytes, float] = OrderedDict()

    def install(self, app: web.Application) -> None:
        """Add the one route there is."""
        app.router.add_post(PATH, self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        raw = await request.read()
        signature = request.headers.get("X-Slack-Signature", "")
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        if not (self._proved(raw, stamp, signature) and self._ours(raw) and self._first(signature)):
            return web.json_response(_REFUSED, status=401)
        bolt_request = AsyncBoltRequest(
            body=raw.decode(),
            query=request.query_string,
            headers={name: [value] for name, value in request.headers.items()},
        )
        answer = await self._bolt.async_dispatch(bolt_request)
        context = cast("Json", bolt_request.context)
        if context.get(KNOWN) and _RETRY not in request.headers:
            # Slack says so when it delivers again, and only events: this one was kept by somebody,
            # and another process has had it.
            return web.json_response(_REFUSED, status=401)
        if answer.status >= 500:  # noqa: PLR2004 - it was not written down, so it may come again
            self._seen.pop(_digest(signature), None)
        return await to_aiohttp_response(answer)

    def _proved(self, raw: bytes, stamp: str, signature: str) -> bool:
        try:
            return self._verifier.is_valid(raw, stamp, signature)
        except (ValueError, TypeError, OverflowError):
            # No number, no text: whoever sent it, it was not Slack.
            return False

    def _ours(self, raw: bytes) -> bool:
        """Whether it is about our workspace, and not about another that has this app too."""
        sent = _team_of(raw)
        return sent is None or self._team() in {None, sent}

    def _first(self, signature: str) -> bool:
        """Whether no request came here with this signature before.

        What came to another process the journal knows: the event's own key is part of what
        is signed.
        """
        now = self._clock.now().timestamp()
        while self._seen:
            oldest, at = next(iter(self._seen.items()))
            if now - at < _WINDOW and len(self._seen) < _REMEMBERED:
                break
            del self._seen[oldest]
        mark = _digest(signature)
        if mark in self._seen:
            return False
        self._seen[mark] = now
        return True


def _team_of(raw: bytes) -> str | None:
    """The workspace that a request names; None when it names none.

    Commands say `team_id`, events say it in their JSON, and what is pressed or filled in
    stands as JSON in the field `payload`.
    """
    if named := _NAMED.search(raw):
        # A command, spelt as Slack does: nothing of it need be read twice.
        return named[1].decode()
    try:
        text = raw.decode()
        fields = dict(parse_qsl(text)) if not text.lstrip().startswith("{") else {}
        body: Json = json.loads(fields.get("payload", "{}" if fields else text))
    except ValueError:
        return None
    found = fields.get("team_id") or body.get("team_id") or part(body, "team").get("id")
    return str(found) if found else None


class _Seconds(SlackClock):
    """The clock of the house as the library reads it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


def _digest(signature: str) -> bytes:
    return hashlib.sha256(signature.encode()).digest()
