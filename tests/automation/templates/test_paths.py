"""Paths find what the library that StackStorm reads them with finds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.templates.paths import Path

DATA = {
    "trigger": {
        "body": {"a-b": 1, "list": [{"n": 1}, {"n": 2}, {"m": 3}], "where": "x", "text": "abc"},
        "none": None,
    }
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("trigger.body.a-b", [1]),
        ("trigger.body.list[0].n", [1]),
        ("trigger.body.list[-1]", [{"m": 3}]),
        ("trigger.body.list[7]", []),
        ("trigger.body.list[*].n", [1, 2]),
        ("trigger.body.list[1:].n", [2]),
        ("trigger.body.list[:1].n", [1]),
        ("trigger..n", [1, 2]),
        ("trigger.body.list[0,1]", None),
        ("trigger.body['where']", ["x"]),
        ('trigger."body"."a-b"', [1]),
        ("trigger.body.where", None),
        ("trigger.body.text[0]", ["a"]),
        ("trigger.body.text[*]", ["abc"]),
        ("trigger.none", [None]),
        ("trigger.none.deeper", []),
        ("trigger.body.list[*] where m", [{"m": 3}]),
        ("trigger.body.('a-b'|where)", None),
        ("trigger.body.('a-b'|'where')", [1, "x"]),
        ("trigger.body.list[*].`parent`[0].n", [1, 1, 1]),
        ("trigger.body.text,where", None),
        ("trigger.body.text,'where'", ["abc", "x"]),
        ("trigger.body.*", list(DATA["trigger"]["body"].values())),  # pyright: ignore[reportOptionalMemberAccess]
        ("$.trigger.none", [None]),
        ("trigger.body.list.$.trigger.none", [None]),
        ("trigger.body.0", None),
        ("trigger.", None),
        ("", None),
        ("trigger.body[", None),
        ("trigger.'open", None),
        ("trigger.`sorted`", None),
    ],
)
def test_a_path_leads_to_these(path: str, found: list[Any] | None) -> None:
    if found is None:
        with pytest.raises(ValueError, match=r"cannot|ends|empty|closed|there are"):
            Path(path)
        return
    read = Path(path)

    assert read.every(DATA) == found
    assert read.first(DATA) == ((True, found[0]) if found else (False, None))


@pytest.mark.parametrize(
    "path", ["trigger.body[0]", "trigger.none[0]", "trigger.`parent`.`parent`"]
)
def test_an_index_into_something_without_parts_raises(path: str) -> None:
    with pytest.raises((LookupError, TypeError)):
        Path(path).first(DATA)


NAMES = st.text("abc", min_size=1, max_size=2)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, VALUES, max_size=3), st.lists(NAMES, min_size=1, max_size=4))
def test_the_short_way_and_the_long_one_find_the_same(data: Any, names: list[str]) -> None:
    short, long = Path(".".join(names)), Path(f"({'.'.join(names)})")

    assert (short.steps is not None, long.steps is None) == (True, True)
    assert short.first(data) == long.first(data)


@given(VALUES)
def test_everything_below_is_found(data: Any) -> None:
    text = json.dumps(data)

    assert len(Path("$..a").every(data)) == text.count('"a":')


def test_a_search_ends_where_there_is_too_much() -> None:
    deep: Any = 1
    for _ in range(400):
        deep = {"a": deep}

    with pytest.raises(LookupError, match="100000 places"):
        Path("$..a..a..a").every(deep)
