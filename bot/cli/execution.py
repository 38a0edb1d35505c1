"""`tocsin execution`: list, get, tail and control executions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import click

from automation.execution import Execution, ExecutionFilter, ExecutionStatus
from automation.executions.desk import ExecutionDetail, Verdict
from automation.executions.items import lines
from bot import logs
from bot.cli.executing import follow, room
from bot.cli.execution_facts import facts, summary
from bot.cli.office import Office, in_office, office
from bot.cli.output import as_option, json_option, moment, show_json, show_table
from bot.settings_check import load
from security.page import Page, Slice

_STATUSES = click.Choice([each.value for each in ExecutionStatus], case_sensitive=False)


@click.group()
def execution() -> None:
    """List, follow and control executions."""


@execution.command("list")
@click.option("--status", type=_STATUSES, default=None)
@click.option("--search", default=None, help="In name and key.")
@click.option("--limit", type=click.IntRange(1, 200), default=25, show_default=True)
@as_option
@json_option
def list_executions(
    status: str | None, search: str | None, limit: int, user: str | None, *, as_json: bool
) -> None:
    """List executions, newest first."""
    wanted = ExecutionFilter(
        status=ExecutionStatus(status.upper()) if status else None, search=search
    )

    async def work(opened: Office) -> Page[Execution]:
        desk = room(opened).executions
        return await desk.page(await opened.actor(user), wanted, Slice(limit=limit))

    found = in_office(work).items
    if as_json:
        show_json([summary(each) for each in found])
        return
    rows = [
        (each.key, each.name, each.status.value, each.requested_name, moment(each.created_at))
        for each in found
    ]
    show_table(("EXECUTION", "WHAT", "STATUS", "BY", "BEGUN"), rows, empty="There is none.")


@execution.command("get")
@click.argument("ref", metavar="EXECUTION")
@as_option
@json_option
def get_execution(ref: str, user: str | None, *, as_json: bool) -> None:
    """Show EXECUTION (such as RUN-00042) with every step."""

    async def work(opened: Office) -> ExecutionDetail:
        return await room(opened).executions.detail(await opened.actor(user), ref)

    found = in_office(work)
    if as_json:
        show_json(facts(found))
        return
    one = found.execution
    progress = {line.task.id: line.progress() for line in lines(found.tasks) if line.items}
    click.echo(f"{one.key} {one.name}: {one.status.value}{': ' + one.error if one.error else ''}")
    rows = [
        (
            task.name,
            task.action,
            task.status.value,
            str(len(task.attempts)) if task.attempts else "",
            task.error or progress.get(task.id, ""),
        )
        for task in found.tasks
    ]
    show_table(("STEP", "ACTION", "STATUS", "ATTEMPTS", "ERROR"), rows, empty="It has no steps.")


@execution.command("tail")
@click.argument("ref", metavar="EXECUTION")
@as_option
def tail_execution(ref: str, user: str | None) -> None:
    """Print what EXECUTION prints until it ends. Exit code 1 when it did not complete."""
    logs.set_up("warning", "plain")

    async def work() -> int:
        async with office(load()) as opened:
            return await follow(room(opened).executions, await opened.actor(user), ref)

    raise click.exceptions.Exit(asyncio.run(work()))


def _controlling(word: str, about: str) -> None:
    """Add a command that does one thing to an execution."""

    @click.argument("ref", metavar="EXECUTION")
    @as_option
    def control(ref: str, user: str | None) -> None:
        async def work(opened: Office) -> Execution:
            desk = room(opened).executions
            act: Callable[..., object] = getattr(desk, word)
            return await act(await opened.actor(user), ref)  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType] - one of the desk's calls

        after = in_office(work)
        click.echo(f"{after.key}: {word} asked for." if word != "rerun" else f"{after.key} begun.")

    execution.command(word, help=about)(control)


for _word, _about in (
    ("cancel", "End EXECUTION; what runs is stopped."),
    ("pause", "Begin nothing more of EXECUTION until it is resumed."),
    ("resume", "Go on with a paused EXECUTION."),
    ("rerun", "Go on from where EXECUTION failed, as a new one."),
):
    _controlling(_word, _about)


@execution.command("settle")
@click.argument("ref", metavar="EXECUTION")
@click.argument("verdict", type=click.Choice([each.value for each in Verdict]))
@click.option("--step", default=None, help="Its name, where several are in question.")
@click.option("--note", default="", help="How you know.")
@as_option
def settle(ref: str, verdict: str, step: str | None, note: str, user: str | None) -> None:
    """Say what became of a step that was under way when Tocsin stopped."""

    async def work(opened: Office) -> Execution:
        desk = room(opened).executions
        return await desk.settle(await opened.actor(user), ref, step, Verdict(verdict), note)

    click.echo(f"{in_office(work).key} goes on.")
