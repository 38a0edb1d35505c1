"""Tokens, sessions and sign-in links in a transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from chat.person import Person
from security.proof import LinkCode, Session, SignInLink, Token
from storage.rows.bound import Bound, columns, made, values
from storage.tables import proofs as t

_TOKEN = columns(t.tokens, Token)
_SESSION = columns(t.sessions, Session)
_LINK = columns(t.sign_in_links, SignInLink)


class ProofRows(Bound):
    """Implements `security.ports.Proofs`."""

    def add_token(self, token: Token, digest: str) -> None:
        """Keep a token under its secret's hash."""
        self._add(t.tokens, {**values(token), "digest": digest})

    def token_by_digest(self, digest: str) -> Token | None:
        """The token whose secret has that hash."""
        return self._find(Token, t.tokens, digest=digest)

    def token(self, token_id: str) -> Token | None:
        """One token by id."""
        return self._find(Token, t.tokens, id=token_id)

    def tokens(self, account_id: str | None) -> tuple[Token, ...]:
        """An account's tokens, or everybody's, newest first."""
        query = select(*_TOKEN).order_by(t.tokens.c.created_at.desc(), t.tokens.c.id.desc())
        if account_id is not None:
            query = query.where(t.tokens.c.account_id == account_id)
        return tuple(Token(**row) for row in self._connection.execute(query).mappings())

    def revoke_token(self, token_id: str, at: datetime) -> None:
        """Make it useless from then on; doing it twice keeps the first time."""
        self._connection.execute(
            update(t.tokens)
            .where(t.tokens.c.id == token_id, t.tokens.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )

    def token_used(self, token_id: str, at: datetime) -> None:
        """Remember when it was last used."""
        self._change(t.tokens, {"last_used_at": at}, id=token_id)

    def add_session(self, session: Session, digest: str) -> None:
        """Keep a session under its secret's hash."""
        self._add(t.sessions, {**values(session), "digest": digest})

    def session_by_digest(self, digest: str) -> Session | None:
        """The session whose secret has that hash."""
        return self._find(Session, t.sessions, digest=digest)

    def sessions(self, account_id: str) -> tuple[Session, ...]:
        """An account's sessions, newest first."""
        query = (
            select(*_SESSION)
            .where(t.sessions.c.account_id == account_id)
            .order_by(t.sessions.c.created_at.desc(), t.sessions.c.id.desc())
        )
        return tuple(Session(**row) for row in self._connection.execute(query).mappings())

    def touch_session(self, session_id: str, at: datetime) -> None:
        """Somebody used it then."""
        self._change(t.sessions, {"seen_at": at}, id=session_id)

    def end_session(self, session_id: str) -> None:
        """Sign a browser out."""
        self._remove(t.sessions, id=session_id)

    def end_sessions(self, account_id: str) -> None:
        """Sign all the account's browsers out."""
        self._remove(t.sessions, account_id=account_id)

    def add_link_code(self, code: LinkCode, digest: str) -> None:
        """Keep a code under its hash."""
        self._add(t.link_codes, {**values(code), "digest": digest})

    def link_code(self, digest: str, at: datetime) -> LinkCode | None:
        """The code if it is there and not over."""
        found = self._find(LinkCode, t.link_codes, digest=digest)
        return found if found is not None and at < found.expires_at else None

    def type_link_code(self, digest: str, person: Person) -> None:
        """Note who typed it first."""
        codes = t.link_codes
        self._connection.execute(
            update(codes)
            .where(codes.c.digest == digest, codes.c.typed_by.is_(None))
            .values(typed_by=person)
        )

    def use_link_code(self, digest: str, at: datetime) -> LinkCode | None:
        """The same, and it is gone; of two at once, one gets it."""
        found = self.link_code(digest, at)
        return found if found is not None and self._remove(t.link_codes, digest=digest) else None

    def add_link(self, link: SignInLink, digest: str) -> None:
        """Keep a sign-in link under its secret's hash."""
        self._add(t.sign_in_links, {**values(link), "digest": digest})

    def use_link(self, digest: str, at: datetime) -> SignInLink | None:
        """Take the link, once."""
        used = self._connection.execute(
            update(t.sign_in_links)
            .where(
                t.sign_in_links.c.digest == digest,
                t.sign_in_links.c.used_at.is_(None),
                t.sign_in_links.c.expires_at > at,
            )
            .values(used_at=at)
            .returning(*_LINK)
        )
        return made(SignInLink, used.mappings().first())

    def end_links(self, account_id: str) -> None:
        """Make the account's unused links useless."""
        self._connection.execute(
            delete(t.sign_in_links).where(
                t.sign_in_links.c.account_id == account_id, t.sign_in_links.c.used_at.is_(None)
            )
        )

    def purge(self, before: datetime) -> int:
        """Delete what expired or was revoked before then."""
        over: tuple[tuple[Any, ColumnElement[bool]], ...] = (
            (t.sessions, t.sessions.c.expires_at < before),
            (t.sign_in_links, t.sign_in_links.c.expires_at < before),
            (t.link_codes, t.link_codes.c.expires_at < before),
            (t.tokens, or_(t.tokens.c.expires_at < before, t.tokens.c.revoked_at < before)),
        )
        return sum(self._connection.execute(delete(it).where(is_)).rowcount for it, is_ in over)
