"""Templates of StackStorm's content come out as they do there."""

from __future__ import annotations

import time
from typing import Any

import pytest

from automation.templates.datastore import Scope, scopes
from automation.templates.stackstorm import Unrendered, render, render_values

KEPT = {"host": "db1", "host.port": "5432", "token": "gAAAA"}
SYSTEM = Scope(KEPT.get, {"token": "s3cret"}.get)
CONTEXT: dict[str, Any] = {
    "name": "A b",
    "n": 7,
    "items": [{"k": 1}, {"k": 2}],
    "nothing": None,
    "st2kv": scopes(SYSTEM),
}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% for each in items %}\n- {{ each.k }}\n{% endfor %}\n", "- 1\n- 2\n"),
        ("{{ name }}\n", "A b"),
        ("{{ items | to_complex }}", '[{"k": 1}, {"k": 2}]'),
        ("{{ items | jsonpath_query('[*].k') }}", "[1, 2]"),
        ("{{ '{\"a\": [1]}' | from_json_string }}", "{'a': [1]}"),
        ("{{ 'a: 1' | from_yaml_string }}", "{'a': 1}"),
        ("{{ '{a: x & y * z}' | from_yaml_string }}", "{'a': 'x & y * z'}"),
        ("{{ items | to_json_string }}", '[{"k": 1},{"k": 2}]'),
        ("{{ {'a': 1} | to_yaml_string }}", "a: 1\n"),
        ("{{ 'a\"b' | json_escape }}", 'a\\"b'),
        ("{{ name | regex_match('a', ignorecase=True) }}", "True"),
        ("{{ name | regex_match('b') }}", "False"),
        ("{{ name | regex_search('b') }}", "True"),
        ("{{ name | regex_replace('(A) (b)', '\\\\2 \\\\1') }}", "b A"),
        ("{{ 'x1 y2' | regex_substring('[a-z]([0-9])', 1) }}", "2"),
        ("{{ 185 | to_human_time_from_seconds }}", "3m5s"),
        ("{{ 90000 | to_human_time_from_seconds }}", "1d1h0m0s"),
        ("{{ 0.56 | to_human_time_from_seconds }}", "0.56\u03bcs"),
        ("{{ '1.2.3' | version_compare('1.2.4') }}", "-1"),
        ("{{ '1.10.0' | version_more_than('1.9.0') }}", "True"),
        ("{{ '1.2.3' | version_match('>=1.2.0') }}", "True"),
        ("{{ '1.2.3' | version_bump_major }} {{ '1.2.3' | version_strip_patch }}", "2.0.0 1.2"),
        ("{{ nothing | use_none }}", "%*****__%NONE%__*****%"),
        ("{{ '/a/b.txt' | basename }} {{ '/a/b.txt' | dirname }}", "b.txt /a"),
        ("{{ st2kv.system.host }}:{{ st2kv.system.host.port }}", "db1:5432"),
        ("{{ st2kv.system.token | decrypt_kv }}", "s3cret"),
        ("{{ st2kv.system.gone }}|{{ st2kv.user.gone }}", "|"),
        ("{{ '%s-%03d' % (name, n) }}", "A b-007"),
        ("{{ '{:>3}'.format(n) }}{{ '%2s' | format(n) }}", "  7 7"),
        ("{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{{ twice(n) }}", "77"),
        ("{{ 1 is in([1, 2]) }}", "True"),
    ],
)
def test_it_comes_out(source: str, text: str) -> None:
    assert render(source, CONTEXT) == text


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{{ missing }}", "reads what is not there"),
        ("{{ name.__class__ }}", "unsafe"),
        ("{{ '%999999d' % n }}", "at most 1000"),
        ("{{ '{:{w}}'.format(n, w=10) }}", "written out"),
        ("{% include 'x' %}", "not possible here"),
        ("{{ st2kv.system.gone | decrypt_kv }}", "st2kv.system.gone is not there"),
        ("{{ st2kv.system.host | decrypt_kv }}", "is not secret"),
        ("{{ name | decrypt_kv }}", "datastore"),
        ("{{ '[&a x, *a]' | from_yaml_string }}", "aliases are not read"),
        ("{{ 'x' | version_bump_major }}", "SemVer"),
        ("{{ ('a' * 300) | regex_search('(a+)+!') }}", "takes too long"),
        ("{{ name | jsonpath_query('a[') }}", "ends too early"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
    ],
)
def test_it_says_what_is_wrong(source: str, why: str) -> None:
    with pytest.raises(Unrendered, match=why):
        render(source, CONTEXT)


def test_a_macro_that_calls_itself_twice_comes_to_an_end() -> None:
    source = "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}"
    begun = time.monotonic()

    with pytest.raises(Unrendered, match="takes longer"):
        render(f"{source}{{{{ m(60) }}}}", {})

    assert time.monotonic() - begun < 20


def test_values_in_which_nothing_changes_keep_their_type() -> None:
    found = render_values(
        {"a": 5, "b": "{{ n }}", "c": {"d": ["{{ name }}", 1]}, "e": [1]}, CONTEXT
    )

    assert found == {"a": 5, "b": "7", "c": {"d": ["A b", 1]}, "e": [1]}


@pytest.mark.parametrize(
    "evil", ['x", "admin": "yes', '1"], "admin": ["', 'x", "user": "root', 'x"']
)
def test_a_value_cannot_write_other_keys(evil: str) -> None:
    with pytest.raises(Unrendered, match=r"json_escape|no JSON"):
        render_values({"body": {"user": "me", "name": "{{ v }}"}}, {"v": evil})

    kept = render_values({"body": {"name": "{{ v | json_escape }}"}}, {"v": evil})
    assert kept == {"body": {"name": evil}}
