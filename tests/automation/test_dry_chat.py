"""A dry run says which messages would have nowhere to go, and only those."""

from __future__ import annotations

from typing import Any

import pytest

from automation.executions.desk import DryRun, ExecuteWish
from chat.address import Address
from tests.automation.runs import ECHO, executed, written
from tests.bench import TEAM, Bench

POST = {"name": "Tell", "action": "chat.post", "parameters": {"text": "hi"}}
LATE = {"name": "Tell", "action": "chat.post", "parameters": {"text": "{{ previous.message }}"}}
PLACE = "steps[1].parameters.channel is not given"


async def dry(bench: Bench, runbook: str, **more: Any) -> DryRun:
    """What it would do for the administrator."""
    admin = await bench.actor("admin")
    return await bench.house.desks.executions.dry_run(admin, ExecuteWish(runbook=runbook, **more))


@pytest.mark.parametrize(
    "step",
    [
        POST,
        LATE,
        {"name": "Ask", "action": "chat.ask", "parameters": {"question": "Sure?"}},
        {"name": "Get", "action": "chat.invite", "parameters": {"people": ["admin"]}},
        {"name": "Set", "action": "chat.topic", "parameters": {"topic": "Slow"}},
        {"name": "Each", "for_each": ["a", "b"], **POST},
    ],
)
async def test_a_message_without_a_channel_is_a_mistake(bench: Bench, step: dict[str, Any]) -> None:
    runbook = await written(bench, ECHO, step)

    found = await dry(bench, runbook)

    assert not found.good
    assert found.plan[0].mistake == ""
    assert PLACE in found.plan[1].mistake
    # It is what an execution says, too.
    detail = await executed(bench, runbook)
    assert "no channel to post in" in detail.execution.error


async def test_a_panel_wants_an_incident(bench: Bench) -> None:
    runbook = await written(bench, {"name": "Show", "action": "chat.panel"})
    somewhere = Address("local", TEAM, "general")

    assert "steps[0]: This execution belongs to no incident" in (
        (await dry(bench, runbook, origin=somewhere)).plan[0].mistake
    )
    await bench.say("ana", "general", '/incident start --playbook outage --name "Slow"')
    assert (await dry(bench, runbook, incident="INC-00001")).good


async def test_a_message_that_has_a_channel_or_may_have_one_is_none(bench: Bench) -> None:
    named = {**POST, "name": "Named", "parameters": {"text": "hi", "channel": "general"}}
    read = {
        **POST,
        "name": "Read",
        "parameters": {"text": "hi", "channel": "{{ previous.message }}"},
    }
    maybe = {**POST, "name": "Maybe", "when": "previous.message == 'bye'"}
    left_out = {**POST, "when": "incident or execution.in_chat"}
    bare = await written(bench, ECHO, POST, name="Bare")

    assert (await dry(bench, await written(bench, ECHO, named, read, maybe, left_out))).good
    assert (await dry(bench, bare, origin=Address("local", TEAM, "general"))).good
    await bench.say("ana", "general", '/incident start --playbook outage --name "Slow"')
    assert (await dry(bench, bare, incident="INC-00001")).good


async def test_a_called_runbook_speaks_where_its_caller_does(bench: Bench) -> None:
    inner = await written(bench, ECHO, POST)
    call = {"name": "Call", "action": "core.runbook", "parameters": {"runbook": inner}}
    outer = await written(bench, call, name="Outer")

    found = await dry(bench, outer)
    assert not found.good
    assert PLACE in found.plan[0].calls[1].mistake
    await bench.say("ana", "general", '/incident start --playbook outage --name "Slow"')
    assert (await dry(bench, outer, incident="INC-00001")).good
    general = Address("local", TEAM, "general")
    assert (await dry(bench, outer, origin=general)).good

    await bench.say("admin", "general", f"/runbook run {outer}")
    assert "hi" in [message.text for message in await bench.messages("general")]
