"""`/api/roles/`: roles as sets of permissions, the shipped ones and one's own."""

from __future__ import annotations

from pydantic import Field

from api.paging import PageOut, Part, page_out, part_of
from api.routing import Answer, AnyRoute, Call, Route
from api.shapes import Handle, In, Line, NoQuery, Nothing, Out
from chat.errors import NotFound
from security.people import PeopleDesk
from security.permissions import Permission, Role

ROOT = "/api/roles/"
ONE = "/api/roles/{name}/"


class RoleOut(Out):
    """A named set of rights."""

    name: str
    description: str
    permissions: tuple[Permission, ...]
    built_in: bool = Field(description="Shipped; cannot be changed or deleted.")

    @classmethod
    def of(cls, role: Role) -> RoleOut:
        """A role."""
        return cls(
            name=role.name,
            description=role.description,
            permissions=tuple(each for each in Permission if each in role.permissions),
            built_in=role.built_in,
        )


class RolePage(PageOut[RoleOut]):
    """The shipped roles and the custom ones."""


class NewRole(In):
    """A role to make."""

    name: Handle
    description: Line = ""
    permissions: tuple[Permission, ...] = Field(min_length=1, max_length=100)


class EditRole(In):
    """What the role is to be."""

    description: Line = ""
    permissions: tuple[Permission, ...] = Field(min_length=1, max_length=100)


class Roles:
    """Roles over HTTP."""

    def __init__(self, desk: PeopleDesk) -> None:
        self._desk = desk

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        view, manage = Permission.PEOPLE_VIEW, Permission.PEOPLE_MANAGE
        return (
            Route("GET", ROOT, self.page, view, "List roles", RolePage, query=Part),
            Route(
                "POST", ROOT, self.create, manage, "Make a role",
                RoleOut, body=NewRole, status=201,
            ),
            Route("GET", ONE, self.get, view, "Look at a role", RoleOut),
            Route("PUT", ONE, self.save, manage, "Change a custom role", RoleOut, body=EditRole),
            Route("DELETE", ONE, self.delete, manage, "Delete a custom role", None, status=204),
        )  # fmt: skip

    async def page(self, call: Call[Part, Nothing]) -> RolePage:
        """All of them."""
        part = part_of(await self._desk.roles(call.actor), call.query)
        return page_out(RolePage, call.request, call.query, part, RoleOut.of)

    async def create(self, call: Call[NoQuery, NewRole]) -> Answer:
        """A new role."""
        body = call.body
        made = await self._desk.save_role(call.actor, body.name, body.description, body.permissions)
        return Answer(RoleOut.of(made), location=f"{ROOT}{made.name}/")

    async def get(self, call: Call[NoQuery, Nothing]) -> RoleOut:
        """One role."""
        name = call.path["name"]
        for role in await self._desk.roles(call.actor):
            if role.name == name:
                return RoleOut.of(role)
        raise NotFound(f"There is no role “{name[:60]}”. /api/roles/ lists them.")

    async def save(self, call: Call[NoQuery, EditRole]) -> RoleOut:
        """Change it, or make it."""
        body, name = call.body, call.path["name"]
        return RoleOut.of(
            await self._desk.save_role(call.actor, name, body.description, body.permissions)
        )

    async def delete(self, call: Call[NoQuery, Nothing]) -> Answer:
        """Take it away."""
        await self._desk.delete_role(call.actor, call.path["name"])
        return Answer()
