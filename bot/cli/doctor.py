"""`tocsin doctor`: look for what is wrong with this installation."""

from __future__ import annotations

import asyncio

import click

from bot.cli.output import bold, json_option, show_json
from bot.diagnosis import examine
from bot.platform_health import examine_platforms
from bot.settings import Settings
from bot.settings_check import load
from chat.clock import Clock, SystemClock
from chat.errors import BadInput
from chat.health import Finding, State

_MARKS = {State.OK: "ok     ", State.WARNING: "look   ", State.WRONG: "WRONG  "}


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Look at settings, home, key, database, clock, sinks, port, environment, platforms.

    Changes nothing. Exit code 1 when something is wrong.
    """
    try:
        settings = load()
    except BadInput as mistakes:
        findings = [
            Finding(f"setting {name}", State.WRONG, told) for name, told in mistakes.details.items()
        ]
    else:
        clock = SystemClock()
        findings = [*examine(settings, clock), *asyncio.run(_platforms(settings, clock))]
    if as_json:
        show_json(
            [
                {"subject": each.subject, "state": each.state.value, "told": each.told}
                for each in findings
            ]
        )
    else:
        _show(findings)
    if any(each.state is State.WRONG for each in findings):
        raise click.exceptions.Exit(1)


async def _platforms(settings: Settings, clock: Clock) -> list[Finding]:
    return [finding async for finding in examine_platforms(settings, clock)]


def _show(findings: list[Finding]) -> None:
    width = max(len(each.subject) for each in findings)
    for each in findings:
        click.echo(f"{_MARKS[each.state]}{bold(each.subject.ljust(width))}  {each.told}")
