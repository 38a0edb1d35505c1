"""A format takes from a sentence what StackStorm takes."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.aliases.formats import CompiledFormat, Sentence
from automation.templates.expressions import TooSlow, within


def taken(format_: str, said: str) -> dict[str, Any] | None:
    return CompiledFormat(format_).parameters(Sentence.of(said))


@pytest.mark.parametrize(
    ("format_", "said", "found"),
    [
        ("run {{cmd}} on {{at}}", "run date on localhost", {"cmd": "date", "at": "localhost"}),
        ("run {{cmd}} on {{hosts}}", "run 'ls on' on a,b", {"cmd": "ls on", "hosts": "a,b"}),
        ("run {{ cmd }}", "  run uname -a ", {"cmd": "uname -a"}),
        ("run {{cmd}}", "please run date", None),
        ("run {{cmd}}", "Run date", None),
        ("(run|do) {{cmd}}( on {{at=here}})?[!.]?", "do x!", {"cmd": "x", "at": "here"}),
        ("put {{ body }} there", 'put {"a": "b c"} there', {"body": '{"a": "b c"}'}),
        ("say {{ a = two words }}", "say", {"a": "two words"}),
        ('say {{ a = "two" }} {{ b = \'x\' }}', "say", {"a": "two", "b": "x"}),
        ("say {{ a = {'k': 1} }}", "say", {"a": "{'k': 1}"}),
        ("say {{ a = {{ st2.b }} }}", "say", {"a": "{{ st2.b }}"}),
        ("say {{ a }}", "say x limit=5", {"a": "x", "limit": "5"}),
        ("say {{ a }}", "say x a=y", {"a": "y"}),
        ("say", "say a=\"b c\" d='e f' k=''", {"a": "b c", "d": "e f", "k": ""}),
        ("say", 'say g={"h": "i j"}', {"g": '{"h": "i j"}'}),
        ("say {{ a }}", "say b=c d", {"a": "b=c d"}),
        ("", "a=1", {"a": "1"}),
        ("", "", {}),
        ("", "anything", None),
        ("^\\s*fix (?P<key>[A-Z]+-[0-9]+)", "fix ABC-12", {"key": "ABC-12"}),
        ("^\\s*fix (?P<key>[A-Z]+-[0-9]+)", "fix ABC-12 now", None),
        ("fix (?P<key>[A-Z]+-[0-9]+)\\s*$", "do fix ABC-12", None),
        ("(?i)^hello$|^\\s*hello {{name}}\\s*$", "HELLO you", {"name": "you"}),
        ("{{ a = 1 }}", "", {"a": "1"}),
        ("{{a}} x {{b}}", "1\n2 x 3", {"a": "1\n2", "b": "3"}),
    ],
)  # fmt: skip
def test_it_takes(format_: str, said: str, found: dict[str, Any] | None) -> None:
    assert taken(format_, said) == found


def test_every_place_of_a_sentence_can_be_taken() -> None:
    format_ = CompiledFormat(r"(?P<key>[A-Z]+-[0-9]+)")
    anchored = CompiledFormat(r"(?:^|\s)(?P<key>[A-Z]+-[0-9]+)(?=\s|$)")

    assert format_.every(Sentence.of("look at AB-1 and CD-2")) == []
    assert format_.every(Sentence.of("AB-1")) == [{"key": "AB-1"}]
    assert anchored.pattern.startswith("^")


@pytest.mark.parametrize(
    "format_", ["run {{a}} {{a}}", "run {{ 1 }}", "run (", "(?i)run {{a}}", "x" * 5000]
)
def test_what_cannot_be_matched_says_why(format_: str) -> None:
    with pytest.raises(ValueError, match=r"is no regular expression|is longer"):
        CompiledFormat(format_)


@pytest.mark.parametrize(
    ("format_", "said"),
    [
        ("{{a}} {{b}} {{c}} {{d}} {{e}}x", "y " * 400),
        ("(a|aa)+$", "a" * 300 + "!"),
        ("say", "a= " * 2000),
        ("say", "say " + " " * 3000 + "= x"),
    ],
)
def test_none_takes_for_ever(format_: str, said: str) -> None:
    compiled = CompiledFormat(format_)

    with within(0.1):
        begun = time.thread_time()
        with suppress(TooSlow):
            assert compiled.parameters(Sentence.of(said)) is None

    assert time.thread_time() - begun < 5


WORDS = st.text("abcd", min_size=1, max_size=6)
QUOTED = WORDS | st.lists(WORDS, min_size=2, max_size=3).map(lambda each: f'"{" ".join(each)}"')


@given(WORDS, QUOTED, QUOTED, st.dictionaries(WORDS.map(lambda each: f"k{each}"), QUOTED))
def test_what_is_said_comes_back(verb: str, first: str, second: str, tail: dict[str, str]) -> None:
    said = f"{verb} {first} TO {second}" + "".join(f" {k}={v}" for k, v in tail.items())

    found = taken(f"{verb} {{{{one}}}} TO {{{{other = x}}}}", said)

    plain = {name: value.strip('"') for name, value in tail.items()}
    assert found == {"one": first.strip('"'), "other": second.strip('"'), **plain}


@given(st.text("abc (){}[]|?*+.^$=\\\"'x1", max_size=24), st.text("abc {}=\"'x1", max_size=24))
def test_no_format_and_no_sentence_raise_anything_else(format_: str, said: str) -> None:
    try:
        compiled = CompiledFormat(format_)
    except ValueError:
        return
    found = compiled.parameters(Sentence.of(said))

    if found is not None:
        assert all(run in Sentence.of(said).text for run in compiled.runs)
