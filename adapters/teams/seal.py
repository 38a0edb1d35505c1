"""What a card carries for us and brings back: nobody else can read, make or change it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_MOST = 1_000_000


class Seal:
    """Seals small values; the same value gives the same token, so that rendering is pure."""

    def __init__(self, key: bytes) -> None:
        """Derive what is needed from the platform's own key of 32 bytes."""
        self._cipher = AESGCM(hashlib.sha256(b"teams seal" + key).digest())
        self._nonces = hashlib.sha256(b"teams nonce" + key).digest()

    def close(self, kind: str, value: object) -> str:
        """A token for `value`, which is JSON; it opens only as the same `kind`."""
        plain = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 9)
        # From the value itself, so a nonce never meets another value under this key.
        nonce = hmac.digest(self._nonces, kind.encode() + b"\0" + plain, "sha256")[:_NONCE]
        sealed = self._cipher.encrypt(nonce, plain, kind.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, kind: str, token: object) -> object | None:
        """What was sealed as `kind`; None when it is not ours."""
        if not isinstance(token, str):
            return None
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            plain = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], kind.encode())
        except (InvalidTag, ValueError, binascii.Error):
            return None
        return cast("object", json.loads(zlib.decompressobj().decompress(plain, _MOST)))
