"""Cure: with an empty app id the SDK believes whoever calls, and asks for no token.

`PasswordServiceClientCredentialFactory.is_authentication_disabled` is `not app_id`.
"""

from __future__ import annotations

from botframework.connector.auth import (  # pyright: ignore[reportMissingTypeStubs]
    AppCredentials,
    MicrosoftAppCredentials,
    ServiceClientCredentialsFactory,
)

from chat.errors import BadInput


class AlwaysAsks(ServiceClientCredentialsFactory):
    """Knows one app and never lets authentication be off.

    It gives no credentials either: calls to the Bot Connector are signed by
    `adapters.teams.cures.token`, without holding up the loop.
    """

    def __init__(self, app_id: str) -> None:
        """Hold on to the app's id.

        Raises:
            BadInput: It is empty.
        """
        if not app_id.strip():
            raise BadInput("TOCSIN_TEAMS_APP_ID is empty; without it anybody could pose as Teams.")
        self._app_id = app_id

    async def is_valid_app_id(self, app_id: str) -> bool:
        """Whether a token is for our app."""
        return app_id == self._app_id

    async def is_authentication_disabled(self) -> bool:
        """Never."""
        return False

    async def create_credentials(
        self, app_id: str, oauth_scope: str, login_endpoint: str, validate_authority: bool
    ) -> AppCredentials:
        """None that could sign anything; see the class."""
        del app_id, oauth_scope, login_endpoint, validate_authority
        return MicrosoftAppCredentials.empty()
