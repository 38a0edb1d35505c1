"""Templates give typed values, say exactly what is wrong, and reach nothing but values."""

from __future__ import annotations

from typing import Any

import pytest

from automation.templates.template import check, check_condition, condition, names, render
from chat.errors import BadInput

CONTEXT = {
    "incident": {"key": "INC-00042", "items": 3, "severity": "HIGH"},
    "steps": {"check": {"output": {"hosts": ["a", "b"], "ok": True, "n": 2}}},
    "parameters": {"text": "{{ incident.key }}", "none": None},
}
KNOWN = frozenset(CONTEXT)


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("plain", "plain"),
        (5, 5),
        (None, None),
        ("{{ steps.check.output.hosts }}", ["a", "b"]),
        ("{{ steps.check.output.ok }}", True),
        ("{{ steps.check.output.n + 1 }}", 3),
        ("n={{ steps.check.output.n }}", "n=2"),
        ("{{ parameters.none }}", None),
        ("{{ incident.items }}", 3),
        ({"a": ["{{ incident.key }}", {"b": "{{ 1 == 1 }}"}]}, {"a": ["INC-00042", {"b": True}]}),
        ("{{ parameters.text }}", "{{ incident.key }}"),
        ("see {{ parameters.text }}", "see {{ incident.key }}"),
        ("{% for h in steps.check.output.hosts %}{{ h }},{% endfor %}", "a,b,"),
        ("{{ steps.check.output | to_json }}", '{"hosts": ["a", "b"], "ok": true, "n": 2}'),
        ("{{ '[1]' | from_json }}", [1]),
        ("{{ '1h30m' | seconds }}", 5400.0),
        ("{{ 'a-b' | regex_replace('-', '+') }}", "a+b"),
        ("{{ incident.missing | default('none') }}", "none"),
    ],
)
def test_it_is_filled_in_with_its_own_type(template: Any, wanted: Any) -> None:
    assert render(template, CONTEXT) == wanted


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ incidnt.key }}", "Did you mean “incident”"),
        ("{{ incident.kee }}", "kee"),
        ("{{ steps.chek.output }}", "chek"),
        ("{{ 1 / 0 }}", "cannot be computed"),
        ("{{ 'a' | from_json }}", "not JSON"),
        ("{{ 'x' * 1000000 }}", "repeats too much"),
        ("{{ 9 ** 9999 }}", "too large"),
        ("{{ range(100000) }}", "range"),
    ],
)
def test_what_goes_wrong_names_the_place(template: str, words: str) -> None:
    with pytest.raises(BadInput, match=r"steps\[1\]\.parameters\.host") as caught:
        render(template, CONTEXT, place="steps[1].parameters.host")

    assert words in caught.value.message
    assert list(caught.value.details) == ["steps[1].parameters.host"]


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ incident.__class__ }}",
        "{{ incident['__class__'] }}",
        "{{ (incident | attr('__class__')) }}",
        "{{ '{0.__class__}'.format(incident) }}",
        "{{ '%s' % incident }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ lipsum() }}",
        "{{ namespace() }}",
        "{{ joiner }}",
        "{{ dict(a=1) }}",
        "{{ incident.pop('key') }}",
        "{{ steps.check.output.hosts.append('c') }}",
        "{{ ''.encode() }}",
        "{{ (1).real.__class__ }}",
        "{% import 'x' as y %}",
        "{% include '/etc/passwd' %}",
        "{% macro m() %}{% endmacro %}",
        "{{ ''.join.__self__ }}",
        "{{ steps.check.output.hosts.sort() }}",
    ],
)
def test_there_is_no_way_out_of_the_sandbox(template: str) -> None:
    with pytest.raises(BadInput):
        render(f"x{template}", CONTEXT)
    with pytest.raises(BadInput):
        render(template, CONTEXT)
    assert render("{{ steps.check.output.hosts }}", CONTEXT) == ["a", "b"]


def test_mapping_over_attributes_reads_no_python_ones() -> None:
    with pytest.raises(BadInput):
        render("{{ [incident] | map(attribute='__class__') | list }}", CONTEXT)
    assert "dict" not in render("x{{ [incident] | map(attribute='__class__') | list }}", CONTEXT)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ incident.key", "cannot be read"),
        ("{% if x %}", "cannot be read"),
        ("{{ incidnt.key }}", "Did you mean “incident”"),
        ("{{ incident.key | uper }}", "Did you mean “upper”"),
        ("{% include 'x' %}", "include"),
        ("{{ incident._secret }}", "_secret"),
        ("a\nb {{ x y }}", "in line 2"),
    ],
)
def test_a_mistake_is_found_before_anything_is_filled_in(template: str, words: str) -> None:
    found = check({"a": [template]}, place="steps[0].parameters", known=KNOWN)

    assert found[0].place == "steps[0].parameters.a[0]"
    assert words in found[0].problem


def test_a_good_one_has_no_mistakes() -> None:
    template = "{% for h in steps.check.output.hosts %}{{ h | upper }}{{ loop.index }}{% endfor %}"

    assert check(template, place="x", known=KNOWN) == ()


def test_it_tells_what_a_template_reads() -> None:
    value = {"a": "{{ steps.check.output.hosts[0] }}", "b": "{{ steps['x']['y'] }} {{ previous }}"}

    assert names(value) == {"steps.check.output.hosts", "steps.x.y", "previous"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("incident.severity == 'HIGH'", True),
        ("{{ incident.severity in ['LOW'] }}", False),
        ("steps.check.output.ok", True),
        ("not steps.check.output.hosts", False),
        ("'false'", False),
    ],
)
def test_a_condition_is_a_bare_expression(text: str, wanted: bool) -> None:
    assert condition(text, CONTEXT, place="when") is wanted
    assert check_condition(text, "when", KNOWN) == ()


def test_a_wrong_condition_says_where() -> None:
    assert check_condition("incident.key ==", "steps[0].when", KNOWN)[0].place == "steps[0].when"
    with pytest.raises(BadInput, match=r"steps\[0\]\.when"):
        condition("incident.nope.deeper", CONTEXT, place="steps[0].when")
