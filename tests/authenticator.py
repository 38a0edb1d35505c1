"""An authenticator app on a phone whose clock is right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pyotp.totp import TOTP


def code(secret: str, ahead: int = 0) -> str:
    """What the app shows now, or `ahead` steps of 30 seconds later.

    A code counts once, and one step ahead is accepted: so a test that needs a second one
    takes that instead of waiting.
    """
    return TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30) * ahead)


def wrong_code(secret: str) -> str:
    """A code that the app does not show around now."""
    near = {code(secret, ahead) for ahead in range(-3, 4)}
    return next(each for each in ("111111", "222222", "333333", "444444") if each not in near)
