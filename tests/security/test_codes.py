"""Codes of authenticator apps are those of the standard."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.codes import new_enrolment, new_recovery_codes, plain, qr_text, step_of

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""Source: RFC 6238, appendix B."""


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_standard(second: int, code: str) -> None:
    now = datetime.fromtimestamp(second, UTC)

    assert step_of(SECRET, code, now, after=0) == second // 30


@pytest.mark.parametrize(
    ("seconds_off", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_be_off_by_one_step(seconds_off: int, good: bool) -> None:
    now = datetime.fromtimestamp(1111111109, UTC) + timedelta(seconds=seconds_off)

    assert (step_of(SECRET, "081804", now, after=0) is not None) is good


def test_a_step_that_counted_does_not_count_again_nor_does_one_before_it() -> None:
    now = datetime.fromtimestamp(59, UTC)

    assert step_of(SECRET, "287082", now, after=1) is None
    assert step_of(SECRET, "755224", now, after=1) is None
    assert step_of(SECRET, "755224", now, after=-1) == 0


@given(st.text(max_size=300))
def test_whatever_is_typed_is_compared_without_falling_over(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    if plain(text) != "287082":
        assert step_of(SECRET, plain(text), datetime.fromtimestamp(59, UTC), after=1) is None


@pytest.mark.parametrize(
    "typed",
    [
        " 287 082 ",
        "287-082",
        "\uff12\uff18\uff17\uff10\uff18\uff12",
        "287\u200b082",
        "287\u2013082",
    ],
)
def test_spaces_dashes_and_wide_digits_do_not_matter(typed: str) -> None:
    assert plain(typed) == "287082"


def test_an_enrolment_says_the_same_in_three_ways() -> None:
    made = new_enrolment("ana")
    parts = urlsplit(made.uri)

    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/Tocsin:ana"
    assert parse_qs(parts.query) == {"secret": [made.secret], "issuer": ["Tocsin"]}
    assert len(base64.b32decode(made.secret)) >= 20
    assert made.qr_svg.startswith("<svg")
    assert 'fill="#fff"' in made.qr_svg
    assert "viewBox=" in made.qr_svg
    assert " width=" not in made.qr_svg
    assert len(qr_text(made.uri).splitlines()) > 15
    assert new_enrolment("ana").secret != made.secret


def test_recovery_codes_are_many_different_and_easy_to_write_down() -> None:
    codes = new_recovery_codes()

    assert len(set(codes)) == 10
    assert all(len(plain(code)) == 16 and code.count("-") == 3 for code in codes)
