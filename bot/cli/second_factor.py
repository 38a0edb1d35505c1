"""`tocsin user second-factor`: an authenticator app for somebody, or away with it."""

from __future__ import annotations

import sys

import click

from bot.cli.office import Office, in_office
from bot.cli.output import bold
from chat.errors import BadInput
from security.codes import Enrolment, qr_text

_TRIES = 3
"""Times that a code may be mistyped before the command gives up."""


@click.command("second-factor")
@click.argument("name")
@click.option("--code", default=None, help="What the app shows: confirms what was begun.")
@click.option("--remove", is_flag=True, help="Take it away instead, from who has lost it.")
def second_factor(name: str, code: str | None, *, remove: bool) -> None:
    """Set up an authenticator app for NAME, who is asked for its codes from then on.

    Prints a secret and asks for a code. Where there is nobody to ask, run it again with
    --code; then it prints the recovery codes, this once.
    """
    if remove and code is not None:
        raise click.UsageError("--code confirms and --remove takes away: give one of them.")
    if remove:
        in_office(lambda office: office.second_factors.remove(office.operator, name))
        click.echo(f"@{name} has no second factor any more.")
    elif code is not None:
        _show_codes(name, _confirmed(name, code))
    else:
        _show(in_office(lambda office: office.second_factors.begin(office.operator, name)))
        if sys.stdin.isatty():
            _show_codes(name, _asked(name))
        else:
            click.echo(f"Confirm it with a code: tocsin user second-factor {name} --code 123456")


def _confirmed(name: str, code: str) -> tuple[str, ...]:
    async def work(office: Office) -> tuple[str, ...]:
        return await office.second_factors.confirm(office.operator, code, name)

    return in_office(work)


def _asked(name: str) -> tuple[str, ...]:
    """Recovery codes, once the right code has been typed."""
    for left in reversed(range(_TRIES)):
        try:
            return _confirmed(name, click.prompt("Code that the app shows", type=str))
        except BadInput as wrong:
            if not left:
                raise
            click.echo(wrong.message)
    raise AssertionError("the last try returns or raises")


def _show(made: Enrolment) -> None:
    if sys.stdout.isatty():
        click.echo(qr_text(made.uri))
    click.echo(f"Put this into an authenticator app: {bold(made.secret)}")
    click.echo(f"The same as an address: {made.uri}")


def _show_codes(name: str, codes: tuple[str, ...]) -> None:
    click.echo(f"@{name} has a second factor from now on.")
    click.echo("Recovery codes, each good once when the phone is lost; shown this once:")
    for code in codes:
        click.echo(f"  {code}")
