"""`/api/teams/`: the teams one is in, and who is in them."""

from __future__ import annotations

from api.names import AccountRef, TeamRef
from api.paging import PageOut, Part, page_out, part_of
from api.routing import Answer, AnyRoute, Call, Entry, Route
from api.shapes import Display, Handle, In, NoQuery, Nothing
from chat.errors import BadInput, NotFound
from security.account import Team
from security.actor import Actor
from security.people import PeopleDesk
from security.permissions import Permission

ROOT = "/api/teams/"
ONE = "/api/teams/{ref}/"


class TeamPage(PageOut[TeamRef]):
    """Teams by name."""


class TeamMemberPage(PageOut[AccountRef]):
    """Active accounts with a role in the team, by name."""


class NewTeam(In):
    """A team to make."""

    name: Handle
    display: Display = ""


class Teams:
    """Teams over HTTP."""

    def __init__(self, desk: PeopleDesk) -> None:
        self._desk = desk

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        return (
            Route("GET", ROOT, self.page, Entry.SIGNED_IN, "List your teams", TeamPage, query=Part),
            Route(
                "POST", ROOT, self.create, Permission.PEOPLE_MANAGE, "Make a team",
                TeamRef, body=NewTeam, status=201,
            ),
            Route("GET", ONE, self.get, Entry.SIGNED_IN, "Look at a team", TeamRef),
            Route(
                "GET", f"{ONE}members/", self.members, Permission.PEOPLE_VIEW,
                "List members of a team", TeamMemberPage, query=Part,
            ),
        )  # fmt: skip

    async def page(self, call: Call[Part, Nothing]) -> TeamPage:
        """Yours."""
        part = part_of(await self._desk.teams(call.actor), call.query)
        return page_out(TeamPage, call.request, call.query, part, TeamRef.of)

    async def create(self, call: Call[NoQuery, NewTeam]) -> Answer:
        """A new team."""
        made = await self._desk.create_team(call.actor, call.body.name, call.body.display)
        return Answer(TeamRef.of(made), location=f"{ROOT}{made.name}/")

    async def get(self, call: Call[NoQuery, Nothing]) -> TeamRef:
        """One team."""
        return TeamRef.of(await self._team(call.actor, call.path["ref"]))

    async def members(self, call: Call[Part, Nothing]) -> TeamMemberPage:
        """Who is in it."""
        team = await self._team(call.actor, call.path["ref"])
        part = part_of(await self._desk.members(call.actor, team.id), call.query)
        return page_out(TeamMemberPage, call.request, call.query, part, AccountRef.of)

    async def _team(self, actor: Actor, ref: str) -> Team:
        """A team they are in.

        Raises:
            NotFound: There is none of that name or id for them.
        """
        for team in await self._desk.teams(actor):
            if ref in {team.id, team.name}:
                return team
        raise NotFound(f"There is no team “{ref[:60]}” that you are in.")


async def team_named(people: PeopleDesk, actor: Actor, ref: str | None) -> str | None:
    """Id of a team named in a parameter; None when none is."""
    if ref is None:
        return None
    teams = await people.teams(actor)
    found = next((team for team in teams if ref.strip() in {team.id, team.name}), None)
    if found is None:
        names = ", ".join(team.name for team in teams) or "none"
        raise BadInput(
            f"There is no team “{ref[:60]}” that you are in. Yours: {names}.",
            details={"team": f"one of {names}"},
        )
    return found.id
