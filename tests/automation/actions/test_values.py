"""Values are filled in, read as their type and checked; what is wrong is told with its place."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.actions.action import Action, Parameter
from automation.actions.casting import as_typed
from automation.actions.schema import check_literal, checked
from chat.errors import BadInput


def one(rules: dict[str, Any] | None = None, **marks: Any) -> Action:
    """An action with one parameter `p`."""
    return Action("ops.do", "noop", parameters=(Parameter("p", rules or {}, **marks),))


def several(**parameters: dict[str, Any]) -> Action:
    """An action with these; what is no schema word is a mark."""
    marks = ("required", "secret", "immutable", "position", "command_line")
    return Action(
        "ops.do",
        "noop",
        parameters=tuple(
            Parameter(
                name,
                {key: rule for key, rule in rules.items() if key not in marks},
                **{key: rule for key, rule in rules.items() if key in marks},
            )
            for name, rules in parameters.items()
        ),
    )


def told(action: Action, **given: Any) -> dict[str, str]:
    """What is wrong, by place."""
    with pytest.raises(BadInput) as caught:
        checked(action, given, place="parameters")
    return dict(caught.value.details)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", " 5 ", 5),
        ("integer", "-07", -7),
        ("integer", "+1", 1),
        ("integer", 5.0, 5),
        ("number", "2.50", 2.5),
        ("number", ".5", 0.5),
        ("number", "1e3", 1000.0),
        ("number", "7", 7),
        ("boolean", "Yes", True),
        ("boolean", "off", False),
        ("boolean", "1", True),
        ("array", "a, b ,c", ["a", "b", "c"]),
        ("array", "", []),
        ("array", "[1, null]", [1, None]),
        ("array", "('a', True)", ["a", True]),
        ("array", "a", ["a"]),
        ("object", '{"a": {"b": [1]}}', {"a": {"b": [1]}}),
        ("object", "{'a': None}", {"a": None}),
        ("string", 5, "5"),
        ("string", True, "true"),
        ("string", "5", "5"),
        ("null", "None", None),
        (["integer", "string"], "5", "5"),
        (["integer", "null"], "5", 5),
        (["integer", "null"], "null", None),
    ],
)
def test_text_is_read_as_the_type_that_is_wanted(kind: Any, text: Any, value: Any) -> None:
    found = as_typed({"type": kind}, text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "5.5"),
        ("integer", "0x10"),
        ("integer", "1_000"),
        ("integer", "５"),  # noqa: RUF001 - a digit of full width
        ("integer", "1; touch owned"),
        ("integer", "9" * 5000),
        ("integer", True),
        ("integer", ""),
        ("integer", 5.5),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1e999"),
        ("number", "1+1"),
        ("boolean", "maybe"),
        ("boolean", 1),
        ("boolean", ""),
        ("array", "[x for x in y]"),
        ("array", "[__import__('os')]"),
        ("array", "[{1, 2}]"),
        ("array", "[b'x']"),
        ("array", "[1j]"),
        ("array", "[" * 10_000 + "]" * 10_000),
        ("array", {"a": 1}),
        ("object", "[1]"),
        ("object", "{1: 2}"),
        ("object", "{'a': NaN}"),
        ("object", "dict(a=1)"),
        ("object", "a=1"),
        ("string", ["a"]),
        ("string", {"a": 1}),
    ],
)
def test_what_cannot_be_read_so_is_told_and_never_guessed(kind: str, text: Any) -> None:
    assert list(told(one({"type": kind}), p=text)) == ["parameters.p"]


def test_items_are_read_as_theirs() -> None:
    rules = {"type": "array", "items": {"type": "integer"}}

    assert as_typed(rules, "1, 2") == [1, 2]
    assert as_typed(rules, ["3", 4]) == [3, 4]
    assert told(one(rules), p="1, x, 3") == {
        "parameters.p[1]": 'is "x"; give a whole number',
    }


def test_a_missing_value_is_told_with_what_to_give() -> None:
    action = several(
        a={"type": "integer", "required": True},
        b={"enum": ["x", "y"], "required": True},
        c={"required": True, "default": "there"},
        d={},
    )

    assert told(action) == {
        "parameters.a": "is missing; give a whole number",
        "parameters.b": "is missing; give one of x, y",
    }
    assert told(action, a=None, b="x") == {"parameters.a": "is missing; give a whole number"}
    assert checked(action, {"a": 1, "b": "x"}, place="parameters") == {
        "a": 1,
        "b": "x",
        "c": "there",
    }


def test_all_that_is_wrong_is_told_at_once() -> None:
    action = several(count={"type": "integer", "maximum": 5}, name={"pattern": "^[a-z]+$"})

    assert told(action, count="7", name="A b", cuont=1) == {
        "parameters.cuont": (
            "is no parameter of ops.do, which takes count, name. Did you mean “count”?"
        ),
        "parameters.count": "is 7; at most 5 is accepted",
        "parameters.name": 'is "A b"; it must look like ^[a-z]+$',
    }


def test_what_was_chosen_must_be_one_of_the_choices() -> None:
    action = one({"type": "integer", "enum": [1, 2, 3]})

    assert checked(action, {"p": "2"}, place="parameters") == {"p": 2}
    assert told(action, p="4") == {"parameters.p": "is 4; give one of 1, 2, 3"}


def test_true_is_no_one_among_the_choices() -> None:
    assert told(one({"enum": [1, 2]}), p=True)
    assert told(one({"type": ["boolean"], "enum": [True]}), p=1)


@pytest.mark.parametrize("given", ["other", "", "fixed; touch owned", {"a": 1}])
def test_what_is_immutable_cannot_be_given(given: Any) -> None:
    action = one({"default": "fixed"}, immutable=True)

    assert told(action, p=given) == {"parameters.p": "cannot be chosen; leave it out"}
    assert checked(action, {}, place="parameters") == {"p": "fixed"}
    assert checked(action, {"p": "fixed"}, place="parameters") == {"p": "fixed"}


def test_what_is_immutable_and_filled_in_cannot_be_given_either() -> None:
    action = several(a={}, b={"default": "to {{ a }}", "immutable": True})

    assert checked(action, {"a": "x"}, place="parameters") == {"a": "x", "b": "to x"}
    for other in ("to x", "{{ a }}", "to {{ a }}"):
        assert told(action, a="x", b=other) == {"parameters.b": "cannot be chosen; leave it out"}


def test_a_secret_is_never_repeated() -> None:
    secret = "hunter2-and-more"
    actions = (
        one({"type": "integer"}, secret=True),
        one({"enum": ["a"]}, secret=True),
        one({"type": "string", "pattern": "^x$"}, secret=True),
        one({"type": "object", "maxProperties": 0}, secret=True),
        one({"type": "object", "additionalProperties": {"type": "integer"}}, secret=True),
        one({"type": ["object", "string"], "not": {}}, secret=True),
    )
    inside = one(
        {"type": "object", "properties": {"k": {"type": "integer", "secret": True}}},
    )

    for action, value in (
        *((action, secret) for action in actions),
        *((action, {secret: secret}) for action in actions),
        (inside, {"k": secret}),
    ):
        with pytest.raises(BadInput) as caught:
            checked(action, {"p": value}, place="parameters")

        assert "hunter2" not in caught.value.message + json.dumps(caught.value.details)


def test_a_default_is_read_as_its_type() -> None:
    action = several(
        n={"type": "integer", "default": "5"},
        b={"type": "boolean", "default": "yes"},
        m={"type": "integer", "default": "{{ n + 1 }}"},
    )

    assert checked(action, {}, place="parameters") == {"n": 5, "b": True, "m": 6}
    assert checked(action, {"n": "7"}, place="parameters")["m"] == 8


def test_a_default_that_does_not_fit_is_told() -> None:
    action = several(a={}, n={"type": "integer", "default": "{{ a }}"})

    assert told(action, a="x") == {"parameters.n": 'is "x"; give a whole number'}


def test_defaults_that_read_one_another_in_a_circle_are_told() -> None:
    action = several(a={"default": "{{ b }}"}, b={"default": "{{ a }}"}, c={"default": "{{ c }}"})

    assert set(told(action)) == {"parameters.a", "parameters.b", "parameters.c"}
    assert set(told(action, a="x")) == {"parameters.c"}


def test_a_given_value_is_no_template() -> None:
    action = several(a={}, b={"default": "{{ a }}"})

    found = checked(action, {"a": "{{ 7 * 7 }}"}, place="parameters")

    assert found == {"a": "{{ 7 * 7 }}", "b": "{{ 7 * 7 }}"}


def test_a_command_line_quotes_what_its_default_reads() -> None:
    action = several(
        cmd={"default": "echo {{ a }} {{ n }}", "command_line": True}, a={}, n={"type": "integer"}
    )

    found = checked(action, {"a": "x; touch owned", "n": "5"}, place="parameters")

    assert found["cmd"] == "echo 'x; touch owned' 5"


def test_what_is_known_only_later_is_not_judged_yet() -> None:
    action = one({"type": "integer"})

    for later in ("{{ steps.a.output }}", {"$sealed": "x"}):
        assert check_literal(action, {"p": later}, place="parameters") == ()
    (mistake,) = check_literal(action, {"p": "x"}, place="steps[0].parameters")
    assert (mistake.place, mistake.problem) == (
        "steps[0].parameters.p",
        'is "x"; give a whole number',
    )


@pytest.mark.parametrize(
    "rules",
    [
        {"type": "string", "pattern": "("},
        {"type": "integer", "minimum": "x"},
        {"enum": 5},
        {"properties": []},
        {"$ref": "#/nowhere"},
        {"$ref": "http://127.0.0.1:9/x"},
        {"allOf": [{"$ref": "#"}]},
    ],
)
def test_a_schema_that_is_none_is_told_and_never_passes(rules: dict[str, Any]) -> None:
    (problem,) = told(one(rules), p="x").values()

    assert problem.startswith("cannot be checked, since its schema is wrong: ")


def test_a_value_that_is_deep_is_no_trouble() -> None:
    deep: Any = []
    for _ in range(500):
        deep = [deep]

    assert checked(one({"type": "array"}), {"p": deep}, place="parameters") == {"p": deep}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def _is(kind: str, value: Any) -> bool:
    return type(value) in TYPES[kind]


@given(
    kind=st.sampled_from(list(TYPES)),
    value=json_values | st.text("[](){}',:\"0123456789.eE+-truefalsN "),
)
def test_whatever_is_given_ends_as_its_type_or_is_told(kind: str, value: Any) -> None:
    action = one({"type": kind})
    try:
        found = checked(action, {"p": value}, place="parameters")
    except BadInput:
        assert not _is(kind, value)
        return
    if value is None:
        assert found == {}
        return
    assert _is(kind, found["p"]) or (kind == "integer" and float(found["p"]).is_integer())
    if _is(kind, value):
        assert found["p"] == value


@given(value=json_values)
def test_what_has_its_type_is_left_alone(value: Any) -> None:
    for kind in TYPES:
        if _is(kind, value):
            assert as_typed({"type": kind}, value) == value


@given(number=st.integers(min_value=-(10**50), max_value=10**50))
def test_every_whole_number_is_read_as_it_was_written(number: int) -> None:
    assert as_typed({"type": "integer"}, str(number)) == number


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_as_it_was_written(number: float) -> None:
    found = as_typed({"type": "number"}, repr(number))

    assert math.isclose(found, number, rel_tol=0, abs_tol=0)


@given(value=st.lists(json_values, max_size=4))
def test_every_list_can_be_typed_as_json(value: list[Any]) -> None:
    text = json.dumps(value)
    if "Infinity" not in text:
        assert as_typed({"type": "array"}, text) == value
