"""The installation's key, and one key for each purpose derived from it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from enum import StrEnum
from pathlib import Path

from chat.errors import BadInput, Unavailable

_LENGTH = 32
_PUBLIC_BITS = stat.S_IRWXG | stat.S_IRWXO


class Purpose(StrEnum):
    """What a derived key is for; a new word makes a new key."""

    AUDIT_CHAIN = "audit-chain"
    SESSION_COOKIE = "session-cookie"
    FINGERPRINT = "fingerprint"
    PASS = "pass"  # noqa: S105 - the name of a purpose
    FORM_TOKEN = "form-token"  # noqa: S105 - the name of a purpose
    SECRETS = "secrets"
    PLAN = "plan"
    PLATFORM = "platform"


def derive(key: bytes, purpose: Purpose, which: str = "") -> bytes:
    """The 32-byte key for one purpose; it tells nothing about `key` or the others.

    `which` tells keys of one purpose apart, such as those of chat platforms by their names.
    """
    info = f"{purpose}:{which}" if which else purpose
    return hkdf(key, salt=b"tocsin", info=info.encode(), length=_LENGTH)


def fingerprint(key: bytes) -> str:
    """16 hexadecimal digits that tell installations apart and nothing about `key`."""
    return derive(key, Purpose.FINGERPRINT)[:8].hex()


def hkdf(key: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF with SHA-256; `length` is 1 to 8160 bytes.

    Source: RFC 5869.
    """
    pseudorandom = hmac.new(salt, key, hashlib.sha256).digest()
    block, output = b"", b""
    for counter in range(1, -(-length // hashlib.sha256().digest_size) + 1):
        block = hmac.new(pseudorandom, block + info + bytes([counter]), hashlib.sha256).digest()
        output += block
    return output[:length]


def home_key(path: Path) -> bytes:
    """The installation's key in the file at `path`, made at first use, for its owner only.

    Raises:
        BadInput: The file is not such a key, or others may read it.
        Unavailable: It cannot be read or written.
    """
    try:
        if not path.exists():
            _make(path)
        mode, text = stat.S_IMODE(path.stat().st_mode), path.read_bytes()
    except OSError as error:
        raise Unavailable(f"The key file {path} cannot be used: {error.strerror}.") from error
    if mode & _PUBLIC_BITS:
        raise BadInput(
            f"The key file {path} can be read by other users (mode {mode:04o}). "
            f"Run: chmod 600 {path}"
        )
    return parse_key(text, where=f"The key file {path}")


def parse_key(text: bytes, *, where: str) -> bytes:
    """A key written as 64 hexadecimal digits.

    Args:
        text: As stored; spaces and line ends around it are ignored.
        where: Beginning of the error's sentence.

    Raises:
        BadInput: It is not one. The error does not repeat it.
    """
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _LENGTH:
        raise BadInput(
            f"{where} does not hold a key of {_LENGTH} bytes as {2 * _LENGTH} hexadecimal digits. "
            "Restore it from where you keep it; without it the audit trail cannot be verified."
        )
    return key


def _make(path: Path) -> None:
    """Write a new key so that it is there whole or not at all, and one wins of two at once."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_LENGTH) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return  # somebody else was first, and theirs is the key
    finally:
        fresh.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
