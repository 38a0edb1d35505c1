"""`tocsin runbook`: list, show, save, switch and run runbooks; their versions are beside this."""

from __future__ import annotations

from typing import TextIO

import click

from automation.execution import Trigger
from automation.executions.desk import DryRun, ExecuteWish
from automation.runbook import RunbookFilter, RunbookStatus, TriggerType
from automation.runbooks.desk import Edit, Seen
from automation.runbooks.documents import read_text
from automation.runbooks.writing import text_of, written
from bot.cli.executing import execute, execution_options, pairs, room
from bot.cli.office import Office, in_office
from bot.cli.output import as_option, iso, json_option, show_json, show_table
from bot.cli.plan_text import plan_lines, step_facts
from bot.cli.runbook_history import delete, restore, share, versions, webhook
from bot.settings_check import load
from security.page import Page, Slice

_ref = click.argument("ref", metavar="RUNBOOK")
_STATUSES = click.Choice([each.value for each in RunbookStatus], case_sensitive=False)
_TRIGGERS = click.Choice([each.value for each in TriggerType], case_sensitive=False)


@click.group()
def runbook() -> None:
    """List, show, save, switch, share, run and delete runbooks."""


for _each in (versions, restore, share, delete, webhook):
    runbook.add_command(_each)


@runbook.command("list")
@click.option("--search", default=None, help="In name, description and category.")
@click.option("--status", type=_STATUSES, default=None)
@click.option("--trigger", type=_TRIGGERS, default=None, help="How they are begun.")
@click.option("--category", default=None)
@click.option("--tag", default=None)
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@as_option
@json_option
def list_runbooks(
    search: str | None,
    status: str | None,
    trigger: str | None,
    category: str | None,
    tag: str | None,
    limit: int,
    user: str | None,
    *,
    as_json: bool,
) -> None:
    """List runbooks by name."""
    wanted = RunbookFilter(
        search=search,
        status=RunbookStatus(status.upper()) if status else None,
        trigger_type=TriggerType(trigger.upper()) if trigger else None,
        category=category,
        tag=tag,
    )

    async def work(opened: Office) -> Page[Seen]:
        desk = room(opened).runbooks
        return await desk.page(await opened.actor(user), wanted, Slice(limit=limit))

    found = in_office(work).items
    if as_json:
        show_json([facts(each) for each in found])
        return
    rows = [
        (
            each.runbook.handle,
            each.runbook.name,
            each.runbook.status.value,
            each.runbook.label,
            str(each.runbook.run_count),
        )
        for each in found
    ]
    show_table(("HANDLE", "NAME", "STATUS", "VERSION", "RUNS"), rows, empty="There is none.")


@runbook.command("show")
@_ref
@as_option
@json_option
def show_runbook(ref: str, user: str | None, *, as_json: bool) -> None:
    """Print RUNBOOK (handle, name or id) as YAML, or as JSON."""

    async def work(opened: Office) -> Seen:
        return await room(opened).runbooks.find(await opened.actor(user), ref)

    found = in_office(work)
    if as_json:
        show_json(facts(found))
    else:
        click.echo(text_of(found.runbook.content, found.runbook.label), nl=False)


@runbook.command("save")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--over", default=None, metavar="RUNBOOK", help="Which one it replaces.")
@click.option("--status", type=_STATUSES, default=None, help="Its status from now on.")
@click.option("--team", default=None, help="Name of the team; the default team without it.")
@as_option
@json_option
def save_runbook(
    file: TextIO,
    over: str | None,
    status: str | None,
    team: str | None,
    user: str | None,
    *,
    as_json: bool,
) -> None:
    """Save the runbook in FILE (YAML or JSON; - for standard input), new or as a new version."""
    content, label = read_text(file.read())
    edit = Edit(content, label, RunbookStatus(status.upper()) if status else None)

    async def work(opened: Office) -> Seen:
        desk, actor = room(opened).runbooks, await opened.actor(user)
        if over is not None:
            return await desk.edit(actor, over, edit)
        where = team or (opened.settings.team if user is None else None)
        return await desk.create(actor, content, edit, team=where)

    made = in_office(work)
    if as_json:
        show_json(facts(made))
        return
    one = made.runbook
    click.echo(f"“{one.name}” is {one.status.value} as {one.handle}, version {one.label}.")
    for place, problem in made.mistakes.items():
        click.echo(f"{place} {problem}", err=True)


@runbook.command("mark")
@_ref
@click.argument("status", type=_STATUSES)
@as_option
def mark_runbook(ref: str, status: str, user: str | None) -> None:
    """Give RUNBOOK another status; only an ACTIVE one is executed."""

    async def work(opened: Office) -> Seen:
        edit = Edit(status=RunbookStatus(status.upper()))
        return await room(opened).runbooks.edit(await opened.actor(user), ref, edit)

    made = in_office(work).runbook
    click.echo(f"“{made.name}” is {made.status.value}.")


@runbook.command("plan")
@_ref
@click.argument("values", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--incident", default=None, help="The incident it would belong to.")
@as_option
@json_option
def plan_runbook(
    ref: str, values: tuple[str, ...], incident: str | None, user: str | None, *, as_json: bool
) -> None:
    """Show every step of RUNBOOK as it would be done, and do none."""
    wish = ExecuteWish(runbook=ref, parameters=pairs(values), incident=incident)

    async def work(opened: Office) -> DryRun:
        return await room(opened).executions.dry_run(await opened.actor(user), wish)

    dry = in_office(work)
    steps = [step_facts(step) for step in dry.plan]
    if as_json:
        show_json({"runbook": dry.runbook.name, "good": dry.good, "steps": steps})
        return
    for line in plan_lines(dry.plan):
        click.echo(line)


@runbook.command("run")
@_ref
@execution_options
def run_runbook(
    ref: str,
    values: tuple[str, ...],
    incident: str | None,
    reason: str,
    user: str | None,
    *,
    detach: bool,
    as_json: bool,
) -> None:
    """Execute RUNBOOK with KEY=VALUE and print what it prints.

    A running server does it; where none runs, this process does. Exit code 0 when it
    completed, 1 when it did not, 3 when it waits for somebody.
    """
    wish = ExecuteWish(
        runbook=ref,
        parameters=pairs(values),
        trigger=Trigger.MANUAL,
        incident=incident,
        reason=reason,
    )
    raise click.exceptions.Exit(execute(load(), wish, user, detach=detach, as_json=as_json))


def facts(seen: Seen) -> dict[str, object]:
    """A runbook for programs."""
    one = seen.runbook
    return {
        "id": one.id,
        "handle": one.handle,
        **written(one.content, one.label),
        "status": one.status.value,
        "is_public": one.is_public,
        "execution_count": one.run_count,
        "success_rate": one.success_rate,
        "can_trigger": seen.can_trigger,
        "mistakes": seen.mistakes,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
    }
