"""Secrets: sealed where they are kept, masked wherever something is shown."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any, TypeAlias
from urllib.parse import quote

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from chat.errors import TocsinError
from security.keys import hkdf

MASK = "********"
"""What stands in the place of a secret wherever something is shown or kept."""

Json: TypeAlias = Any
_SEALED = "$sealed"
_SHORTEST = 4
"""Characters of a value below which masking it would garble ordinary text."""


class CannotOpen(TocsinError):
    """A sealed text was sealed by another installation's key, or was changed."""

    code = "CANNOT_OPEN"


class Vault:
    """Seals and opens texts with keys derived from the installation's.

    Source: the Fernet specification (AES-128-CBC and HMAC-SHA256), as the `cryptography`
    package has it.
    """

    def __init__(self, key: bytes, *older: bytes) -> None:
        """Get ready.

        Args:
            key: 32 bytes; seals from now on.
            older: Keys that may have sealed what is to be opened.
        """
        self._keys = {_key_id(each): Fernet(_fernet_key(each)) for each in (key, *older)}
        self._now = _key_id(key)
        self._all = MultiFernet(list(self._keys.values()))

    def seal(self, text: str) -> str:
        """The text, sealed: the key's id, a dot, and the token."""
        token = self._keys[self._now].encrypt(text.encode("utf-8", "surrogatepass"))
        return f"{self._now}.{token.decode()}"

    def open(self, sealed: str) -> str:
        """The text that was sealed.

        Raises:
            CannotOpen: Another key sealed it, or it was changed.
        """
        key_id, _, token = sealed.partition(".")
        key = self._keys.get(key_id)
        if key is None:
            raise CannotOpen(
                f"A secret was sealed with the key {key_id[:16]}, which this installation does "
                "not have. Restore its key, or give the secret anew."
            )
        try:
            return key.decrypt(token.encode()).decode("utf-8", "surrogatepass")
        except InvalidToken:
            raise CannotOpen(
                "A sealed secret was changed where it is kept. Give the secret anew."
            ) from None

    def rotate(self, sealed: str) -> str:
        """The same text, sealed with the newest key."""
        return self.seal(self.open(sealed))

    def seal_json(self, value: Json) -> Json:
        """`{"$sealed": …}` around any JSON value."""
        return {_SEALED: self.seal(json.dumps(value))}

    def open_json(self, value: Json) -> Json:
        """The value with every sealed part opened."""
        if is_sealed(value):
            return json.loads(self.open(value[_SEALED]))
        if isinstance(value, dict):
            return {name: self.open_json(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType] - JSON
        if isinstance(value, list):
            return [self.open_json(each) for each in value]  # pyright: ignore[reportUnknownVariableType] - JSON
        return value


def is_sealed(value: Json) -> bool:
    """Whether a JSON value is one that `Vault.seal_json` made."""
    return (
        isinstance(value, dict)
        and len(value) == 1  # pyright: ignore[reportUnknownArgumentType] - JSON
        and isinstance(value.get(_SEALED), str)  # pyright: ignore[reportUnknownMemberType] - JSON
    )


def masked_json(value: Json) -> Json:
    """The value with the mask in the place of every sealed part."""
    if is_sealed(value):
        return MASK
    if isinstance(value, dict):
        return {name: masked_json(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType] - JSON
    if isinstance(value, list):
        return [masked_json(each) for each in value]  # pyright: ignore[reportUnknownVariableType] - JSON
    return value


def _fernet_key(key: bytes) -> bytes:
    return base64.urlsafe_b64encode(hkdf(key, salt=b"tocsin", info=b"fernet", length=32))


def _key_id(key: bytes) -> str:
    return hkdf(key, salt=b"tocsin", info=b"fernet-id", length=6).hex()


class Masker:
    """Puts the mask in the place of known secrets in any text.

    Each secret is also found as base64, percent-encoded, and as a JSON string holds it.
    Values of fewer than 4 characters are left alone.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for each in secrets for form in _forms(each)}
        self._longest = max(map(len, forms), default=0)
        found = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, found))) if found else None

    def mask(self, text: str) -> str:
        """The text with every secret masked."""
        return self._pattern.sub(MASK, text) if self._pattern is not None else text

    def stream(self) -> MaskingStream:
        """The same for a text that comes in pieces."""
        return MaskingStream(self._pattern, self._longest)


class MaskingStream:
    """Masks a text that comes in pieces, so that no secret slips through between two of them."""

    def __init__(self, pattern: re.Pattern[str] | None, longest: int) -> None:
        self._pattern = pattern
        self._longest = longest
        self._held = ""

    def feed(self, text: str) -> str:
        """What can be shown after the next piece; the end is held back while it might go on."""
        if self._pattern is None:
            return text
        whole = self._held + text
        # A secret may begin anywhere in the last characters and go on in the next piece.
        safe = max(0, len(whole) - self._longest + 1)
        shown: list[str] = []
        at = 0
        for match in self._pattern.finditer(whole):
            if match.start() >= safe:
                break
            shown += [whole[at : match.start()], MASK]
            at = match.end()
        end = max(at, safe)
        shown.append(whole[at:end])
        self._held = whole[end:]
        return "".join(shown)

    def end(self) -> str:
        """What was held back."""
        held, self._held = self._held, ""
        return self._pattern.sub(MASK, held) if self._pattern is not None else held


def _forms(secret: str) -> set[str]:
    if len(secret) < _SHORTEST:
        return set()
    raw = secret.encode("utf-8", "surrogatepass")
    forms = {
        secret,
        quote(secret, safe="", errors="replace"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        *(line for line in secret.splitlines() if len(line) >= 2 * _SHORTEST),
    }
    return {form for form in forms if len(form) >= _SHORTEST}
