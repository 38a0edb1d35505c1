"""Two readers of YAML, of which the fast one is asked first, and nobody notices."""

from __future__ import annotations

import pytest
import yaml

from automation.actions import lines
from automation.actions.lines import Lines
from automation.actions.registry import SHIPPED

FILES = sorted(SHIPPED.rglob("*.yaml"))


def test_all_that_is_shipped_can_be_read_and_reads_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fast = [Lines(path.read_text()) for path in FILES]
    monkeypatch.setattr(lines, "_FastLoader", lines.Loader)

    slow = [Lines(path.read_text()) for path in FILES]

    assert FILES
    assert [vars(each) for each in fast] == [vars(each) for each in slow]


def test_json_may_escape_what_yaml_may_not() -> None:
    read = Lines('{\n"a": "\\ud83d\\ude00",\n"b": 1}', is_json=True)

    assert read.value == {"a": "😀", "b": 1}
    assert read.line("b") == 3


@pytest.mark.parametrize("text", ["a:\t1\n", "a: [1,\t2]\n"])
def test_tabs_are_taken_by_neither_or_both(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_FastLoader", lines.Loader)
    slow = _taken(text)
    monkeypatch.undo()

    assert _taken(text) == slow


def _taken(text: str) -> object:
    try:
        return Lines(text).value
    except yaml.YAMLError as error:
        return str(error)
