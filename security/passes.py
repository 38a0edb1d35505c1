"""Passes: signed proofs that live two minutes and are stored nowhere.

The `tocsin` command shows one when it has something done by the server of its own
installation. Both hold the installation's key, so nothing needs to be kept, listed or
revoked; whatever is done with a pass leaves its own records.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta

from security.keys import Purpose, derive

SCHEME = "pass"
"""In the header, before the pass: `Authorization: Pass …`."""

LIFETIME = timedelta(minutes=2)


def sign(key: bytes, account_id: str, now: datetime) -> str:
    """A pass for an account: its id, the second it expires, and a signature over both."""
    said = f"{account_id}.{int((now + LIFETIME).timestamp())}"
    return f"{said}.{_mac(key, said)}"


def holder(key: bytes, shown: str, now: datetime) -> str | None:
    """Id of the account that a pass is for; None when it is not ours or over."""
    said, _, mac = shown.rpartition(".")
    if not hmac.compare_digest(mac.encode(), _mac(key, said).encode()):
        return None
    match = re.fullmatch(r"(.+)\.([0-9]{1,11})", said)
    if match is None or now >= datetime.fromtimestamp(int(match[2]), UTC):
        return None
    return match[1]


def _mac(key: bytes, said: str) -> str:
    return hmac.digest(derive(key, Purpose.PASS), said.encode(), "sha256").hex()
