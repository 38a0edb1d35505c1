"""Figures: how they are computed, and how they are printed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes:
        what: Words for a reader.
        value: In `unit`.
        floor: The floor's number in the same unit; None where there is none.
        floor_is: What the floor is, in words.
    """

    what: str
    value: float
    unit: str
    floor: float | None = None
    floor_is: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the floor; None without one."""
        return self.value / self.floor if self.floor else None


@dataclass(frozen=True, slots=True)
class Timings:
    """Latencies of many calls, in seconds, and how long they took together."""

    calls: tuple[float, ...]
    took: float

    @property
    def rate(self) -> float:
        """Calls a second."""
        return len(self.calls) / self.took

    def percentile(self, share: float) -> float:
        """The latency that `share` (0 to 1) of the calls did not exceed, in milliseconds."""
        ordered = sorted(self.calls)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def latencies(what: str, timings: Timings, floor: Timings, floor_is: str) -> list[Figure]:
    """Rate, p50 and p99 beside those of the floor."""
    return [
        Figure(f"{what}: a second", timings.rate, "/s", floor.rate, floor_is),
        *(
            Figure(
                f"{what}: p{round(share * 100)}",
                timings.percentile(share),
                "ms",
                floor.percentile(share),
                floor_is,
            )
            for share in (0.5, 0.99)
        ),
    ]


def table(figures: Sequence[Figure]) -> str:
    """The figures as an aligned table."""
    rows = [("what", "value", "floor", "ratio", "the floor is")]
    for figure in figures:
        floor = f"{figure.floor:,.2f} {figure.unit}" if figure.floor else ""
        ratio = f"{figure.ratio:.2f}" if figure.ratio else ""
        value = f"{figure.value:,.2f} {figure.unit}"
        rows.append((figure.what, value, floor, ratio, figure.floor_is))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def as_json(figures: Iterable[Figure]) -> str:
    """The figures for programs."""
    return json.dumps([asdict(figure) | {"ratio": figure.ratio} for figure in figures], indent=1)
