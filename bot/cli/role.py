"""`tocsin role`: list, save and delete roles."""

from __future__ import annotations

import click

from bot.cli.office import in_office
from bot.cli.output import json_option, show_json, show_table


@click.group()
def role() -> None:
    """List, save and delete roles."""


@role.command("list")
@json_option
def list_roles(*, as_json: bool) -> None:
    """List roles with their permissions."""
    found = in_office(lambda office: office.people.roles(office.operator))
    if as_json:
        show_json(
            [
                {
                    "name": each.name,
                    "description": each.description,
                    "built_in": each.built_in,
                    "permissions": sorted(each.permissions),
                }
                for each in found
            ]
        )
        return
    show_table(
        ("NAME", "DESCRIPTION", "PERMISSIONS"),
        [(each.name, each.description, ", ".join(sorted(each.permissions))) for each in found],
        empty="No role yet.",
    )


@role.command()
@click.argument("name")
@click.option("--permission", "permissions", multiple=True, required=True, help="Give several.")
@click.option("--description", default="")
def save(name: str, permissions: tuple[str, ...], description: str) -> None:
    """Make a role of some permissions, or change one you made."""
    made = in_office(
        lambda office: office.people.save_role(office.operator, name, description, permissions)
    )
    click.echo(f"The role {made.name} carries {', '.join(sorted(made.permissions))}.")


@role.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete a role that nobody has."""
    in_office(lambda office: office.people.delete_role(office.operator, name))
    click.echo(f"The role {name} is gone.")
