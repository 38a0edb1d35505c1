"""`tocsin database`: bring its tables up to date, or back."""

from __future__ import annotations

import click

from bot.cli.output import json_option, show_json
from bot.settings import mask
from bot.settings_check import load
from storage import migrate


@click.group()
def database() -> None:
    """Bring the database up to date, or back."""


@database.command()
@json_option
def current(*, as_json: bool) -> None:
    """Tell at which version the database is, and which one this Tocsin needs."""
    settings = load()
    there, needed = migrate.current(settings.database_url), migrate.head()
    shown = mask("database_url", settings.database_url)
    if as_json:
        show_json({"database": shown, "version": there, "needed": needed})
    else:
        click.echo(f"{shown} is at version {there or 'none'}; this Tocsin needs {needed}.")


@database.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database up to this Tocsin's version, or to REVISION."""
    url = load().database_url
    migrate.upgrade(url, revision)
    click.echo(f"The database is at version {migrate.current(url)}.")


@database.command(context_settings={"ignore_unknown_options": True})  # -1 is one step back
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Do not ask.")
def downgrade(revision: str, *, yes: bool) -> None:
    """Bring the database back to REVISION; what only later versions keep is lost."""
    url = load().database_url
    if not yes:
        click.confirm(f"Lose what versions after {revision} keep? Stop Tocsin first.", abort=True)
    migrate.downgrade(url, revision)
    click.echo(f"The database is at version {migrate.current(url) or 'none'}.")
