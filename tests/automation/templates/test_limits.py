"""No template takes long, fills the memory, or ends in anything but a sentence for people."""

from __future__ import annotations

import time

import pytest

from automation.templates.shell import render_command
from automation.templates.template import check, condition, render
from chat.errors import BadInput

VALUES = {"v": "a" * 40 + "!", "list": list(range(1000)), "long": "x" * 100_000}

BAD = [
    "{{ v | regex_search('(a|aa)+$') }}",
    "{{ v | regex_replace('(a|aa)+$', 'x') }}",
    "{% for a in range(1000) %}" * 3 + "{% endfor %}" * 3,
    "{% for a in list %}" * 3 + "{% set x = a %}" + "{% endfor %}" * 3,
    "{{ v | slice(1000000000) | list }}",
    "{{ v | center(900000000) }}",
    "{{ list | batch(900000000, 'x') | list }}",
    "{{ v | indent(900000000) }}",
    "{{ long | replace('x', long) }}",
    "{{ long.replace('x', long) }}",
    "{{ long.join(list) }}",
    "{{ list | join(long) }}",
    "{{ list | to_json(indent=900000000) }}",
    "{{ '{:>900000000}'.format(v) }}",
    "{{ v.format(1) }}",
    "{{ '%900000000d' % 1 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ v | truncate(-5) }}",
    "{{ v | regex_replace('a', '\\\\9') }}",
    "{{ v | regex_search('(') }}",
    "{{ v | from_json }}",
    "{{ '[' * 90000 | from_json }}",
    "{{ v | round }}",
    "{{ [1, 'a'] | sort }}",
    "{{ " + "(" * 2000 + "v" + ")" * 2000 + " }}",
]


@pytest.mark.parametrize("template", BAD)
@pytest.mark.parametrize("before", ["", "text "])
def test_what_takes_too_much_is_refused_soon(template: str, before: str) -> None:
    began = time.thread_time()

    with pytest.raises(BadInput) as refused:
        render(before + template, VALUES, place="steps[0].parameters.x")

    assert time.thread_time() - began < 10
    assert "steps[0].parameters.x" in refused.value.message
    assert len(refused.value.message) < 1000


@pytest.mark.parametrize("template", BAD)
def test_so_it_is_in_a_command_line(template: str) -> None:
    with pytest.raises(BadInput):
        render_command(f"echo {template}", VALUES, place="steps[0].parameters.cmd")


def test_so_it_is_in_a_condition() -> None:
    with pytest.raises(BadInput):
        condition("v | regex_search('(a|aa)+$')", VALUES, place="when")


def test_what_is_nested_too_deeply_is_said_before_it_is_saved() -> None:
    deep = "{{ " + "(" * 2000 + "v" + ")" * 2000 + " }}"
    assert check(deep, place="x", known={"v"})


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{% for a in list[:3] %}{{ a }}{{ ',' if not loop.last }}{% endfor %}", "0,1,2"),
        ("{{ v | replace('a', '', 39) }}", "a!"),
        ("{{ v.replace('a', 'b') | length }}", 41),
        ("{{ ['a', 'b'] | join('-') }}", "a-b"),
        ("{{ ','.join(['a', 'b']) }}", "a,b"),
        ("{{ [{'n': 1}, {'n': 2}] | join(',', attribute='n') }}", "1,2"),
        ("{{ 'a\nb' | indent(2) }}", "a\n  b"),
        ("{{ 'a\nb' | indent(2, first=True) }}", "  a\n  b"),
        ("{{ 'disk 91%' | regex_search('([0-9]+)%') }}", "91"),
        ("{{ 'a1b2' | regex_replace('[0-9]', '#') }}", "a#b#"),
        ("{{ [1, 2] | to_json(indent=2) }}", "[\n  1,\n  2\n]"),
    ],
)
def test_ordinary_ones_work(template: str, value: object) -> None:
    assert render(template, VALUES) == value
