"""`tocsin rule`: try rules on samples."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from automation.actions.lines import read_file
from automation.rules.trying import try_rule
from automation.values import Json
from bot.cli.output import json_option, safe, show_json
from chat.clock import SystemClock
from chat.errors import BadInput

_file = click.Path(exists=True, dir_okay=False, allow_dash=False, path_type=Path)


@click.group()
def rule() -> None:
    """Try rules on samples."""


@rule.command("test")
@click.option("--rule", "rule_file", type=_file, required=True, help="A rule, in YAML or JSON.")
@click.option("--payload", type=_file, required=True, help="What came with the event.")
@json_option
def test_rule(rule_file: Path, payload: Path, *, as_json: bool) -> None:
    """Say whether a rule fits a payload, and why each criterion holds or does not.

    Nothing is done. Exit code 0 when it fits, 1 when it does not.
    """
    trial = try_rule(_read(rule_file), _read(payload), SystemClock().now)
    if as_json:
        show_json(
            {
                "matched": trial.matched,
                "reasons": trial.reasons,
                "criteria": [
                    {("problem" if key == "failed" else key): value for key, value in each.items()}
                    for each in map(asdict, trial.criteria)
                ],
                "parameters": trial.parameters,
            }
        )
    else:
        click.echo("The rule fits." if trial.matched else "The rule does not fit.")
        for reason in trial.reasons:
            click.echo(f"  {safe(reason)}")
        for name, value in (trial.parameters or {}).items():
            click.echo(f"  {safe(f'{name} = {value}')}")
    raise click.exceptions.Exit(0 if trial.matched else 1)


def _read(path: Path) -> Json:
    """A file's document.

    Raises:
        BadInput: It is none.
    """
    lines, _, mistakes = read_file(path)
    if lines is None:
        raise BadInput("; ".join(map(str, mistakes)))
    return lines.value
