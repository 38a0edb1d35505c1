"""Cure: the SDK answers each button, dialog and message extension with status 500.

`CloudAdapter.process` hands the reply to an invoke, which is plain JSON already, to its
serializer, which fails. An answer is JSON, and is written as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Answer:
    """What an event is answered with over HTTP.

    Attributes:
        body: Of the reply to an invoke; None for an empty answer.
        again_after: Seconds after which the platform had better deliver it again; None when
            it was taken.
    """

    status: int = 200
    body: object | None = None
    again_after: float | None = None


def written(answer: Answer) -> web.Response:
    """The answer as HTTP."""
    headers = {} if answer.again_after is None else {"Retry-After": f"{answer.again_after:.0f}"}
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    return web.json_response(answer.body, status=answer.status, headers=headers)
