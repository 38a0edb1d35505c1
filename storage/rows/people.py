"""Accounts, teams, roles, grants and identities in a transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, delete, func, or_, select

from chat.errors import Refused, Stale
from chat.person import Person
from security.account import Account, Grant, Identity, Team
from security.page import Page, Slice
from security.permissions import BUILT_IN, Role
from storage.rows.bound import Bound, changes, columns, folded, made, values
from storage.rows.listing import found_in, ordering
from storage.tables import people as t

_ACCOUNT = columns(t.accounts, Account)
_GRANT = columns(t.grants, Grant)


class PeopleRows(Bound):
    """Implements `security.ports.People`."""

    def account(self, account_id: str) -> Account | None:
        """One account by id."""
        return self._find(Account, t.accounts, id=account_id)

    def by_name(self, name: str) -> Account | None:
        """One account by its handle."""
        return self._find(Account, t.accounts, name=name)

    def by_email(self, email: str) -> Account | None:
        """The oldest account with that address, case ignored."""
        query = (
            select(*_ACCOUNT)
            .where(t.accounts.c.email_key == email.casefold())
            .order_by(t.accounts.c.created_at)
            .limit(1)
        )
        return made(Account, self._connection.execute(query).mappings().first())

    def accounts(self, ids: Iterable[str]) -> dict[str, Account]:
        """Those that exist, by id."""
        query = select(*_ACCOUNT).where(t.accounts.c.id.in_(set(ids)))
        return {row["id"]: Account(**row) for row in self._connection.execute(query).mappings()}

    def page(
        self,
        search: str | None,
        active: bool | None,
        part: Slice,
        *,
        team_ids: frozenset[str] | None = None,
    ) -> Page[Account]:
        """Accounts by name."""
        query = select(*_ACCOUNT).where(*found_in(t.accounts.c.search, search))
        if active is not None:
            query = query.where(t.accounts.c.active.is_(active))
        if team_ids is not None:
            query = query.where(t.accounts.c.id.in_(_holding(team_ids)))
        total = self._connection.scalar(select(func.count()).select_from(query.subquery())) or 0
        query = query.order_by(
            *ordering(
                part.order or "name",
                {"name": t.accounts.c.name, "created_at": t.accounts.c.created_at},
                t.accounts.c.id,
            )
        )
        rows = self._connection.execute(query.limit(part.limit).offset(part.offset)).mappings()
        return Page(tuple(Account(**row) for row in rows), total)

    def add(self, account: Account) -> None:
        """Add an account, whose name must be free."""
        if not self._add_new(t.accounts, {**values(account), **_derived(account)}, "name"):
            raise Refused(
                f"There is an account called “{account.name}” already. Choose another name.",
                code="NAME_TAKEN",
                details={"name": "is taken"},
            )

    def save(self, account: Account) -> None:
        """Write the next version."""
        row = {**values(account), **_derived(account)}
        if not self._change(t.accounts, row, id=account.id, version=account.version - 1):
            raise Stale(
                f"Somebody else changed @{account.name} meanwhile. Look again, then repeat yours."
            )

    def team(self, team_id: str) -> Team | None:
        """One team by id."""
        return self._find(Team, t.teams, id=team_id)

    def team_named(self, name: str) -> Team | None:
        """One team by name."""
        return self._find(Team, t.teams, name=name)

    def teams(self) -> tuple[Team, ...]:
        """All teams by name."""
        return self._find_all(Team, t.teams, "name")

    def add_team(self, team: Team) -> None:
        """Add a team, whose name must be free."""
        if not self._add_new(t.teams, values(team), "name"):
            raise Refused(
                f"There is a team called “{team.name}” already. Choose another name.",
                code="NAME_TAKEN",
                details={"name": "is taken"},
            )

    def roles(self) -> tuple[Role, ...]:
        """The built-in roles and the custom ones."""
        return BUILT_IN + self._find_all(Role, t.roles, "name")

    def save_role(self, role: Role) -> None:
        """Add or change a custom role."""
        self._put(t.roles, changes(values(role), "built_in"), "name")

    def delete_role(self, name: str) -> None:
        """Delete a custom role."""
        self._remove(t.roles, name=name)

    def grants(self, account_id: str) -> tuple[Grant, ...]:
        """What an account holds, in the order it was given."""
        return self._find_all(Grant, t.grants, "id", account_id=account_id)

    def members(self, team_id: str) -> tuple[Account, ...]:
        """Active accounts with a grant in the team or everywhere, by name."""
        query = (
            select(*_ACCOUNT)
            .where(t.accounts.c.active, t.accounts.c.id.in_(_holding({team_id})))
            .order_by(t.accounts.c.name)
        )
        return tuple(Account(**row) for row in self._connection.execute(query).mappings())

    def grants_in(self, team_id: str) -> tuple[Grant, ...]:
        """Every grant in the team or in all teams."""
        query = (
            select(*_GRANT)
            .where(or_(t.grants.c.team_id == team_id, t.grants.c.team_id.is_(None)))
            .order_by(t.grants.c.id)
        )
        return tuple(Grant(**row) for row in self._connection.execute(query).mappings())

    def grant(self, grant: Grant) -> None:
        """Give a role."""
        self._add_new(t.grants, values(grant))

    def revoke(self, grant: Grant) -> None:
        """Take a role away."""
        self._connection.execute(
            delete(t.grants).where(
                t.grants.c.account_id == grant.account_id,
                t.grants.c.role == grant.role,
                t.grants.c.team_id.is_not_distinct_from(grant.team_id),
            )
        )

    def holders(self, role: str, *, lock: bool = False) -> tuple[Grant, ...]:
        """Every grant of a role."""
        if lock and self._connection.dialect.name != "sqlite":
            # An advisory lock, since rows that are about to be added cannot be locked.
            self._connection.execute(
                select(func.pg_advisory_xact_lock(func.hashtext(f"role:{role}")))
            )
        return self._find_all(Grant, t.grants, "id", role=role)


class IdentityRows(Bound):
    """The part of `security.ports.People` about chat platforms' users."""

    def identity(self, platform: str, workspace: str, person_id: str) -> Identity | None:
        """Who a platform's user is."""
        return self._find(
            Identity, t.identities, platform=platform, workspace=workspace, person_id=person_id
        )

    def identities(self, account_id: str) -> tuple[Identity, ...]:
        """The account's users on every platform."""
        return self._find_all(
            Identity,
            t.identities,
            "platform",
            "workspace",
            "person_id",
            account_id=account_id,
        )

    def persons(
        self, account_ids: Iterable[str], platform: str, workspace: str
    ) -> dict[str, Person]:
        """The accounts' persons on one platform, by account id."""
        query = (
            select(t.identities.c.account_id, t.identities.c.person)
            .where(
                t.identities.c.account_id.in_(set(account_ids)),
                t.identities.c.platform == platform,
                t.identities.c.workspace == workspace,
            )
            .order_by(t.identities.c.person_id)
        )
        return {row.account_id: row.person for row in self._connection.execute(query)}

    def link(self, identity: Identity) -> None:
        """Link a platform's user to an account."""
        person = identity.person
        self._put(
            t.identities,
            {
                "platform": person.platform,
                "workspace": person.workspace,
                "person_id": person.id,
                **values(identity),
            },
            "platform",
            "workspace",
            "person_id",
        )

    def unlink(self, platform: str, workspace: str, person_id: str) -> None:
        """Forget who a platform's user is."""
        self._remove(t.identities, platform=platform, workspace=workspace, person_id=person_id)


class People(PeopleRows, IdentityRows):
    """Implements `security.ports.People` as a whole."""


def _derived(account: Account) -> dict[str, str | None]:
    return {
        "search": folded(account.name, account.display, account.email),
        "email_key": account.email.casefold() if account.email else None,
    }


def _holding(team_ids: Iterable[str]) -> Select[tuple[str]]:
    """Accounts with a grant in one of the teams or everywhere."""
    return select(t.grants.c.account_id).where(
        or_(t.grants.c.team_id.in_(sorted(team_ids)), t.grants.c.team_id.is_(None))
    )
