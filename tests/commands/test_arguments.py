# ruff: noqa: RUF001 - the marks that phones and other keyboards type are what is tested
"""Words turned into typed arguments, or into one clear sentence about what is wrong."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadInput
from commands.arguments import Arg, Args, parse, usage
from commands.incident.opening import Start
from commands.incident.stages import AddArgs, MoveArgs
from commands.incident.steps import StepArgs
from commands.incident.telling import SnoozeArgs, UpdateArgs
from commands.playbook.writing import ImportArgs
from commands.vocabulary import Key, SeverityWord, duration, severity
from incidents.incident import Severity


class Grade(Args):
    """A severity and an incident."""

    severity: Annotated[SeverityWord, Arg("S", takes="word")]
    incident: Key = None


def start(line: str) -> Start:
    return parse("/incident start", line, 0, Start)


def update(line: str) -> UpdateArgs:
    return parse("/incident update", line, 0, UpdateArgs)


@pytest.mark.parametrize(
    "line",
    [
        '--playbook outage --name "Checkout is down" --severity high',
        "--playbook=outage --name=“Checkout is down” --severity=HIGH",
        "—playbook outage —name ‘Checkout is down’ —severity sev3",
        "--severity High\n--name 'Checkout is down'\n--playbook outage",
    ],
)
def test_options_are_read_from_any_keyboard_in_any_order(line: str) -> None:
    args = start(line)

    assert (args.playbook, args.name, args.severity) == (
        "outage",
        "Checkout is down",
        Severity.HIGH,
    )


def test_free_text_is_kept_as_typed() -> None:
    text = 'We see  "500" errors\n\n- since 12:03 --really; don’t panic @channel'

    assert update(text).text == text


def test_a_known_option_is_cut_out_of_free_text() -> None:
    args = update("All is well --next 30m again")

    assert args.text == "All is well again"
    assert args.next == duration("30m")


def test_a_text_in_quotes_loses_them() -> None:
    assert update('"All is well"').text == "All is well"


def test_an_apostrophe_at_a_words_beginning_is_no_quote_in_free_text() -> None:
    assert update("'tis fine").text == "'tis fine"


def test_pasted_json_is_not_read_at_all() -> None:
    pasted = '{"title": "a \\"b\\" “c” --x", "n": 1}'

    assert parse("/playbook import", f"/playbook import {pasted}", 16, ImportArgs).document == (
        pasted
    )


@pytest.mark.parametrize("line", ["3 INC-7", "inc-7 3", "--incident 7 3", "--step=3 INC-7"])
def test_an_incidents_key_stands_in_front_behind_or_as_an_option(line: str) -> None:
    args = parse("/incident check", line, 0, StepArgs)

    assert args.step == "3"
    assert args.incident in {"INC-7", "inc-7", "7"}


def test_a_key_inside_free_text_is_text() -> None:
    assert update("same as INC-7").incident is None
    assert update("INC-8 same as INC-7").incident == "INC-8"


def test_in_an_incidents_channel_a_text_may_begin_with_anothers_key() -> None:
    line = "INC-4 is related to this"
    args = parse("/incident update", line, 0, UpdateArgs, at_home=True)
    assert (args.text, args.incident) == (line, None)

    named = parse("/incident update", f"--incident INC-4 {line}", 0, UpdateArgs, at_home=True)
    assert (named.text, named.incident) == (line, "INC-4")


@pytest.mark.parametrize("line", ["2 hours INC-7", "INC-7 2 hours", "2 hours --incident INC-7"])
def test_a_key_may_end_a_phrase(line: str) -> None:
    args = parse("/incident snooze", line, 0, SnoozeArgs)

    assert (args.wait, args.incident) == (duration("2h"), "INC-7")


def test_several_slots_are_filled_in_order() -> None:
    args = parse("/incident step move", "2.3 1 --stage Repair", 0, MoveArgs)

    assert (args.step, args.position, args.stage) == ("2.3", 1, "Repair")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('--name "db', "without its partner"),
        ("--name", "needs a value"),
        ("--name --playbook x", "needs a value"),
        ("--naem x", "Did you mean --name"),
        ("--name a --name b", "given twice"),
        ("--severity hihg", "Did you mean HIGH"),
    ],
)
def test_a_mistake_is_answered_with_what_to_do(line: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        start(line)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", r"needs N\. Type it like this: /incident check N \[INC-42\]"),
        ("3 4", "cannot use “4”"),
        ('3 "4', "without its partner"),
        ("3 'abc", "without its partner"),
    ],
)
def test_too_few_and_too_many_words_are_named(line: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        parse("/incident check", line, 0, StepArgs)


@pytest.mark.parametrize("word", ["0", "-1", "x", "1.5", "９", "9" * 30])
def test_a_position_is_a_whole_number(word: str) -> None:
    with pytest.raises(BadInput, match="whole number from 1 up"):
        parse("/incident step move", f"2 {word}", 0, MoveArgs)


@pytest.mark.parametrize(
    ("word", "seconds"),
    [("30m", 1800), ("1h30m", 5400), ("90", 5400), ("2 days", 172_800), ("45 sec", 45)],
)
def test_time_spans_are_read_as_people_write_them(word: str, seconds: int) -> None:
    assert duration(word).total_seconds() == seconds


@pytest.mark.parametrize("word", ["soon", "0", "30x", "999999d 999999d", "1h-2m", ""])
def test_other_words_are_no_time_spans(word: str) -> None:
    with pytest.raises(BadInput):
        duration(word)


def test_a_default_needs_no_words() -> None:
    assert parse("/incident snooze", "", 0, SnoozeArgs).wait == duration("15m")


def test_usage_shows_what_is_needed_and_what_is_not() -> None:
    assert usage("/incident step add", AddArgs) == (
        "/incident step add [INC-42] TITLE [--stage STAGE] [--description TEXT] [--command /…]"
    )
    assert usage("/incident check", StepArgs) == "/incident check N [INC-42]"


ANY = st.text(
    alphabet=st.one_of(st.sampled_from("\"'“”‘’«»\\=-—@#/ \t\nINCinc042namestg"), st.characters()),
    max_size=120,
)


@given(ANY, st.sampled_from([Start, UpdateArgs, StepArgs, MoveArgs, AddArgs, SnoozeArgs, Grade]))
def test_any_line_is_read_or_refused_in_one_sentence(line: str, args: type[Args]) -> None:
    refusal = "-"
    try:
        parse("/x", line, 0, args)
    except BadInput as wrong:
        refusal = wrong.message
    assert 0 < len(refusal) < 500


@given(ANY)
def test_any_word_is_a_severity_or_is_refused(word: str) -> None:
    with suppress(BadInput):
        assert severity(word) in Severity
