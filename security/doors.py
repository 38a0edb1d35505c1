"""Who stands at the door: from the proof somebody shows to an actor with rights."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from chat.clock import Clock
from chat.errors import NotSignedIn, Unavailable
from chat.person import Person
from security import lookup, passes, sessions, tokens
from security.account import Account
from security.actor import ALL_TEAMS, Actor
from security.ports import Acts, SecurityStores
from security.proof import NOTE_USE_EVERY, TOKEN_PREFIX, Token, digest, new_secret
from security.reach import rights_of
from security.residence import LOCAL

_log = logging.getLogger(__name__)
_WHO = (
    "Who is asking? Send a token in the header “Authorization: Token …”, "
    "or sign in with a browser. Make a token with: tocsin token create --user NAME"
)
_DEAD_TOKEN = "This token is unknown, expired or revoked. Make a new one."  # noqa: S105 - a sentence
_DEAD_PASS = "This pass is not ours, or over. Give the command again."  # noqa: S105 - a sentence
_DEAD_SESSION = "You are signed out. Open a new sign-in link."
_OFF = "This account is deactivated. Ask an administrator to activate it."


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a proof turned out to be; `note` writes down its use when that is due."""

    actor: Actor
    note: Callable[[SecurityStores], None] | None = None


class Doors:
    """Every door of the house asks here who somebody is, and for new proofs."""

    def __init__(
        self,
        acts: Acts[SecurityStores],
        clock: Clock,
        *,
        key: bytes | None = None,
        default_team: str = "main",
    ) -> None:
        """Wire the doors.

        Args:
            acts: Where accounts and proofs are.
            clock: For expiry.
            key: Signs session cookies and passes. Without one it is made up, and these
                then end with this object.
            default_team: Name of the team that people in several teams act in until they
                say otherwise.
        """
        self._acts = acts
        self._clock = clock
        self._key = secrets.token_bytes(32) if key is None else key
        self._default_team = default_team

    async def person(self, person: Person) -> Actor:
        """A chat platform's user, who need not be linked to an account: then without rights."""

        def look(stores: SecurityStores) -> Actor:
            found = stores.people.identity(person.platform, person.workspace, person.id)
            owner = stores.people.account(found.account_id) if found else None
            via = f"chat:{person.platform}"
            if owner is None or not owner.active:
                shown = person.display or person.name
                return Actor(None, person.name, shown, via=via, person=person)
            team = None
            if person.platform == LOCAL:
                team = stores.people.team_named(person.workspace)
            actor = self._actor(stores, owner, via, team.id if team else None)
            return replace(actor, person=person)

        return await self._acts.read(look)

    async def account(self, ref: str, via: str) -> Actor:
        """An account as it acts through `via`, on the word of the machine's operator.

        Raises:
            NotFound: There is none.
            NotSignedIn: It is deactivated.
        """

        def look(stores: SecurityStores) -> Actor:
            owner = lookup.known(stores, ref)
            if not owner.active:
                raise NotSignedIn(_OFF)
            return self._actor(stores, owner, via)

        return await self._acts.read(look)

    async def pass_for(self, ref: str) -> str:
        """A pass that an account may show for two minutes, on the word of the operator.

        Nothing of it is stored or audited; what is done with it is.

        Raises:
            NotFound: There is no such account.
            NotSignedIn: It is deactivated.
        """
        owner = await self.account(ref, "cli")
        return passes.sign(self._key, owner.account_id or "", self._clock.now())

    async def http(self, authorization: str | None, cookie: str | None) -> Actor:
        """Whoever sent a request.

        They act through `api` with a token, `cli` with a pass, `web` with a session.

        A request that carries both is judged by its token. Only `web` requests need the
        check of `security.csrf`.

        Args:
            authorization: The header, `Token …`, `Bearer …` or `Pass …`; None without one.
            cookie: Value of the session cookie; None without one.

        Raises:
            NotSignedIn: There is no proof, or it is no good any more.
        """
        if authorization is not None:
            scheme, _, secret = authorization.strip().partition(" ")
            if scheme.casefold() not in {"token", "bearer", passes.SCHEME} or not secret.strip():
                raise NotSignedIn(_WHO)
            judge = self._by_pass if scheme.casefold() == passes.SCHEME else self._by_token
            shown = await self._acts.read(lambda stores: judge(stores, secret.strip()))
        elif cookie:
            inside = sessions.unsigned(self._key, cookie)
            if inside is None:
                raise NotSignedIn(_DEAD_SESSION)
            shown = await self._acts.read(lambda stores: self._by_session(stores, inside))
        else:
            raise NotSignedIn(_WHO)
        if shown.note is not None:
            try:
                await self._acts.run(shown.note)
            except Unavailable as error:
                # Reading still works, so let them in: when it was used matters less.
                _log.warning("could not note the use of a proof: %s", error.message)
        return shown.actor

    def _by_token(self, stores: SecurityStores, secret: str) -> _Shown:
        now = self._clock.now()
        token = stores.proofs.token_by_digest(digest(secret))
        owner = stores.people.account(token.account_id) if token else None
        if token is None or owner is None or not token.good(now):
            raise NotSignedIn(_DEAD_TOKEN)
        if not owner.active:
            raise NotSignedIn(_OFF)
        actor = replace(self._actor(stores, owner, "api"), scopes=token.scopes)
        if token.last_used_at is not None and now - token.last_used_at < NOTE_USE_EVERY:
            return _Shown(actor)
        return _Shown(actor, lambda stores: stores.proofs.token_used(token.id, now))

    def _by_pass(self, stores: SecurityStores, shown: str) -> _Shown:
        account_id = passes.holder(self._key, shown, self._clock.now())
        owner = stores.people.account(account_id) if account_id else None
        if owner is None:
            raise NotSignedIn(_DEAD_PASS)
        if not owner.active:
            raise NotSignedIn(_OFF)
        return _Shown(self._actor(stores, owner, "cli"))

    def _by_session(self, stores: SecurityStores, secret: str) -> _Shown:
        now = self._clock.now()
        session = stores.proofs.session_by_digest(digest(secret))
        owner = stores.people.account(session.account_id) if session else None
        if session is None or owner is None or not session.good(now):
            raise NotSignedIn(_DEAD_SESSION)
        if not owner.active:
            raise NotSignedIn(_OFF)
        actor = self._actor(stores, owner, "web")
        if now - session.seen_at < NOTE_USE_EVERY:
            return _Shown(actor)
        return _Shown(actor, lambda stores: stores.proofs.touch_session(session.id, now))

    def _actor(
        self, stores: SecurityStores, owner: Account, via: str, team_id: str | None = None
    ) -> Actor:
        """An account with its rights, acting in that team or where it usually does."""
        held = rights_of(stores, owner.id)
        return Actor(
            account_id=owner.id,
            name=owner.name,
            display=owner.display or owner.name,
            rights=held,
            team_id=team_id or self._team(stores, held.keys()),
            via=via,
        )

    def _team(self, stores: SecurityStores, held: Iterable[str]) -> str | None:
        """Where somebody acts who did not say: their only team, or the default one."""
        teams = set(held)
        if len(teams) == 1 and ALL_TEAMS not in teams:
            return next(iter(teams))
        usual = stores.people.team_named(self._default_team)
        if usual is not None and (usual.id in teams or ALL_TEAMS in teams):
            return usual.id
        return min(teams - {ALL_TEAMS}, default=None)

    async def create_token(
        self,
        actor: Actor,
        account_ref: str,
        name: str,
        scopes: Iterable[str] | None = None,
        expires_in: timedelta | None = None,
    ) -> tuple[Token, str]:
        """Make an API token; its secret is returned here and never again.

        Args:
            actor: Who makes it.
            account_ref: Who it is for; `me` for oneself.
            name: What it is for, so that people recognise it in a list.
            scopes: Permissions it is limited to; None for all that the account has.
            expires_in: None never expires.

        Raises:
            BadInput: A value is not accepted.
            Denied: `actor` may not, or the token would carry a right that they lack.
            NotFound: There is no such account.
            Refused: The account is deactivated.
        """
        limited = tokens.parse_scopes(scopes)
        secret, now = new_secret(TOKEN_PREFIX), self._clock.now()

        def act(stores: SecurityStores) -> Token:
            owner = lookup.account(stores, actor, account_ref)
            token = tokens.plan(owner.id, name, limited, now, expires_in)
            tokens.issue(stores, actor, owner, token, secret)
            return token

        return await self._acts.run(act, actor=actor), secret

    async def tokens(self, actor: Actor, account_ref: str | None) -> tuple[Token, ...]:
        """Tokens of an account (`me` for oneself), or with None everybody's; newest first.

        Raises:
            Denied: They are somebody else's and `actor` does not manage tokens there.
            NotFound: There is no such account.
        """
        return await self._acts.read(
            lambda stores: tokens.listed(stores, actor, account_ref), actor=actor
        )

    async def revoke_token(self, actor: Actor, token_id: str) -> None:
        """Make a token useless from now on; doing it twice is harmless.

        Raises:
            Denied: It is somebody else's and `actor` does not manage tokens there.
            NotFound: There is none, or not for their eyes.
        """
        now = self._clock.now()
        await self._acts.run(
            lambda stores: tokens.revoke(stores, actor, token_id, now), actor=actor
        )

    async def sign_in_link(self, actor: Actor, account_ref: str) -> str:
        """The secret of a link that signs a browser in once, within 24 hours.

        Raises:
            Denied: `actor` may not, or the account holds rights they lack.
            NotFound: There is no such account.
            Refused: The account is deactivated.
        """
        secret, now = new_secret(), self._clock.now()
        await self._acts.run(
            lambda stores: sessions.add_link(stores, actor, account_ref, secret, now), actor=actor
        )
        return secret

    async def sign_in(self, secret: str, *, replacing: str | None = None) -> str:
        """Spend a sign-in link; returns the value for the session cookie.

        Call it for a POST only: chats and mail scanners open links to look at them, and
        a link is spent once.

        Args:
            secret: The link's.
            replacing: The session cookie the browser sent, whose session ends; None
                without one.

        Raises:
            NotSignedIn: The link was used, has expired, or never was.
        """
        session, now = new_secret(), self._clock.now()
        old = sessions.unsigned(self._key, replacing) if replacing else None
        owner = await self._acts.run(
            lambda stores: sessions.begin(stores, secret, session, old, now)
        )
        if owner is None:
            # Logged, not audited: whoever sends guesses must not be able to fill the database.
            _log.warning("somebody tried a sign-in link that was used, expired or never made")
            raise sessions.spent()
        return sessions.sign(self._key, session)

    async def sign_out(self, cookie: str) -> None:
        """End the session of a cookie; one that is over already is harmless."""
        inside, now = sessions.unsigned(self._key, cookie), self._clock.now()
        if inside is not None:
            await self._acts.run(lambda stores: sessions.end(stores, inside, now))

    async def sign_out_everywhere(self, actor: Actor, account_ref: str) -> None:
        """End all sessions and unused sign-in links of an account.

        Raises:
            Denied: It is somebody else's and `actor` may not manage it.
            NotFound: There is no such account.
        """
        now = self._clock.now()
        await self._acts.run(
            lambda stores: sessions.end_all(stores, actor, account_ref, now), actor=actor
        )

    async def tidy(self, keep: timedelta = timedelta(days=90)) -> int:
        """Delete proofs that have been useless for longer than `keep`; how many there were."""
        before = self._clock.now() - keep
        return await self._acts.run(lambda stores: stores.proofs.purge(before))
