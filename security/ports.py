"""What `security/` asks of storage, and how anybody runs an act."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from chat.journal import Journal
from chat.memory import SentRows
from chat.outbox import Outbox
from chat.person import Person
from security.account import Account, Grant, Identity, Team
from security.actor import Actor
from security.audit import Outcome, Record, Sealed
from security.page import Page, Slice
from security.permissions import Role
from security.proof import LinkCode, SecondFactor, Session, SignInLink, Token

T = TypeVar("T")
S_co = TypeVar("S_co", covariant=True)


class Acts(Protocol[S_co]):
    """The one door to stored state."""

    async def run(self, act: Callable[[S_co], T], *, actor: Actor | None = None) -> T:
        """Run `act` in one transaction that commits when it returns and not when it raises.

        `act` is a plain function, may be run on another thread, and talks to nobody
        but the stores it is given. A `Denied` it raises is audited as `actor`'s.
        """
        ...

    async def read(self, look: Callable[[S_co], T], *, actor: Actor | None = None) -> T:
        """Run `look`, which changes nothing, on one consistent snapshot.

        A `Denied` it raises is audited as `actor`'s.
        """
        ...


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which audit records; None and empty mean any.

    Attributes:
        since: At or after.
        until: Before.
        search: In action, actor and object name, case ignored.
    """

    team_ids: tuple[str, ...] | None = None
    actor: str | None = None
    action: str | None = None
    outcome: Outcome | None = None
    object_kind: str | None = None
    object_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None


class AuditTrail(Protocol):
    """The audit trail inside an act. Nothing changes or deletes a record."""

    def append(self, *entries: Record) -> None:
        """Add records in their order; they are sealed within a second of the commit."""
        ...

    def any_unsealed(self) -> bool:
        """Whether a record waits for the chain."""
        ...

    def unsealed(self, limit: int) -> tuple[Sealed, ...]:
        """Records waiting for the chain, oldest first."""
        ...

    def head(self, *, lock: bool = False) -> tuple[int, str]:
        """Number and hash of the last sealed record; `(0, GENESIS)` before the first.

        With `lock` nobody else seals, in any process, until the act is over.
        """
        ...

    def seal(self, entries: tuple[Sealed, ...]) -> None:
        """Write numbers and hashes of records that had none."""
        ...

    def after(self, number: int, limit: int) -> tuple[Sealed, ...]:
        """Sealed records behind the one with that number, in order; `limit` of them at most."""
        ...

    def chain(self) -> Iterable[Sealed]:
        """Every sealed record in order, streamed."""
        ...

    def page(self, wanted: AuditFilter, part: Slice) -> Page[Sealed]:
        """Records that fit, newest first unless ordered otherwise."""
        ...


class AuditSinks(Protocol):
    """How far each audit sink has come, inside an act."""

    def position(self, name: str) -> int:
        """Number of the last record that a sink was sent; 0 before the first."""
        ...

    def move(self, name: str, before: int, after: int, at: datetime) -> bool:
        """Move a sink's position from one number to another.

        False when it is not at `before` any more, since somebody else has moved it; then it
        stays where it is.
        """
        ...


class People(Protocol):
    """Accounts, teams, roles and identities inside an act."""

    def account(self, account_id: str) -> Account | None: ...  # noqa: D102 - says itself
    def by_name(self, name: str) -> Account | None: ...  # noqa: D102 - says itself
    def by_email(self, email: str) -> Account | None: ...  # noqa: D102 - says itself

    def accounts(self, ids: Iterable[str]) -> dict[str, Account]:
        """Those of `ids` that exist, by id."""
        ...

    def page(
        self,
        search: str | None,
        active: bool | None,
        part: Slice,
        *,
        team_ids: frozenset[str] | None = None,
    ) -> Page[Account]:
        """Accounts by name; `search` looks in name, display and e-mail.

        With `team_ids` only those with a grant in one of these teams or in all teams.
        """
        ...

    def add(self, account: Account) -> None:
        """Add an account.

        Raises:
            Refused: The name is taken.
        """
        ...

    def save(self, account: Account) -> None:
        """Write a changed account, whose `version` is one more than the stored one.

        Raises:
            Stale: The stored one is another version.
        """
        ...

    def team(self, team_id: str) -> Team | None: ...  # noqa: D102 - says itself
    def team_named(self, name: str) -> Team | None: ...  # noqa: D102 - says itself
    def teams(self) -> tuple[Team, ...]: ...  # noqa: D102 - says itself
    def add_team(self, team: Team) -> None: ...  # noqa: D102 - says itself

    def roles(self) -> tuple[Role, ...]:
        """The built-in roles and the custom ones."""
        ...

    def save_role(self, role: Role) -> None: ...  # noqa: D102 - says itself
    def delete_role(self, name: str) -> None: ...  # noqa: D102 - says itself

    def grants(self, account_id: str) -> tuple[Grant, ...]: ...  # noqa: D102 - says itself

    def members(self, team_id: str) -> tuple[Account, ...]:
        """Active accounts with a grant in the team or in all teams, by name."""
        ...

    def grants_in(self, team_id: str) -> tuple[Grant, ...]:
        """Every grant in the team or in all teams."""
        ...

    def grant(self, grant: Grant) -> None:
        """Give a role; having it already is harmless."""
        ...

    def revoke(self, grant: Grant) -> None:
        """Take a role away; not having it is harmless."""
        ...

    def holders(self, role: str, *, lock: bool = False) -> tuple[Grant, ...]:
        """Every grant of a role, to active and inactive accounts.

        With `lock` nobody else who asks with `lock` goes on until the act is over, so
        that two acts cannot each take away what the other one left.
        """
        ...

    def identity(self, platform: str, workspace: str, person_id: str) -> Identity | None:
        """Who a platform's user is; None when they are linked to nobody."""
        ...

    def identities(self, account_id: str) -> tuple[Identity, ...]:
        """The account's users on every platform."""
        ...

    def persons(
        self, account_ids: Iterable[str], platform: str, workspace: str
    ) -> dict[str, Person]:
        """For each of the accounts that has one, its person on that platform, by account id."""
        ...

    def link(self, identity: Identity) -> None:
        """Link a platform's user to an account, replacing an earlier link of that user."""
        ...

    def unlink(self, platform: str, workspace: str, person_id: str) -> None:
        """Forget who a platform's user is; not being linked is harmless."""
        ...


class Proofs(Protocol):
    """Tokens, browser sessions and sign-in links inside an act. Only hashes are stored."""

    def add_token(self, token: Token, digest: str) -> None: ...  # noqa: D102 - says itself
    def token_by_digest(self, digest: str) -> Token | None: ...  # noqa: D102 - says itself

    def tokens(self, account_id: str | None) -> tuple[Token, ...]:
        """An account's tokens, or with None everybody's; newest first, dead ones included."""
        ...

    def token(self, token_id: str) -> Token | None: ...  # noqa: D102 - says itself
    def revoke_token(self, token_id: str, at: datetime) -> None: ...  # noqa: D102 - says itself
    def token_used(self, token_id: str, at: datetime) -> None: ...  # noqa: D102 - says itself
    def add_session(self, session: Session, digest: str) -> None: ...  # noqa: D102 - says itself
    def session_by_digest(self, digest: str) -> Session | None: ...  # noqa: D102 - says itself
    def touch_session(self, session_id: str, at: datetime) -> None: ...  # noqa: D102 - says itself
    def sessions(self, account_id: str) -> tuple[Session, ...]: ...  # noqa: D102 - says itself
    def end_session(self, session_id: str) -> None: ...  # noqa: D102 - says itself
    def end_sessions(self, account_id: str) -> None: ...  # noqa: D102 - says itself
    def add_link(self, link: SignInLink, digest: str) -> None: ...  # noqa: D102 - says itself
    def add_link_code(self, code: LinkCode, digest: str) -> None: ...  # noqa: D102 - says itself

    def link_code(self, digest: str, at: datetime) -> LinkCode | None:
        """The code if it is there and not over."""
        ...

    def type_link_code(self, digest: str, person: Person) -> None:
        """Note who typed it, unless somebody did before."""
        ...

    def use_link_code(self, digest: str, at: datetime) -> LinkCode | None:
        """The same, and it is gone."""
        ...

    def use_link(self, digest: str, at: datetime) -> SignInLink | None:
        """Take the link if it is there, unused and unexpired, and mark it used.

        Of two acts that try at once, one gets None.
        """
        ...

    def end_links(self, account_id: str) -> None:
        """Make the account's unused links useless."""
        ...

    def purge(self, before: datetime) -> int:
        """Delete sessions, links and tokens that expired or were revoked before then."""
        ...


class SecondFactors(Protocol):
    """Second factors inside an act."""

    def get(self, account_id: str, *, lock: bool = False) -> SecondFactor | None: ...  # noqa: D102 - says itself

    def add(self, factor: SecondFactor) -> bool:
        """Add it; False when the account has one, which stays."""
        ...

    def put(self, factor: SecondFactor) -> None:
        """Write it over the one the account has, if any."""
        ...

    def remove(self, account_id: str) -> bool:
        """Take it away; False when there was none."""
        ...


class SecurityStores(Protocol):
    """What an act of this room is given."""

    @property
    def audit(self) -> AuditTrail: ...  # noqa: D102 - says itself
    @property
    def audit_sinks(self) -> AuditSinks: ...  # noqa: D102 - says itself
    @property
    def people(self) -> People: ...  # noqa: D102 - says itself
    @property
    def proofs(self) -> Proofs: ...  # noqa: D102 - says itself
    @property
    def second_factors(self) -> SecondFactors: ...  # noqa: D102 - says itself
    @property
    def outbox(self) -> Outbox: ...  # noqa: D102 - says itself
    @property
    def journal(self) -> Journal: ...  # noqa: D102 - says itself
    @property
    def sent(self) -> SentRows: ...  # noqa: D102 - says itself
