"""`tocsin backup` and `tocsin restore`: a copy of the SQLite database, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bot.home import only_one
from bot.settings import Settings
from bot.settings_check import load
from chat.errors import Refused
from storage import backup as copies
from storage import migrate

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def backup(file: Path, *, force: bool) -> None:
    """Copy the database to FILE while Tocsin runs.

    The key is not in it: keep that elsewhere, since without it nobody can verify the
    audit trail of a restored database. On PostgreSQL, use pg_dump.
    """
    settings = load()
    database = copies.sqlite_file(settings.database_url)
    if file.exists() and not force:
        raise Refused(f"{file} is there already. Choose another name, or replace it with --force.")
    size = copies.save(database, file)
    version = copies.check(file)
    click.echo(f"{file}: {size:,} bytes, version {version}, checked.")
    click.echo(f"{_about_key(settings)} is not in it. Keep a copy of it in another place.")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, *, yes: bool) -> None:
    """Put the backup FILE in the database's place; Tocsin must not run meanwhile.

    What was there is kept beside it. An older backup is brought up to date.
    """
    settings = load()
    database = copies.sqlite_file(settings.database_url)
    version = copies.check(file)
    if not yes:
        click.confirm(f"Put {file} (version {version}) in the place of {database}?", abort=True)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with only_one(database):
        kept = copies.put_back(file, database, datetime.now(UTC))
        migrate.upgrade(settings.database_url)
    click.echo(f"{database} is the backup {file} now.")
    if kept is not None:
        click.echo(f"What was there before is kept in {kept}.")
    click.echo(f"{_about_key(settings)} must be the one the backup was made with. See whether")
    click.echo("it is: tocsin audit verify")


def _about_key(settings: Settings) -> str:
    where = "TOCSIN_KEY" if settings.key is not None else str(settings.key_path)
    return f"The key ({where})"
