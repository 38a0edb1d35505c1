"""`tocsin teams`: what has to be given to Microsoft Teams."""

from __future__ import annotations

from pathlib import Path

import click

from adapters.teams.manifest import manifest as written
from adapters.teams.manifest import package
from adapters.teams.options import read
from bot.cli.output import show_json
from bot.plugins import options_of
from bot.settings_check import load
from chat.errors import BadInput


@click.group()
def teams() -> None:
    """Microsoft Teams."""


@teams.command()
@click.option(
    "--zip",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the whole app package, to be uploaded, to this file.",
)
def manifest(file: Path | None) -> None:
    """Print the manifest of the app, as the settings of Teams want it."""
    options = read(options_of("teams"))
    if options is None:
        raise BadInput("Teams is not set up. docs/teams.md says how; begin with TOCSIN_TEAMS_TEAM.")
    url = load().url()
    if file is None:
        show_json(written(options, url))
        return
    try:
        file.write_bytes(package(options, url))
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}.") from error
    click.echo(f"{file} is written. Upload it in Teams: Apps, Manage your apps, Upload an app.")
