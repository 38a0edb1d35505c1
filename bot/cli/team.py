"""`tocsin team`: list and create teams."""

from __future__ import annotations

import click

from bot.cli.executing import room
from bot.cli.office import Office, in_office
from bot.cli.output import json_option, show_json, show_table
from bot.new_teams import what_is_shipped
from security.account import Team


@click.group()
def team() -> None:
    """List and create teams."""


@team.command()
@click.argument("name")
@click.option("--display", default="", help="Name for people to read.")
def create(name: str, display: str) -> None:
    """Add a team with the playbooks and runbooks that are shipped."""

    async def work(office: Office) -> Team:
        made = await office.people.create_team(office.operator, name, display)
        give = what_is_shipped(office.database.acts, office.clock, room(office).workshop)
        await give(made)
        return made

    made = in_office(work)
    click.echo(f"The team {made.name} is there. Give somebody a role in it: tocsin user grant")


@team.command("list")
@json_option
def list_teams(*, as_json: bool) -> None:
    """List teams by name."""
    found = in_office(lambda office: office.people.teams(office.operator))
    if as_json:
        show_json([{"id": each.id, "name": each.name, "display": each.display} for each in found])
        return
    show_table(
        ("NAME", "DISPLAY"), [(each.name, each.display) for each in found], empty="No team yet."
    )
