"""Browser sessions and the links that begin them, inside an act."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

from chat.clock import new_id
from chat.errors import NotSignedIn, Refused
from security import lookup
from security.account import Account
from security.actor import Actor
from security.audit import Record, record
from security.permissions import Permission
from security.ports import SecurityStores
from security.proof import LINK_LIFETIME, SESSION_LONGEST, Session, SignInLink, digest
from security.reach import outrank, rights_of

LINK_SPENT = (
    "This sign-in link has been used or has expired; each works once, within 24 hours. "
    "Ask for a new one, or make one on the server with: tocsin user link NAME"
)


def sign(key: bytes, secret: str) -> str:
    """A session's secret as its cookie carries it: forged ones never reach the database."""
    return f"{secret}.{_mac(key, secret)}"


def unsigned(key: bytes, cookie: str) -> str | None:
    """The secret in a cookie of ours; None when the signature does not fit."""
    secret, _, mac = cookie.rpartition(".")
    fits = hmac.compare_digest(mac.encode(), _mac(key, secret).encode())
    return secret if secret and fits else None


def _mac(key: bytes, secret: str) -> str:
    raw = hmac.new(key, secret.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def add_link(stores: SecurityStores, actor: Actor, ref: str, secret: str, now: datetime) -> Account:
    """Store a sign-in link for an account; whoever opens it becomes that account.

    Raises:
        Denied: It is somebody else's account and `actor` may not manage it, or it holds
            rights that `actor` lacks.
        NotFound: There is no such account.
        Refused: The account is deactivated.
    """
    owner = lookup.account(stores, actor, ref)
    if owner.id != actor.account_id or actor.lacks(rights_of(stores, owner.id)):
        outrank(stores, actor, owner, Permission.PEOPLE_MANAGE)
    if not owner.active:
        raise Refused(f"@{owner.name} is deactivated and cannot sign in. Activate it first.")
    link = SignInLink(new_id(), owner.id, created_at=now, expires_at=now + LINK_LIFETIME)
    stores.proofs.add_link(link, digest(secret))
    stores.audit.append(
        record(
            actor, now, "sign_in_link.created", kind="account", id=owner.id, name=owner.name,
            expires=link.expires_at.isoformat(timespec="seconds"),
        )
    )  # fmt: skip
    return owner


def begin(
    stores: SecurityStores, link_secret: str, secret: str, replacing: str | None, now: datetime
) -> Account | None:
    """Spend a link and store a session; None when the link opens nothing.

    Args:
        stores: Of the open act.
        link_secret: As the link carried it.
        secret: Of the new session.
        replacing: Secret of the session this browser had; it ends. None when it had none.
        now: The present moment.
    """
    link = stores.proofs.use_link(digest(link_secret), now)
    owner = stores.people.account(link.account_id) if link else None
    if link is None or owner is None or not owner.active:
        return None
    if replacing is not None:
        end(stores, replacing, now)
    session = Session(
        new_id(), owner.id, created_at=now, seen_at=now, expires_at=now + SESSION_LONGEST
    )
    stores.proofs.add_session(session, digest(secret))
    stores.audit.append(_noted(owner, now, "session.started", session))
    return owner


def end(stores: SecurityStores, secret: str, now: datetime) -> None:
    """End the session with that secret; one that is over already is harmless."""
    session = stores.proofs.session_by_digest(digest(secret))
    owner = stores.people.account(session.account_id) if session else None
    if session is not None and owner is not None:
        stores.proofs.end_session(session.id)
        stores.audit.append(_noted(owner, now, "session.ended", session))


def _noted(owner: Account, now: datetime, action: str, session: Session) -> Record:
    """A record of what a browser of `owner` did."""
    browser = Actor(owner.id, owner.name, owner.display or owner.name, via="web")
    return record(
        browser, now, action, kind="account", id=owner.id, name=owner.name, session=session.id
    )


def end_all(stores: SecurityStores, actor: Actor, ref: str, now: datetime) -> None:
    """Sign an account out of every browser.

    Raises:
        Denied: It is somebody else's, and `actor` may not manage it.
        NotFound: There is no such account.
    """
    owner = lookup.account(stores, actor, ref)
    if owner.id != actor.account_id:
        outrank(stores, actor, owner, Permission.PEOPLE_MANAGE)
    stores.proofs.end_sessions(owner.id)
    stores.proofs.end_links(owner.id)
    stores.audit.append(
        record(actor, now, "sessions.ended", kind="account", id=owner.id, name=owner.name)
    )


def spent() -> NotSignedIn:
    """What somebody with a useless link is told."""
    return NotSignedIn(LINK_SPENT, code="LINK_SPENT")
