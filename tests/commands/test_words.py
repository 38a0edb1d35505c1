# ruff: noqa: RUF001 - the marks that phones and other keyboards type are what is tested
"""Lines cut into words, from any keyboard, whatever is in them."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.words import Word, clean, unquoted, words

NASTY = st.text(
    alphabet=st.one_of(
        st.sampled_from("\"'“”„‘’«»\\=-—–@#/ \t\n\u00a0\u200b\u3000\x00ab1"), st.characters()
    ),
    max_size=200,
)


def texts(line: str) -> list[str]:
    return [word.text for word in words(line)]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("/incident start", ["/incident", "start"]),
        ('--name "db is down"', ["--name", "db is down"]),
        ("--name “db is down”", ["--name", "db is down"]),
        ("--name „db is down“", ["--name", "db is down"]),
        ("--name «db is down»", ["--name", "db is down"]),
        ("--name »db is down«", ["--name", "db is down"]),
        ("--name ‘db is down’", ["--name", "db is down"]),
        ("--name 'db is down'", ["--name", "db is down"]),
        ('--name="db is down" x', ["--name=db is down", "x"]),
        ("don't panic", ["don't", "panic"]),
        ("it’s the users’ fault", ["it’s", "the", "users’", "fault"]),
        ("'it's down' now", ["it's down", "now"]),
        ("“it’s down”", ["it’s down"]),
        ('the 19" rack', ["the", '19"', "rack"]),
        ('"New “quoted” step" x', ["New “quoted” step", "x"]),
        ('“New "quoted" step” x', ['New "quoted" step', "x"]),
        ('"db is down” x', ["db is down", "x"]),
        ('“db is down" x', ["db is down", "x"]),
        (r"\"quoted\"", ['"quoted"']),
        (r'"a \"b\" \\ c"', [r'a "b" \ c']),
        (r"C:\new\table", [r"C:\new\table"]),
        ('""', [""]),
        ("a\u00a0b\u3000c\u200bd\ne", ["a", "b", "c", "d", "e"]),
        ("Größe 温度 🔥", ["Größe", "温度", "🔥"]),
        ("", []),
    ],
)
def test_a_line_is_cut_where_people_mean_it(line: str, found: list[str]) -> None:
    assert texts(line) == found


@pytest.mark.parametrize(
    ("typed", "name", "value"),
    [
        ("--name", "name", None),
        ("--Name=x", "name", "x"),
        ("—name", "name", None),
        ("–name=x", "name", "x"),
        ("--next_in", "next-in", None),
        ("--name=a=b", "name", "a=b"),
        ("--name=“a b”", "name", "a b"),
    ],
)
def test_an_option_is_known_by_its_dashes_even_after_a_phone(
    typed: str, name: str, value: str | None
) -> None:
    (word,) = words(typed)

    assert (word.option, word.value) == (name, value)


@pytest.mark.parametrize("typed", ["-x", "--", "—", '"--name"', "-1", "a--b", "--name!"])
def test_what_is_no_option_is_a_word(typed: str) -> None:
    (word,) = words(typed)

    assert word.option is None


@pytest.mark.parametrize("typed", ['"abc def', "“abc def", "«abc", "--name='abc", "'abc def"])
def test_a_quote_without_its_partner_is_marked(typed: str) -> None:
    assert any(word.unclosed for word in words(typed))


@pytest.mark.parametrize(
    ("text", "bare"),
    [('"Quoted name"', "Quoted name"), ("plain", "plain"), ('"a" "b"', '"a" "b"'), ("", "")],
)
def test_a_text_loses_the_quotes_it_stands_in_as_a_whole(text: str, bare: str) -> None:
    assert unquoted(text) == bare


@given(NASTY)
def test_any_line_is_cut_without_an_error(line: str) -> None:
    found = list(words(line))

    assert all(word.start < word.end <= len(line) for word in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=0), max_size=5))
def test_what_is_quoted_and_escaped_comes_back_as_it_was(parts: list[str]) -> None:
    def quoted(text: str) -> str:
        escaped = text.replace("\\", "\\\\")
        for mark in '"“”„‟＂':
            escaped = escaped.replace(mark, f"\\{mark}")
        return f'"{escaped}"'

    assert texts(" ".join(map(quoted, parts))) == parts


@given(st.text())
def test_cleaned_text_can_be_stored_anywhere(text: str) -> None:
    cleaned = clean(text + "\x00\ud800")

    assert "\x00" not in cleaned
    cleaned.encode("utf-8")


@pytest.mark.parametrize(
    "piece", ["'a ", '"a" ', "\\", "'", "--a=", "“", "'x' ", "-", "\u200b", "«a", "a'", '\\"']
)
def test_ten_thousand_characters_take_no_longer_than_they_should(piece: str) -> None:
    def measured(length: int) -> float:
        line = (piece * length)[:length]
        best = float("inf")
        for _ in range(3):
            begin = time.process_time()
            count = sum(1 for _ in words(line))
            best = min(best, time.process_time() - begin)
            assert count >= 0
        return best

    # Ten times the text may take some twenty times as long, not a hundred times.
    assert measured(100_000) < 20 * max(measured(10_000), 0.001) + 0.05


def test_a_word_knows_where_it_stands() -> None:
    assert list(words("a “b c”")) == [
        Word("a", 0, 1),
        Word("b c", 2, 7, quoted=True),
    ]
