"""`tocsin workflow`: rehearse a workflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from automation.workflows.cases import case_of
from automation.workflows.rehearsing import Rehearsal, prepared, rehearse
from automation.workflows.statuses import SUCCEEDED
from bot.cli.output import json_option, safe, show_json, show_table
from chat.errors import BadInput

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def workflow() -> None:
    """Rehearse workflows."""


@workflow.command("rehearse")
@click.argument("file", type=_file)
@click.option("--case", type=_file, default=None, help="JSON with “inputs” and “mocks”.")
@json_option
@click.pass_context
def rehearse_workflow(
    context: click.Context, file: Path, case: Path | None, *, as_json: bool
) -> None:
    """Run the workflow in FILE on made-up results, without doing anything.

    A task without a mock succeeds with null. Exits with 1 unless the workflow succeeds.
    """
    inputs, mocks = case_of(_read_json(case) if case is not None else {})
    found = rehearse(prepared(_text(file), mocks), inputs, mocks)
    if as_json:
        show_json(facts(found))
    else:
        show(found)
    if found.status != SUCCEEDED:
        context.exit(1)


def facts(found: Rehearsal) -> dict[str, Any]:
    """A rehearsal for programs."""
    return {
        "status": found.status,
        "output": found.output,
        "errors": list(found.errors),
        "tasks": [
            {"id": each.id, "route": each.route, "status": each.status} for each in found.tasks
        ],
    }


def show(found: Rehearsal) -> None:
    """A rehearsal for people."""
    rows = [(each.id, str(each.route), each.status) for each in found.tasks]
    show_table(("TASK", "ROUTE", "STATUS"), rows, empty="No task was begun.")
    click.echo(f"\nThe workflow has {found.status}." if found.status == SUCCEEDED
               else f"\nThe workflow is {found.status}.")  # fmt: skip
    for each in found.errors:
        where = f"{each['task_id']}: " if "task_id" in each else ""
        click.echo(safe(f"- {where}{each['message']}"))
    if found.output is not None:
        click.echo(safe(json.dumps(found.output, ensure_ascii=False, indent=2, default=str)))


def _read_json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError) as wrong:
        raise BadInput(f"{path} is no JSON: {wrong}.", details={"case": str(wrong)}) from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not written in UTF-8.", details={"file": path.name}) from None
