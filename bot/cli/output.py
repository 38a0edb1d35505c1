"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_GAP = "  "


def json_option(command: F) -> F:
    """Gives a command the flag `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(
        command
    )


def as_option(command: F) -> F:
    """Gives a command the option `--as`, for what may be done without an account, too."""
    return click.option("--as", "user", default=None, help="As whom; with every right without it.")(
        command
    )


def show_json(value: object) -> None:
    """Print a value as JSON, readable and with its letters as they are."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Print rows under a heading, or `empty` when there are none."""
    cells = [[_plain(cell) for cell in row] for row in rows]
    if not cells:
        click.echo(empty)
        return
    widths = [
        max(len(row[place]) for row in [list(columns), *cells]) for place in range(len(columns))
    ]
    click.echo(bold(_line(columns, widths)))
    for row in cells:
        click.echo(_line(row, widths))


def moment(at: datetime | None, *, never: str = "") -> str:
    """A time to the minute, in UTC; `never` for None."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if at is not None else never


def iso(at: datetime | None) -> str | None:
    """A time for programs: ISO 8601, UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds") if at is not None else None


def bold(text: str) -> str:
    """`text` in bold where that can be seen and is wanted.

    Source: https://no-color.org, for `NO_COLOR`.
    """
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return click.style(text, bold=True) if wanted else text


def safe(text: str) -> str:
    """`text` without what would make a terminal do something: only lines and tabs stay."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")


def _plain(cell: str) -> str:
    return " ".join(safe(cell).split())


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return _GAP.join(padded).rstrip()
