"""Cure: the SDK tries nothing again, and hides when it may be.

What it raises has the answer at `response`; from there come the status and `Retry-After`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from msrest.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    ClientException,
    DeserializationError,  # pyright: ignore[reportPrivateImportUsage] - it is azure-core's
    HttpOperationError,
)

from adapters.teams.errors import translated, unreachable
from chat.errors import Unavailable


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
        response: Any = error.response
        code, message = _said(response)
        raise translated(response.status_code, code, message, response.headers) from error
    except DeserializationError as error:
        # It reads the answer before it looks at its status, and knows nothing but JSON.
        raise Unavailable("Something before Teams answered in its place.") from error
    except (ClientException, OSError) as error:
        raise unreachable(error) from error


def _said(response: Any) -> tuple[str, str]:
    """The platform's own word and sentence, which some of the SDK's calls do not read."""
    try:
        error = response.json()["error"]
        return str(error.get("code") or ""), str(error.get("message") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""
