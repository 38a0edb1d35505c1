"""`tocsin outbox`: what could not be delivered to a chat platform."""

from __future__ import annotations

from datetime import timedelta

import click

from bot.cli.office import Office, in_office
from bot.cli.output import iso, json_option, moment, show_json, show_table
from bot.cli.spans import Span
from chat.errors import NotFound
from chat.outbox import GivenUp
from chat.text import counted
from chat.undelivered import described
from security.audit import record
from storage.stores import Stores

_MOST = 1000


@click.group()
def outbox() -> None:
    """Messages that could not be delivered: list them, try them again."""


@outbox.command("list")
@click.option("--since", type=Span(), default=None, help="30m, 12h, 90d, 2w; otherwise all.")
@json_option
def list_given_up(since: timedelta | None, *, as_json: bool) -> None:
    """List what was given up in the last 30 days, newest first; never what was written."""

    async def work(office: Office) -> tuple[GivenUp, ...]:
        begin = office.clock.now() - since if since else None
        return await office.database.acts.read(lambda to: to.outbox.given_up(begin, _MOST))

    found = in_office(work)
    if as_json:
        show_json([_facts(each) for each in found])
        return
    show_table(
        ("NUMBER", "AT", "PLATFORM", "CHANNEL", "WHAT", "WHY"),
        [
            (
                str(each.id),
                moment(each.at),
                each.outgoing.address.platform,
                each.outgoing.address.channel,
                described(each.outgoing.job),
                each.why,
            )
            for each in found
        ],
        empty="Everything was delivered.",
    )


@outbox.command()
@click.argument("numbers", metavar="[NUMBER]…", type=click.IntRange(1, 2**63 - 1), nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that is listed.")
def retry(numbers: tuple[int, ...], *, everything: bool) -> None:
    """Have messages tried again; the server delivers them within seconds."""
    if everything == bool(numbers):
        raise click.UsageError("Name the numbers that `tocsin outbox list` shows, or --all.")

    async def work(office: Office) -> int:
        def act(to: Stores) -> int:
            listed = to.outbox.given_up(None, _MOST) if everything else ()
            wanted = numbers or tuple(each.id for each in listed)
            missing = [str(number) for number in wanted if not to.outbox.retry(number)]
            if missing:
                raise NotFound(
                    f"Nothing with the number {', '.join(missing)} was given up, so nothing is "
                    "tried again. See: tocsin outbox list"
                )
            named = ", ".join(map(str, wanted))
            done = record(office.operator, office.clock.now(), "outbox.retried", numbers=named)
            to.audit.append(done)
            return len(wanted)

        return await office.database.acts.run(act)

    click.echo(f"{counted(in_office(work), 'message')} will be tried again.")


def _facts(found: GivenUp) -> dict[str, object]:
    outgoing = found.outgoing
    return {
        "number": found.id,
        "at": iso(found.at),
        "platform": outgoing.address.platform,
        "channel": outgoing.address.channel,
        "what": described(outgoing.job),
        "why": found.why,
        "tries": found.attempts,
    }
