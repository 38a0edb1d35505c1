"""Calls of Slack's methods: paced, and with every error in the words of the house."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.settings import SlackSettings
from chat.errors import NotFound, Refused, TocsinError, Unavailable, UserError
from chat.payload import Json, part, whole, word
from chat.rates import Rate, Window, told_to_wait


def _without_traceback(record: logging.LogRecord) -> bool:
    """A Slack that is away for an hour is one line each time, and not a page."""
    record.exc_info = None
    return True


log = logging.getLogger("tocsin.slack")
quiet = logging.getLogger("tocsin.slack.library")
"""What the library logs: at its finest level it writes out whole messages."""
quiet.setLevel(logging.ERROR)
quiet.addFilter(_without_traceback)

_TIMEOUT = 10
_BURST = 4
_TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
_METHODS = {
    "chat.update": 3,
    "chat.postEphemeral": 4,
    "conversations.archive": 2,
    "conversations.create": 2,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.invite": 3,
    "conversations.join": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "conversations.setPurpose": 2,
    "conversations.setTopic": 2,
    "conversations.unarchive": 2,
    "files.upload_v2": 4,
    "pins.add": 2,
    "users.conversations": 3,
    "users.info": 4,
    "users.list": 2,
    "users.lookupByEmail": 3,
    "views.open": 4,
}
"""Method to its tier: calls a minute in one workspace.

Source: https://docs.slack.dev/apis/web-api/rate-limits
"""

_GONE = {
    "cant_update_message": "That message is gone, or it is not ours.",
    "channel_not_found": "That channel is gone, or the bot is not in it.",
    "message_not_found": "That message is gone.",
    "thread_not_found": "That thread is gone.",
    "user_not_found": "There is no such person on Slack.",
    "users_not_found": "There is no such person on Slack.",
}
_ARCHIVED = dict.fromkeys(
    ("is_archived", "is_inactive"), "That channel is archived, so nothing can be posted in it."
)
_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
_TOKEN = frozenset(
    {
        "access_denied",
        "accesslimited",
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
        "upgrade_required",
    }
)
"""What an administrator puts right; until then everything waits."""
_BUSY = frozenset({"message_limit_exceeded", "rate_limited", "ratelimited"})
_AWAY = frozenset(
    {
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
_SPEAKING = ("chat.", "conversations.open", "files.")
"""Methods that bring people what was meant for them."""
_NOT_IN = frozenset({"not_in_channel", "user_not_in_channel"})


class SlackRefused(Refused):
    """Slack said no.

    Attributes:
        error: Slack's own word for it.
        answer: All that it answered.
    """

    def __init__(self, message: str, error: str, answer: Json, *, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.error = error
        self.answer = answer


class SlackNotFound(NotFound):
    """Slack knows nothing of the sort.

    Attributes:
        error: Slack's own word for it.
        answer: All that it answered.
    """

    def __init__(self, message: str, error: str, answer: Json) -> None:
        super().__init__(message)
        self.error = error
        self.answer = answer


class Calls:
    """One workspace's methods, as its bot calls them.

    The library is told to repeat nothing: a post repeated after a broken connection could
    be there twice, and to wait for a limit would hold up whoever delivers.
    """

    def __init__(self, settings: SlackSettings, *, paced: bool = True) -> None:
        self._settings = settings
        self.client = AsyncWebClient(
            settings.bot_token,
            base_url=settings.api_url,
            timeout=_TIMEOUT,
            retry_handlers=[],
            logger=quiet,
        )
        self._paced = paced
        self._posts = Rate(Window(_BURST, float(_BURST)))
        self._rates = {name: Rate(Window(_TIERS[tier], 60.0)) for name, tier in _METHODS.items()}

    async def open(self) -> None:
        """Keep connections open between calls."""
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        self.client.session = aiohttp.ClientSession(timeout=timeout)

    async def close(self) -> None:
        """Let go of them."""
        session, self.client.session = self.client.session, None
        if session is not None:
            await session.close()

    async def __call__(self, method: str, *, patient: bool = False, **arguments: Any) -> Json:
        """What Slack answers.

        Args:
            method: As Slack names it, such as `chat.postMessage`.
            patient: Whether to wait for as long as Slack's limits ask, instead of giving up.
            arguments: The method's; `token` is another one than the bot's.

        Raises:
            NotFound: What it is about is gone.
            Refused: Slack says no.
            Unavailable: Slack did not answer, or says that it was too much.
        """
        return (await self.answer(method, patient=patient, **arguments))[0]

    async def answer(
        self, method: str, *, patient: bool = False, **arguments: Any
    ) -> tuple[Json, dict[str, str]]:
        """What Slack answers, and the answer's headers in lower case."""
        while True:
            try:
                return await self._once(method, arguments)
            except Unavailable as away:
                if not patient or away.retry_after is None:
                    raise
                await asyncio.sleep(away.retry_after)

    async def inside(self, method: str, *, channel: str, **arguments: Any) -> Json:
        """What Slack answers to what only members may do; a public channel is joined for it.

        Raises:
            NotFound: What it is about is gone.
            Refused: Slack says no; where the bot cannot join, that it is not in the channel.
            Unavailable: Slack did not answer, or says that it was too much.
        """
        try:
            return await self(method, channel=channel, **arguments)
        except SlackRefused as no:
            if no.error != "not_in_channel" or not await self.join(channel):
                raise
        return await self(method, channel=channel, **arguments)

    async def join(self, channel: str) -> bool:
        """Whether the bot is in a channel now; Slack lets it into public ones only.

        Raises:
            Unavailable: Slack did not answer, or says that it was too much.
        """
        try:
            await self("conversations.join", channel=channel)
        except UserError as no:
            log.warning("the bot could not join the channel %s: %s", channel, no.message)
            return False
        return True

    async def pages(
        self, method: str, held: str, *, patient: bool = False, **arguments: Any
    ) -> AsyncIterator[Any]:
        """Each thing in `held` of every page."""
        cursor = ""
        while True:
            more: Json = {"cursor": cursor} if cursor else {}
            page = await self(method, patient=patient, **arguments, **more)
            for one in page.get(held) or ():
                yield one
            cursor = word(part(page, "response_metadata"), "next_cursor")
            if not cursor:
                return

    async def _once(self, method: str, arguments: Json) -> tuple[Json, dict[str, str]]:
        rate, key = self._rate(method, arguments)
        if rate is not None and self._paced:
            await rate.turn(key)
        call = getattr(self.client, method.replace(".", "_"))
        try:
            response = await call(**arguments)
        except Exception as error:
            wrong = translated(error, method)
            if isinstance(wrong, Unavailable) and wrong.retry_after is not None and rate:
                rate.close(wrong.retry_after, key)
            raise wrong from error
        answer = whole(response.data)
        return answer, {str(name).lower(): str(value) for name, value in response.headers.items()}

    def _rate(self, method: str, arguments: Json) -> tuple[Rate | None, str]:
        """The rule that a call keeps; posts are counted in each channel by itself."""
        if method == "chat.postMessage":
            return self._posts, str(arguments.get("channel", ""))
        return self._rates.get(method), ""


def translated(error: Exception, what: str) -> TocsinError:
    """Any error of the library, or of the network below it, as one of ours.

    Raises:
        Exception: `error` itself, when it is a mistake of our own.
    """
    match error:
        case TocsinError():
            return error
        case SlackApiError():
            return _judged(error, what)
        case TimeoutError() | asyncio.TimeoutError():
            return Unavailable("Slack did not answer in time.")
        case aiohttp.ClientError() | OSError() | SlackClientError():
            return Unavailable(f"Slack cannot be reached ({type(error).__name__}).")
        case _:
            raise error


def _judged(error: SlackApiError, what: str) -> TocsinError:
    response: Any = error.response
    status = int(getattr(response, "status_code", None) or getattr(response, "status", 0) or 0)
    answer = whole(getattr(response, "data", None))
    no = word(answer, "error")
    if status == 429 or no in _BUSY:  # noqa: PLR2004 - HTTP: too many requests
        held: dict[str, Any] = dict(getattr(response, "headers", {}))
        headers = {str(name).lower(): str(value) for name, value in held.items()}
        wait = told_to_wait(headers.get("retry-after", ""))
        return Unavailable(
            "Slack asks us to call less often.", retry_after=1.0 if wait is None else wait
        )
    if not no or status >= 500 or no in _AWAY:  # noqa: PLR2004 - HTTP: their mistake
        return Unavailable(f"Slack has trouble ({no or status}).")
    return refusal(no, what, answer)


def refusal(no: str, what: str, answer: Json) -> TocsinError:
    """Slack's no as one of our errors."""
    if no in _TOKEN:
        # Tried again: once the token is put right, nothing that waited is lost.
        log.error("slack refuses our token (%s); tocsin doctor says what to do", no)
        return Unavailable(f"Slack refuses our token ({no}). An administrator must see to it.")
    if no in _GONE:
        return SlackNotFound(_GONE[no], no, answer)
    if no in _ARCHIVED:
        told, code = _ARCHIVED[no], "CHANNEL_ARCHIVED"
    elif no in _LATE:
        told, code = "Slack opens a form only within three seconds. Please do it again.", "TOO_LATE"
    elif no == "missing_scope":
        needed = word(answer, "needed") or "a scope"
        told = f"The bot lacks the Slack scope {needed}. Add it and install the app again."
        if what.startswith(_SPEAKING):
            # Nothing that was to be told is thrown away for it.
            return Unavailable(told)
        code = "MISSING_SCOPE"
    elif no in _NOT_IN:
        told = "The bot is not in that channel. Invite it there with /invite @tocsin."
        code = "NOT_IN_CHANNEL"
    else:
        told, code = f"Slack refused {what}: {no}.", None
    return SlackRefused(told, no, answer, code=code)
