"""The table of recorded actions in docs/audit.md names every action there is, with its facts."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from automation.approval import ApprovalStatus
from automation.execution import ExecutionStatus
from automation.executions.writing import TOLD
from automation.runbook import RunbookStatus
from automation.runbooks.desk import Edit
from automation.runbooks.documents import read
from incidents.timeline import EventKind
from security.page import Slice
from security.ports import AuditFilter
from tests.automation.runs import ECHO, executed, written
from tests.bench import Bench

HERE = Path(__file__).parents[2]
ROOMS = ("automation", "bot", "incidents", "playbooks", "security", "storage")
WRITERS = frozenset(
    ("record", "save", "told", "Origin", "controlled", "_audit", "_note", "_note_grant")
) | {"_note_identity", "_noted"}
"""What is called with the name of an action."""
NAME = re.compile(r"[a-z_]+\.[a-z_-]+|denied")


def table() -> dict[str, frozenset[str]]:
    """Actions to their facts."""
    text = (HERE / "docs/audit.md").read_text()
    rows = re.findall(r"^\| (`[a-z_]+[.`].*?) \| (.*) \|$", text, re.MULTILINE)
    found: dict[str, frozenset[str]] = {}
    for actions, facts in rows:
        for action in re.findall(r"`([^`]+)`", actions.partition(":")[0]):
            if NAME.fullmatch(action):
                found[action] = frozenset(re.findall(r"`([^`]+)`", facts))
    return found


def called(node: ast.Call) -> str:
    """The name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)


def written_out() -> set[str]:
    """Actions whose names stand in the code as they are."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (HERE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and called(node) in WRITERS:
                    inside = (each for given in node.args for each in ast.walk(given))
                    texts = (each.value for each in inside if isinstance(each, ast.Constant))
                    found |= {
                        each for each in texts if isinstance(each, str) and NAME.fullmatch(each)
                    }
    return found


def made_up() -> set[str]:
    """Actions whose names are made of what something has become."""
    ended = [each for each in ExecutionStatus if each.ended]
    decided = set(ApprovalStatus) - {ApprovalStatus.PENDING}
    return {
        *(f"incident.{kind.value.removeprefix('incident_')}" for kind in EventKind),
        *(f"execution.{each.value.lower()}" for each in ended),
        *(f"execution.{word}" for word in ("cancelled", "paused", "resumed", "step-settled")),
        *(f"approval.{each.value.lower()}" for each in decided),
        *(f"step.{each.value.lower()}" for each in TOLD),
        *(f"second_factor.{word}" for word in ("enabled", "removed", "used", "failed")),
        *("account.edited", "account.activated", "account.deactivated"),
        *("playbook.created", "playbook.shared", "playbook.unshared"),
    }


def test_every_action_is_in_the_table_and_nothing_else() -> None:
    assert set(table()) == written_out() | made_up()


async def test_what_is_recorded_has_no_facts_but_those_of_the_table(bench: Bench) -> None:
    await much(bench)

    admin, known = await bench.actor("admin"), table()
    page = await bench.house.audit.page(admin, AuditFilter(), Slice(200))

    records = [one.record for one in page.items]
    assert page.total == len(records)
    for one in records:
        assert one.action in known, one
        assert one.details.keys() <= known[one.action], one
    done = {one.action for one in records}
    assert done >= {
        *("runbook.created", "runbook.edited", "runbook.deleted", "runbook.webhook-secret-made"),
        *("execution.requested", "execution.completed", "execution.failed", "execution.cancelled"),
        *("approval.requested", "approval.answered", "approval.approved", "approval.withdrawn"),
        *("step.completed", "step.failed", "incident.started", "incident.severity_changed"),
        *("incident.execution_started", "incident.execution_ended", "execution.paused"),
    }


async def much(bench: Bench) -> None:
    """Leave records of most kinds that have to do with runbooks, and of an incident."""
    bo, admin = await bench.hire("bo", "approver"), await bench.actor("admin")
    assert bo
    desks = bench.house.desks
    await bench.say("admin", "general", "/incident start --playbook outage --name Slow")
    await bench.say("admin", "inc-00001-slow", "/incident severity CRITICAL")
    asks: dict[str, Any] = {"approval": {"role": "approver"}}
    fails = {"name": "Fail", "action": "core.local", "parameters": {"cmd": "echo no; exit 3"}}
    asked = await written(bench, {**ECHO, **asks}, name="Asked")
    more: dict[str, Any] = {
        "incident": "INC-00001",
        "reason": "slow",
        "trigger_data": {"from": "a test"},
    }
    first = await executed(bench, asked, **more)
    await desks.approvals.approve(await bench.actor("bo"), first.approvals[0].key, "yes")
    await bench.settle()
    second = await executed(bench, asked)
    await desks.executions.pause(admin, second.execution.key)
    await desks.executions.resume(admin, second.execution.key)
    await desks.executions.cancel(admin, second.execution.key)
    await bench.settle()
    each = {**ECHO, "name": "Each", "for_each": ["a"], "on_failure": "continue"}
    await executed(bench, await written(bench, each, fails, name="Failing"))
    hook, _ = read({"name": "Hook", "steps": [ECHO], "trigger_type": "WEBHOOK"})
    made = (await desks.runbooks.create(admin, hook)).runbook
    await desks.runbooks.new_webhook_secret(admin, made.id)
    await desks.runbooks.edit(admin, made.id, Edit(status=RunbookStatus.ACTIVE))
    await desks.runbooks.delete(admin, made.id)
