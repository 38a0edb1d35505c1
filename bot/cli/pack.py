"""`tocsin pack`: list packs, look into them, and prepare what they require."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from bot.cli.executing import room
from bot.cli.office import Office, in_office
from bot.cli.output import json_option, safe, show_json, show_table
from bot.cli.pack_contents import all_of, contents_of, show_all, show_verdict, verdict
from bot.packs import Pack, PackShelf
from bot.workshop import runner_kit
from integrations.python.place import State
from integrations.python.runner import PythonRunner

T = TypeVar("T")

_OWN = "none of its own"


@click.group()
def pack() -> None:
    """List packs, look into them, and prepare what they require."""


@pack.command("list")
@json_option
def list_packs(*, as_json: bool) -> None:
    """List every pack, and how its environment is."""
    found = _at_the_shelf(lambda _, shelf: shelf.all())
    if as_json:
        show_json([facts(each) for each in found])
        return
    rows = [(each.name, str(each.actions), _state(each), str(each.folder)) for each in found]
    show_table(("PACK", "ACTIONS", "ENVIRONMENT", "FOLDER"), rows, empty="There are no packs.")


@pack.command("show")
@click.argument("name")
@json_option
def show_pack(name: str, *, as_json: bool) -> None:
    """Show the pack NAME, and why its environment could not be built.

    NAME may be the path of a folder as well, such as ./stackstorm-jira: then what lies there is
    shown, installed or not.
    """
    if os.sep in name or name in {os.curdir, os.pardir}:
        found = contents_of(name)
        show_json(all_of(found)) if as_json else show_all(found)
        return
    _show(_at_the_shelf(lambda _, shelf: shelf.get(name)), as_json=as_json)


@pack.command("validate")
@click.argument("path")
@json_option
def validate_pack(path: str, *, as_json: bool) -> None:
    """Look through the files of the pack in the folder PATH, of StackStorm or of Tocsin.

    Says what is wrong with file, line and key, what cannot be done here and why, and where a
    value from outside lands in a shell's command line as it is. Exit code 1 when something is
    wrong.
    """
    found = contents_of(path)
    show_json(verdict(found)) if as_json else show_verdict(found)
    if found.mistakes:
        raise click.exceptions.Exit(1)


@pack.command("prepare")
@click.argument("name")
@json_option
def prepare_pack(name: str, *, as_json: bool) -> None:
    """Build the environment of the pack NAME now, also when that went wrong before.

    Without it, an environment is built when the first action of the pack needs it. Exit code
    1 when it could not be built.
    """
    found = _at_the_shelf(lambda office, shelf: shelf.prepare(office.operator, name))
    _show(found, as_json=as_json)
    if found.environment is not None and found.environment.state is not State.READY:
        raise click.exceptions.Exit(1)


def _at_the_shelf(work: Callable[[Office, PackShelf], Awaitable[T]]) -> T:
    async def day(office: Office) -> T:
        runner = PythonRunner(runner_kit(office.settings, "python"))
        registry = room(office).workshop.registry
        shelf = PackShelf(office.database.acts, registry, runner.environments, office.clock)
        try:
            return await work(office, shelf)
        finally:
            await runner.close()

    return in_office(day)


def _show(found: Pack, *, as_json: bool) -> None:
    if as_json:
        show_json(facts(found))
        return
    click.echo(f"{found.name}: {found.actions} actions, in {found.folder}")
    click.echo(f"Environment: {_state(found)}")
    if found.environment is not None and found.environment.python:
        click.echo(f"Python: {found.environment.python}")
    if found.environment is not None and found.environment.told:
        click.echo(safe(found.environment.told))


def _state(found: Pack) -> str:
    return found.environment.state.value if found.environment is not None else _OWN


def facts(found: Pack) -> dict[str, object]:
    """A pack for programs."""
    own = found.environment
    return {
        "name": found.name,
        "folder": str(found.folder),
        "actions": found.actions,
        "environment": None
        if own is None
        else {"state": own.state.value, "python": own.python or None, "told": own.told or None},
    }
