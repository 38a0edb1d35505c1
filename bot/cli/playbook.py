"""`tocsin playbook`: list, export and import playbooks."""

from __future__ import annotations

import json
from typing import TextIO

import click

from bot.cli.office import Office, in_office
from bot.cli.output import as_option, iso, json_option, show_json, show_table
from chat.text import counted
from playbooks.desk import Imported, PlaybookDesk
from playbooks.playbook import Playbook
from security.page import Slice

_team = click.option("--team", default=None, help="Name of the team; the default team without it.")


@click.group()
def playbook() -> None:
    """List, export and import playbooks."""


@playbook.command("list")
@click.option("--search", default=None, help="In name, handle and description.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@_team
@as_option
@json_option
def list_playbooks(
    search: str | None, limit: int, team: str | None, user: str | None, *, as_json: bool
) -> None:
    """List playbooks by name."""

    async def work(office: Office) -> tuple[Playbook, ...]:
        desk = PlaybookDesk(office.database.acts, office.clock)
        part, actor = Slice(limit=limit), await office.actor(user)
        return (await desk.page(actor, search, part, team=team)).items

    found = in_office(work)
    if as_json:
        show_json([_facts(each) for each in found])
        return
    show_table(
        ("HANDLE", "NAME", "STAGES", "STEPS", "REVISION"),
        [
            (
                each.handle,
                each.name,
                str(len(each.stages)),
                str(each.step_count),
                str(each.revision),
            )
            for each in found
        ],
        empty="There is no such playbook.",
    )


@playbook.command("export")
@click.argument("ref", metavar="PLAYBOOK")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@as_option
def export_playbook(ref: str, file: TextIO, user: str | None) -> None:
    """Write PLAYBOOK (handle, name or id) as Mattermost Playbooks' JSON to FILE, or print it."""

    async def work(office: Office) -> dict[str, object]:
        desk = PlaybookDesk(office.database.acts, office.clock)
        return await desk.export_json(await office.actor(user), ref)

    text = json.dumps(in_office(work), ensure_ascii=False, indent=2)
    file.write(text + "\n")


@playbook.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@_team
@as_option
@json_option
def import_playbook(file: TextIO, team: str | None, user: str | None, *, as_json: bool) -> None:
    """Make a playbook from Mattermost Playbooks' JSON in FILE (- for standard input).

    What cannot be kept is listed.
    """
    text = file.read()

    async def work(office: Office) -> Imported:
        desk = PlaybookDesk(office.database.acts, office.clock)
        where = team or (office.settings.team if user is None else None)
        return await desk.import_json(await office.actor(user), text, team=where)

    made = in_office(work)
    if as_json:
        show_json({"playbook": _facts(made.playbook), "losses": list(made.losses)})
        return
    shown = made.playbook
    click.echo(f"“{shown.name}” is there, as {shown.handle}: {counted(shown.step_count, 'step')}.")
    for loss in made.losses:
        click.echo(f"Not kept: {loss}")


def _facts(playbook: Playbook) -> dict[str, object]:
    return {
        "id": playbook.id,
        "handle": playbook.handle,
        "name": playbook.name,
        "description": playbook.description,
        "stages": len(playbook.stages),
        "steps": playbook.step_count,
        "revision": playbook.revision,
        "updated_at": iso(playbook.updated_at),
    }
