"""`tocsin runbook versions`, `restore`, `share`, `delete` and `webhook`."""

from __future__ import annotations

import click

from automation.runbook import Runbook, Version
from automation.runbooks.desk import Edit, Seen
from bot.cli.executing import room
from bot.cli.office import Office, in_office
from bot.cli.output import as_option, iso, json_option, moment, show_json, show_table

_ref = click.argument("ref", metavar="RUNBOOK")


@click.command()
@_ref
@as_option
@json_option
def versions(ref: str, user: str | None, *, as_json: bool) -> None:
    """List the versions of RUNBOOK (handle, name or id), newest first."""

    async def work(opened: Office) -> tuple[Version, ...]:
        return await room(opened).runbooks.versions(await opened.actor(user), ref)

    found = in_office(work)
    if as_json:
        show_json(
            [
                {
                    "revision": each.revision,
                    "version": each.label,
                    "note": each.note,
                    "created_at": iso(each.created_at),
                }
                for each in found
            ]
        )
        return
    rows = [(str(each.revision), each.label, moment(each.created_at), each.note) for each in found]
    show_table(("REVISION", "VERSION", "WHEN", "WHAT"), rows, empty="There is none.")


@click.command()
@_ref
@click.argument("revision", type=click.IntRange(min=1))
@as_option
def restore(ref: str, revision: int, user: str | None) -> None:
    """Make RUNBOOK what it was at REVISION, as a new version."""

    async def work(opened: Office) -> Seen:
        return await room(opened).runbooks.restore(await opened.actor(user), ref, revision)

    made = in_office(work).runbook
    click.echo(f"“{made.name}” is what it was at revision {revision}, as version {made.label}.")


@click.command()
@_ref
@click.option("--private", is_flag=True, help="Show it to its author and those who see all only.")
@as_option
def share(ref: str, user: str | None, *, private: bool) -> None:
    """Show RUNBOOK to the whole team, or make it private."""

    async def work(opened: Office) -> Seen:
        edit = Edit(is_public=not private)
        return await room(opened).runbooks.edit(await opened.actor(user), ref, edit)

    made = in_office(work).runbook
    click.echo(f"“{made.name}” is {'private' if private else 'seen by the whole team'}.")


@click.command()
@_ref
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_option
def delete(ref: str, user: str | None, *, yes: bool) -> None:
    """Delete RUNBOOK; its executions stay."""

    async def look(opened: Office) -> Seen:
        desk, actor = room(opened).runbooks, await opened.actor(user)
        await desk.may_change(actor, ref)
        return await desk.find(actor, ref)

    found = in_office(look).runbook
    if not yes:
        click.confirm(f"Delete “{found.name}” ({found.handle})?", abort=True)

    async def work(opened: Office) -> Runbook:
        return await room(opened).runbooks.delete(await opened.actor(user), found.id)

    click.echo(f"“{in_office(work).name}” is deleted.")


@click.command()
@_ref
@as_option
@json_option
def webhook(ref: str, user: str | None, *, as_json: bool) -> None:
    """Make a new secret for the webhook of RUNBOOK and print it, this once.

    The old one is good for nothing from then on.
    """

    async def work(opened: Office) -> tuple[Seen, str, str]:
        desk = room(opened).runbooks
        seen, secret = await desk.new_webhook_secret(await opened.actor(user), ref)
        return seen, secret, opened.settings.url()

    seen, secret, base = in_office(work)
    url = f"{base.rstrip('/')}/api/automation/webhooks/{seen.runbook.id}/"
    if as_json:
        show_json({"secret": secret, "url": url})
        return
    click.echo(secret)
    click.echo(f"Deliveries go to {url}", err=True)
