"""`tocsin up`, `serve` and `worker`: the roles a process can have."""

from __future__ import annotations

import click

_host = click.option("--host", help="Address to listen at (TOCSIN_HOST).")
_port = click.option("--port", type=int, help="Port to listen at (TOCSIN_PORT).")


@click.command()
@_host
@_port
def up(host: str | None, port: int | None) -> None:
    """Migrate the database, serve and work, all in this process."""
    _run("up", host, port)


@click.command()
@_host
@_port
def serve(host: str | None, port: int | None) -> None:
    """Answer people and programs, and do a share of the work.

    The database must be up to date. Several of them need PostgreSQL.
    """
    _run("serve", host, port)


@click.command()
def worker() -> None:
    """Deliver, drive and seal without serving anybody.

    The database must be up to date. Several of them need PostgreSQL.
    """
    _run("worker", None, None)


def _run(role: str, host: str | None, port: int | None) -> None:
    """Read the settings, and only when they are good load the whole house."""
    from bot.settings_check import load  # noqa: PLC0415 - help needs neither

    settings = load(host=host, port=port)
    from bot.up import Role, run  # noqa: PLC0415 - help and wrong settings need it not

    run(settings, Role(role))
