"""How a webhook that begins a runbook is signed.

Source: the specification Standard Webhooks 1.0.0: the headers `webhook-id`,
`webhook-timestamp` and `webhook-signature`, secrets beginning with `whsec_`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
"""How far the sender's clock and ours may be apart; what is older is a replay."""
_PREFIX = "whsec_"
_LONGEST_ID = 200
_MOST_SIGNATURES = 10


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery as it arrived, nothing of it believed yet.

    Attributes:
        id: Header `webhook-id`; the same for each try at one delivery.
        timestamp: Header `webhook-timestamp`: seconds since 1970.
        signature: Header `webhook-signature`: `v1,<base64>`, perhaps several with spaces.
        body: Exactly as sent.
    """

    id: str
    timestamp: str
    signature: str
    body: bytes


def new_secret() -> str:
    """A secret for a sender: `whsec_` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed(secret: str, delivery: Delivery) -> str:
    """The signature that a delivery should carry.

    Raises:
        ValueError: The secret is none of ours.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as wrong:
        raise ValueError("not a webhook secret") from wrong
    content = f"{delivery.id}.{delivery.timestamp}.".encode() + delivery.body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def genuine(secret: str, delivery: Delivery, now: datetime) -> bool:
    """Whether who knows the secret sent it, within the window."""
    if not delivery.id or len(delivery.id) > _LONGEST_ID or not delivery.timestamp.isascii():
        return False
    if not delivery.timestamp.isdigit() or len(delivery.timestamp) > len("10000000000"):
        return False
    age = abs(now.timestamp() - int(delivery.timestamp))
    wanted = signed(secret, delivery).encode()
    # Every one is compared, so that the time tells nothing.
    given = delivery.signature.split()[:_MOST_SIGNATURES]
    fits = [hmac.compare_digest(wanted, each.encode()) for each in given]
    return any(fits) and age <= WINDOW.total_seconds()
