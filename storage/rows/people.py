"""Accounts, teams, roles, grants and identities in a transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update

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
        return self._account(t.accounts.c.id == account_id)

    def by_name(self, name: str) -> Account | None:
        """One account by its handle."""
        return self._account(t.accounts.c.name == name)

    def by_email(self, email: str) -> Account | None:
        """The oldest account with that address, case ignored."""
        return self._account(t.accounts.c.email_key == email.casefold())

    def _account(self, fits: ColumnElement[bool]) -> Account | None:
        query = select(*_ACCOUNT).where(fits).order_by(t.accounts.c.created_at).limit(1)
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
        added = self._connection.execute(
            self._insert(t.accounts)
            .values(**values(account), **_derived(account))
            .on_conflict_do_nothing(index_elements=["name"])
        )
        if added.rowcount == 0:
            raise Refused(
                f"There is an account called “{account.name}” already. Choose another name.",
                code="NAME_TAKEN",
                details={"name": "is taken"},
            )

    def save(self, account: Account) -> None:
        """Write the next version."""
        saved = self._connection.execute(
            update(t.accounts)
            .where(t.accounts.c.id == account.id, t.accounts.c.version == account.version - 1)
            .values(**changes(values(account), "id"), **_derived(account))
        )
        if saved.rowcount == 0:
            raise Stale(
                f"Somebody else changed @{account.name} meanwhile. Look again, then repeat yours."
            )

    def team(self, team_id: str) -> Team | None:
        """One team by id."""
        query = select(t.teams).where(t.teams.c.id == team_id)
        return made(Team, self._connection.execute(query).mappings().first())

    def team_named(self, name: str) -> Team | None:
        """One team by name."""
        query = select(t.teams).where(t.teams.c.name == name)
        return made(Team, self._connection.execute(query).mappings().first())

    def teams(self) -> tuple[Team, ...]:
        """All teams by name."""
        rows = self._connection.execute(select(t.teams).order_by(t.teams.c.name)).mappings()
        return tuple(Team(**row) for row in rows)

    def add_team(self, team: Team) -> None:
        """Add a team, whose name must be free."""
        added = self._connection.execute(
            self._insert(t.teams)
            .values(**values(team))
            .on_conflict_do_nothing(index_elements=["name"])
        )
        if added.rowcount == 0:
            raise Refused(
                f"There is a team called “{team.name}” already. Choose another name.",
                code="NAME_TAKEN",
                details={"name": "is taken"},
            )

    def roles(self) -> tuple[Role, ...]:
        """The built-in roles and the custom ones."""
        rows = self._connection.execute(select(t.roles).order_by(t.roles.c.name)).mappings()
        return BUILT_IN + tuple(Role(**row) for row in rows)

    def save_role(self, role: Role) -> None:
        """Add or change a custom role."""
        kept = {"description": role.description, "permissions": role.permissions}
        self._connection.execute(
            self._insert(t.roles)
            .values(name=role.name, **kept)
            .on_conflict_do_update(index_elements=["name"], set_=kept)
        )

    def delete_role(self, name: str) -> None:
        """Delete a custom role."""
        self._connection.execute(delete(t.roles).where(t.roles.c.name == name))

    def grants(self, account_id: str) -> tuple[Grant, ...]:
        """What an account holds, in the order it was given."""
        query = select(*_GRANT).where(t.grants.c.account_id == account_id).order_by(t.grants.c.id)
        return tuple(Grant(**row) for row in self._connection.execute(query).mappings())

    def members(self, team_id: str) -> tuple[Account, ...]:
        """Active accounts with a grant in the team or everywhere, by name."""
        query = (
            select(*_ACCOUNT)
            .where(t.accounts.c.active, t.accounts.c.id.in_(_holding({team_id})))
            .order_by(t.accounts.c.name)
        )
        return tuple(Account(**row) for row in self._connection.execute(query).mappings())

    def grant(self, grant: Grant) -> None:
        """Give a role."""
        self._connection.execute(
            self._insert(t.grants).values(**values(grant)).on_conflict_do_nothing()
        )

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
        query = select(*_GRANT).where(t.grants.c.role == role).order_by(t.grants.c.id)
        return tuple(Grant(**row) for row in self._connection.execute(query).mappings())


class IdentityRows(Bound):
    """The part of `security.ports.People` about chat platforms' users."""

    def identity(self, platform: str, workspace: str, person_id: str) -> Identity | None:
        """Who a platform's user is."""
        query = select(t.identities.c.account_id, t.identities.c.person).where(
            *_user(platform, workspace, person_id)
        )
        return made(Identity, self._connection.execute(query).mappings().first())

    def identities(self, account_id: str) -> tuple[Identity, ...]:
        """The account's users on every platform."""
        query = (
            select(t.identities.c.account_id, t.identities.c.person)
            .where(t.identities.c.account_id == account_id)
            .order_by(t.identities.c.platform, t.identities.c.workspace, t.identities.c.person_id)
        )
        return tuple(Identity(**row) for row in self._connection.execute(query).mappings())

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
        linked = {"account_id": identity.account_id, "person": person}
        self._connection.execute(
            self._insert(t.identities)
            .values(
                platform=person.platform,
                workspace=person.workspace,
                person_id=person.id,
                **linked,
            )
            .on_conflict_do_update(
                index_elements=["platform", "workspace", "person_id"], set_=linked
            )
        )

    def unlink(self, platform: str, workspace: str, person_id: str) -> None:
        """Forget who a platform's user is."""
        self._connection.execute(delete(t.identities).where(*_user(platform, workspace, person_id)))


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


def _user(platform: str, workspace: str, person_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        t.identities.c.platform == platform,
        t.identities.c.workspace == workspace,
        t.identities.c.person_id == person_id,
    )
