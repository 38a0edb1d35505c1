"""Cure: the SDK answers most of what it refuses with status 500, and lets in too much.

A header that is missing or no token, and a token that is expired or forged, raise whatever
the JWT library, an index or a bare exception is; only a few are `PermissionError`. Tokens of
the Emulator and of skills are let in besides, and where an event names no address of the
Bot Connector, the one in the token is not looked at. Here each of these is a plain no.
"""

from __future__ import annotations

import hmac
from typing import Any

import jwt
from botbuilder.schema import Activity  # pyright: ignore[reportMissingTypeStubs]
from botframework.connector.auth import (  # pyright: ignore[reportMissingTypeStubs]
    AuthenticationConfiguration,
    BotFrameworkAuthentication,
    BotFrameworkAuthenticationFactory,
)

from adapters.teams.cures.app_id import AlwaysAsks
from adapters.teams.cures.proven import Proven, proof
from adapters.teams.cures.signing_keys import SigningKeys
from adapters.teams.options import Options
from chat.clock import Clock
from chat.errors import NotSignedIn


class Doorkeeper:
    """Lets in what the Bot Connector sent to this bot; the SDK judges the token."""

    def __init__(self, options: Options, keys: SigningKeys, clock: Clock) -> None:
        """Wire it.

        Args:
            options: The platform's settings.
            keys: Those that the SDK judges by.
            clock: Says when a token is over.
        """
        self._issuer = options.issuer
        self._keys = keys
        self._proven = Proven(clock)
        self._judge: BotFrameworkAuthentication = BotFrameworkAuthenticationFactory.create(
            validate_authority=True,
            to_channel_from_bot_login_url=f"{options.login_url}/{options.tenant}",
            to_channel_from_bot_oauth_scope="https://api.botframework.com",
            to_bot_from_channel_token_issuer=options.issuer,
            oauth_url="https://api.botframework.com",
            to_bot_from_channel_open_id_metadata_url=options.openid_url,
            to_bot_from_emulator_open_id_metadata_url=options.openid_url,
            credential_factory=AlwaysAsks(options.app_id),
            auth_configuration=AuthenticationConfiguration(),
        )

    async def admit(self, authorization: str, body: dict[str, Any]) -> None:
        """Come back when the event is from Teams.

        Args:
            authorization: The header; empty without one.
            body: The event as it came.

        Raises:
            NotSignedIn: It carries no proof, or one that is not good.
        """
        scheme, _, token = authorization.partition(" ")
        channel, address = body.get("channelId"), body.get("serviceUrl")
        if scheme != "Bearer" or not token:
            raise NotSignedIn("no token")
        if channel != "msteams" or not isinstance(address, str) or not address:
            raise NotSignedIn("not an event of Teams")
        given = proof(token, channel, address)
        if self._proven.has(given, self._keys.edition):
            return
        try:
            self._of_the_issuer(token)
            edition = self._keys.edition
            activity = Activity(channel_id=channel, service_url=address)
            judged: Any = await self._judge.authenticate_request(activity, authorization)
            expires = float(judged.claims_identity.claims["exp"])
            self._proven.keep(given, expires, edition)
        except Exception as error:  # whatever it is, nobody was let in
            raise NotSignedIn(f"{type(error).__name__}: {str(error)[:100]}") from error

    def _of_the_issuer(self, token: str) -> None:
        """Refuse what the SDK would take for a token of the Emulator or of a skill.

        Raises:
            jwt.PyJWTError: It is no token, or of another issuer.
        """
        claimed = jwt.decode(token, options={"verify_signature": False})
        if not hmac.compare_digest(str(claimed.get("iss", "")).encode(), self._issuer.encode()):
            raise jwt.InvalidIssuerError("another issuer")
