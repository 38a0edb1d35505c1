"""Secrets: sealed where they are kept, masked wherever something is shown."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias
from urllib.parse import quote, quote_plus

from cryptography.fernet import Fernet, InvalidToken

from chat.errors import Refused
from security.keys import hkdf

MASK = "********"
"""What stands in the place of a secret wherever something is shown or kept."""

Json: TypeAlias = Any
_SEALED = "$sealed"
SHORTEST = 4
"""Characters of a value below which masking it would garble ordinary text."""
_SHORTEST_LINE = 8
"""The same for one line of a value that has several."""
_PERCENT = re.compile(r"%[0-9A-F]{2}")


class CannotOpen(Refused):
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
        # Turned round, so that of two equal keys the newest stays.
        self._keys = {_key_id(each): Fernet(_fernet_key(each)) for each in (*older, key)}
        self._newest = _key_id(key)

    def seal(self, text: str) -> str:
        """The text, sealed: the key's id, a dot, and the token."""
        token = self._keys[self._newest].encrypt(text.encode("utf-8", "surrogatepass"))
        return f"{self._newest}.{token.decode()}"

    def open(self, sealed: str) -> str:
        """The text that was sealed.

        Raises:
            CannotOpen: Another key sealed it, or it was changed.
        """
        key_id, _, token = sealed.partition(".")
        key = self._keys.get(key_id)
        if key is None:
            raise CannotOpen(
                f"A secret was sealed with the key “{key_id[:12]}”, which this installation does "
                "not have. Restore its key file, or give the secret anew."
            )
        try:
            opened = key.decrypt(token.encode("utf-8", "surrogatepass"))
        except InvalidToken:
            raise CannotOpen(
                "A sealed secret was changed where it is kept. Give the secret anew."
            ) from None
        return opened.decode("utf-8", "surrogatepass")

    def rotate(self, sealed: str) -> str:
        """The same text, sealed with the newest key.

        Raises:
            CannotOpen: As in `open`.
        """
        return self.seal(self.open(sealed))

    def seal_json(self, value: Json, names: frozenset[str]) -> Json:
        """The value with `{"$sealed": …}` in the place of what stands under `names`.

        Only an object's own names count, not those of objects within it. What is sealed
        already stays as it is.
        """
        if not isinstance(value, dict):
            return value
        return {
            name: self._sealed(each) if name in names and not is_sealed(each) else each
            for name, each in value.items()  # pyright: ignore[reportUnknownVariableType] - JSON
        }

    def _sealed(self, value: Json) -> Json:
        return {_SEALED: self.seal(json.dumps(value))}

    def open_json(self, value: Json) -> Json:
        """The value with every sealed part opened, however deep it stands.

        Raises:
            CannotOpen: As in `open`.
        """
        if is_sealed(value):
            return json.loads(self.open(value[_SEALED]))
        if isinstance(value, dict):
            return {name: self.open_json(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType] - JSON
        if isinstance(value, list):
            return [self.open_json(each) for each in value]  # pyright: ignore[reportUnknownVariableType] - JSON
        return value


def is_sealed(value: Json) -> bool:
    """Whether a JSON value is one that `Vault.seal_json` put there."""
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

    Each secret is also found in base64 (in the middle of something longer, too),
    percent-encoded, and as a text in JSON or Python is spelled; of one with several lines
    each line.
    Secrets that overlap are masked together, so that no rest of one of them stays.
    Values of fewer than `SHORTEST` characters are left alone.
    """

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for each in values for form in _forms(each)}
        self._longest = max(map(len, forms), default=0)
        # Of forms that begin at the same place the first one that fits is taken.
        found = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, found))) if found else None

    def mask(self, text: str) -> str:
        """The text with every secret masked."""
        stream = self.stream()
        return stream.feed(text) + stream.end()

    def stream(self) -> MaskingStream:
        """The same for a text that comes in pieces, however it is cut."""
        return MaskingStream(self._pattern, self._longest)


class MaskingStream:
    """Masks a text that comes in pieces, so that no secret slips through between two of them."""

    def __init__(self, pattern: re.Pattern[str] | None, longest: int) -> None:
        self._pattern = pattern
        self._longest = longest
        self._held = ""
        self._covered = 0
        """Characters at the beginning of what is held that a mask shown already stands for."""

    def feed(self, text: str) -> str:
        """What can be shown after the next piece.

        Held back is no more than the longest secret less one character: what may be the
        beginning of a secret that goes on in the next piece.
        """
        if self._pattern is None:
            return text
        self._held += text
        decided = len(self._held) - self._longest + 1
        return self._show(self._pattern, decided) if decided > 0 else ""

    def end(self) -> str:
        """What was held back."""
        return self._show(self._pattern, len(self._held)) if self._pattern is not None else ""

    def _show(self, pattern: re.Pattern[str], decided: int) -> str:
        """The masked beginning of what is held.

        Args:
            pattern: The secrets.
            decided: Up to where it is known whether a secret begins there.
        """
        whole, at, place = self._held, self._covered, 0
        shown: list[str] = []
        while (match := pattern.search(whole, place)) is not None and match.start() < decided:
            if match.start() >= at:
                shown += [whole[at : match.start()], MASK]
            at = max(at, match.end())
            # Not behind it: another one may begin inside and go further.
            place = match.start() + 1
        shown.append(whole[at:decided])
        self._held, self._covered = whole[decided:], max(0, at - decided)
        return "".join(shown)


def _forms(secret: str) -> set[str]:
    if len(secret) < SHORTEST:
        return set()
    spelled = json.dumps(secret)[1:-1]
    coded = [
        quote(secret, safe="", errors="replace"),
        quote(secret, errors="replace"),
        quote_plus(secret, errors="replace"),
    ]
    forms = {
        secret,
        spelled,
        spelled.replace("/", "\\/"),
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        *coded,
        *(_PERCENT.sub(lambda found: found[0].lower(), each) for each in coded),
        *_base64(secret.encode("utf-8", "surrogatepass")),
    }
    lines = {line for line in secret.splitlines() if len(line) >= _SHORTEST_LINE}
    return lines | {form for form in forms if len(form) >= SHORTEST}


def _base64(raw: bytes) -> Iterator[str]:
    """How bytes look in base64 when 0, 1 or 2 bytes of the last group of three stand before them.

    Only characters that what stands around has no part in; and, for bytes that are the
    last ones, the character besides that holds the rest of them.
    """
    for before, first in enumerate((0, 2, 3)):
        spelled = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        inner = spelled[first : (before + len(raw)) * 8 // 6]
        for each in (inner, spelled[first:]):
            yield each
            yield each.translate({ord("+"): "-", ord("/"): "_"})
