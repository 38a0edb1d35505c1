"""`tocsin up`, `serve` and `worker`: the roles a process can have."""

from __future__ import annotations

import click

from bot.settings_check import load
from bot.up import Role, run

_host = click.option("--host", help="Address to listen at (TOCSIN_HOST).")
_port = click.option("--port", type=int, help="Port to listen at (TOCSIN_PORT).")


@click.command()
@_host
@_port
def up(host: str | None, port: int | None) -> None:
    """Migrate the database, serve and work, all in this process."""
    run(load(host=host, port=port), Role.UP)


@click.command()
@_host
@_port
def serve(host: str | None, port: int | None) -> None:
    """Answer people and programs, and do a share of the work.

    The database must be up to date. Several of them need PostgreSQL.
    """
    run(load(host=host, port=port), Role.SERVE)


@click.command()
def worker() -> None:
    """Deliver, drive and seal without serving anybody.

    The database must be up to date. Several of them need PostgreSQL.
    """
    run(load(), Role.WORKER)
