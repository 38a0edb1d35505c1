"""Beginning an execution: one act; what it does is driven after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from automation.access import named, visible
from automation.actions.action import Action, Parameter
from automation.actions.schema import check_names, checked, misfits
from automation.approvals.subjects import EXECUTION_DRIVE
from automation.execution import (
    Execution,
    Task,
    TaskKind,
    Trigger,
)
from automation.executions.traces import begun
from automation.executions.triggered import kept
from automation.hidden import hiding, masked
from automation.ports import AutomationStores
from automation.runbook import Content, Runbook, RunbookStatus, Step
from automation.runbooks.sealing import unsealed
from automation.runbooks.unfit import unfit_in
from automation.values import Json, reserved_in
from automation.workshop import Workshop
from chat.address import Address
from chat.clock import new_id
from chat.errors import BadInput, NotFound, Refused
from incidents.access import visible as visible_incident
from incidents.incident import Incident
from playbooks.access import team_of
from security.actor import Actor, require
from security.permissions import Permission

DEEPEST = 5
"""How many runbooks may stand above one that is called by another."""
_REASON = 2000


@dataclass(frozen=True, slots=True)
class ExecuteWish:
    """What somebody wants executed.

    Attributes:
        runbook: Id, handle or name; empty for a single action.
        action: Ref of an action; empty for a runbook.
        parameters: As given, not yet checked.
        trigger_data: What came with the trigger. `incident_id` in it names the incident when
            `incident` does not, and a value called like a parameter stands in for it.
        incident: Id, key or number; None for none.
        reason: Why; may be empty.
        origin: Where it was asked in chat; None elsewhere.
        key: The asker's own; what they begin twice with it is one execution. None when
            each time counts.
        team: Id or name; None for the one they act in.
        hidden: Texts that nobody may read of what is given, whatever it is given for.
    """

    runbook: str = ""
    action: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    trigger: Trigger = Trigger.MANUAL
    trigger_data: Mapping[str, Json] = field(default_factory=dict[str, Json])
    incident: str | None = None
    reason: str = ""
    origin: Address | None = None
    key: str | None = None
    team: str | None = None
    hidden: frozenset[str] = frozenset()


def start(
    stores: AutomationStores,
    workshop: Workshop,
    actor: Actor,
    wish: ExecuteWish,
    now: datetime,
    caller: tuple[Execution, Task] | None = None,
) -> Execution:
    """Write an execution and wake whoever drives it.

    Args:
        stores: The open transaction's.
        workshop: The actions there are.
        actor: Who wants it.
        wish: What they want.
        now: The time.
        caller: The execution and the task that call a runbook; None at the top.

    Raises:
        NotFound: The runbook, the action or the incident is not there for `actor`.
        Denied: They may not execute it.
        Refused: It is not ACTIVE, or was called by too many others.
        BadInput: A parameter is missing or does not fit; `details` says which.
    """
    incident = _incident(stores, actor, wish)
    if wish.action:
        execution, content = _of_action(stores, workshop, actor, wish)
    else:
        execution, content = _of_runbook(stores, workshop, actor, wish)
    if caller is not None:
        execution = _called(stores, execution, *caller)
    if incident is not None:
        same_team(incident, execution.team_id, execution.name)
    execution = replace(
        execution,
        number=stores.executions.next_number(),
        created_at=now,
        updated_at=now,
        trigger=wish.trigger,
        trigger_data=kept(workshop, wish.trigger_data, content),
        reason=_reason(wish.reason),
        requested_by=actor.account_id,
        requested_name=actor.name,
        via=actor.via,
        cause=actor.cause,
        incident_id=incident.id if incident else None,
        origin=wish.origin.room if wish.origin else None,
        dedupe=_dedupe(actor, wish),
    )
    if not stores.executions.add(execution, tasks_for(execution, content)):
        stores.executions.give_back(execution.number)
        known = stores.executions.by_dedupe(execution.dedupe or "")
        return known if known is not None else execution
    if execution.runbook_id is not None:
        stores.runbooks.count(execution.runbook_id, begun=1)
    begun(stores, actor, execution, incident, now)
    stores.drives.wake(EXECUTION_DRIVE, execution.id, now)
    return execution


def same_team(incident: Incident, team_id: str, name: str) -> None:
    """Let an incident pass that is of the team of what is executed for it.

    Raises:
        BadInput: It is of another.
    """
    if incident.team_id != team_id:
        raise BadInput(
            f"{incident.key} is of another team than {name}.",
            details={"incident": "must be of the runbook's own team"},
        )


def _dedupe(actor: Actor, wish: ExecuteWish) -> str | None:
    return None if wish.key is None else f"{actor.account_id or actor.via}:{wish.key}"


def tasks_for(execution: Execution, content: Content) -> tuple[Task, ...]:
    """The tasks that an execution begins with."""
    first: tuple[Task, ...] = ()
    if content.approval is not None:
        first = (Task(new_id(), execution.id, -1, "Approval", TaskKind.APPROVAL),)
    return first + tuple(
        Task(
            id=new_id(),
            execution_id=execution.id,
            position=number,
            name=step.name,
            step=number,
            action=step.action,
            timeout=step.timeout,
        )
        for number, step in enumerate(content.steps)
    )


def _incident(stores: AutomationStores, actor: Actor, wish: ExecuteWish) -> Incident | None:
    ref = wish.incident
    given = wish.trigger_data.get("incident_id")
    if ref is None and isinstance(given, str) and given.strip():
        ref = given
    if ref is None:
        return None
    try:
        return visible_incident(stores, actor, ref)
    except NotFound as unknown:
        raise NotFound(
            unknown.message, details={"incident": "an incident that you can see"}
        ) from None


def _of_runbook(
    stores: AutomationStores, workshop: Workshop, actor: Actor, wish: ExecuteWish
) -> tuple[Execution, Content]:
    runbook = visible(stores, actor, wish.runbook)
    require(actor, Permission.RUNBOOK_RUN, team_id=runbook.team_id, thing=named(runbook))
    require_active(runbook)
    content = runbook.content
    return (
        Execution(
            id=new_id(),
            number=0,
            team_id=runbook.team_id,
            name=runbook.name,
            trigger=wish.trigger,
            created_at=runbook.created_at,
            updated_at=runbook.created_at,
            runbook_id=runbook.id,
            revision=runbook.revision,
            label=runbook.label,
            parameters=parameters_for(workshop, runbook, wish),
        ),
        content,
    )


def require_active(runbook: Runbook) -> None:
    """Let a runbook pass that may be executed.

    Raises:
        Refused: It is not ACTIVE.
    """
    if runbook.status is not RunbookStatus.ACTIVE:
        raise Refused(
            f"The runbook “{runbook.name}” is {runbook.status}, and only an ACTIVE one is "
            "executed. Set its status to ACTIVE first, or look at it with a dry run.",
            code="NOT_ACTIVE",
        )


def parameters_for(workshop: Workshop, runbook: Runbook, wish: ExecuteWish) -> dict[str, Json]:
    """A runbook's parameters as given and checked, the secret ones sealed.

    Raises:
        BadInput: One is missing, unknown or does not fit.
    """
    taken = runbook.content.parameters
    given = _clear(wish.parameters)
    for each in taken:
        if each.name not in given and each.name in wish.trigger_data:
            given |= _clear({each.name: wish.trigger_data[each.name]})
    asked = as_action(runbook)
    with hiding(wish.hidden):
        return _sealed(workshop, asked, checked(asked, given, place="parameters"), wish.hidden)


@dataclass(frozen=True, slots=True)
class Needed:
    """What something with parameters still needs before it can begin.

    Attributes:
        missing: Those without which it cannot begin and that were not given.
        wrong: Name of each that was given and does not fit to what is wrong with it.
    """

    missing: tuple[Parameter, ...]
    wrong: Mapping[str, str]


def still_needed(asked: Action, given: Mapping[str, Json]) -> Needed:
    """What `asked` cannot begin without, and what of that which is given does not fit.

    Args:
        asked: An action, or a runbook as `as_action` has it.
        given: Values by name.

    Raises:
        BadInput: One of those given is unknown; the message says what is accepted.
    """
    check_names(asked, sorted(given), place="parameters")
    missing = tuple(
        each
        for each in asked.parameters
        if each.required and not each.has_default and each.name not in given
    )
    return Needed(missing, misfits(asked, given))


def as_action(runbook: Runbook) -> Action:
    """A runbook as something with parameters, so that they are checked like an action's."""
    return Action(f"runbook.{runbook.handle}", "runbook", parameters=runbook.content.parameters)


def _clear(given: Mapping[str, Json]) -> dict[str, Json]:
    """Values that can be kept, and in which nothing stands that only we may put there."""
    if unfit := unfit_in(dict(given), "parameters"):
        raise BadInput(f"The parameter {unfit[0]} {unfit[1]}.", details=dict([unfit]))
    for name, value in given.items():
        if own := reserved_in(value):
            raise BadInput(
                f"The parameter {name} holds “{own}”, a key of our own. Give the value itself.",
                details={f"parameters.{name}": f"must not hold {own}"},
            )
    return dict(given)


def _of_action(
    stores: AutomationStores, workshop: Workshop, actor: Actor, wish: ExecuteWish
) -> tuple[Execution, Content]:
    team = team_of(stores, actor, wish.team)
    action = workshop.registry.find(wish.action)
    require(actor, Permission.ACTION_RUN, team_id=team.id, thing=f"the action {action.ref}")
    given = checked(action, _clear(wish.parameters), place="parameters")
    step = Step(action.name or action.ref, action.ref, parameters={n: {"$given": n} for n in given})
    content = Content(name=action.ref, description=action.description, steps=(step,))
    execution = Execution(
        id=new_id(),
        number=0,
        team_id=team.id,
        name=action.ref,
        trigger=wish.trigger,
        created_at=workshop.clock.now(),
        updated_at=workshop.clock.now(),
        inline=content,
        parameters=_sealed(workshop, action, given, wish.hidden),
    )
    return execution, content


def _sealed(
    workshop: Workshop, action: Action, given: Mapping[str, Json], hidden: frozenset[str]
) -> dict[str, Json]:
    return {
        name: {"$sealed": workshop.vault.seal(json.dumps(value))}
        if name in action.secrets
        else _sealed_in(workshop, value, hidden)
        for name, value in given.items()
    }


def _sealed_in(workshop: Workshop, value: Json, hidden: frozenset[str]) -> Json:
    """The value with each text and number sealed that holds something hidden."""
    match value:
        case dict():
            items = cast("dict[str, Json]", value).items()
            return {name: _sealed_in(workshop, each, hidden) for name, each in items}
        case list():
            return [_sealed_in(workshop, each, hidden) for each in cast("list[Json]", value)]
        case _ if masked(value, hidden) != value:
            return {"$sealed": workshop.vault.seal(json.dumps(value))}
        case _:
            return value


def _called(
    stores: AutomationStores, execution: Execution, caller: Execution, task: Task
) -> Execution:
    above: Execution | None = caller
    while above is not None:
        if above.runbook_id is not None and above.runbook_id == execution.runbook_id:
            raise Refused(
                f"“{execution.name}” is under way above this step already; "
                "a runbook that calls itself would never end.",
                code="CIRCLE",
            )
        above = stores.executions.get(above.parent_id) if above.parent_id else None
    if caller.depth + 1 > DEEPEST:
        raise Refused(
            f"{caller.name} was itself called through {DEEPEST} runbooks; "
            "one that calls itself in a circle would never end.",
            code="TOO_DEEP",
        )
    return replace(execution, parent_id=caller.id, parent_task=task.id, depth=caller.depth + 1)


def _reason(reason: str) -> str:
    text = reason.strip()
    if len(text) > _REASON:
        raise BadInput(
            f"The reason has {len(text)} characters; at most {_REASON} are accepted.",
            details={"reason": f"at most {_REASON} characters"},
        )
    return text


def content_of(stores: AutomationStores, execution: Execution) -> Content | None:
    """What an execution does; None when its runbook's version is gone."""
    if execution.inline is not None:
        return execution.inline
    if execution.runbook_id is None:
        return None
    version = stores.runbooks.version(execution.runbook_id, execution.revision)
    return version.content if version is not None else None


def opened(workshop: Workshop, execution: Execution) -> dict[str, Json]:
    """The execution's parameters with secrets in the clear."""
    return {name: unsealed(workshop, value) for name, value in execution.parameters.items()}
