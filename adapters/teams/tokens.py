"""Tokens of the app's own, by which it may call the Bot Connector and Graph."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import msal  # pyright: ignore[reportMissingTypeStubs]
from requests import RequestException, Response, Session

from adapters.teams.errors import NotLetIn, shortened
from adapters.teams.options import Options
from chat.errors import Unavailable

CONNECTOR = "https://api.botframework.com/.default"
_TIMEOUT = 10.0
_PUBLIC = ("https://login.microsoftonline.com", "https://login.microsoftonline.us")


class _Patient:
    """What MSAL speaks HTTP with; without it, it would wait forever."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, url: str, **more: Any) -> Response:
        """As `requests` does."""
        return self._session.get(url, timeout=_TIMEOUT, **more)

    def post(self, url: str, **more: Any) -> Response:
        """As `requests` does."""
        return self._session.post(url, timeout=_TIMEOUT, **more)

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()


class Tokens:
    """Fetches tokens with the app's id and password; MSAL keeps them until they are old.

    MSAL waits for the network, so it does that in a thread.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._app: Any = None  # MSAL has no types
        self._session: Session | None = None
        self._turn = asyncio.Lock()

    async def token(self, scope: str) -> str:
        """A token for `scope`, good for some minutes at least.

        Raises:
            Unavailable: The sign-in service does not answer, or does not let us in. What waits
                to be sent then waits until the app's password has been put right.
        """
        async with self._turn:
            try:
                answer = await asyncio.to_thread(self._fetch, scope)
            except (RequestException, ValueError, OSError) as error:
                raise Unavailable(
                    f"Microsoft's sign-in service does not answer ({type(error).__name__})."
                ) from error
        token = answer.get("access_token")
        if isinstance(token, str):
            return token
        why = shortened(str(answer.get("error_description") or answer.get("error") or "no reason"))
        raise Unavailable(f"Microsoft does not sign Tocsin in ({why}). Run: tocsin doctor")

    @contextmanager
    def in_use(self) -> Generator[None]:
        """A call that is signed with one; when it is not let in, the next one gets a new token.

        A token outlives what takes its rights away: a new password, a new role, a moved app.
        """
        try:
            yield
        except NotLetIn:
            self.close()
            raise

    def close(self) -> None:
        """Let go of connections, and of tokens."""
        if self._session is not None:
            self._session.close()
        self._app = self._session = None

    def _fetch(self, scope: str) -> dict[str, Any]:
        # Named here, since it may be let go of meanwhile.
        app = self._app = self._app or self._signed_up()
        return cast("dict[str, Any]", app.acquire_token_for_client(scopes=[scope]) or {})

    def _signed_up(self) -> Any:  # MSAL has no types
        login = self._options.login_url
        if self._session is not None:
            self._session.close()  # the service was not reached by it
        self._session = session = Session()
        return msal.ConfidentialClientApplication(
            self._options.app_id,
            client_credential=self._options.app_password,
            authority=f"{login}/{self._options.tenant}",
            # Another sign-in service than Microsoft's cannot be vouched for by Microsoft.
            instance_discovery=login in _PUBLIC,
            http_client=_Patient(session),
        )
