"""The codes of authenticator apps, and the recovery codes beside them; nothing is stored here.

Source: RFC 6238 (TOTP) with SHA-1, 6 digits and 30 seconds, which every app has; the
`otpauth://` URIs of https://github.com/google/google-authenticator/wiki/Key-Uri-Format.
"""

from __future__ import annotations

import base64
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO

import pyotp
from pyotp.totp import TOTP

STEP = 30
"""Seconds that one code is good for."""
DRIFT = 1
"""Steps that a phone's clock may be off, each way."""
RECOVERY_CODES = 10
_ISSUER = "Tocsin"
_RANDOM = 10
"""Bytes of a recovery code: so many that its plain hash tells nothing of it."""
_GROUP = 4


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What somebody puts into their app; shown this once.

    Attributes:
        uri: `otpauth://totp/…`.
        secret: Base32, for typing.
        qr_svg: The URI as a QR code; an SVG element with a light ground, as large as its place.
    """

    uri: str
    secret: str
    qr_svg: str


def new_enrolment(name: str) -> Enrolment:
    """A new secret for the account of that name."""
    secret = pyotp.random_base32()
    uri = TOTP(secret, interval=STEP).provisioning_uri(name=name, issuer_name=_ISSUER)
    return Enrolment(str(uri), secret, _svg(str(uri)))


def _svg(uri: str) -> str:
    import segno  # noqa: PLC0415 - takes its time to load, and draws once in a person's life

    out = BytesIO()
    code = segno.make_qr(uri, error="m")
    # Without a size of its own, so that it is as large as its place, and never cut off.
    code.save(
        out, kind="svg", xmldecl=False, omitsize=True, dark="#000", light="#fff", title="QR code"
    )
    return out.getvalue().decode()


def qr_text(uri: str) -> str:
    """The URI as a QR code for a terminal; lines of block characters."""
    import segno  # noqa: PLC0415 - as above

    out = StringIO()
    segno.make_qr(uri, error="l").terminal(out, compact=True)
    return out.getvalue()


def step_of(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """The time step that a code belongs to.

    Args:
        secret: Base32.
        code: As `plain` makes it.
        now: The time.
        after: The newest step whose code was accepted; older ones are not any more.

    Returns:
        The number of 30-second steps since 1970; None for a code that is wrong, too old,
        from too far in the future, or was used before.
    """
    totp, present = TOTP(secret, interval=STEP), int(now.timestamp()) // STEP
    for step in range(present - DRIFT, present + DRIFT + 1):
        fits = secrets.compare_digest(totp.generate_otp(step), code)
        if fits and step > after:
            return step
    return None


def new_recovery_codes() -> tuple[str, ...]:
    """Ten codes of 80 random bits, as people write them down: `abcd-efgh-ijkl-mnop`."""
    return tuple(_written(secrets.token_bytes(_RANDOM)) for _ in range(RECOVERY_CODES))


def _written(random: bytes) -> str:
    text = base64.b32encode(random).decode().casefold()
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def plain(code: str) -> str:
    """A code as it is compared: ASCII letters and digits only, small, without what is between.

    Digits of other alphabets' keyboards count as what they are.
    """
    folded = unicodedata.normalize("NFKC", code[:200]).casefold()
    return "".join(each for each in folded if each.isascii() and each.isalnum())
