"""Runbooks as documents: what cannot be read is refused with its place, and in texts its line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from automation.runbooks.documents import read, read_text
from automation.runbooks.writing import text_of
from chat.errors import BadInput

TEXT = """\
name: Try
steps:
- name: Say
  action: core.echo
  parameters:
    message: hello
- name: Again
  action: core.echo
  tiemout: 5
"""


def refused(text: str) -> dict[str, str]:
    """What is said to be wrong with a text."""
    with pytest.raises(BadInput) as wrong:
        read_text(text)
    return dict(wrong.value.details)


def unread(**more: Any) -> dict[str, str]:
    """What is said to be wrong with a document."""
    with pytest.raises(BadInput) as wrong:
        read({"name": "Try", **more})
    return dict(wrong.value.details)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (0, 0),
        (90.5, 90.5),
        (365 * 86_400, 365 * 86_400),
        ("00:05:00", 300),
        ("365 00:00:00", 365 * 86_400),
    ],
)
def test_a_duration_of_up_to_a_year_is_taken(given: object, seconds: float) -> None:
    content, _ = read({"name": "Try", "estimated_duration": given})

    assert content.estimated_duration == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "given", [-5, -0.1, 1e30, 10**300, 365 * 86_400 + 1, "365 00:00:01", "999 00:00:00", "5m"]
)
def test_any_other_duration_is_refused_at_its_place(given: object) -> None:
    assert list(unread(estimated_duration=given)) == ["estimated_duration"]


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan"), 1 << 1025])
def test_a_number_that_json_cannot_hold_is_refused_at_its_place(number: float) -> None:
    step = {"name": "a", "action": "core.echo", "parameters": {"message": [1, {"n": number}]}}

    assert "no number" in unread(estimated_duration=number)["estimated_duration"]
    assert list(unread(trigger_conditions={"x": number})) == ["trigger_conditions.x"]
    assert list(unread(trigger_conditions={"x": [[1], [number]]})) == ["trigger_conditions.x[1]"]
    assert list(unread(steps=[step])) == ["steps[0].parameters.message[1].n"]


def test_what_is_nested_too_deep_is_refused() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]

    (said,) = unread(trigger_conditions={"x": deep}).values()
    assert "deep" in said


def test_each_mistake_in_a_text_says_its_line() -> None:
    (place,) = found = refused(TEXT)

    assert place == "steps[1].tiemout"
    assert "timeout" in found[place]
    assert found[place].endswith("(line 9)")


def test_what_is_missing_is_placed_in_the_line_of_what_lacks_it() -> None:
    found = refused(TEXT.replace("  action: core.echo\n  tiemout: 5\n", ""))

    assert found == {"steps[1].action": "is missing (line 7)"}


def test_a_key_that_stands_there_twice_is_refused_with_its_line() -> None:
    twice = TEXT.replace("  tiemout: 5\n", "  action: core.local\n") + "name: Other\n"

    assert refused(twice) == {
        "steps[1].action": "is there twice; keep one (line 9)",
        "name": "is there twice; keep one (line 10)",
    }


def test_a_key_that_a_merge_brings_may_be_overwritten() -> None:
    text = (
        "name: Try\nsteps:\n- &first {name: Say, action: core.echo}\n- <<: *first\n  name: Again\n"
    )
    content, _ = read_text(text)

    assert [(step.name, step.action) for step in content.steps] == [
        ("Say", "core.echo"),
        ("Again", "core.echo"),
    ]


def test_a_text_in_json_is_read_as_json() -> None:
    content, _ = read_text('{"name": "Try",\n\t"estimated_duration": 1e2}')

    assert content.estimated_duration == timedelta(seconds=100)
    assert refused('{"name": "Try",\n"estimated_duration": 1e999}') == {
        "estimated_duration": "is no number that JSON can hold; give a smaller one (line 2)"
    }
    assert refused('{"name": "Try",\n"name": "Other"}') == {
        "name": "is there twice; keep one (line 2)"
    }
    assert read_text("{name: Try}")[0].name == "Try"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "{" * 5000,
        '{"a":' * 5000,
        "a: &a [*a]",
        "a: [",
        "name: \0",
        "name: " + "9" * 5000,
        "\n".join(
            ["a0: &a0 [x]", *(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))]
        ),
    ],
)
def test_a_text_that_is_none_is_refused(text: str) -> None:
    assert list(refused(text)) == ["document"]


def test_what_was_written_is_read_again() -> None:
    content, _ = read_text(TEXT.replace("tiemout", "timeout"))

    assert read_text(text_of(content, "1.0")) == (content, "1.0")
