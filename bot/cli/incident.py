"""`tocsin incident`: list incidents. Everything else is done in chat: `tocsin chat`."""

from __future__ import annotations

import click

from bot.cli.office import Office, in_office
from bot.cli.output import iso, json_option, moment, show_json, show_table
from incidents.desk import IncidentDesk
from incidents.incident import Incident, Severity, Status
from incidents.ports import IncidentFilter
from security.page import Slice


@click.group()
def incident() -> None:
    """List incidents; work on them with `tocsin chat`."""


@incident.command("list")
@click.option("--as", "user", default=None, help="Whose eyes; everything without it.")
@click.option("--ongoing", is_flag=True, help="Leave closed ones out.")
@click.option("--severity", "severities", multiple=True, help="LOW, MEDIUM, … or SEV1 to SEV5.")
@click.option("--search", default=None, help="In name, summary and key.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@json_option
def list_incidents(
    user: str | None,
    severities: tuple[str, ...],
    search: str | None,
    limit: int,
    *,
    ongoing: bool,
    as_json: bool,
) -> None:
    """List incidents, newest first."""
    wanted = IncidentFilter(
        status=Status.ONGOING if ongoing else None,
        severities=tuple(Severity.parse(word) for word in severities),
        search=search,
    )

    async def work(office: Office) -> list[tuple[Incident, str]]:
        desk = IncidentDesk(office.database.acts, office.clock)
        page = await desk.page(await office.actor(user), wanted, Slice(limit=limit))
        commanders = await office.database.acts.read(
            lambda to: to.people.accounts(each.commander_id for each in page.items)
        )
        return [(each, commanders[each.commander_id].name) for each in page.items]

    found = in_office(work)
    if as_json:
        show_json([_facts(each, commander) for each, commander in found])
        return
    show_table(
        ("KEY", "NAME", "SEVERITY", "STATUS", "COMMANDER", "STARTED", "ENDED"),
        [
            (
                each.key,
                each.name,
                each.severity,
                each.status,
                f"@{commander}",
                moment(each.started_at),
                moment(each.ended_at),
            )
            for each, commander in found
        ],
        empty="There is no such incident.",
    )


def _facts(incident: Incident, commander: str) -> dict[str, object]:
    return {
        "id": incident.id,
        "key": incident.key,
        "name": incident.name,
        "summary": incident.summary,
        "severity": incident.severity,
        "status": incident.status,
        "commander": commander,
        "playbook": incident.playbook_name,
        "public": incident.public,
        "started_at": iso(incident.started_at),
        "ended_at": iso(incident.ended_at),
    }
