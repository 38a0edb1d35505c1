"""The desk for accounts, teams, roles and linked identities."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chat.clock import new_id
from chat.errors import NotFound, Refused, Stale
from chat.person import Person
from security import lookup, names
from security.account import Account, Grant, Identity
from security.actor import Actor, require
from security.audit import record
from security.granting import keep_an_admin, may_hand_out, wanted_grant
from security.page import Page, Slice
from security.permissions import Permission
from security.ports import SecurityStores
from security.reach import outrank, reach
from security.residence import follow_grants
from security.teams import TeamDesk

_PEOPLE = "the list of people"


@dataclass(frozen=True, slots=True)
class Profile:
    """An account with its roles and its users on chat platforms."""

    account: Account
    grants: tuple[Grant, ...]
    identities: tuple[Identity, ...]


class PeopleDesk(TeamDesk):
    """Who there is and what they may do; every change is one act with its audit record."""

    async def create(
        self,
        actor: Actor,
        name: str,
        *,
        display: str = "",
        email: str | None = None,
        role: str = "responder",
        team: str | None = "main",
    ) -> Account:
        """Add an account with one role in one team, or with None in all teams.

        Raises:
            BadInput: The name, e-mail, role or team is not accepted.
            Denied: `actor` may not manage people there, or lacks a right of the role.
            Refused: The name or e-mail is taken.
        """
        now = self._clock.now()
        account = Account(
            id=new_id(),
            name=names.handle(name, "account"),
            display=names.line(display, "display name", longest=80),
            email=names.email(email or ""),
            active=True,
            created_at=now,
        )

        def act(stores: SecurityStores) -> Account:
            grant = wanted_grant(stores, account.id, role, team)
            may_hand_out(stores, actor, grant, thing=f"the role {grant.role}")
            _free(stores, account)
            stores.people.add(account)
            stores.people.grant(grant)
            follow_grants(stores, account)
            stores.audit.append(
                record(
                    actor, now, "account.created", kind="account", id=account.id,
                    name=account.name, team_id=grant.team_id, role=grant.role,
                    team=team or "all teams",
                )
            )  # fmt: skip
            return account

        return await self._acts.run(act, actor=actor)

    async def edit(
        self,
        actor: Actor,
        ref: str,
        *,
        display: str | None = None,
        email: str | None = None,
        active: bool | None = None,
        version: int | None = None,
    ) -> Account:
        """Change what is given; an empty `email` forgets it.

        Everybody may change their own display name. Deactivating an account revokes its
        tokens and ends its sessions and sign-in links for good.

        Args:
            actor: Who changes it.
            ref: As in `find`.
            display: None leaves it.
            email: None leaves it.
            active: None leaves it.
            version: The version this change was made from; None skips that check.

        Raises:
            BadInput: A value is not accepted.
            Denied: `actor` may not, or the account holds rights they lack.
            Refused: The e-mail is taken, or nobody would be left to administer.
            Stale: Somebody else changed it first.
        """

        def act(stores: SecurityStores) -> Account:
            old = lookup.account(stores, actor, ref)
            if old.id != actor.account_id or email is not None or active is not None:
                outrank(stores, actor, old, Permission.PEOPLE_MANAGE)
            if version is not None and version != old.version:
                raise Stale(
                    f"@{old.name} was changed meanwhile (version {old.version}, yours is "
                    f"{version}). Load it again."
                )
            new = _edited(old, display, email, active=active)
            if new == old:
                return old
            _free(stores, new)
            self._save(stores, actor, old, replace(new, version=old.version + 1))
            return replace(new, version=old.version + 1)

        return await self._acts.run(act, actor=actor)

    def _save(self, stores: SecurityStores, actor: Actor, old: Account, new: Account) -> None:
        now, action = self._clock.now(), "account.edited"
        if old.active and not new.active:
            action = "account.deactivated"
            keep_an_admin(stores, without=(Grant(new.id, "admin", None),))
            for token in stores.proofs.tokens(new.id):
                if token.revoked_at is None:
                    stores.proofs.revoke_token(token.id, now)
            stores.proofs.end_sessions(new.id)
            stores.proofs.end_links(new.id)
        elif new.active and not old.active:
            action = "account.activated"
        stores.people.save(new)
        follow_grants(stores, new)
        changes = {
            field: f"{getattr(old, field) or '(none)'} → {getattr(new, field) or '(none)'}"
            for field in ("display", "email")
            if getattr(old, field) != getattr(new, field)
        }
        entry = record(actor, now, action, kind="account", id=new.id, name=new.name)
        stores.audit.append(replace(entry, details=changes))

    async def find(self, actor: Actor, ref: str) -> Account:
        """The account with that id, name, `@name` or e-mail address.

        Raises:
            Denied: `actor` may not see people.
            NotFound: There is none for their eyes; the nearest name is offered.
        """
        return await self._acts.read(lambda stores: lookup.account(stores, actor, ref), actor=actor)

    async def profile(self, actor: Actor, ref: str) -> Profile:
        """The same with roles and identities.

        Raises:
            Denied: `actor` may not see people.
            NotFound: There is none for their eyes.
        """

        def look(stores: SecurityStores) -> Profile:
            found = lookup.account(stores, actor, ref)
            people = stores.people
            return Profile(found, people.grants(found.id), people.identities(found.id))

        return await self._acts.read(look, actor=actor)

    async def page(
        self, actor: Actor, search: str | None, active: bool | None, part: Slice
    ) -> Page[Account]:
        """Accounts of the teams whose people `actor` may see, by name."""

        def look(stores: SecurityStores) -> Page[Account]:
            require(actor, Permission.PEOPLE_VIEW, team_id=None, thing=_PEOPLE)
            teams = lookup.seen_teams(actor)
            return stores.people.page(search or None, active, part, team_ids=teams)

        return await self._acts.read(look, actor=actor)

    async def members(self, actor: Actor, team_id: str) -> tuple[Account, ...]:
        """Active accounts with a role in the team, by name."""

        def look(stores: SecurityStores) -> tuple[Account, ...]:
            require(actor, Permission.PEOPLE_VIEW, team_id=team_id, thing=_PEOPLE)
            return stores.people.members(team_id)

        return await self._acts.read(look, actor=actor)

    async def grant(self, actor: Actor, ref: str, role: str, team: str | None) -> Account:
        """Give a role in a team, or with None in all teams.

        Raises:
            Denied: `actor` may not manage people there, or lacks a right of the role.
            NotFound: No such account, role or team.
        """

        def act(stores: SecurityStores) -> Account:
            account = lookup.account(stores, actor, ref)
            grant = wanted_grant(stores, account.id, role, team)
            may_hand_out(stores, actor, grant, thing=f"the role {grant.role}")
            if grant not in stores.people.grants(account.id):
                stores.people.grant(grant)
                follow_grants(stores, account)
                self._note_grant(stores, actor, account, grant, "role.granted")
            return account

        return await self._acts.run(act, actor=actor)

    async def revoke(self, actor: Actor, ref: str, role: str, team: str | None) -> Account:
        """Take a role away again.

        Raises:
            Denied: `actor` may not manage people there, or lacks a right of the role.
            NotFound: No such account, or it does not have that role there.
            Refused: Nobody would be left to administer.
        """

        def act(stores: SecurityStores) -> Account:
            account = lookup.account(stores, actor, ref)
            grant = wanted_grant(stores, account.id, role, team)
            may_hand_out(stores, actor, grant, thing=f"the role {grant.role}")
            if grant not in stores.people.grants(account.id):
                where = f"in the team {team}" if team else "in all teams"
                raise NotFound(f"@{account.name} does not have the role {grant.role} {where}.")
            keep_an_admin(stores, without=(grant,))
            stores.people.revoke(grant)
            follow_grants(stores, account)
            self._note_grant(stores, actor, account, grant, "role.revoked")
            return account

        return await self._acts.run(act, actor=actor)

    def _note_grant(
        self, stores: SecurityStores, actor: Actor, account: Account, grant: Grant, action: str
    ) -> None:
        team = stores.people.team(grant.team_id) if grant.team_id else None
        stores.audit.append(
            record(
                actor, self._clock.now(), action, kind="account", id=account.id,
                name=account.name, team_id=grant.team_id, role=grant.role,
                team=team.name if team else "all teams",
            )
        )  # fmt: skip

    async def link(self, actor: Actor, ref: str, person: Person) -> Identity:
        """Say that a chat platform's user is this account; they then have its rights there.

        Raises:
            Denied: `actor` may not, or the account (or the one that user was linked to)
                holds rights they lack.
            Refused: The platform is `local`, whose users are the accounts themselves.
        """

        def act(stores: SecurityStores) -> Identity:
            account = lookup.account(stores, actor, ref)
            outrank(stores, actor, account, Permission.PEOPLE_MANAGE)
            _foreign(person.platform)
            before = stores.people.identity(person.platform, person.workspace, person.id)
            if before is not None and before.account_id != account.id:
                owner = stores.people.account(before.account_id)
                if owner is not None:
                    outrank(stores, actor, owner, Permission.PEOPLE_MANAGE)
            identity = Identity(account.id, person)
            stores.people.link(identity)
            self._note_identity(stores, actor, account, person, "identity.linked")
            return identity

        return await self._acts.run(act, actor=actor)

    async def unlink(
        self, actor: Actor, ref: str, platform: str, workspace: str, person_id: str
    ) -> None:
        """Forget that a chat platform's user is this account.

        Raises:
            Denied: `actor` may not manage that account.
            NotFound: They are not linked.
            Refused: The platform is `local`.
        """

        def act(stores: SecurityStores) -> None:
            account = lookup.account(stores, actor, ref)
            reach(stores, actor, account, Permission.PEOPLE_MANAGE)
            _foreign(platform)
            found = stores.people.identity(platform, workspace, person_id)
            if found is None or found.account_id != account.id:
                raise NotFound(f"@{account.name} is not linked to that {platform} user.")
            stores.people.unlink(platform, workspace, person_id)
            self._note_identity(stores, actor, account, found.person, "identity.unlinked")

        await self._acts.run(act, actor=actor)

    def _note_identity(
        self, stores: SecurityStores, actor: Actor, account: Account, person: Person, action: str
    ) -> None:
        stores.audit.append(
            record(
                actor, self._clock.now(), action, kind="account", id=account.id,
                name=account.name, platform=person.platform, workspace=person.workspace,
                person=person.id,
            )
        )  # fmt: skip


def _edited(
    old: Account, display: str | None, email: str | None, *, active: bool | None
) -> Account:
    new = old
    if display is not None:
        new = replace(new, display=names.line(display, "display name", longest=80))
    if email is not None:
        new = replace(new, email=names.email(email))
    if active is not None:
        new = replace(new, active=active)
    return new


def _free(stores: SecurityStores, account: Account) -> None:
    """Refuse an e-mail address that is somebody else's: people are found and mailed by it."""
    holder = stores.people.by_email(account.email) if account.email else None
    if holder is not None and holder.id != account.id:
        raise Refused(
            "Another account has that e-mail address already.",
            code="EMAIL_TAKEN",
            details={"email": "belongs to another account"},
        )


def _foreign(platform: str) -> None:
    """Leave the local platform alone, whose users are the accounts themselves."""
    if platform == "local":
        raise Refused(
            "Users of the local chat are the accounts themselves and cannot be linked by hand. "
            "Give the account a role in the team instead."
        )
