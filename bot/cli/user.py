"""`tocsin user`: accounts, their roles, sign-in links, and who they are in other chats."""

from __future__ import annotations

from dataclasses import dataclass

import click

from bot.cli.office import Office, in_office
from bot.cli.output import iso, json_option, show_json, show_table
from bot.cli.second_factor import second_factor
from chat.person import Person
from security.granting import ADMIN
from security.page import Slice
from security.people import Profile

_PAGE = 200
_team = click.option("--team", default=None, help="Name of the team; the default team without it.")
_everywhere = click.option("--all-teams", is_flag=True, help="In all teams.")


@dataclass(frozen=True, slots=True)
class _Row:
    """Somebody with their roles as people write them: `responder in main`."""

    profile: Profile
    roles: tuple[tuple[str, str | None], ...]

    @property
    def facts(self) -> dict[str, object]:
        """For programs; a role's team is null where it holds in all teams."""
        account = self.profile.account
        return {
            "id": account.id,
            "name": account.name,
            "display": account.display,
            "email": account.email,
            "active": account.active,
            "created_at": iso(account.created_at),
            "roles": [{"role": role, "team": team} for role, team in self.roles],
            "identities": [
                {"platform": person.platform, "workspace": person.workspace, "id": person.id}
                for person in (identity.person for identity in self.profile.identities)
            ],
        }


async def _row(office: Office, ref: str) -> _Row:
    profile = await office.people.profile(office.operator, ref)
    teams = {team.id: team.name for team in await office.people.teams(office.operator)}
    roles = tuple(
        (grant.role, teams.get(grant.team_id) if grant.team_id else None)
        for grant in profile.grants
    )
    return _Row(profile, roles)


def _where(office: Office, role: str, team: str | None, *, everywhere: bool) -> str | None:
    """The team that is meant; an administrator administers all unless one is named."""
    if everywhere or (team is None and role == ADMIN):
        return None
    return team or office.settings.team


async def _sign_in_url(office: Office, name: str) -> str:
    secret = await office.doors.sign_in_link(office.operator, name)
    return f"{office.settings.url()}/sign-in/{secret}"


@click.group()
def user() -> None:
    """Accounts, their roles and sign-in links."""


user.add_command(second_factor)


@user.command()
@click.argument("name")
@click.option("--role", required=True, help="viewer, responder, commander, … see: tocsin role list")
@_team
@_everywhere
@click.option("--display", default="", help="Name for people to read.")
@click.option("--email", default=None)
@json_option
def create(
    name: str,
    role: str,
    team: str | None,
    display: str,
    email: str | None,
    *,
    all_teams: bool,
    as_json: bool,
) -> None:
    """Add somebody with a role, and print their first sign-in link (not with --json)."""

    async def work(office: Office) -> tuple[_Row, str]:
        where = _where(office, role, team, everywhere=all_teams)
        made = await office.people.create(
            office.operator, name, display=display, email=email, role=role, team=where
        )
        url = "" if as_json else await _sign_in_url(office, made.name)
        return await _row(office, made.id), url

    made, url = in_office(work)
    if as_json:
        show_json(made.facts)
        return
    click.echo(f"@{made.profile.account.name} is {_roles(made)}.")
    click.echo(f"Sign in, once and within 24 hours: {url}")


@user.command("list")
@click.option("--search", default=None, help="In name, display name and e-mail.")
@click.option("--all", "inactive_too", is_flag=True, help="Deactivated accounts, too.")
@json_option
def list_users(search: str | None, *, inactive_too: bool, as_json: bool) -> None:
    """List accounts by name."""

    async def work(office: Office) -> list[_Row]:
        rows: list[_Row] = []
        active = None if inactive_too else True
        while True:
            part = Slice(limit=_PAGE, offset=len(rows))
            page = await office.people.page(office.operator, search, active, part)
            rows += [await _row(office, account.id) for account in page.items]
            if len(rows) >= page.total or not page.items:
                return rows

    found = in_office(work)
    if as_json:
        show_json([row.facts for row in found])
        return
    show_table(
        ("NAME", "DISPLAY", "E-MAIL", "ROLES", "ACTIVE"),
        [
            (
                row.profile.account.name,
                row.profile.account.display,
                row.profile.account.email or "",
                _roles(row),
                "yes" if row.profile.account.active else "no",
            )
            for row in found
        ],
        empty="There is nobody like that.",
    )


@user.command()
@click.argument("name")
def link(name: str) -> None:
    """Print a link that signs a browser in as NAME, once and within 24 hours."""
    click.echo(in_office(lambda office: _sign_in_url(office, name)))


@user.command()
@click.argument("name")
def deactivate(name: str) -> None:
    """Lock NAME out: tokens, sessions and links die for good."""
    in_office(lambda office: office.people.edit(office.operator, name, active=False))
    click.echo(f"@{name} is deactivated, and their tokens and sessions are dead.")


@user.command()
@click.argument("name")
def activate(name: str) -> None:
    """Let NAME in again; they need new tokens and a new sign-in link."""
    in_office(lambda office: office.people.edit(office.operator, name, active=True))
    click.echo(f"@{name} is active. Let them sign in: tocsin user link {name}")


@user.command()
@click.argument("name")
@click.option("--display", default=None, help="Name for people to read.")
@click.option("--email", default=None, help="Empty forgets it.")
def edit(name: str, display: str | None, email: str | None) -> None:
    """Change NAME's display name or e-mail address."""
    in_office(
        lambda office: office.people.edit(office.operator, name, display=display, email=email)
    )
    click.echo(f"@{name} is changed.")


@user.command()
@click.argument("name")
@click.option("--role", required=True)
@_team
@_everywhere
def grant(name: str, role: str, team: str | None, *, all_teams: bool) -> None:
    """Give NAME a role."""

    async def work(office: Office) -> _Row:
        where = _where(office, role, team, everywhere=all_teams)
        await office.people.grant(office.operator, name, role, where)
        return await _row(office, name)

    click.echo(f"@{name} is now {_roles(in_office(work))}.")


@user.command()
@click.argument("name")
@click.option("--role", required=True)
@_team
@_everywhere
def revoke(name: str, role: str, team: str | None, *, all_teams: bool) -> None:
    """Take a role from NAME."""

    async def work(office: Office) -> _Row:
        where = _where(office, role, team, everywhere=all_teams)
        await office.people.revoke(office.operator, name, role, where)
        return await _row(office, name)

    click.echo(f"@{name} is now {_roles(in_office(work))}.")


@user.command()
@click.argument("name")
@click.option("--platform", required=True, help="slack, mattermost, discord, teams, …")
@click.option("--workspace", required=True, help="The platform's tenant id.")
@click.option("--id", "person_id", required=True, help="The platform's id of the user.")
@click.option("--remove", is_flag=True, help="Forget it instead.")
def identify(name: str, platform: str, workspace: str, person_id: str, *, remove: bool) -> None:
    """Say that a user of a chat platform is NAME."""

    async def work(office: Office) -> None:
        if remove:
            await office.people.unlink(office.operator, name, platform, workspace, person_id)
        else:
            person = Person(platform, workspace, person_id, name)
            await office.people.link(office.operator, name, person)

    in_office(work)
    now = "no longer" if remove else "now"
    click.echo(f"The {platform} user {person_id} is {now} @{name}.")


def _roles(row: _Row) -> str:
    """What somebody is, as in `responder in main and viewer in all teams`."""
    parts = [f"{role} in {team or 'all teams'}" for role, team in row.roles]
    return " and ".join(parts) or "without a role"
