"""Cure: the SDK fetches its own token inside the event loop, and holds up everything by it.

`AsyncRequestsCredentialsPolicy` calls `signed_session`, which asks MSAL, which waits for the
network. A policy of the pipeline may wait properly, and the SDK takes one for credentials.
"""

# The SDK says little of its types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from typing import Any

from msrest.pipeline import AsyncHTTPPolicy  # pyright: ignore[reportMissingTypeStubs]

from adapters.teams.tokens import CONNECTOR, Tokens


class Signing(AsyncHTTPPolicy[Any, Any]):
    """Puts the app's token on each call to the Bot Connector."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens

    async def send(self, request: Any, **kwargs: Any) -> Any:
        """Sign and pass on.

        Raises:
            Refused: The app is not signed in.
            Unavailable: The sign-in service does not answer.
        """
        token = await self._tokens.token(CONNECTOR)
        request.http_request.headers["Authorization"] = f"Bearer {token}"
        following: Any = self.next
        return await following.send(request, **kwargs)
