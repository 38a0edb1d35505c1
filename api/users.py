"""`/api/users/`: accounts, their roles, and who they are on chat platforms."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from api.names import Known, Names
from api.paging import PageOut, Part, page_out
from api.routing import Answer, AnyRoute, Call, Entry, Route
from api.shapes import (
    Display,
    Flag,
    Handle,
    In,
    Line,
    NoQuery,
    Nothing,
    Out,
    Search,
    Word,
    described,
)
from chat.person import Person
from security.account import Account
from security.actor import ALL_TEAMS, Actor
from security.people import PeopleDesk, Profile
from security.permissions import Permission

ROOT = "/api/users/"
ONE = "/api/users/{ref}/"


class UserOut(Out):
    """An account."""

    id: str
    name: str
    display: str
    email: str | None
    active: bool
    created_at: datetime
    version: int = Field(description="Of the `ETag`; grows with each change.")

    @classmethod
    def of(cls, account: Account) -> UserOut:
        """An account."""
        return cls(
            id=account.id,
            name=account.name,
            display=account.display or account.name,
            email=account.email,
            active=account.active,
            created_at=account.created_at,
            version=account.version,
        )


class UserPage(PageOut[UserOut]):
    """A part of the people, by name."""


class GrantOut(Out):
    """A role somebody has."""

    role: str
    team: str | None = Field(description="Name of the team; null for all teams.")


class IdentityOut(Out):
    """Who somebody is on a chat platform."""

    platform: str
    workspace: str
    id: str
    name: str


class UserDetailOut(UserOut):
    """An account with its roles and its users on chat platforms."""

    roles: tuple[GrantOut, ...]
    identities: tuple[IdentityOut, ...]

    @classmethod
    def made(cls, profile: Profile, known: Known) -> UserDetailOut:
        """An account's profile."""
        grants: list[GrantOut] = []
        for grant in profile.grants:
            team = known.team(grant.team_id)
            grants.append(GrantOut(role=grant.role, team=team.name if team else grant.team_id))
        people = (identity.person for identity in profile.identities)
        return cls(
            **dict(UserOut.of(profile.account)),
            roles=tuple(grants),
            identities=tuple(
                IdentityOut(
                    platform=person.platform,
                    workspace=person.workspace,
                    id=person.id,
                    name=person.name,
                )
                for person in people
            ),
        )


class MeOut(UserDetailOut):
    """Yourself, and what you may do through this token or session."""

    permissions: dict[str, tuple[Permission, ...]] = Field(
        description="Name of each team, or `*` for all teams, to your rights there."
    )
    via: str


_Email: TypeAlias = Annotated[
    str,
    Field(max_length=254),
    described(pattern=r"^([A-Za-z0-9._+-]{1,64}@[a-z0-9-]{1,63}([.][a-z0-9-]{1,63})?)?$"),
]

_TEAM = "Name or id; your own team when not given, * or null for all teams."


class UserQuery(Part):
    """Which accounts."""

    search: Search | None = Field(default=None, description="In name, display name and e-mail.")
    active: Flag | None = None
    ordering: Literal["name", "-name", "created_at", "-created_at"] | None = None


class NewUser(In):
    """An account to make, with its first role."""

    name: Handle
    display: Display = ""
    email: _Email | None = None
    role: Word = "responder"
    team: Word | None = Field(default=None, description=_TEAM)


class EditUser(In):
    """What is to change; what is left out stays."""

    display: Display | None = None
    email: _Email | None = Field(default=None, description="Empty forgets it.")
    active: bool | None = None


class GrantRole(In):
    """A role to give."""

    role: Word
    team: Word | None = Field(default=None, description=_TEAM)


class RoleQuery(NoQuery):
    """Where a role is taken away."""

    team: Line | None = Field(
        default=None, description="Name or id; your own team when not given, * for all teams."
    )


class LinkIdentity(In):
    """A chat platform's user who is this account."""

    platform: Word
    workspace: Word
    id: Word
    name: Word


class Users:
    """Accounts over HTTP."""

    def __init__(self, desk: PeopleDesk, names: Names) -> None:
        self._desk = desk
        self._names = names

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        view, manage, out = Permission.PEOPLE_VIEW, Permission.PEOPLE_MANAGE, UserDetailOut
        return (
            Route(
                "GET", ROOT, self.page, view, "List people of your teams",
                UserPage, query=UserQuery,
            ),
            Route(
                "POST", ROOT, self.create, manage, "Add an account",
                out, body=NewUser, status=201,
            ),
            Route("GET", f"{ROOT}me/", self.me, Entry.SIGNED_IN, "Look at yourself", MeOut),
            Route(
                "PATCH", f"{ROOT}me/", self.edit_me, Entry.SIGNED_IN, "Change yourself",
                out, body=EditUser, versioned=True,
            ),
            Route("GET", ONE, self.get, view, "Look at an account", out),
            # Everybody may change their own display name: the domain decides.
            Route(
                "PATCH", ONE, self.edit, Entry.SIGNED_IN, "Change or deactivate an account",
                out, body=EditUser, versioned=True,
            ),
            Route(
                "POST", f"{ONE}roles/", self.grant, manage, "Give a role",
                out, body=GrantRole,
            ),
            Route(
                "DELETE", f"{ONE}roles/{{role}}/", self.revoke, manage, "Take a role away",
                None, query=RoleQuery, status=204,
            ),
            Route(
                "POST", f"{ONE}identities/", self.link, manage, "Link a chat platform's user",
                out, body=LinkIdentity,
            ),
            Route(
                "DELETE", f"{ONE}identities/{{platform}}/{{workspace}}/{{id}}/", self.unlink,
                manage, "Unlink a chat platform's user", None, status=204,
            ),
        )  # fmt: skip

    async def page(self, call: Call[UserQuery, Nothing]) -> UserPage:
        """The people."""
        query = call.query
        found = await self._desk.page(call.actor, query.search, query.active, query.part("name"))
        return page_out(UserPage, call.request, query, found, UserOut.of)

    async def create(self, call: Call[NoQuery, NewUser]) -> Answer:
        """A new account."""
        body = call.body
        made = await self._desk.create(
            call.actor,
            body.name,
            display=body.display,
            email=body.email,
            role=body.role,
            team=_where(call, body),
        )
        shown = await self._shown(call.actor, made.id)
        return Answer(shown.body, shown.version, location=f"{ROOT}{made.name}/")

    async def me(self, call: Call[NoQuery, Nothing]) -> Answer:
        """Who asks."""
        actor = call.actor
        profile = await self._desk.profile(actor, "me")
        known = await self._known(profile)
        rights: dict[str, tuple[Permission, ...]] = {}
        for team_id in actor.rights:
            team = known.team(team_id)
            held = tuple(each for each in Permission if actor.may(each, team_id))
            rights[team.name if team else team_id] = held
        detail = UserDetailOut.made(profile, known)
        body = MeOut(**dict(detail), permissions=rights, via=actor.via)
        return Answer(body, version=profile.account.version)

    async def get(self, call: Call[NoQuery, Nothing]) -> Answer:
        """One account."""
        return await self._shown(call.actor, call.path["ref"])

    async def edit_me(self, call: Call[NoQuery, EditUser]) -> Answer:
        """Change oneself."""
        return await self._edit(call, "me")

    async def edit(self, call: Call[NoQuery, EditUser]) -> Answer:
        """Change somebody."""
        return await self._edit(call, call.path["ref"])

    async def _edit(self, call: Call[NoQuery, EditUser], ref: str) -> Answer:
        body = call.body
        changed = await self._desk.edit(
            call.actor,
            ref,
            display=body.display,
            email=body.email,
            active=body.active,
            version=call.version,
        )
        return await self._shown(call.actor, changed.id)

    async def grant(self, call: Call[NoQuery, GrantRole]) -> Answer:
        """Give a role."""
        body, ref = call.body, call.path["ref"]
        await self._desk.grant(call.actor, ref, body.role, _where(call, body))
        return await self._shown(call.actor, ref)

    async def revoke(self, call: Call[RoleQuery, Nothing]) -> Answer:
        """Take a role away."""
        path = call.path
        await self._desk.revoke(call.actor, path["ref"], path["role"], _where(call, call.query))
        return Answer()

    async def link(self, call: Call[NoQuery, LinkIdentity]) -> Answer:
        """Somebody on a platform is this account."""
        body, ref = call.body, call.path["ref"]
        person = Person(body.platform, body.workspace, body.id, body.name)
        await self._desk.link(call.actor, ref, person)
        return await self._shown(call.actor, ref)

    async def unlink(self, call: Call[NoQuery, Nothing]) -> Answer:
        """Not any more."""
        path = call.path
        await self._desk.unlink(
            call.actor, path["ref"], path["platform"], path["workspace"], path["id"]
        )
        return Answer()

    async def _shown(self, actor: Actor, ref: str) -> Answer:
        profile = await self._desk.profile(actor, ref)
        body = UserDetailOut.made(profile, await self._known(profile))
        return Answer(body, version=profile.account.version)

    async def _known(self, profile: Profile) -> Known:
        """Names of the teams its grants are in."""
        return await self._names.of([profile.account.id])


def _where(call: Call[Any, Any], asked: NewUser | GrantRole | RoleQuery) -> str | None:
    """The team that is meant; None for all of them, for which one has to ask."""
    if "team" not in asked.model_fields_set:
        return call.actor.team_id or "main"
    return None if asked.team == ALL_TEAMS else asked.team
