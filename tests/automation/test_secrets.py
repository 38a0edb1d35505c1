"""What a runbook, whatever becomes of it, tells nobody: the secrets it is given."""

from __future__ import annotations

from typing import Any

import pytest

from automation.executions.desk import ExecuteWish
from chat.address import Address
from chat.errors import BadInput
from security.page import Slice
from security.ports import AuditFilter
from security.secrets import MASK
from tests.automation.runs import ECHO, executed, states, written
from tests.bench import Bench, eventually

SECRET = "SuperSecret-99"
GENERAL = {"channel": "general"}
TOKEN = {"name": "pw", "secret": True, "required": True}


async def told(bench: Bench, execution: str) -> str:
    """Everything that is kept and shown of an execution, and the audit trail."""
    admin = await bench.actor("admin")
    detail = await bench.house.desks.executions.detail(admin, execution)
    _, pieces = await bench.house.desks.executions.output(admin, execution)
    audit = await bench.house.audit.page(admin, AuditFilter(), Slice(200))
    return repr((detail, pieces, audit.items))


@pytest.mark.parametrize(
    "step",
    [
        {"action": "core.echo", "parameters": {"message": "{{ parameters.pw }}"}},
        {"action": "core.local", "parameters": {"cmd": "echo {{ parameters.pw }}; exit 1"}},
        {"action": "chat.post", "parameters": {**GENERAL, "text": "{{ parameters.pw }}"}},
        {"action": "chat.topic", "parameters": {**GENERAL, "topic": "{{ parameters.pw }}"}},
    ],
    ids=lambda step: step["action"],
)
@pytest.mark.parametrize("by", ["parameters", "trigger_data"])
async def test_a_secret_is_told_by_no_action(bench: Bench, step: dict[str, Any], by: str) -> None:
    runbook = await written(bench, {"name": "Tell", **step}, parameters=[TOKEN])

    given: dict[str, Any] = {by: {"pw": SECRET}}
    detail = await executed(bench, runbook, **given)

    assert SECRET not in await told(bench, detail.execution.id)
    said = [repr(message) for message in await bench.messages("general")]
    assert not [text for text in said if SECRET in text]


NOT_FILLED_IN: dict[str, dict[str, Any]] = {
    "number": {"action": "core.wait", "parameters": {"seconds": "{{ parameters.pw }}"}},
    "enum": {
        "action": "core.http",
        "parameters": {"url": "http://127.0.0.1/", "method": "{{ parameters.pw }}"},
    },
    "for_each": {**ECHO, "for_each": "{{ parameters.pw }}"},
    "pattern": {
        "action": "core.echo",
        "parameters": {"message": "{{ 'a' | regex_search('(' ~ parameters.pw) }}"},
    },
    "key": {
        "action": "core.echo",
        "parameters": {"message": "{{ {'a': 1}[parameters.pw] }}"},
    },
    "span": {"action": "core.echo", "parameters": {"message": "{{ parameters.pw | seconds }}"}},
    "runner": {
        "action": "core.http",
        "parameters": {"url": "{{ 'x' * 192 ~ parameters.pw }}"},
    },
    "when": {**ECHO, "when": "{{ parameters.pw | seconds > 1 }}"},
    "cut": {
        "action": "core.wait",
        "parameters": {"seconds": "{{ 'x' * 50 ~ parameters.pw ~ 'y' * 50 }}"},
    },
    "cut pattern": {
        "action": "core.echo",
        "parameters": {"message": "{{ 'a' | regex_search('(' ~ 'x' * 30 ~ parameters.pw) }}"},
    },
    "channel": {
        "action": "chat.post",
        "parameters": {"channel": "{{ 'x' * 52 ~ parameters.pw }}", "text": "Hello"},
    },
    "item": {
        "action": "core.wait",
        "for_each": ["x"],
        "parameters": {"seconds": "{{ item ~ parameters.pw }}"},
    },
    "condition of an item": {
        **ECHO,
        "for_each": ["x"],
        "when": "{{ (item ~ parameters.pw) | seconds > 1 }}",
    },
}


@pytest.mark.parametrize("agreed", [False, True], ids=["done", "asked"])
async def test_a_secret_is_not_told_by_what_cannot_be_filled_in(bench: Bench, agreed: bool) -> None:
    """Neither by the execution, its audit trail and messages, nor by a plan of it."""
    await bench.hire("bo", "approver")
    steps = [
        {**step, "name": name, "on_failure": "continue"} for name, step in NOT_FILLED_IN.items()
    ]
    asks: dict[str, Any] = {"approval": {"role": "approver"}} if agreed else {}
    runbook = await written(bench, *steps, parameters=[TOKEN], **asks)
    admin, given = await bench.actor("admin"), {"pw": SECRET}

    dry = await bench.house.desks.executions.dry_run(admin, ExecuteWish(runbook, parameters=given))
    detail = await executed(
        bench, runbook, parameters=given, origin=Address("local", "main", "general")
    )

    if agreed:
        assert [one.mistake for one in detail.approvals[0].plan] == [
            one.mistake for one in dry.plan
        ]
    else:
        wrong = {task.name for task in detail.tasks if task.error}
        assert wrong >= NOT_FILLED_IN.keys()
    assert all(one.mistake for one in dry.plan if one.name not in {"channel", "runner"})
    said = repr(await bench.messages("general"))
    everything = repr(dry.plan) + said + await told(bench, detail.execution.id)
    for part in (SECRET, SECRET[:7]):
        assert part not in everything, everything[everything.index(part) - 200 :][:300]


async def test_a_secret_has_no_default_that_everybody_reads(bench: Bench) -> None:
    with pytest.raises(BadInput) as wrong:
        await written(bench, ECHO, parameters=[{"name": "pw", "secret": True, "default": SECRET}])
    assert "parameters[0].default" in wrong.value.details


async def test_a_secret_stays_one_in_a_runbook_that_is_called(bench: Bench) -> None:
    """Whatever that one takes it for."""
    say = {"name": "Say", "action": "core.echo", "parameters": {"message": "{{ parameters.v.a }}"}}
    taken = {"name": "v", "type": "object", "required": True}
    await written(bench, say, name="Inner", parameters=[taken])
    given = {"v": {"a": "is {{ parameters.pw }}", "b": "plain"}}
    call = {
        "name": "Call",
        "action": "core.runbook",
        "parameters": {"runbook": "inner", "parameters": given},
    }
    runbook = await written(bench, call, parameters=[TOKEN])

    begun = await executed(bench, runbook, parameters={"pw": SECRET})
    admin, desk = await bench.actor("admin"), bench.house.desks.executions

    async def over() -> bool:
        return (await desk.detail(admin, begun.execution.id)).execution.ended

    await eventually(over)
    detail = await desk.detail(admin, begun.execution.id)
    assert states(detail) == ["COMPLETED"]
    child = detail.children[0]
    assert child.parameters == {"v": {"a": MASK, "b": "plain"}}
    assert SECRET not in await told(bench, child.id) + await told(bench, detail.execution.id)


HOOK = {
    "user": "ana",
    "auth": {"token": SECRET, "kind": "bearer"},
    "headers": [{"Authorization": f"Bearer {SECRET[::-1]}", "Accept": "*/*"}],
    "password": 4821337,
    "secret": "",
}


async def test_what_a_trigger_brings_under_the_name_of_a_credential_is_a_secret(
    bench: Bench,
) -> None:
    line = (
        "test $(echo -n {{ trigger.auth.token }} | wc -c) = 14 && echo {{ trigger.user }} "
        "{{ trigger.auth.token }} {{ trigger.password }} {{ trigger.headers[0].Authorization }} "
        "{{ trigger.headers[0].Authorization | replace('Bearer ', '') }}"
    )
    runbook = await written(
        bench, {"name": "Use", "action": "core.local", "parameters": {"cmd": line}}
    )
    wish = ExecuteWish(runbook, trigger_data=HOOK)

    dry = await bench.house.desks.executions.dry_run(await bench.actor("admin"), wish)
    detail = await executed(bench, runbook, trigger_data=HOOK)

    assert detail.execution.trigger_data == {
        "user": "ana",
        "auth": {"token": MASK, "kind": "bearer"},
        "headers": [{"Authorization": MASK, "Accept": "*/*"}],
        "password": MASK,
        "secret": "",
    }
    assert states(detail) == ["COMPLETED"]
    assert detail.tasks[0].output["stdout"] == f"ana {MASK} {MASK} {MASK} {MASK}"
    everything = await told(bench, detail.execution.id) + repr(dry.plan)
    for secret in (SECRET, SECRET[::-1], "4821337"):
        assert secret not in everything


async def test_what_a_trigger_brings_holds_no_key_of_our_own(bench: Bench) -> None:
    runbook = await written(bench, ECHO)

    with pytest.raises(BadInput) as wrong:
        await executed(bench, runbook, trigger_data={"a": [{"$sealed": "x"}]})

    assert "$sealed" in wrong.value.message


async def test_a_number_is_a_secret_too(bench: Bench) -> None:
    number = 4821337
    secret = {"name": "pin", "type": "integer", "secret": True, "required": True}
    prints = {
        "name": "Print",
        "action": "core.local",
        "parameters": {
            "cmd": "n=$((4821336 + 1)); "
            """printf '{"pin": %d, "same": %d.0, "other": %d0}' $n $n $n"""
        },
    }
    wait = {
        "name": "Wait",
        "action": "core.wait",
        "parameters": {"seconds": "{{ parameters.pin }}"},
    }
    runbook = await written(bench, prints, wait, parameters=[secret])

    detail = await executed(bench, runbook, parameters={"pin": number})

    assert detail.tasks[0].output["stdout"] == {"pin": MASK, "same": MASK, "other": 48213370}
    assert detail.tasks[1].input == {"seconds": MASK}
    everything = await told(bench, detail.execution.id)
    assert str(number) not in everything.replace("48213370", "")


async def test_a_header_that_says_who_asks_is_masked(bench: Bench) -> None:
    ask = {
        "name": "Ask",
        "action": "core.http",
        "parameters": {
            "url": "http://127.0.0.1:1/",
            "headers": {"authorization": f"{{{{ 'Bearer {SECRET}' }}}}", "X-Team": "visible-team"},
        },
    }

    detail = await executed(bench, await written(bench, ask))

    kept = await told(bench, detail.execution.id)
    shown = repr(detail.tasks[0].input)
    assert SECRET not in shown
    assert "visible-team" in shown
    assert SECRET not in kept.replace(repr(detail.content), "")
