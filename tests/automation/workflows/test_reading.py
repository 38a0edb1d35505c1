"""What is wrong with a definition is told with its line and key."""

from __future__ import annotations

from typing import Any

import pytest

from automation.workflows.definition import Named
from automation.workflows.inline import pairs
from automation.workflows.inspecting import inspect
from automation.workflows.reading import read

GOOD = """version: 1.0
input: [x]
tasks:
  a:
    action: core.noop
    next:
    - when: <% succeeded() %>
      do: b
  b:
    action: core.noop
"""


def told(text: str, actions: tuple[str, ...] | None = None) -> list[tuple[str, int, str]]:
    """Kind, line and key of every mistake."""
    workflow, mistakes = read(text)
    found = [*mistakes, *(inspect(workflow, actions=actions) if workflow else ())]
    return [(each.kind, each.line, each.key) for each in found]


def test_nothing_is_wrong_with_a_good_one() -> None:
    assert told(GOOD, ("core.noop",)) == []


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("version: 1.0", "version: 2.0", ("syntax", 1, "version")),
        ("input: [x]", "input: {x: 1}", ("syntax", 2, "input")),
        ("input: [x]", "input: [{x: 1, y: 2}]", ("syntax", 2, "input[0]")),
        ("action: core.noop\n    n", "acton: core.noop\n    n", ("syntax", 5, "tasks.a.acton")),
        ("do: b", "do: 7", ("syntax", 8, "tasks.a.next[0].do")),
        ("do: b", "to: b", ("syntax", 8, "tasks.a.next[0].to")),
        ("when: <% succeeded() %>", "when: true", ("syntax", 7, "tasks.a.next[0].when")),
        ("    next:", "    with: x of y\n    next:", ("syntax", 6, "tasks.a.with")),
        ("    next:", "    join: some\n    next:", ("syntax", 6, "tasks.a.join")),
        ("    next:", "    delay: -1\n    next:", ("syntax", 6, "tasks.a.delay")),
        ("    next:", "    retry: {when: x}\n    next:", ("syntax", 6, "tasks.a.retry")),
        ("    next:", "    input: [1]\n    next:", ("syntax", 6, "tasks.a.input")),
        ("  b:\n", "  a b:\n", ("syntax", 9, "tasks.a b")),
        ("do: b", "do: c", ("semantics", 8, "tasks.a.next[0].do")),
        ("do: b", "do: a", ("semantics", 4, "tasks.a")),
        ("do: b", "publish: y=<% ctx().z %>", ("context", 8, "tasks.a.next[0].publish[0]")),
        ("succeeded()", "succeeded(", ("expressions", 7, "tasks.a.next[0].when")),
        ("succeeded() %>", "1 %> {{ 1 }}", ("expressions", 7, "tasks.a.next[0].when")),
        ("succeeded()", "succeded()", ("contents", 7, "tasks.a.next[0].when")),
        ("<% succeeded() %>", "'{{ 1 | bigger }}'", ("contents", 7, "tasks.a.next[0].when")),
        ("b:\n    action: core.noop", "b:\n    action: core.n", ("contents", 10, "tasks.b.action")),
        ("    action: core.noop\n    n", "    with: <% [1] %>\n    n", ("semantics", 4, "tasks.a")),
        ("  b:", "  noop:", ("semantics", 9, "tasks.noop")),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(
    old: str, new: str, mistake: tuple[str, int, str]
) -> None:
    assert old in GOOD
    assert mistake in told(GOOD.replace(old, new), ("core.noop",))


@pytest.mark.parametrize(
    "text", ["", "a", "[1]", "version: 1.0", "tasks: {", "tasks: {a: 1}", "tasks: {}", "x: &a [*a]"]
)
def test_what_is_no_workflow_is_refused(text: str) -> None:
    workflow, mistakes = read(text)

    assert workflow is None
    assert mistakes
    assert mistakes[0].kind == "syntax"


def test_only_a_circle_has_no_beginning() -> None:
    found = told("version: 1.0\ntasks:\n  a: {next: [{do: b}]}\n  b: {next: [{do: a}]}\n")

    assert found == [("semantics", 2, "tasks")]


def test_what_is_published_on_only_one_way_is_not_there_on_the_other() -> None:
    text = GOOD.replace("do: b", "do: b\n    - publish: y=1\n      do: b")

    assert told(text + "    input: {m: <% ctx().y %>}\n") == [("context", 13, "tasks.b.input")]


def test_many_decisions_are_inspected_in_no_time() -> None:
    """Each decision doubles the ways; they are not walked one by one."""
    tasks: dict[str, Any] = {"end": {"action": "core.noop"}}
    for n in range(60):
        after = f"t{n + 1}" if n < 59 else "end"
        ways = [{"publish": [{f"{way}{n}": 1}], "do": after} for way in "ab"]
        tasks[f"t{n}"] = {"action": "core.noop", "next": ways}
    workflow, _ = read({"tasks": tasks})

    assert workflow is not None
    assert inspect(workflow) == ()


def test_short_forms_are_the_same_as_long_ones() -> None:
    short, _ = read("""
    tasks:
      a: {action: core.local cmd="a b" n=1, next: [{publish: x=1 y=<% 2 %>, do: "b, c"}]}
      b: {}
      c: {}
    """)
    assert short is not None
    task = short.tasks["a"]

    assert (task.action, task.input) == ("core.local", {"cmd": "a b", "n": 1})
    assert task.next[0].publish == (Named("x", 1), Named("y", "<% 2 %>"))
    assert task.next[0].do == ("b", "c")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=1", 1), ("a=-2.5", -2.5), ("a=True", True), ("a=null", None), ("a='x y'", "x y"),
        ('a="1"', "1"), ("a=[1, 2]", [1, 2]), ("a='{\"b\": 1}'", {"b": 1}),
        ("a={{ b }}", "{{ b }}"),
    ],
)  # fmt: skip
def test_pairs_in_a_line_have_types(text: str, value: object) -> None:
    assert pairs(text) == [("a", value)]
