"""What templates of an execution may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from automation.execution import Execution, Task, TaskKind
from automation.executions.items import items_of
from automation.ports import AutomationStores
from automation.runbook import Content
from automation.values import Json
from incidents.incident import Incident


def incident_facts(stores: AutomationStores, incident: Incident) -> dict[str, Json]:
    """An incident as templates see it: `incident.key`, `incident.severity` and so on."""
    people = stores.people.accounts(
        [each for each in (incident.commander_id, incident.reporter_id) if each]
    )
    rooms = stores.incidents.rooms(incident.id)
    commander = people.get(incident.commander_id)
    reporter = people.get(incident.reporter_id or "")
    playbook = stores.playbooks.get(incident.playbook_id)
    return {
        "id": incident.id,
        "key": incident.key,
        "number": incident.number,
        "name": incident.name,
        "summary": incident.summary,
        "severity": incident.severity.value,
        "status": incident.status.value,
        "public": incident.public,
        "commander": commander.name if commander else "",
        "reporter": reporter.name if reporter else "",
        "playbook": playbook.handle if playbook else "",
        "playbook_name": incident.playbook_name,
        "channel": rooms[0].name if rooms else "",
        "started_at": moment(incident.started_at),
        "ended_at": moment(incident.ended_at),
    }


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC to the second; None for none."""
    return at.isoformat(timespec="seconds") if at is not None else None


def context_of(
    execution: Execution,
    content: Content,
    tasks: Sequence[Task],
    incident: Mapping[str, Json],
    parameters: Mapping[str, Json],
    trigger: Mapping[str, Json],
) -> dict[str, Json]:
    """Everything a template may read.

    Args:
        execution: The run.
        content: Of its runbook.
        tasks: As they stand.
        incident: From `incident_facts`; empty without an incident.
        parameters: The execution's, secrets in the clear.
        trigger: What came with its trigger, in the clear, too.
    """
    steps: dict[str, Json] = {}
    previous: Json = None
    for task in tasks:
        if task.kind is not TaskKind.STEP or task.step is None:
            continue
        step = content.steps[task.step]
        found = step_facts(task)
        if step.for_each is not None:
            found = list_facts(task, items_of(tasks, task.step) if task.status.ended else ())
        steps[step.slug] = found
        if task.ended_at is not None and found["output"] is not None:
            previous = found["result"]
    return {
        "parameters": dict(parameters),
        "incident": dict(incident),
        "trigger": dict(trigger),
        "steps": steps,
        "previous": previous,
        "execution": {
            "id": execution.id,
            "key": execution.key,
            "runbook": execution.name,
            "version": execution.label,
            "trigger": execution.trigger.value,
            "reason": execution.reason,
            "in_chat": execution.origin is not None,
            "requested_by": execution.requested_name,
            "started_at": moment(execution.started_at or execution.created_at),
        },
    }


def step_facts(task: Task) -> dict[str, Json]:
    """A step's result: `status`, `output`, `error`, `result`, `attempts`.

    `result` is what a Python action returned, and the output itself of any other.
    """
    output = task.output
    returned = isinstance(output, dict) and {"result", "exit_code"} <= output.keys()  # pyright: ignore[reportUnknownMemberType] - JSON
    return {
        "status": task.status.value,
        "output": output,
        "error": task.error,
        "result": output["result"] if returned else output,
        "attempts": len(task.attempts),
    }


def list_facts(head: Task, items: Sequence[Task]) -> dict[str, Json]:
    """The result of a step that is done for each of a list.

    `output` and `result` are lists with one entry for each item, in order, and nothing where
    it has none; `results` says of each item what is said of a step, besides `item` and `index`.
    Before the step has begun, or when it was skipped, `output` is nothing.
    """
    found = step_facts(head)
    each = [{**step_facts(task), "item": task.item, "index": task.index} for task in items]
    begun = head.status.ended and head.input is not None
    found["output"] = [one["output"] for one in each] if begun else None
    found["result"] = [one["result"] for one in each] if begun else None
    return found | {"results": each, "attempts": sum(len(task.attempts) for task in items)}
