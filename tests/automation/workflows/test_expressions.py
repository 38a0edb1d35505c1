"""Expressions in both languages: what they give, and what they may not do."""

from __future__ import annotations

from typing import Any

import pytest

from automation.workflows.expressions import evaluate
from automation.workflows.scope import CannotEvaluate, Current, Scope

VALUES: dict[str, Any] = {
    "x": {"y": [1, 2, 3]}, "s": "abc", "l": [{"a": 1}, {"a": 2}], "n": None, "__p": 1,
}  # fmt: skip
SCOPE = Scope(VALUES, Current("t", 0, {"out": 5}), item={"i": 1})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<% ctx().x.y %>", [1, 2, 3]),
        ("{{ ctx().x.y }}", [1, 2, 3]),
        ("<% ctx(s) %>", "abc"),
        ("{{ ctx('s') }}", "abc"),
        ("<% ctx().n %>", None),
        ("<% ctx().keys().len() %>", 4),
        ("s is <% ctx().s %>, n is <% ctx().n %>", "s is abc, n is None"),
        ("<% result().out %>", 5),
        ("{{ result().out + 1 }}", 6),
        ("<% item(i) %>", 1),
        ("<% ctx().l.a %>", [1, 2]),
        ("<% ctx().l.where($.a > 1).select($.a) %>", [2]),
        ("<% ctx().l.distinct().len() %>", 2),
        ("{% for each in ctx().l %}{{ each.a }};{% endfor %}", "1;2;"),
        ("{{ '{{' }}", "{{"),
        ("<% ctx().s =~ 'a.c' and ctx().s !~ 'x' and ctx().s.matches('b') %>", True),
        ("<% regex('(b)(c)').search('abc', $3.value) %>", "c"),
        ("<% regex('[ab]').searchAll('abc') %>", ["a", "b"]),
        ("<% regex('b').replaceBy('abc', $.value + '!') %>", "ab!c"),
        ("<% 'a-b'.split(regex('-')) + 'a-b'.split('-') %>", ["a", "b", "a", "b"]),
        ("<% 'aab'.replace(regex('a'), 'c') + 'aab'.replace('a', 'd') %>", "ccbddb"),
        ("<% zip([1, 2], [3], pad => 0) %>", [[1, 3], [2, 0]]),
        ("<% json('[1]') %>", [1]),
        ("<% to_json_string(ctx().x, sort_keys => true) %>", '{"y": [1,2,3]}'),
        ("{{ ctx().x | to_json_string }}", '{"y": [1,2,3]}'),
        ("<% from_yaml_string('a: 1') %>", {"a": 1}),
        ("<% to_yaml_string({b => 1, a => [2]}) %>", "a:\n- 2\nb: 1\n"),
        ("<% jsonpath_query(ctx().l, '$[*].a') %>", [1, 2]),
        ("<% jsonpath_query(ctx().l, '$.b') %>", None),
        ("<% regex_match('xyz', 'X', ignorecase => true) %>", True),
        ("<% regex_replace('xyz', 'x', 'w') %>", "wyz"),
        ("<% regex_substring('a1b22', '[0-9]+', 1) %>", "22"),
        ("<% to_human_time_from_seconds(12345) %>", "3h25m45s"),
        ("<% to_human_time_from_seconds(45) %>", "45s"),
        ("<% use_none(null) %>", "%*****__%NONE%__*****%"),
        ("<% dirname('/a/b') + basename('/a/b') %>", "/ab"),
        ("<% version_compare('1.2.3-rc.1', '1.2.3') %>", -1),
        ("<% version_compare('1.0.0-2', '1.0.0-10') %>", -1),
        ("<% version_match('1.2.3', '>=1.2.0') and version_equal('1.0.0+a', '1.0.0+b') %>", True),
        ("<% version_bump_major('1.2.3-x') + version_bump_minor('1.2.3') %>", "2.0.01.3.0"),
        ("<% version_bump_patch('1.2.3') + version_strip_patch('1.2.3') %>", "1.2.41.2"),
        ("<% st2kv('a', default => 1) %>", 1),
        ("<% task_status(other) %>", "null"),
        ("not <% this\n %>", "not <% this\n %>"),
    ],
)
def test_an_expression_gives_its_value(text: str, value: object) -> None:
    assert evaluate(text, SCOPE) == value


def test_expressions_stand_anywhere_in_a_value() -> None:
    value = {"{{ ctx().s }}": ["<% ctx().s %>", {"a": "{{ 1 }}"}], "n": 1}

    assert evaluate(value, SCOPE) == {"abc": ["abc", {"a": 1}], "n": 1}


@pytest.mark.parametrize(
    "text",
    [
        "<% ctx().nothing %>", "<% ctx(nothing) %>", "{{ ctx().nothing }}", "<% ctx(__p) %>",
        "{{ ctx('__p') }}", "<% ctx().x.nothing %>", "<% nothing() %>", "<% 1 / 0 %>",
        "{{ nothing }}",
        "<% st2kv('a') %>", "<% task(a) %>", "<% item(z) %>", "<% version_compare('a', 'b') %>",
        "<% json('{') %>", "<% regex_match('a', '(') %>", "<% jsonpath_query([], '$[') %>",
    ],
)  # fmt: skip
def test_what_cannot_be_computed_says_so(text: str) -> None:
    with pytest.raises(CannotEvaluate) as wrong:
        evaluate(text, SCOPE)

    assert "object at 0x" not in str(wrong.value)
    assert len(str(wrong.value)) < 600


@pytest.mark.parametrize(
    "text",
    [
        "<% range(99999).select(range(99999).select($).len()).len() %>",
        "<% range(1000000000).select($).sum() %>",
        "<% 'a' * 1000000000 %>",
        "<% pow(10, 10000000) %>",
        "<% shiftBitsLeft(1, 1000000000) %>",
        "<% regex('(a|aa)+$').matches('" + "a" * 60 + "!') %>",
        "<% regex_match('" + "a" * 60 + "!', '(a|aa)+$') %>",
        "<% ctx().s.__class__ %>",
        "<% ctx().__class__ %>",
        "{{ ctx.__globals__ }}",
        "{{ ctx().s.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{% for a in range(1000) %}" * 3 + "{% endfor %}" * 3,
        "{% macro a(n) %}{{ a(n) }}{% endmacro %}{{ a(1) }}",
        "{% include 'a' %}",
        "{{ 'a' * 1000000000 }}",
    ],
)  # fmt: skip
def test_no_expression_takes_for_ever_fills_the_memory_or_looks_inside(text: str) -> None:
    with pytest.raises(CannotEvaluate):
        evaluate(text, SCOPE)
