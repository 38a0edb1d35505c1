"""Charts: their axes, their lines, their texts."""

from __future__ import annotations

import math

import pytest
import resvg_py
from hypothesis import given
from hypothesis import strategies as st

from automation.actions.registry import SHIPPED
from packs.prometheus.actions.lib.chart import FONT, Chart, names_of, shortened, svg
from packs.prometheus.actions.lib.prometheus_api import Series
from packs.prometheus.actions.lib.scales import UNITS, all_shown, shown, time_ticks, values_scale

FONT_FILE = SHIPPED / "prometheus" / "fonts" / "DejaVuSans.ttf"


def test_texts_need_no_fonts_of_the_machine() -> None:
    chart = Chart("Title", "", (), 0, 3600, 60)
    picture = svg(chart)

    def drawn(markup: str, fonts: list[str]) -> bytes:
        found = resvg_py.svg_to_bytes(
            svg_string=markup, skip_system_fonts=True, font_files=fonts, font_family=FONT
        )
        return bytes(found)

    bare = "\n".join(line for line in picture.splitlines() if not line.startswith("<text"))
    assert bare != picture
    # Without a font no text is drawn at all, and with ours it is.
    assert drawn(picture, []) == drawn(bare, [])
    assert drawn(picture, [str(FONT_FILE)]) != drawn(bare, [str(FONT_FILE)])


def test_the_licence_lies_beside_the_font() -> None:
    text = (FONT_FILE.parent / "LICENSE-DejaVu.txt").read_text()

    assert "Bitstream Vera" in text
    assert "Tavmjong Bah" in text
    assert FONT_FILE.stat().st_size < 1024 * 1024


def line(*values: float, **labels: str) -> Series:
    return Series(labels, tuple((60.0 * at, value) for at, value in enumerate(values)))


def test_a_gap_is_left_open() -> None:
    gaps = Series({}, tuple((60.0 * at, 1.0) for at in (0, 1, 2, 5, 6)))
    odd = line(1, 2, math.nan, 3)

    assert svg(Chart("x", "", [gaps], 0, 600, 60)).count("<polyline") == 2
    both = svg(Chart("x", "", [odd], 0, 600, 60))
    assert (both.count("<polyline"), both.count("<circle")) == (1, 1)


def test_lines_are_called_by_what_sets_them_apart() -> None:
    assert names_of([line(1, __name__="up", job="a", dc="x")]) == ['up{dc="x", job="a"}']
    same = {"__name__": "up", "dc": "x"}
    assert names_of([line(1, job="a", **same), line(1, job="b", **same)]) == ["a", "b"]
    two = [line(1, job="a", pod="1", **same), line(1, job="b", pod="2", **same)]
    assert names_of(two) == ['{job="a", pod="1"}', '{job="b", pod="2"}']
    assert names_of([line(1, **same), line(1, job="b", **same)]) == ['up{dc="x"}', "b"]
    assert names_of([line(1)]) == ["value"]


def test_what_is_too_long_keeps_its_ends() -> None:
    assert shortened("a" * 200 + "end", 20) == "a" * 13 + "…" + "aaaend"
    assert shortened(" a \n b ", 20) == "a b"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "none", "0"),
        (1234, "none", "1.234 k"),
        (999_999, "none", "1 M"),
        (0.5, "none", "0.5"),
        (0.000002, "none", "2 µ"),
        (-1500, "none", "-1.5 k"),
        (1e300, "none", "1.00e+300"),
        (math.nan, "none", "NaN"),
        (-math.inf, "bytes", "-Inf"),
        (1536, "bytes", "1.5 KiB"),
        (1024**4, "bytes", "1 TiB"),
        (0.25, "ratio", "25 %"),
        (99.5, "percent", "99.5 %"),
        (0.0021, "seconds", "2.1 ms"),
        (90, "seconds", "90 s"),
        (7200, "seconds", "2 h"),
    ],
)
def test_values_are_short(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.sampled_from(UNITS)
)
def test_every_value_lies_within_its_scale(values: list[float], unit: str) -> None:
    scale = values_scale(values, unit)

    assert scale.low < scale.high
    assert 2 <= len(scale.ticks) <= 40
    assert all(-0.001 <= scale.share(value) <= 1.001 for value in values)
    assert len(all_shown(scale.ticks, unit)) == len(scale.ticks)


@given(st.floats(1e8, 4e9), st.floats(1, 3e8))
def test_times_are_marked_within_the_span(start: float, span: float) -> None:
    ticks = time_ticks(start, start + span)

    assert 0 < len(ticks) <= 10 or span < 2
    assert all(start <= second <= start + span for second, _ in ticks)


@given(st.text(max_size=50), st.dictionaries(st.text(max_size=8), st.text(max_size=30)))
def test_any_text_can_be_drawn(title: str, labels: dict[str, str]) -> None:
    picture = svg(Chart(title, title, [Series(labels, ((1.0, 1.0),))], 0, 60, 1))

    assert resvg_py.svg_to_bytes(svg_string=picture, skip_system_fonts=True)
