"""The axes of a chart: where lines stand, and what is written there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_BIGGEST = 1e300
"""What is larger is drawn as this, so that differences stay numbers."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TIME_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(each * _MINUTE for each in (1, 2, 5, 10, 15, 30)),
    *(each * _HOUR for each in (1, 2, 3, 6, 12)),
    *(each * _DAY for each in (1, 2, 7, 14, 30, 90, 180, 365)),
)
_ROUNDED = 0.9995
"""What is not smaller is shown as 1."""
_LARGEST, _HUNDREDTH, _SMALLEST = 1e21, 1e-2, 1e-15
_LARGE = ("", "k", "M", "G", "T", "P", "E")
_SMALL = ("", "m", "µ", "n", "p")
_BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


@dataclass(frozen=True)
class Scale:
    """Values on an axis.

    Attributes:
        low: Where it begins.
        high: Where it ends; above `low`.
        ticks: Where lines stand.
    """

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value lies, 0.0 at `low` to 1.0 at `high`."""
        return (clamped(value) - self.low) / (self.high - self.low)


def clamped(value: float) -> float:
    """The value, or the largest that can be drawn."""
    return max(-_BIGGEST, min(_BIGGEST, value))


def values_scale(values: Sequence[float], unit: str, lines: int = 6) -> Scale:
    """A scale that holds all values, from nothing on where that is not far.

    Args:
        values: All numbers, at least one.
        unit: One of `UNITS`; bytes have steps of their own.
        lines: About so many.
    """
    low, high = clamped(min(values)), clamped(max(values))
    if low >= 0 and low <= high / 2:
        low = 0.0
    if high <= 0 and high >= low / 2:
        high = 0.0
    if high - low <= abs(high) * 1e-12:
        margin = abs(high) * 0.1 or 1.0
        low, high = (
            (0.0, high + margin) if low >= 0 and high == 0 else (low - margin, high + margin)
        )
    step = _nice((high - low) / lines, 2 if unit == "bytes" else 10)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    count = min(max(last - first, 1), lines * 3)
    ticks = tuple((first + number) * step for number in range(count + 1))
    return Scale(ticks[0], ticks[-1], ticks)


def _nice(rough: float, base: int) -> float:
    """A round number that is not smaller."""
    if rough <= 0 or not math.isfinite(rough):
        return 1.0
    if base == 2 and rough >= 1:  # noqa: PLR2004 - bytes
        return 2.0 ** math.ceil(math.log2(rough))
    power = 10.0 ** math.floor(math.log10(rough))
    if power == 0:
        return rough
    return next(factor * power for factor in (1, 2, 2.5, 5, 10, 20) if factor * power >= rough)


def time_ticks(start: float, end: float, most: int = 8) -> list[tuple[float, str]]:
    """Seconds since 1970 that a time axis marks, each with what is written there, in UTC."""
    span = end - start
    step = next((each for each in _TIME_STEPS if span / each <= most), span / most)
    found: list[tuple[float, str]] = []
    day = ""
    at = math.ceil(start / step) * step
    while at <= end:
        moment = datetime.fromtimestamp(at, UTC)
        date = f"{moment:%b} {moment.day}"
        clock = f"{moment:%H:%M:%S}" if step < _MINUTE else f"{moment:%H:%M}"
        if step >= _DAY:
            text = date
        elif day and date != day:
            text = f"{date} {clock}"
        else:
            text = clock
        found.append((at, text))
        day, at = date, at + step
    return found


def shown(value: float, unit: str = "none", more: int = 0) -> str:
    """A value as people read it, to about three digits.

    Args:
        value: Any; also one that is no number.
        unit: One of `UNITS`.
        more: Further digits.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return _SHOWN[unit](value, more)


def all_shown(values: Sequence[float], unit: str) -> list[str]:
    """Different values as texts that are different, with as many digits as that takes."""
    texts: list[str] = []
    for more in range(9):
        texts = [shown(value, unit, more) for value in values]
        if len(set(texts)) == len(texts):
            break
    return texts


def _seconds(value: float, more: int) -> str:
    size = abs(value)
    for length, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if size >= length * 2:
            return f"{_digits(value / length, more)} {name}"
    if size >= 1 or size == 0:
        return f"{_digits(value, more)} s"
    return f"{_small(value, more)}s"


def _plain(value: float, more: int) -> str:
    size = abs(value)
    if size >= _LARGEST or 0 < size < _SMALLEST:
        return f"{value:.{2 + more}e}"
    if 0 < size < _HUNDREDTH:
        return _small(value, more).rstrip()
    return _prefixed(value, 1000, _LARGE, more)


def _prefixed(value: float, base: int, names: Sequence[str], more: int) -> str:
    at = 0
    # What would be rounded to 1000 has the next name.
    while abs(value) >= base * _ROUNDED and at < len(names) - 1:
        value, at = value / base, at + 1
    return f"{_digits(value, more)}{' ' if names[at] else ''}{names[at]}"


def _small(value: float, more: int) -> str:
    at = 0
    while abs(value) < _ROUNDED and at < len(_SMALL) - 1:
        value, at = value * 1000, at + 1
    return f"{_digits(value, more)} {_SMALL[at]}"


def _digits(value: float, more: int) -> str:
    """Three digits or so and some more, without noughts at the end."""
    if value == 0:
        return "0"
    power = math.floor(math.log10(abs(value)))
    if not -4 <= power <= 6:  # noqa: PLR2004 - too long otherwise
        return f"{value:.{2 + more}e}"
    text = f"{value:.{max(3 - power, 0) + more}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_SHOWN: dict[str, Callable[[float, int], str]] = {
    "none": _plain,
    "bytes": lambda value, more: _prefixed(value, 1024, _BYTES, more),
    "seconds": _seconds,
    "percent": lambda value, more: f"{_digits(value, more)} %",
    "ratio": lambda value, more: f"{_digits(value * 100, more)} %",
}
UNITS = tuple(_SHOWN)
