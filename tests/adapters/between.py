"""What may stand between Tocsin and a platform, and answer in its place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, runtime_checkable

from aiohttp import web

Answer = Callable[[], web.Response]


class Between:
    """Answers every call of a stand-in while it has an answer.

    Attributes:
        answer: None lets everything through.
    """

    def __init__(self) -> None:
        self.answer: Answer | None = None

    @web.middleware
    async def stand(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Answer, or let it through."""
        return await handler(request) if self.answer is None else self.answer()


@runtime_checkable
class Hindered(Protocol):
    """A platform that is reached over a network.

    Attributes:
        between: What stands in the way to it.
        troubles: Names of what may happen there, and answers to every call meanwhile.
    """

    between: Between
    troubles: dict[str, Answer]


def page(status: int) -> Answer:
    """The page of a proxy, or of a wall before the platform."""

    def answer() -> web.Response:
        text = "<html><body>Sorry, you have been blocked</body></html>"
        return web.Response(status=status, text=text, content_type="text/html")

    return answer


def told(status: int, **body: object) -> Answer:
    """An answer of the platform's own."""

    def answer() -> web.Response:
        # Some libraries take it as JSON only with exactly this type.
        made = web.json_response(body, status=status)
        made.headers["Content-Type"] = "application/json"
        return made

    return answer


PAGES = {"a page with 403": page(403), "a page with 404": page(404)}
TROUBLES = (
    *PAGES, "the token refused", "the workspace moved", "posting not allowed for now",
)  # fmt: skip
