"""The language, by rehearsal: what is begun, in which order, and what comes of it."""

from __future__ import annotations

import json

import pytest

from automation.workflows.rehearsing import Limits
from chat.errors import BadInput
from tests.automation.workflows.played import order, played


def test_variables_go_from_input_to_output() -> None:
    found = played(
        """
        version: 1.0
        input: [host, {port: 80}]
        vars: [{url: "{{ ctx().host }}:{{ ctx().port }}"}]
        tasks: {a: {action: core.noop}}
        output: [{url: <% ctx().url %>}]
        """,
        host="web",
    )

    assert found.status == "succeeded"
    assert found.output == {"url": "web:80"}


def test_what_is_given_is_never_read_as_an_expression() -> None:
    found = played(
        """
        version: 1.0
        input: [x]
        tasks:
          a:
            action: core.noop
            next: [{publish: [{y: <% result() %>}, {z: "it is {{ ctx().x }}"}]}]
        output: [{x: <% ctx().x %>}, {y: <% ctx().y %>}, {z: <% ctx().z %>}]
        """,
        {"task_id": "a", "result": "<% ctx().x %>"},
        x="{{ 1 + 1 }}",
    )

    assert found.output == {"x": "{{ 1 + 1 }}", "y": "<% ctx().x %>", "z": "it is {{ 1 + 1 }}"}


def test_next_tasks_begin_by_name() -> None:
    found = played({"tasks": {"a": {"next": [{"do": ["zoo", "bee"]}]}, "zoo": {}, "bee": {}}})

    assert order(found) == ["a", "bee", "zoo"]


FORK = """
version: 1.0
tasks:
  a: {action: core.noop, next: [{do: "b, c"}]}
  b: {action: core.noop, next: [{publish: [{x: {b: 1}}], do: d}]}
  c: {action: core.noop, next: [{publish: [{x: {c: 2}}], do: d}]}
  d: {JOIN action: core.noop, next: [{do: e}]}
  e: {action: core.noop}
output: [{x: <% ctx(x) %>}]
"""


def test_without_join_a_task_is_done_on_each_route() -> None:
    assert order(played(FORK.replace("JOIN", ""))) == ["a", "b", "c", "d/1", "d/2", "e/1", "e/2"]


def test_a_join_waits_and_merges() -> None:
    found = played(FORK.replace("JOIN", "join: all,"))

    assert order(found) == ["a", "b", "c", "d", "e"]
    assert found.output == {"x": {"b": 1, "c": 2}}


def test_a_join_of_one_waits_for_one() -> None:
    ways = "next: [{when: <% succeeded() %>, do: d}, {when: <% failed() %>, do: noop}]"
    text = FORK.replace("JOIN", "join: 1,").replace("next: [{publish: [{x: {c: 2}}], do: d}]", ways)

    found = played(text, {"task_id": "c", "status": "failed"})

    assert found.status == "succeeded"
    assert order(found) == ["a", "b", "c", "noop", "d", "e"]
    assert found.output == {"x": {"b": 1}}


def test_a_join_that_cannot_be_begun_fails_the_workflow() -> None:
    found = played(
        """
        version: 1.0
        tasks:
          a: {action: core.noop, next: [{when: <% succeeded() %>, do: c}]}
          b:
            action: core.noop
            next: [{when: <% succeeded() %>, do: c}, {when: <% failed() %>, do: noop}]
          c: {join: all, action: core.noop}
        """,
        {"task_id": "b", "status": "failed"},
    )

    assert found.status == "failed"
    assert "c" not in order(found)
    assert "unreachable" in str(found.errors[-1]["message"])


@pytest.mark.parametrize(
    ("command", "status", "after"),
    [
        ("continue", "failed", ["continue"]),
        ("noop", "succeeded", ["noop"]),
        ("fail", "failed", ["fail"]),
        ("clean", "succeeded", ["clean"]),
        ("clean, fail", "failed", ["fail", "clean"]),
    ],
)
def test_commands_decide_what_becomes_of_a_failure(
    command: str, status: str, after: list[str]
) -> None:
    found = played(
        {
            "tasks": {
                "a": {"action": "core.noop", "next": [{"when": "<% failed() %>", "do": command}]},
                **({"clean": {"action": "core.noop"}} if "clean" in command else {}),
            },
            "output": [{"who": "<% task_status(a) %>"}],
        },
        {"task_id": "a", "status": "failed", "result": {"why": "full"}},
    )

    assert found.status == status
    assert order(found)[1:] == after
    assert found.output == {"who": "failed"}
    assert found.errors[0]["task_id"] == "a"
    assert found.errors[0]["result"] == {"why": "full"}


def test_a_failure_lets_the_others_end_and_begins_nothing_more() -> None:
    found = played(
        """
        version: 1.0
        tasks:
          a: {action: core.noop}
          b: {action: core.noop, next: [{do: c}]}
          c: {action: core.noop}
        """,
        {"task_id": "a", "status": "failed"},
    )

    assert [(each.id, each.status) for each in found.tasks] == [("a", "failed"), ("b", "succeeded")]


def test_a_retry_tries_again_until_it_goes_well() -> None:
    text = """
    version: 1.0
    input: [{n: 2}]
    tasks: {a: {action: core.noop, retry: {count: <% ctx().n %>}}}
    """
    bad = {"task_id": "a", "status": "failed"}

    assert played(text, bad, bad, {"task_id": "a"}).status == "succeeded"
    assert played(text, bad).status == "failed"


def test_the_retry_command_tries_three_times_more() -> None:
    text = """
    version: 1.0
    tasks:
      a:
        action: core.noop
        next:
        - {when: <% result() < 3 %>, do: retry}
        - {when: <% result() >= 3 %>, publish: n=<% result() %>}
    output: [{n: <% ctx().n %>}]
    """
    results = [{"task_id": "a", "result": n} for n in range(4)]

    assert played(text, *results).output == {"n": 3}


ITEMS = """
version: 1.0
input: [list]
tasks:
  a:
    with: WITH
    action: core.echo
    input: {message: <% item() %>}
    next: [{publish: [{all: <% result() %>}]}]
output: [{all: <% ctx().all %>}]
"""


@pytest.mark.parametrize("concurrency", ["", "concurrency: 1", "concurrency: <% 1 + 1 %>"])
def test_a_task_is_done_for_each_of_a_list(concurrency: str) -> None:
    text = ITEMS.replace("WITH", f"{{items: x in <% ctx().list %>, {concurrency}}}")
    mocks = [{"task_id": "a", "item_id": n, "result": n * n} for n in range(5)]

    assert played(text, *mocks, list=list("abcde")).output == {"all": [0, 1, 4, 9, 16]}


def test_no_items_give_an_empty_list() -> None:
    found = played(ITEMS.replace("WITH", "<% ctx().list %>"), list=[])

    assert (found.status, found.output) == ("succeeded", {"all": []})


def test_what_is_no_list_fails_the_workflow() -> None:
    found = played(ITEMS.replace("WITH", "<% ctx().list %>"), list="abc")

    assert found.status == "failed"
    assert "no list" in str(found.errors[0]["message"])


def test_one_bad_item_fails_the_task() -> None:
    text = ITEMS.replace("WITH", "x in <% ctx().list %>")

    found = played(text, {"task_id": "a", "item_id": 1, "status": "failed"}, list=[1, 2])

    assert found.status == "failed"


def test_a_task_may_be_asked_for() -> None:
    found = played(
        """
        version: 1.0
        tasks:
          a: {action: core.noop, next: [{do: b}]}
          b: {action: core.noop, next: [{publish: [{was: <% task(a).result %>}]}]}
        output: [{was: <% ctx().was %>}]
        """,
        {"task_id": "a", "result": [1]},
    )

    assert found.output == {"was": [1]}


CIRCLE = {
    "tasks": {
        "a": {"action": "core.noop", "next": [{"do": "b"}]},
        "b": {"action": "core.noop", "next": [{"do": "b"}]},
    }
}


@pytest.mark.parametrize(
    ("limits", "said"), [(Limits(steps=50), "50 actions"), (Limits(seconds=0), "0 s")]
)
def test_a_circle_is_stopped_and_told(limits: Limits, said: str) -> None:
    found = played(CIRCLE, limits=limits)

    assert found.status == "failed"
    assert f"stopped after {said}" in str(found.errors[-1]["message"])
    assert len(found.tasks) <= 51


@pytest.mark.parametrize(
    "publish", ["<% [ctx().x, ctx().x] %>", ["<% ctx().x %>"] * 9, "{{ [ctx().x, ctx().x] }}"]
)
def test_what_doubles_itself_is_stopped(publish: str | list[str]) -> None:
    again = {"when": "<% len(ctx().x) >= 0 %>", "publish": [{"x": publish}], "do": "b"}
    found = played(
        {
            "vars": [{"x": ["a"]}],
            "tasks": {"a": {"next": [{"do": "b"}]}, "b": {"next": [again]}},
            "output": [{"x": "<% ctx().x %>"}],
        }
    )

    assert found.status == "failed"
    assert len(json.dumps(found.output)) < 20_000_000


@pytest.mark.parametrize(
    ("mock", "place"),
    [
        ({"task_id": "x"}, "mocks[0].task_id"),
        ({"task_id": "a", "item_id": 0}, "mocks[0].item_id"),
        ({"task_id": "a", "status": "well"}, "mocks[0].status"),
        ({"task_id": "a", "route": -1}, "mocks[0].route"),
        ({"task_id": "a", "results": 1}, "mocks[0].results"),
        ({}, "mocks[0].task_id"),
    ],
)
def test_a_mock_that_does_not_fit_is_named(mock: dict[str, object], place: str) -> None:
    with pytest.raises(BadInput) as wrong:
        played(CIRCLE, mock)

    assert place in wrong.value.details
