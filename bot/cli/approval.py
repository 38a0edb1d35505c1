"""`tocsin approval`: list, show and answer approvals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from automation.approval import Approval, ApprovalFilter, ApprovalStatus
from automation.approvals.desk import ApprovalDetail
from bot.cli.executing import room
from bot.cli.office import Office, in_office
from bot.cli.output import as_option, iso, json_option, moment, show_json, show_table
from bot.cli.plan_text import plan_lines, step_facts
from security.page import Page, Slice

F = TypeVar("F", bound=Callable[..., Any])
_ref = click.argument("ref", metavar="APPROVAL")


@click.group()
def approval() -> None:
    """List, show and answer approvals."""


@approval.command("list")
@click.option("--all", "everything", is_flag=True, help="Decided ones, too.")
@click.option("--mine", is_flag=True, help="Only those that wait for whoever --as names.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@as_option
@json_option
def list_approvals(
    limit: int, user: str | None, *, everything: bool, mine: bool, as_json: bool
) -> None:
    """List what waits for approval, newest first."""
    if mine and user is None:
        raise click.UsageError("--mine needs --as NAME: whose answer is waited for?")
    wanted = ApprovalFilter(status=None if everything else ApprovalStatus.PENDING)

    async def work(opened: Office) -> Page[ApprovalDetail]:
        desk = room(opened).approvals
        return await desk.page(await opened.actor(user), wanted, Slice(limit=limit), mine=mine)

    found = in_office(work).items
    if as_json:
        show_json([_facts(each) for each in found])
        return
    rows = [
        (
            each.approval.key,
            each.approval.subject,
            each.approval.status.value,
            each.approval.requested_name,
            moment(each.approval.requested_at),
        )
        for each in found
    ]
    show_table(("APPROVAL", "WHAT", "STATUS", "ASKED BY", "WHEN"), rows, empty="Nothing waits.")


@approval.command("show")
@_ref
@as_option
@json_option
def show_approval(ref: str, user: str | None, *, as_json: bool) -> None:
    """Show APPROVAL (such as APR-00017) with its exact plan."""

    async def work(opened: Office) -> ApprovalDetail:
        return await room(opened).approvals.detail(await opened.actor(user), ref)

    found = in_office(work)
    if as_json:
        show_json(_facts(found))
        return
    one = found.approval
    click.echo(f"{one.key} {one.subject}: {one.status.value} {one.verdict}")
    click.echo(f"Asked by {one.requested_name}. {one.reason}")
    for line in plan_lines(one.plan):
        click.echo(line)
    click.echo(f"Plan {one.plan_hash}")


def _answering(command: F) -> F:
    """Gives a command what an approval is answered with."""
    options = (
        _ref,
        click.argument("note", required=False, default=""),
        click.option("--code", default=None, help="Of the second factor, where one is needed."),
        click.option("--as", "user", required=True, help="Who answers."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@approval.command("approve")
@_answering
def approve(ref: str, note: str, code: str | None, user: str) -> None:
    """Say yes to APPROVAL."""
    _answer(ref, note, code, user, yes=True)


@approval.command("reject")
@_answering
def reject(ref: str, note: str, code: str | None, user: str) -> None:
    """Say no to APPROVAL."""
    _answer(ref, note, code, user, yes=False)


def _answer(ref: str, note: str, code: str | None, user: str, *, yes: bool) -> None:
    async def work(opened: Office) -> Approval:
        desk = room(opened).approvals
        say = desk.approve if yes else desk.reject
        return await say(await opened.actor(user), ref, note, code=code)

    after = in_office(work)
    told = "needs more answers" if after.pending else after.verdict
    click.echo(f"{after.key} {told}.")


def _facts(found: ApprovalDetail) -> dict[str, object]:
    one = found.approval
    return {
        "id": one.id,
        "key": one.key,
        "subject": one.subject,
        "status": one.status.value,
        "reason": one.reason,
        "requested_by": one.requested_name,
        "requested_at": iso(one.requested_at),
        "expires_at": iso(one.expires_at),
        "plan_hash": one.plan_hash,
        "plan": [step_facts(step) for step in one.plan],
        "needed": one.policy.needed,
        "answers": [
            {"by": each.name, "approve": each.approve, "note": each.note, "at": iso(each.at)}
            for each in found.answers
        ],
        "verdict": one.verdict,
    }
