"""API tokens inside an act: who may make, see and revoke them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from chat.clock import new_id
from chat.errors import BadInput, NotFound, Refused
from security import lookup, names
from security.account import Account
from security.actor import ALL_TEAMS, Actor, require
from security.audit import record
from security.permissions import Permission
from security.ports import SecurityStores
from security.proof import Token, digest
from security.reach import hand_out, reach, rights_of

LONGEST = timedelta(days=3660)
"""Ten years: beyond it a token may as well never expire."""


def parse_scopes(given: Iterable[str] | None) -> frozenset[Permission] | None:
    """Scopes by their names; None when the token is not to be limited.

    Raises:
        BadInput: One is unknown, or there is none; all unknown ones are named at once.
    """
    if given is None:
        return None
    words = {word.strip() for word in given}
    unknown = sorted(words.difference(Permission))
    if unknown or not words:
        what = f"unknown: {', '.join(unknown)}" if unknown else "none was given"
        raise BadInput(
            f"Scopes are some of {', '.join(Permission)}; {what}.", details={"scopes": what}
        )
    return frozenset(Permission(word) for word in words)


def plan(
    owner: str,
    name: str,
    scopes: frozenset[Permission] | None,
    now: datetime,
    expires_in: timedelta | None,
) -> Token:
    """A token for the account with id `owner`, not stored yet.

    Raises:
        BadInput: The name or the lifetime is not accepted.
    """
    label = names.line(name, "token name", longest=60)
    if not label:
        raise BadInput("Give the token a name that says what it is for.", details={"name": "empty"})
    if expires_in is not None and not timedelta(0) < expires_in <= LONGEST:
        raise BadInput(
            "A token expires between 1 second and 10 years from now, or never.",
            details={"expires_in": "more than 0, at most 10 years"},
        )
    expires_at = None if expires_in is None else now + expires_in
    return Token(new_id(), owner, label, scopes, created_at=now, expires_at=expires_at)


def issue(stores: SecurityStores, actor: Actor, owner: Account, token: Token, secret: str) -> None:
    """Store a new token of `owner`.

    Raises:
        BadInput: A scope is a right that the owner does not hold.
        Denied: `actor` may not make it, or it would carry a right that they lack.
        Refused: The owner is deactivated.
    """
    mine = owner.id == actor.account_id
    if mine:
        require(actor, Permission.TOKEN_OWN, team_id=None, thing="tokens of your own")
    else:
        reach(stores, actor, owner, Permission.TOKEN_MANAGE)
    if not owner.active:
        raise Refused(f"@{owner.name} is deactivated and can have no token. Activate it first.")
    held = rights_of(stores, owner.id)
    if token.scopes is not None:
        unheld = token.scopes.difference(*held.values())
        if unheld:
            what = ", ".join(sorted(unheld))
            raise BadInput(
                f"@{owner.name} does not hold {what}, so a token cannot carry it.",
                details={"scopes": f"not held: {what}"},
            )
        held = {team: rights & token.scopes for team, rights in held.items()}
    hand_out(actor, held, thing="that token")
    stores.proofs.add_token(token, digest(secret))
    until = token.expires_at.isoformat(timespec="seconds") if token.expires_at else "never"
    stores.audit.append(
        record(
            actor, token.created_at, "token.created", kind="token", id=token.id, name=token.name,
            account=owner.name, expires=until,
            scopes=", ".join(sorted(token.scopes)) if token.scopes is not None else "all",
        )
    )  # fmt: skip


def listed(stores: SecurityStores, actor: Actor, ref: str | None) -> tuple[Token, ...]:
    """One's own tokens, somebody's, or with None everybody's; newest first.

    Raises:
        Denied: They are somebody else's, and `actor` does not manage tokens there.
        NotFound: There is no such account.
    """
    if ref is None:
        require(actor, Permission.TOKEN_MANAGE, team_id=ALL_TEAMS, thing="everybody's tokens")
        return stores.proofs.tokens(None)
    owner = lookup.account(stores, actor, ref)
    if owner.id != actor.account_id:
        reach(stores, actor, owner, Permission.TOKEN_MANAGE)
    return stores.proofs.tokens(owner.id)


def revoke(stores: SecurityStores, actor: Actor, token_id: str, now: datetime) -> None:
    """Make a token useless; doing it twice is harmless.

    Raises:
        Denied: It is somebody else's, and `actor` does not manage tokens there.
        NotFound: There is none, or not for their eyes.
    """
    token = stores.proofs.token(token_id.strip())
    owner = stores.people.account(token.account_id) if token else None
    mine = owner is not None and owner.id == actor.account_id
    anybody = actor.may(Permission.TOKEN_MANAGE, None)
    if token is None or owner is None or not (mine or anybody):
        raise NotFound(f"There is no token “{token_id.strip()[:60]}”. List yours to see their ids.")
    if not mine:
        reach(stores, actor, owner, Permission.TOKEN_MANAGE)
    if token.revoked_at is None:
        stores.proofs.revoke_token(token.id, now)
        stores.audit.append(
            record(
                actor, now, "token.revoked", kind="token", id=token.id, name=token.name,
                account=owner.name,
            )
        )  # fmt: skip
