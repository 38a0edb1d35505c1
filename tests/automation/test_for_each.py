"""Steps that are done for each of a list, carried out for real on a whole bot."""

from __future__ import annotations

from typing import Any

import pytest

from automation.execution import ExecutionStatus, TaskKind, TaskStatus
from automation.executions.desk import ExecuteWish
from automation.runbook import MAX_ITEMS
from automation.runbooks.documents import read, read_text
from automation.runbooks.writing import written as as_document
from chat.errors import BadInput
from tests.automation.each import EACH, HOSTS, items, over, shell, stood
from tests.automation.runs import ECHO, executed, states, written
from tests.bench import Bench


async def test_it_is_done_for_each_and_later_steps_read_what_came(bench: Bench) -> None:
    runbook = await written(
        bench,
        {**ECHO, "name": "List", "parameters": {"message": "web1 web2 web3"}},
        {**EACH, "for_each": "{{ steps.list.output.message.split() }}"},
        {
            "name": "Use",
            "action": "core.echo",
            "parameters": {
                "message": "{{ steps.each.output | map(attribute='message') | join(',') }} "
                "{{ steps.each.results[2].item }} {{ steps.each.results[2].status }} "
                "{{ steps.each.attempts }} {{ previous | length }}"
            },
        },
    )

    detail = await executed(bench, runbook)

    assert detail.execution.status is ExecutionStatus.COMPLETED
    assert [task.name for task in items(detail)] == [
        "Each (1 of 3: web1)",
        "Each (2 of 3: web2)",
        "Each (3 of 3: web3)",
    ]
    assert [task.item for task in items(detail)] == HOSTS
    assert all(task.started_at and task.ended_at and task.attempts for task in items(detail))
    assert detail.tasks[-1].output["message"] == "0 web1,1 web2,2 web3 web3 COMPLETED 3 3"
    (head,) = (task for task in detail.tasks if task.name == "Each")
    assert (head.status, head.input) == (TaskStatus.COMPLETED, HOSTS)


async def test_of_an_empty_list_nothing_is_to_be_done(bench: Bench) -> None:
    empty = {**EACH, "for_each": "{{ parameters.hosts }}", "approval": True}
    after = {**ECHO, "parameters": {"message": "{{ steps.each.output | length }}"}}
    hosts: dict[str, Any] = {"name": "hosts", "type": "array", "default": []}
    detail = await executed(bench, await written(bench, empty, after, parameters=[hosts]))

    assert states(detail) == ["COMPLETED", "COMPLETED"]
    assert detail.tasks[1].output == {"message": "0"}
    assert not detail.approvals


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("a,b", "gave a text (“a,b”); a list is needed"),
        ({"a": 1}, "gave an object; a list is needed"),
        (7, "gave a number; a list is needed"),
        (None, "gave nothing; a list is needed"),
        (list(range(MAX_ITEMS + 1)), "gave 1001 items; at most 1000 are accepted"),
    ],
)
async def test_what_is_no_list_is_told_with_the_step(bench: Bench, given: Any, told: str) -> None:
    step = {**EACH, "for_each": "{{ trigger.hosts }}"}
    detail = await executed(bench, await written(bench, step), trigger_data={"hosts": given})

    assert detail.execution.status is ExecutionStatus.FAILED
    assert f"steps[0].for_each: for_each of “Each” {told}" in detail.execution.error
    assert not items(detail)


async def test_after_a_failure_no_further_one_is_begun(bench: Bench) -> None:
    detail = await executed(bench, await written(bench, shell("test {{ item }} != web2"), ECHO))

    assert stood(detail) == ["COMPLETED", "FAILED", "SKIPPED"]
    assert detail.execution.status is ExecutionStatus.FAILED
    assert detail.execution.error.startswith("Each: item 2 of 3: web2: ")
    assert detail.tasks[-1].status is TaskStatus.SKIPPED


async def test_a_failure_may_be_passed_over_so_that_the_rest_is_done(bench: Bench) -> None:
    step = shell("test {{ item }} = web2", on_failure="continue")
    bad = "{{ steps.each.results | selectattr('error') | map(attribute='item') | join(' ') }}"
    told = {**ECHO, "parameters": {"message": bad}}
    detail = await executed(bench, await written(bench, step, told))

    assert stood(detail) == ["FAILED", "COMPLETED", "FAILED"]
    assert detail.execution.status is ExecutionStatus.COMPLETED
    assert detail.tasks[0].status is TaskStatus.FAILED
    assert detail.tasks[0].error.startswith("2 of 3 items failed; item 1 of 3: web1: ")
    assert detail.tasks[-1].output == {"message": "web1 web3"}


async def test_completed_items_are_undone_newest_first(bench: Bench) -> None:
    undo = {"action": "core.echo", "parameters": {"message": "{{ item }} {{ index }}"}}
    good = {**EACH, "name": "Good", "for_each": ["a", "b"], "rollback": undo}
    bad = shell("test {{ item }} != web3", on_failure="roll_back", rollback=undo)
    detail = await executed(bench, await written(bench, good, bad, ECHO))

    undone = [task for task in detail.tasks if task.kind is TaskKind.ROLLBACK]
    assert [task.output["message"] for task in undone] == ["web2 1", "web1 0", "b 1", "a 0"]
    assert undone[0].name == "Undo Each (2 of 3: web2)"
    assert detail.execution.status is ExecutionStatus.FAILED
    assert "What was done was undone" in detail.execution.error


async def test_a_condition_about_the_item_leaves_single_ones_out(bench: Bench) -> None:
    some = {**EACH, "when": "item != 'web2'"}
    none = {**EACH, "name": "None", "for_each": "{{ trigger.no }}", "when": "false"}
    detail = await executed(bench, await written(bench, some, none))

    assert stood(detail) == ["COMPLETED", "SKIPPED", "COMPLETED"]
    # One that is not about it leaves the step out before its list is looked at.
    assert [task.status.value for task in detail.tasks if task.kind is TaskKind.STEP] == [
        "COMPLETED",
        "SKIPPED",
    ]


async def test_so_many_are_done_at_once(bench: Bench) -> None:
    there = '"$TOCSIN_FILES"/{{ parameters.other[item] }}'
    meet = f'touch "$TOCSIN_FILES"/{{{{ item }}}}; until test -e {there}; do sleep 0.01; done'
    step = shell(meet, for_each=["a", "b"], concurrency=2, timeout=10)
    other = {"name": "other", "type": "object", "default": {"a": "b", "b": "a"}}
    detail = await executed(bench, await written(bench, step, parameters=[other]))

    assert detail.execution.status is ExecutionStatus.COMPLETED


async def test_without_more_being_said_they_are_done_one_after_the_other(bench: Bench) -> None:
    alone = 'mkdir "$TOCSIN_FILES"/alone && sleep 0.05 && rmdir "$TOCSIN_FILES"/alone'
    detail = await executed(bench, await written(bench, shell(alone)))

    assert stood(detail) == ["COMPLETED"] * 3


async def test_each_is_tried_again_by_itself(bench: Bench) -> None:
    once = 'test -e "$TOCSIN_FILES"/{{ item }} || { touch "$TOCSIN_FILES"/{{ item }}; exit 1; }'
    step = shell(once, retry={"count": 1, "delay": 0.02}, concurrency=3)
    begun = await executed(bench, await written(bench, step))
    detail = await over(bench, begun.execution.id)

    assert detail.execution.status is ExecutionStatus.COMPLETED
    assert [len(task.attempts) for task in items(detail)] == [2, 2, 2]


async def test_a_retry_does_not_wait_for_what_runs_beside_it(bench: Bench) -> None:
    """The long one ends only once the other has been tried a second time."""
    cmd = (
        'cd "$TOCSIN_FILES"; if test {{ item }} = long; then '
        "until test -e y; do sleep 0.01; done; "
        "else test -e x && touch y || { touch x; exit 1; }"
        "; fi"
    )
    retry = {"count": 1, "delay": 0.02}
    step = shell(cmd, for_each=["long", "flaky"], concurrency=2, timeout=20, retry=retry)
    begun = await executed(bench, await written(bench, step))

    assert (await over(bench, begun.execution.id)).execution.status is ExecutionStatus.COMPLETED


async def test_a_dry_run_shows_the_items_as_far_as_they_are_known(bench: Bench) -> None:
    runbook = await written(
        bench,
        shell("echo {{ item }} {{ parameters.a }}", when="index < 2"),
        {**EACH, "name": "Later", "for_each": "{{ steps.each.output }}"},
        {**EACH, "name": "Partly", "parameters": {"message": "{{ item }} {{ previous }}"}},
        {**EACH, "name": "Wrong", "for_each": "{{ parameters.a }}"},
        parameters=[{"name": "a", "default": "x y"}],
    )
    wish = ExecuteWish(runbook=runbook)
    dry = await bench.house.desks.executions.dry_run(await bench.actor("admin"), wish)

    known, later, partly, wrong = dry.plan
    assert [each.command for each in known.items] == ["echo web1 'x y'", "echo web2 'x y'", ""]
    assert known.items[2].skipped
    assert later.open == ("steps.each.output",)
    assert [each.open for each in partly.items] == [("previous",)] * 3
    assert "gave a text" in wrong.mistake
    assert not dry.good


def wrong_with(**changed: Any) -> dict[str, str]:
    """What is told of a document with this step."""
    with pytest.raises(BadInput) as caught:
        read({"name": "Try", "steps": [{**EACH, **changed}]})
    return dict(caught.value.details)


def test_a_document_with_it_is_read_and_written() -> None:
    content, _ = read({"name": "Try", "steps": [{**EACH, "concurrency": 5}]})
    assert (content.steps[0].for_each, content.steps[0].concurrency) == (HOSTS, 5)
    assert read(as_document(content))[0] == content


def test_mistakes_in_a_document_are_told_with_their_place() -> None:
    assert "give a list" in wrong_with(for_each={"a": 1})["steps[0].for_each"]
    assert "empty list" in wrong_with(for_each=[])["steps[0].for_each"]
    assert "1001 items" in wrong_with(for_each=[0] * 1001)["steps[0].for_each"]
    assert "steps[0].concurrency" in wrong_with(concurrency=0)
    assert "steps[0].concurrency" in wrong_with(concurrency=51)
    with pytest.raises(BadInput, match="line 5"):
        read_text("name: x\nsteps:\n- name: a\n  action: core.echo\n  for_each: 3\n")


@pytest.mark.parametrize(
    ("step", "place", "told"),
    [
        ({**ECHO, "parameters": {"message": "{{ item }}"}}, "parameters.message", "has for_each"),
        ({**ECHO, "when": "index"}, "when", "has for_each"),
        ({**EACH, "for_each": "{{ item }}"}, "for_each", "has for_each"),
        ({**EACH, "for_each": "{{ steps.no.output }}"}, "for_each", "steps.no"),
        ({**EACH, "for_each": ["{{ parameters.no }}"]}, "for_each", "parameters.no"),
        ({**EACH, "for_each": "web1, web2"}, "for_each", "web1"),
        ({**ECHO, "concurrency": 2}, "concurrency", "goes with for_each only"),
    ],
)
async def test_what_cannot_be_read_is_told_when_it_is_saved(
    bench: Bench, step: dict[str, Any], place: str, told: str
) -> None:
    with pytest.raises(BadInput) as caught:
        await written(bench, step)
    assert told in caught.value.details[f"steps[0].{place}"]


async def test_a_loop_in_a_template_may_call_its_own_variable_item(bench: Bench) -> None:
    loop = {"message": "{% for item in trigger.hosts %}{{ item }}{% endfor %}"}
    runbook = await written(bench, {**ECHO, "parameters": loop})

    detail = await executed(bench, runbook, trigger_data={"hosts": ["a", "b"]})

    assert detail.tasks[0].output == {"message": "ab"}
