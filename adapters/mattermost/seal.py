"""What Mattermost carries for us and brings back, sealed: it signs nothing of that itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Literal, TypeAlias

from chat.errors import NotSignedIn

Purpose: TypeAlias = Literal["action", "dialog"]

_MAC = 32
_LONGEST = 16_000


class Seal:
    """Seals small facts with a key of this platform's own (HMAC-SHA256)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def put(self, purpose: Purpose, facts: dict[str, str]) -> str:
        """The facts as text that nobody else can make; anybody can read it."""
        body = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(purpose, body) + body).decode()

    def open(self, purpose: Purpose, sealed: object) -> dict[str, str]:
        """What `put` was given.

        Raises:
            NotSignedIn: It is missing, forged, or was sealed for another purpose.
        """
        if not isinstance(sealed, str) or not 0 < len(sealed) <= _LONGEST:
            raise NotSignedIn("This does not come from a message of Tocsin's.")
        try:
            raw = base64.b64decode(sealed.encode("ascii"), altchars=b"-_", validate=True)
        except ValueError as error:
            raise NotSignedIn("This does not come from a message of Tocsin's.") from error
        body = raw[_MAC:]
        if not hmac.compare_digest(raw[:_MAC], self._mac(purpose, body)):
            raise NotSignedIn("This does not come from a message of Tocsin's.")
        return {str(name): str(fact) for name, fact in json.loads(body).items()}

    def address(self) -> str:
        """The part of an address that nobody but the server is told: 64 hexadecimal digits."""
        return hmac.digest(self._key, b"address\0action", hashlib.sha256).hex()

    def _mac(self, purpose: Purpose, body: bytes) -> bytes:
        return hmac.digest(self._key, purpose.encode() + b"\0" + body, hashlib.sha256)


def digest(text: str) -> str:
    """64 hexadecimal digits that tell a text from any other, and do not give it away."""
    return hashlib.sha256(text.encode()).hexdigest()
