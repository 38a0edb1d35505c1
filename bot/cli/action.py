"""`tocsin action`: list, show and run actions."""

from __future__ import annotations

import click

from automation.actions.action import Action
from automation.actions.schema import as_json_schema
from automation.executions.desk import ExecuteWish
from bot.cli.executing import execute, execution_options, pairs, room
from bot.cli.office import Office, in_office
from bot.cli.output import as_option, json_option, show_json, show_table
from bot.settings_check import load


@click.group()
def action() -> None:
    """List, show and run actions."""


@action.command("list")
@as_option
@json_option
def list_actions(user: str | None, *, as_json: bool) -> None:
    """List every action there is."""

    async def work(office: Office) -> tuple[Action, ...]:
        return await room(office).executions.actions(await office.actor(user))

    found = in_office(work)
    if as_json:
        show_json([facts(each) for each in found])
        return
    rows = [(each.ref, each.runner, each.description) for each in found]
    show_table(("ACTION", "RUNNER", "WHAT IT DOES"), rows, empty="There are no actions.")


@action.command("show")
@click.argument("ref", metavar="NAME")
@as_option
@json_option
def show_action(ref: str, user: str | None, *, as_json: bool) -> None:
    """Show what NAME takes."""

    async def work(office: Office) -> Action:
        return await room(office).executions.action(await office.actor(user), ref)

    found = in_office(work)
    if as_json:
        show_json(facts(found))
        return
    click.echo(f"{found.ref}: {found.description}")
    rows = [
        (
            each.name,
            each.type,
            "needed" if each.required and not each.has_default else str(each.default or ""),
            each.description,
        )
        for each in found.parameters
    ]
    show_table(("PARAMETER", "TYPE", "DEFAULT", "WHAT FOR"), rows, empty="It takes nothing.")


@action.command("run")
@click.argument("ref", metavar="NAME")
@execution_options
def run_action(
    ref: str,
    values: tuple[str, ...],
    incident: str | None,
    reason: str,
    user: str | None,
    *,
    detach: bool,
    as_json: bool,
) -> None:
    """Run NAME with KEY=VALUE and print what it prints.

    A running server does it; where none runs, this process does. Exit code 0 when it
    completed, 1 when it did not, 3 when it waits for somebody.
    """
    wish = ExecuteWish(action=ref, parameters=pairs(values), incident=incident, reason=reason)
    raise click.exceptions.Exit(execute(load(), wish, user, detach=detach, as_json=as_json))


def facts(found: Action) -> dict[str, object]:
    """An action for programs."""
    return {
        "ref": found.ref,
        "pack": found.pack,
        "name": found.name,
        "runner_type": found.runner,
        "description": found.description,
        "enabled": found.enabled,
        "timeout": found.timeout,
        "idempotent": found.idempotent,
        "undo": found.undo or None,
        "parameters": as_json_schema(found),
        "output_schema": found.output_schema,
    }
