"""What is asked most often is found in an index, however much there is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from automation.approval import ApprovalFilter, ApprovalStatus
from automation.execution import EXECUTION_ORDERS, ExecutionFilter, ExecutionStatus, Trigger
from automation.runbook import RUNBOOK_ORDERS, RunbookFilter, RunbookStatus, TriggerType
from incidents.incident import Status
from incidents.ports import INCIDENT_ORDERS, IncidentFilter, Viewer
from security.page import Slice
from storage.database import Database
from storage.stores import Stores
from storage.tables import METADATA
from tests.clock import START
from tests.make import channel
from tests.storage.raw import raw, reader

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

Look = Callable[[Stores], object]
ADMIN = Viewer(None, None, "ana")
RESPONDER = Viewer(frozenset({"main", "ops"}), frozenset(), "ana")


def page(wanted: IncidentFilter, viewer: Viewer, order: str = "") -> Look:
    return lambda to: to.incidents.page(wanted, viewer, Slice(order=order))


def executed(order: str = "", **wanted: Any) -> Look:
    """A list of executions of two teams, in which the viewer sees no private incident."""
    given: dict[str, Any] = {"team_ids": RESPONDER.team_ids, "viewer": RESPONDER}
    asked = ExecutionFilter(**{**given, **wanted})
    return lambda to: to.executions.page(asked, Slice(order=order))


def asked_for(**wanted: Any) -> Look:
    """A list of approvals, likewise."""
    given: dict[str, Any] = {"team_ids": RESPONDER.team_ids, "viewer": RESPONDER}
    asked = ApprovalFilter(**{**given, **wanted})
    return lambda to: to.approvals.page(asked, Slice())


def kept(order: str = "", **wanted: Any) -> Look:
    """A list of runbooks, likewise."""
    given: dict[str, Any] = {"team_ids": RESPONDER.team_ids, "author_id": "ana"}
    asked = RunbookFilter(**{**given, **wanted})
    return lambda to: to.runbooks.page(asked, Slice(order=order))


RUNBOOK: dict[str, Look] = {
    # By count is sorted: an index would be written with each execution.
    **{f"runbooks by {it}": kept(it) for it in ("", *RUNBOOK_ORDERS) if it != "run_count"},
    "runbooks of a team": kept(team_ids=frozenset({"main"})),
    "runbooks of a status": kept(status=RunbookStatus.ACTIVE),
    "runbook by name": lambda to: to.runbooks.by_name("main", "x"),
    "runbook by handle": lambda to: to.runbooks.by_handle("main", "x"),
    "active runbooks": lambda to: to.runbooks.active(TriggerType.SCHEDULED),
    "versions": lambda to: to.runbooks.versions("x"),
}
EXECUTION: dict[str, Look] = {
    **{f"executions by {it}": executed(it) for it in ("", *EXECUTION_ORDERS) if it != "number"},
    **{f"executions by -{it}": executed(f"-{it}") for it in EXECUTION_ORDERS if it != "number"},
    "executions of a team": executed(team_ids=frozenset({"main"})),
    "executions of a team by status": executed(
        team_ids=frozenset({"main"}), status=ExecutionStatus.FAILED
    ),
    "executions by status": executed(status=ExecutionStatus.FAILED),
    "executions under way": executed(active=True),
    "executions that ended": executed(active=False),
    "executions of a runbook": executed(runbook_id="x"),
    "executions of an incident": executed(incident_id="x"),
    "executions of somebody": executed(requested_by="ana"),
    "executions by trigger": executed(trigger=Trigger.WEBHOOK),
    "executions since": executed(since=START, until=START),
    "execution by number": lambda to: to.executions.by_number(1),
    "execution by cause": lambda to: to.executions.by_dedupe("x"),
    "children": lambda to: to.executions.children("x"),
    "tasks": lambda to: to.executions.tasks("x"),
    "output": lambda to: to.executions.output("x", after=7),
    "output of a task": lambda to: to.executions.output("x", task_id="y"),
    "last output": lambda to: to.executions.last_output("x", 9),
}
APPROVAL: dict[str, Look] = {
    "approvals": asked_for(),
    "approvals of a team": asked_for(team_ids=frozenset({"main"})),
    "pending approvals": asked_for(status=ApprovalStatus.PENDING),
    "pending approvals of a team": asked_for(
        team_ids=frozenset({"main"}), status=ApprovalStatus.PENDING
    ),
    "approvals of an incident": asked_for(incident_id="x"),
    "approvals of an execution": asked_for(execution_id="x"),
    "every approval of an execution": lambda to: to.approvals.of("x"),
    "pending of an incident": lambda to: to.approvals.pending_of_incident("x"),
    "approval by number": lambda to: to.approvals.by_number(1),
}

# By number is the order in which SQLite keeps the rows, so that is no walk.
ORDERS = tuple(order for order in INCIDENT_ORDERS if order != "number")
LOOKS: dict[str, Look] = {
    **{f"list by {it}": page(IncidentFilter(), RESPONDER, it) for it in ("", *ORDERS)},
    **{f"list by -{it}": page(IncidentFilter(), ADMIN, f"-{it}") for it in ORDERS},
    "ongoing": page(IncidentFilter(status=Status.ONGOING), RESPONDER),
    "commanded": page(IncidentFilter(commander_id="ana"), ADMIN),
    "of a team": page(IncidentFilter(team_id="main"), ADMIN),
    "of a playbook": page(IncidentFilter(playbook_id="outage"), ADMIN),
    "in channel": lambda to: to.incidents.in_channel(channel()),
    "unfinished": lambda to: to.journal.unfinished(START, 10),
    "acted": lambda to: to.journal.acted("x"),
    "unsealed": lambda to: to.audit.unsealed(10),
    "head": lambda to: to.audit.head(),
    "sealed after": lambda to: to.audit.after(1, 10),
    "position of a sink": lambda to: to.audit_sinks.position("x"),
    "timeline": lambda to: to.timeline.page("i", (), Slice()),
    "token": lambda to: to.proofs.token_by_digest("x"),
    "living": lambda to: to.outbox.living("x"),
    "identity": lambda to: to.people.identity("local", "main", "ana"),
    **RUNBOOK,
    **EXECUTION,
    **APPROVAL,
}


FEW = {"incident_counts", "runbooks"}
"""What there is never more than some hundred of."""


def walks(step: str) -> bool:
    """Whether a step of a plan takes longer the more rows there are."""
    scan = re.fullmatch(r"SCAN (\w+)", step)
    walked = scan is not None and scan[1] in METADATA.tables and scan[1] not in FEW
    return walked or step == "USE TEMP B-TREE FOR ORDER BY"


async def plan_of(database: Database, look: Look) -> list[str]:
    """How SQLite finds what a look asks for, step by step."""
    asked: list[tuple[str, object]] = []

    def note(
        _: Connection, __: object, statement: str, parameters: object, ___: object, ____: bool
    ) -> None:
        asked.append((statement, parameters))

    event.listen(reader(database), "before_cursor_execute", note)
    await database.acts.read(look)
    event.remove(reader(database), "before_cursor_execute", note)

    def explain(to: Stores) -> list[str]:
        return [
            row.detail
            for statement, parameters in asked
            if statement.startswith("SELECT")
            for row in raw(to).exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # pyright: ignore[reportArgumentType]
        ]

    return await database.acts.read(explain)


@pytest.mark.parametrize("name", LOOKS)
async def test_no_table_is_walked_and_nothing_is_sorted(peopled: Database, name: str) -> None:
    plan = await plan_of(peopled, LOOKS[name])

    assert plan
    assert [step for step in plan if walks(step)] == []


@pytest.mark.parametrize("kinds", [None, frozenset({"opening", "execution"})])
async def test_what_is_due_is_found_among_what_is_due_only(
    peopled: Database, kinds: frozenset[str] | None
) -> None:
    plan = await plan_of(peopled, lambda to: to.drives.due(START, 10, kinds))

    found = [step for step in plan if "drives" in step]
    assert [re.sub(r".*INDEX (\w+) .*", r"\1", step) for step in found] == [
        "ix_drives_due",
        "ix_drives_held",
    ]
