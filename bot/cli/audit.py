"""`tocsin audit`: list the trail and verify its chain."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta

import click

from bot.cli.office import Office, in_office
from bot.cli.output import iso, json_option, moment, show_json, show_table
from bot.cli.spans import Span
from chat.text import counted
from security.audit import Outcome, Sealed, Verdict
from security.page import Page, Slice
from security.ports import AuditFilter

_NUMBER_CHARS = 12


class Anchor(click.ParamType[tuple[int, str]]):
    """`NUMBER:HASH`, as the log and the operations channel note it each day."""

    name = "number:hash"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, str]:
        """Number and hash, or a usage error that says what is accepted."""
        match = re.fullmatch(r"([0-9]{1,12}):([0-9a-fA-F]{64})", str(value).strip())
        if match is None:
            self.fail("an anchor is a number, a colon and 64 hexadecimal digits.", param, ctx)
        return int(match[1]), match[2].lower()


@click.group()
def audit() -> None:
    """List the audit trail and verify its chain."""


@audit.command()
@click.argument("noted", metavar="[ANCHOR]", type=Anchor(), required=False)
@click.option("--anchor", type=Anchor(), help="A head noted earlier, as NUMBER:HASH.")
@json_option
def verify(noted: tuple[int, str] | None, anchor: tuple[int, str] | None, *, as_json: bool) -> None:
    """Walk the whole chain; exit code 1 when a record was changed, removed or cut off.

    Only an ANCHOR noted outside shows that the end was cut off.
    """

    async def work(office: Office) -> Verdict:
        return await office.audit.verify(office.operator, anchor or noted)

    verdict = in_office(work)
    if as_json:
        show_json({"intact": verdict.broken_at is None, **asdict(verdict)})
    elif verdict.broken_at is None:
        wait = "waits" if verdict.waiting == 1 else "wait"
        more = f" {verdict.waiting} more {wait} to be sealed." if verdict.waiting else ""
        click.echo(f"The chain is whole: {counted(verdict.checked, 'record')}.{more}")
        click.echo(f"Head: {verdict.checked}:{verdict.head}")
    else:
        before = (
            f" Whole before it: {counted(verdict.checked, 'record')}." if verdict.checked else ""
        )
        click.echo(f"The chain is broken. {verdict.why}{before}")
    if verdict.broken_at is not None:
        raise click.exceptions.Exit(1)


@audit.command("list")
@click.option("--actor", default=None, help="Who did it.")
@click.option("--action", default=None, help="Such as incident.started.")
@click.option("--outcome", type=click.Choice([each.value for each in Outcome]), default=None)
@click.option("--search", default=None, help="In action, actor and what it was done to.")
@click.option("--since", type=Span(), default=None, help="30m, 12h, 90d, 2w.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@json_option
def list_records(
    actor: str | None,
    action: str | None,
    outcome: str | None,
    search: str | None,
    since: timedelta | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """List records, newest first."""

    async def work(office: Office) -> Page[Sealed]:
        wanted = AuditFilter(
            actor=actor,
            action=action,
            outcome=Outcome(outcome) if outcome else None,
            search=search,
            since=office.clock.now() - since if since else None,
        )
        return await office.audit.page(office.operator, wanted, Slice(limit=limit))

    found = in_office(work)
    if as_json:
        show_json([_facts(sealed) for sealed in found.items])
        return
    show_table(
        ("NUMBER", "AT", "WHO", "VIA", "ACTION", "WHAT", "DETAILS"),
        [_row(sealed) for sealed in found.items],
        empty="There are no such records.",
    )


def _row(sealed: Sealed) -> tuple[str, ...]:
    entry = sealed.record
    details = ", ".join(f"{name}: {value}" for name, value in entry.details.items() if value)
    what = entry.object_name or entry.object_id
    at, number = moment(entry.at), str(sealed.number or "waiting").rjust(_NUMBER_CHARS // 2)
    return number, at, entry.actor_name, entry.via, entry.action, what, details


def _facts(sealed: Sealed) -> dict[str, object]:
    entry = sealed.record
    return {
        "number": sealed.number or None,
        "hash": sealed.hash or None,
        "at": iso(entry.at),
        "actor": entry.actor_name,
        "actor_id": entry.actor_id,
        "via": entry.via,
        "action": entry.action,
        "outcome": entry.outcome.value,
        "object": {"kind": entry.object_kind, "id": entry.object_id, "name": entry.object_name},
        "team_id": entry.team_id,
        "cause": entry.cause,
        "details": dict(entry.details),
    }
