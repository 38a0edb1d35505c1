"""Cure: the SDK tries nothing again, and hides when it may be.

What it raises has the answer at `response`; from there come the status and `Retry-After`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from msrest.exceptions import ClientException, HttpOperationError  # pyright: ignore[reportMissingTypeStubs]

from adapters.teams.errors import translated, unreachable


@asynccontextmanager
async def calling() -> AsyncGenerator[None]:
    """Make the SDK's errors ours.

    Raises:
        Unavailable: The same call may work later, after `retry_after` where that is known.
        UserError: It never will.
    """
    try:
        yield
    except HttpOperationError as error:
        failure: Any = error
        told = getattr(failure.error, "error", None)
        code, message = getattr(told, "code", None), getattr(told, "message", None)
        response = failure.response
        raise translated(
            int(response.status_code), str(code or ""), str(message or ""), response.headers
        ) from error
    except (ClientException, OSError) as error:
        raise unreachable(error) from error
