"""`tocsin token`: create, list and revoke API tokens."""

from __future__ import annotations

from datetime import timedelta

import click

from bot.cli.office import Office, in_office
from bot.cli.output import iso, json_option, moment, show_json, show_table
from bot.cli.spans import Span
from security.account import Account
from security.proof import Token


@click.group()
def token() -> None:
    """Create, list and revoke API tokens."""


@token.command()
@click.option("--user", required=True, help="Whose token it is.")
@click.option("--name", default="command line", show_default=True, help="What it is for.")
@click.option(
    "--scope", "scopes", multiple=True, help="A permission it is limited to; give several."
)
@click.option("--expires", type=Span(), default=None, help="30m, 12h, 90d, 2w or never.")
@json_option
def create(
    user: str, name: str, scopes: tuple[str, ...], expires: timedelta | None, *, as_json: bool
) -> None:
    """Make a token and print it, and nothing else: it is shown this once."""

    async def work(office: Office) -> tuple[Token, str]:
        return await office.doors.create_token(office.operator, user, name, scopes or None, expires)

    made, secret = in_office(work)
    if as_json:
        show_json({"id": made.id, "token": secret, "expires_at": iso(made.expires_at)})
    else:
        click.echo(secret)


@token.command("list")
@click.option("--user", default=None, help="Whose tokens; everybody's without it.")
@click.option("--all", "dead_too", is_flag=True, help="Expired and revoked ones, too.")
@json_option
def list_tokens(user: str | None, *, dead_too: bool, as_json: bool) -> None:
    """List tokens, newest first; their secrets are not stored."""

    async def work(office: Office) -> list[tuple[Token, Account, bool]]:
        found = await office.doors.tokens(office.operator, user)
        owners = await office.database.acts.read(
            lambda to: to.people.accounts(each.account_id for each in found)
        )
        now = office.clock.now()
        known = [(each, owners[each.account_id], each.good(now)) for each in found]
        return [(each, owner, good) for each, owner, good in known if good or dead_too]

    found = in_office(work)
    if as_json:
        show_json([_facts(each, owner, good=good) for each, owner, good in found])
        return
    show_table(
        ("ID", "NAME", "USER", "SCOPES", "EXPIRES", "LAST USED"),
        [
            (
                each.id,
                each.name,
                owner.name,
                "all" if each.scopes is None else ", ".join(sorted(each.scopes)),
                moment(each.expires_at, never="never") if each.revoked_at is None else "revoked",
                moment(each.last_used_at, never="never"),
            )
            for each, owner, _ in found
        ],
        empty="There are no tokens. Make one: tocsin token create --user NAME",
    )


@token.command()
@click.argument("token_id", metavar="ID")
def revoke(token_id: str) -> None:
    """Make the token with that ID useless; `tocsin token list` shows the IDs."""
    in_office(lambda office: office.doors.revoke_token(office.operator, token_id))
    click.echo("The token is revoked.")


def _facts(token: Token, owner: Account, *, good: bool) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "user": owner.name,
        "scopes": None if token.scopes is None else sorted(token.scopes),
        "good": good,
        "created_at": iso(token.created_at),
        "expires_at": iso(token.expires_at),
        "last_used_at": iso(token.last_used_at),
        "revoked_at": iso(token.revoked_at),
    }
