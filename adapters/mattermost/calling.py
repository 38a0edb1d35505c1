"""Calls to the server, off the event loop, with its errors put into our words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import requests

from adapters.mattermost.rest import Asked, Fault, Rest, driver
from adapters.mattermost.settings import MattermostSettings
from chat.errors import BadInput, NotFound, Refused, TocsinError, Unavailable
from chat.rates import Rate

T = TypeVar("T")

THREADS = 8
"""Calls under way at once."""

_ID = re.compile(r"[a-z0-9]{26}")
_TOO_MANY = 429
_JUDGED = frozenset({400, 403, 404, 409, 422})


class Calls:
    """Runs calls of the driver in threads of its own.

    The driver is synchronous, so that a slow server would otherwise hold up everybody.
    """

    def __init__(self, settings: MattermostSettings) -> None:
        self._url = settings.server.url
        self._driver: Any = driver(settings)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mattermost")
        self._rate = Rate()

    async def run(self, call: Callable[[Any], T]) -> T:
        """What `call` gives.

        Args:
            call: Is given the `mattermostdriver.Driver`, which has no types.

        Raises:
            Unavailable: The server is away, busy, or does not know our token.
            NotFound: What it is about is not there.
            Refused: The bot may not, or the channel is archived.
            BadInput: The server refuses what it was given.
        """
        await self._rate.turn()
        loop = asyncio.get_running_loop()
        try:
            result, asked = await loop.run_in_executor(self._threads, self._do, call)
        except Fault as fault:
            if fault.status == _TOO_MANY and fault.retry_after is not None:
                self._rate.close(fault.retry_after)
            raise translated(fault, self._url) from fault
        except requests.exceptions.SSLError as error:
            raise Unavailable(
                f"The certificate of Mattermost at {self._url} is not one to trust. "
                "Is it a server's own? Then name its file: TOCSIN_MATTERMOST_CA_FILE"
            ) from error
        except requests.RequestException as error:
            raise Unavailable(f"Mattermost at {self._url} does not answer.") from error
        if asked is not None:
            self._rate.close(asked.seconds)
        return result

    async def client(self, call: Callable[[Rest], T]) -> T:
        """A call that the driver has no method for, or a wrong one."""
        return await self.run(lambda driver: call(driver.client))

    def close(self) -> None:
        """Let go of threads and connections; calls under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._driver.client.close()

    def _do(self, call: Callable[[Any], T]) -> tuple[T, Asked | None]:
        return call(self._driver), self._driver.client.asked()


def identifier(given: str | None) -> str:
    """An id of the server's, safe to stand in a path.

    Raises:
        NotFound: It cannot be one.
    """
    if given is None or not _ID.fullmatch(given):
        raise NotFound(f"Mattermost has nothing with the id “{(given or '')[:40]}”.")
    return given


def is_identifier(given: str) -> bool:
    """Whether it has the form of the server's ids."""
    return _ID.fullmatch(given) is not None


def translated(fault: Fault, url: str) -> TocsinError:
    """The server's error in our words."""
    said = fault.told or fault.id
    if fault.status in _JUDGED and not fault.id:
        # Without the server's own name of the error it is the page of something before it.
        return Unavailable(f"Something before Mattermost at {url} answered {fault.status}.")
    match fault.status:
        case 400 if "deleted" in fault.id or "archived" in fault.id:
            error: TocsinError = Refused("That channel is archived.", code="CHANNEL_ARCHIVED")
        case 400 | 409 | 413 | 422:
            error = BadInput(f"Mattermost refuses that: {said}", code=_code(fault))
        case 401:
            error = Unavailable(f"Mattermost at {url} does not accept Tocsin's token.")
        case 403:
            error = Refused(f"Mattermost does not let the bot do that: {said}", code=FORBIDDEN)
        case 404:
            error = NotFound("That is not there on Mattermost, or not for the bot.")
        case 429:
            wait = 1.0 if fault.retry_after is None else fault.retry_after
            error = Unavailable("Mattermost asks to wait.", retry_after=wait)
        case status:
            # Without a time to wait: that would say that the call certainly did nothing.
            error = Unavailable(f"Mattermost at {url} answered {status}. {said}".strip())
    return error


FORBIDDEN = "FORBIDDEN_BY_MATTERMOST"
"""Code of the error when the bot lacks a permission."""


def _code(fault: Fault) -> str:
    """The server's own name of the error, for those who look whether it is a certain one."""
    return fault.id.upper().replace(".", "_")[:80] or "VALIDATION_ERROR"
