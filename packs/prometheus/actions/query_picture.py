"""The action `prometheus.query_picture`: a chart of what a query gives over the last minutes."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lib.chart import FONT, Chart, names_of, svg
from lib.prometheus_api import Login, Picked, Refused, Series, query_range
from lib.scales import shown

_FONTS = Path(__file__).resolve().parent.parent / "fonts"
_MOST_POINTS = 10_000
"""Of one series; a server gives no more than 11,000."""
_WANTED_POINTS = 300
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)
_TOLD, _SAID = 50, 8
_ZOOM = 1.5


def run(
    *,
    server: str,
    query: str,
    minutes: float = 60,
    step_seconds: float = 0,
    title: str = "",
    unit: str = "none",
    file: str = "picture.png",
    bearer_token: str = "",
    username: str = "",
    password: str = "",
    ca_file: str = "",
    verify: bool = True,
    wait_seconds: float = 30,
) -> tuple[bool, Any]:
    """Ask, draw, and leave the picture in the execution's folder.

    Args:
        server: Its address.
        query: In PromQL.
        minutes: Up to now.
        step_seconds: Between two points; 0 takes what fits.
        title: Above the chart; the query when there is none.
        unit: Of the values.
        file: What the picture is called.
        bearer_token: A bearer token.
        username: For basic authentication.
        password: The same.
        ca_file: File of authorities to trust besides the machine's.
        verify: Whether the server's certificate has to be trusted.
        wait_seconds: Seconds to wait for the server.
    """
    end = time.time()
    start = end - minutes * 60
    step = step_seconds or _step(minutes * 60)
    if (end - start) / step > _MOST_POINTS:
        return False, f"That would be more than {_MOST_POINTS} points; give a larger step."
    login = Login(bearer_token, username, password, ca_file, verify)
    try:
        picked = query_range(server, query, (start, end), step, login, wait_seconds)
    except Refused as wrong:
        return False, str(wrong)
    series = sorted(picked.series, key=_rank)
    subtitle = query if title else ""
    chart = Chart(title or query, subtitle, series, start, end, step, unit)
    try:
        _draw(chart, Path(os.environ.get("TOCSIN_FILES") or ".") / file)
    except ImportError:
        return False, "The Python that runs this has no resvg_py, which turns drawings to pictures."
    return True, _told(chart, picked, file)


def _step(seconds: float) -> float:
    wanted = seconds / _WANTED_POINTS
    return next((each for each in _STEPS if each >= wanted), wanted)


def _rank(series: Series) -> tuple[bool, float, str]:
    """The largest latest value first; what has none last."""
    latest = series.latest
    return math.isnan(latest), 0.0 if math.isnan(latest) else -latest, series.name


def _draw(chart: Chart, file: Path) -> None:
    import resvg_py  # noqa: PLC0415 - a Python without it can say so

    picture = resvg_py.svg_to_bytes(
        svg_string=svg(chart),
        zoom=_ZOOM,
        # Machines have different fonts, or none; this one is the same everywhere.
        skip_system_fonts=True,
        font_files=[str(_FONTS / "DejaVuSans.ttf")],
        font_family=FONT,
    )
    file.write_bytes(bytes(picture))


def _told(chart: Chart, picked: Picked, file: str) -> dict[str, Any]:
    series, names = chart.series, names_of(chart.series)
    said = [
        f"• {name}: {shown(each.latest, chart.unit)}"
        for each, name in zip(series[:_SAID], names, strict=False)
    ]
    if len(series) > _SAID:
        said.append(f"and {len(series) - _SAID} more")
    if not series:
        said = ["The query gives nothing for this time."]
    return {
        "file": file,
        "count": len(series),
        "series": [_facts(each, name) for each, name in _first(series, names)],
        "latest": {each.name: _number(each.latest) for each in series[:_TOLD]},
        "from": _moment(chart.start),
        "to": _moment(chart.end),
        "step_seconds": chart.step,
        "warnings": list(picked.warnings),
        "text": "\n".join([*said, *(f"Prometheus says: {each}" for each in picked.warnings)]),
    }


def _first(series: Sequence[Series], names: Sequence[str]) -> list[tuple[Series, str]]:
    return list(zip(series[:_TOLD], names, strict=False))


def _facts(series: Series, name: str) -> dict[str, Any]:
    numbers = [value for _, value in series.points if math.isfinite(value)]
    return {
        "name": name,
        "labels": dict(series.labels),
        "latest": _number(series.latest),
        "minimum": min(numbers, default=None),
        "maximum": max(numbers, default=None),
        "points": len(series.points),
    }


def _number(value: float) -> float | None:
    """The value where JSON can hold it."""
    return value if math.isfinite(value) else None


def _moment(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat(timespec="seconds")
