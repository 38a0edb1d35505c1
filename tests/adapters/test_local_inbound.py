"""What people type, before anybody acts on it."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.local.answers import answers
from adapters.local.inbound import channel_name, cleaned_name, mentioned, words
from chat.card import Option
from chat.errors import BadInput
from chat.form import FormField
from chat.person import Person

NAMES = ("ana", "ana.b", "on-call", "x_1", "all", "channel", "here", "everyone")
PEOPLE = tuple(Person("local", "main", name, name) for name in NAMES)


def named(text: str) -> list[str]:
    return [person.name for person in mentioned(text, PEOPLE)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@ana", ["ana"]),
        ("(@ANA)", ["ana"]),
        ("hi @ana, @on-call: @x_1!", ["ana", "on-call", "x_1"]),
        ("ask @ana.", ["ana"]),
        ("ask @ana.b.", ["ana.b"]),
        ("@ana @ana", ["ana"]),
        ("„@ana“", ["ana"]),
        ("@anatol", []),
        ("@ana-b", []),
        ("mail@ana", []),
        ("a/@ana", []),
        ("@@ana", []),
        ("@ ana", []),
        ("@all @channel @here @everyone @ALL", []),
        ("", []),
    ],
)
def test_people_are_recognised_by_their_handles(text: str, expected: list[str]) -> None:
    assert named(text) == expected


@given(st.text())
def test_nothing_typed_names_everybody(text: str) -> None:
    for word in ("@all", "@channel", "@here", "@everyone"):
        assert not {"all", "channel", "here", "everyone"} & set(named(f"{word} {text} {word}"))


@given(st.text(min_size=1, max_size=300))
def test_typed_words_lose_control_characters_and_nothing_else(text: str) -> None:
    kept = "".join(
        c
        for c in text.replace("\r\n", "\n").replace("\r", "\n")
        if c in "\n\t" or unicodedata.category(c) != "Cc"
    )
    assume(kept.strip())

    assert words(text) == kept


@given(st.text(max_size=200), st.integers(1, 20_000), st.integers(8, 64))
def test_any_wanted_name_is_cleaned_into_one_that_is_accepted(
    wanted: str, number: int, longest: int
) -> None:
    name = cleaned_name(wanted, number=number, longest=longest)

    assert 0 < len(name) <= longest
    assert channel_name(name) == name
    if number > 1:
        assert name.endswith(f"-{number}")


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("INC-00001 Checkout returns 500!", "inc-00001-checkout-returns-500"),
        ("Überlast in Köln", "uberlast-in-koln"),
        ("データベース", "channel"),
        ("inc-00001-データベース", "inc-00001"),
        ("---", "channel"),
        ("x" * 100, "x" * 64),
    ],
)
def test_names_stay_recognisable(wanted: str, name: str) -> None:
    assert cleaned_name(wanted) == name


FIELDS = (
    FormField("name", "Name", max_length=5),
    FormField("about", "About", "multiline", required=False),
    FormField("severity", "Severity", "select", (Option("LOW", "Low"),)),
    FormField("who", "Who", "person", required=False),
    FormField("page", "Page", "switch"),
    FormField("due", "Due", "date", required=False),
)


@given(st.dictionaries(st.sampled_from([field.name for field in FIELDS]), st.text(max_size=12)))
def test_whatever_is_filled_in_is_either_right_or_named(given_values: dict[str, str]) -> None:

    def person(name: str) -> Person | None:
        return next((each for each in PEOPLE if each.name == name), None)

    values, errors = answers(FIELDS, given_values, person=person)

    assert set(values) == {field.name for field in FIELDS}
    assert set(errors) <= set(values)
    assert values["page"] in {"true", "false"}
    if not errors:
        assert 0 < len(values["name"]) <= 5
        assert values["severity"] == "LOW"
        assert re.fullmatch(r"|\d{4}-?(\d\d-?\d\d|W\d\d(-?\d)?)", values["due"])
    with pytest.raises(BadInput):
        answers(FIELDS, {**given_values, "more": "x"}, person=lambda _: None)
