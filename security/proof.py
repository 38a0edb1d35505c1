"""Proofs of who is asking: API tokens, browser sessions, sign-in links, codes."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.person import Person
from security.permissions import Permission

TOKEN_PREFIX = "toc_"  # noqa: S105 - lets people and scanners recognise one
SESSION_COOKIE = "tocsin_session"
"""HttpOnly, SameSite=Lax, Path=/, and Secure when served over https."""

SESSION_IDLE = timedelta(hours=12)
"""A session nobody used for so long is over."""
SESSION_LONGEST = timedelta(days=14)
"""A session this old is over, however busy it is."""
LINK_LIFETIME = timedelta(hours=24)
"""How long a sign-in link may wait for its one use."""
NOTE_USE_EVERY = timedelta(minutes=1)
"""Use of a token or session is written down at most this often."""


@dataclass(frozen=True, slots=True)
class Token:
    """An API token; its secret is shown once and stored as a hash.

    Attributes:
        scopes: Rights it is limited to; None for all the account's.
        expires_at: None never expires.
        revoked_at: None while it is good.
    """

    id: str
    account_id: str
    name: str
    scopes: frozenset[Permission] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def good(self, now: datetime) -> bool:
        """Whether it opens anything at all."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that signed in.

    Attributes:
        expires_at: However busy it is.
        seen_at: Idle since; too long ends it.
    """

    id: str
    account_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime

    def good(self, now: datetime) -> bool:
        """Whether it is neither too old nor idle for too long."""
        return now < self.expires_at and now - self.seen_at < SESSION_IDLE


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link that signs a browser in once."""

    id: str
    account_id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A code that makes two chat users one person; only its hash is stored.

    Attributes:
        person: Who asked for it.
        account_id: Who they were then; None for a stranger.
        typed_by: Who has typed it in the other chat: nobody else may from then on, since
            what is typed in a channel is read by others.
    """

    person: Person
    account_id: str | None
    expires_at: datetime
    typed_by: Person | None = None


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """An account's second factor.

    Attributes:
        sealed: The secret shared with the app, encrypted.
        confirmed_at: None while nobody has shown that their app has it.
        last_step: Of the newest code that was accepted; the same one never counts twice.
        failures: Wrong codes since the last right one.
        locked_until: Codes are refused until then; None when they are not.
        recovery: Digests of the recovery codes that are left.
    """

    account_id: str
    sealed: str
    created_at: datetime
    confirmed_at: datetime | None = None
    last_step: int = 0
    failures: int = 0
    locked_until: datetime | None = None
    recovery: tuple[str, ...] = ()


def new_secret(prefix: str = "") -> str:
    """256 random bits, URL-safe, behind `prefix`."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a secret: its SHA-256. Enough, since the secret itself is random."""
    return hashlib.sha256(secret.encode()).hexdigest()
