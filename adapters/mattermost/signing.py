"""The server's signature in trigger ids: that it made them, for that person, at that time.

Source: Mattermost's server, model/integration_action.go: ECDSA in ASN.1 over the SHA-256 of
`id:user:milliseconds:`; the key is PKIX in base64, among the settings that clients are told.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from adapters.mattermost.calling import Calls
from chat.clock import Clock
from chat.errors import NotSignedIn, Unavailable
from chat.payload import whole

SETTING = "AsymmetricSigningPublicKey"
_ASKED_EVERY = timedelta(hours=1)
_DOUBTED_EVERY = timedelta(minutes=1)


class Signatures:
    """Checks trigger ids with the server's own key, which it is asked for once an hour."""

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._key: EllipticCurvePublicKey | None = None
        self._asked: datetime | None = None
        self._asking = asyncio.Lock()

    async def check(self, trigger: str) -> None:
        """Make sure that the server signed a trigger id; one without a key signs none.

        Raises:
            NotSignedIn: It did not.
            Unavailable: Nobody knows yet whether the server has a key.
        """
        key = await self._known(_ASKED_EVERY)
        if key is None or signed(trigger, key):
            return
        # It may have been set up anew.
        key = await self._known(_DOUBTED_EVERY)
        if key is None or not signed(trigger, key):
            raise NotSignedIn("The trigger id is not signed by this Mattermost.")

    async def _known(self, within: timedelta) -> EllipticCurvePublicKey | None:
        """The key as the server told it lately; None when it has none."""
        async with self._asking:
            now = self._clock.now()
            if self._asked is None or now - self._asked >= within:
                try:
                    self._key, self._asked = await self._told(), now
                except Unavailable:
                    if self._asked is None:
                        raise
        return self._key

    async def _told(self) -> EllipticCurvePublicKey | None:
        found = await self._calls.client(lambda rest: rest.get("/config/client?format=old"))
        text = str(whole(found).get(SETTING, ""))
        return read(text) if text else None


def read(text: str) -> EllipticCurvePublicKey:
    """The key as the server writes it.

    Raises:
        Unavailable: It is none that we can check with.
    """
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unavailable("Mattermost's key for its trigger ids cannot be read.") from error
    if not isinstance(key, EllipticCurvePublicKey):
        raise Unavailable("Mattermost's key for its trigger ids is of an unknown kind.")
    return key


def signed(trigger: str, key: EllipticCurvePublicKey) -> bool:
    """Whether a trigger id was signed with that key."""
    try:
        said, colon, signature = base64.b64decode(trigger, validate=True).rpartition(b":")
        key.verify(base64.b64decode(signature, validate=True), said + colon, ECDSA(SHA256()))
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True
