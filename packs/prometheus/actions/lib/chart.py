"""Draws lines over time as SVG, with axes and a legend."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from .prometheus_api import Series, written
from .scales import Scale, all_shown, shown, time_ticks, values_scale

_WIDTH, _PLOT_HEIGHT = 1000, 360
_LEFT, _RIGHT, _TOP, _AXIS = 90, 30, 70, 34
_ROW, _BOTTOM = 22, 16
_ROWS, _LINES = 12, 60
_LABEL, _TITLE = 96, 84
_COLOURS = (
    *("#2563eb", "#d9480f", "#0f9d58", "#9333ea", "#b45309", "#0891b2", "#db2777"),
    *("#4d7c0f", "#475569", "#dc2626"),
)
_DASHES = ("", "7 4", "2 3", "10 4 2 4")
_UNPRINTABLE = re.compile("[^\\t\\n\\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold."""
FONT = "DejaVu Sans"


@dataclass(frozen=True)
class Chart:
    """What is drawn.

    Attributes:
        series: The lines, those to be named first in front.
        start: First second since 1970.
        end: Last one, later.
        step: Seconds between points; a larger gap is left open.
        unit: Of the values; one of `scales.UNITS`.
    """

    title: str
    subtitle: str
    series: Sequence[Series]
    start: float
    end: float
    step: float
    unit: str = "none"


def svg(chart: Chart) -> str:
    """The whole picture."""
    drawn = chart.series[:_LINES]
    rows = min(len(drawn), _ROWS) + (len(chart.series) > _ROWS)
    height = _TOP + _PLOT_HEIGHT + _AXIS + rows * _ROW + _BOTTOM
    size = f'width="{_WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}" font-size="13">',
        f'<rect {size} fill="#ffffff"/>',
        _clip("all", (0, 0, _WIDTH - 12, height)),
        _clip("plot", (_LEFT, _TOP - 2, _WIDTH - _LEFT - _RIGHT, _PLOT_HEIGHT + 4)),
        _text(20, 32, shortened(chart.title, _TITLE), size=19, colour="#0f172a", clip="all"),
        _text(20, 54, shortened(chart.subtitle, _LABEL + 20), colour="#64748b", clip="all"),
        *_time_axis(chart),
    ]
    numbers = [value for each in drawn for _, value in each.points if math.isfinite(value)]
    if numbers:
        scale = values_scale(numbers, chart.unit)
        parts += [*_value_axis(scale, chart.unit), *_lines(chart, drawn, scale)]
    else:
        middle = _LEFT + (_WIDTH - _LEFT - _RIGHT) / 2
        parts += [_text(middle, _TOP + _PLOT_HEIGHT / 2, "No data", size=22, anchor="middle")]
    parts += _legend(chart, drawn)
    return "\n".join([*parts, "</svg>"])


def names_of(series: Sequence[Series]) -> list[str]:
    """What each is called: by what sets it apart from the others; wholly when nothing does."""
    if len(series) == 1:
        return [series[0].name]
    everybody = [dict(each.labels) for each in series]
    names = {name for labels in everybody for name in labels}
    apart = {name for name in names if len({labels.get(name) for labels in everybody}) > 1}
    return [_short(labels, apart) or written(labels) or "value" for labels in everybody]


def _short(labels: Mapping[str, str], apart: set[str]) -> str:
    found = {name: value for name, value in labels.items() if name in apart}
    return next(iter(found.values())) if len(apart) == 1 and found else written(found)


def shortened(text: str, most: int) -> str:
    """The text in one line; of one that is too long, the beginning and the end."""
    line = " ".join(_UNPRINTABLE.sub("\ufffd", text).split())
    if len(line) <= most:
        return line
    end = most // 3
    return f"{line[: most - end - 1]}…{line[-end:]}"


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 13,
    colour: str = "#475569",
    anchor: str = "start",
    clip: str = "",
) -> str:
    clipped = f' clip-path="url(#{clip})"' if clip else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}"{clipped}>{escape(text)}</text>'
    )


def _clip(name: str, box: tuple[float, float, float, float]) -> str:
    """Outside of a box (left, top, width, height), what names it is not seen."""
    x, y, width, height = box
    return (
        f'<clipPath id="{name}"><rect x="{x}" y="{y:.1f}" width="{width}" height="{height}"/>'
        "</clipPath>"
    )


def _across(chart: Chart, second: float) -> float:
    share = (second - chart.start) / (chart.end - chart.start)
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _up(scale: Scale, value: float) -> float:
    return _TOP + (1 - scale.share(value)) * _PLOT_HEIGHT


def _time_axis(chart: Chart) -> Iterator[str]:
    bottom = _TOP + _PLOT_HEIGHT
    yield (
        f'<line x1="{_LEFT}" y1="{bottom}" x2="{_WIDTH - _RIGHT}" y2="{bottom}" stroke="#94a3b8"/>'
    )
    for second, text in time_ticks(chart.start, chart.end):
        x = _across(chart, second)
        yield (f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom + 5}" stroke="#e2e8f0"/>')
        yield _text(x, bottom + 21, text, anchor="middle")
    yield _text(_LEFT - 10, bottom + 21, "UTC", colour="#94a3b8", anchor="end")


def _value_axis(scale: Scale, unit: str) -> Iterator[str]:
    texts = all_shown(scale.ticks, unit)
    for value, text in zip(scale.ticks, texts, strict=True):
        y = _up(scale, value)
        yield (
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" '
            'stroke="#e2e8f0"/>'
        )
        yield _text(_LEFT - 10, y + 4.5, text, anchor="end")


def _lines(chart: Chart, drawn: Sequence[Series], scale: Scale) -> Iterator[str]:
    # The first lies on top.
    for number, each in reversed(list(enumerate(drawn))):
        style = f'stroke="{_colour(number)}"{_dash(number)}'
        for piece in _pieces(each, chart.step):
            places = [(_across(chart, second), _up(scale, value)) for second, value in piece]
            if len(places) == 1:
                x, y = places[0]
                yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{_colour(number)}"/>'
                continue
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            yield (
                f'<polyline points="{path}" fill="none" stroke-width="2" stroke-linejoin="round" '
                f'clip-path="url(#plot)" {style}/>'
            )


def _pieces(series: Series, step: float) -> Iterator[list[tuple[float, float]]]:
    """Points that are joined: a gap in time, or what is no number, parts them."""
    piece: list[tuple[float, float]] = []
    for second, value in series.points:
        gap = bool(piece) and second - piece[-1][0] > step * 1.5
        if piece and (gap or not math.isfinite(value)):
            yield piece
            piece = []
        if math.isfinite(value):
            piece.append((second, value))
    if piece:
        yield piece


def _legend(chart: Chart, drawn: Sequence[Series]) -> Iterator[str]:
    top = _TOP + _PLOT_HEIGHT + _AXIS
    for number, (each, name) in enumerate(zip(drawn[:_ROWS], names_of(drawn), strict=False)):
        y = top + number * _ROW + _ROW / 2
        yield (
            f'<line x1="20" y1="{y:.1f}" x2="46" y2="{y:.1f}" stroke="{_colour(number)}" '
            f'stroke-width="3"{_dash(number)}/>'
        )
        yield _text(_WIDTH - _RIGHT, y + 4.5, shown(each.latest, chart.unit), anchor="end")
        label = shortened(name, _LABEL)
        yield _clip(f"row{number}", (0, y - 11, _WIDTH - 140, 22))
        yield _text(56, y + 4.5, label, colour="#0f172a", clip=f"row{number}")
    left = len(chart.series) - _ROWS
    if left > 0:
        y = top + _ROWS * _ROW + _ROW / 2 + 4.5
        more = f"and {left} more"
        if len(chart.series) > _LINES:
            more += f", of which {len(chart.series) - _LINES} are not drawn"
        yield _text(56, y, more, colour="#64748b")


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _dash(number: int) -> str:
    dash = _DASHES[number // len(_COLOURS) % len(_DASHES)]
    return f' stroke-dasharray="{dash}"' if dash else ""
