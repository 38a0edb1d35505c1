"""The plan of a runbook that a step calls, and what a call is bound to.

A call is agreed to with everything that lies under it: which runbooks, in which version,
and their steps as they would be done.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from automation.access import visible
from automation.approval import PlannedStep
from automation.execution import Execution, Trigger
from automation.executions.context import context_of
from automation.executions.making import Caller, Here, Read
from automation.executions.rendering import Rendered
from automation.executions.start import (
    DEEPEST,
    ExecuteWish,
    opened,
    parameters_for,
    require_active,
)
from automation.ports import AutomationStores
from automation.runbook import Runbook
from automation.values import Json
from chat.errors import Refused, UserError
from security.actor import Actor

CALLS = "runbook"
"""The runner that calls another runbook."""
_HIDDEN = frozenset({"execution.id", "execution.key", "execution.started_at", "trigger"})
"""What is not known of an execution before it has begun."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a call shows, and what it is bound to.

    Attributes:
        command: Which runbook, in one line; empty where it is not there.
        digest: Over the call and all that lies under it; empty while some of it is open.
        steps: Of the runbook, as they would be done.
        open: What is left out here, and shown when its turn comes.
        mistake: Why it cannot be called; empty when nothing is wrong.
    """

    command: str
    digest: str
    steps: tuple[PlannedStep, ...] = ()
    open: tuple[str, ...] = ()
    mistake: str = ""


def call_of(here: Here, rendered: Rendered) -> Call | None:
    """What is called there; None where nothing is, or where nobody can look it up."""
    if here.caller is None or rendered.action.runner != CALLS:
        return None
    making, caller, ref = here.making, here.caller, str(rendered.given["runbook"])
    try:
        runbook = visible(caller.stores, caller.actor, ref)
    except UserError as unknown:
        return Call("", rendered.digest, mistake=unknown.message)
    making.read[ref] = Read(ref, runbook.id, runbook.revision, runbook.status)
    command = f"runbook “{runbook.name}”, version {runbook.label}"
    binds = {"step": rendered.digest, "runbook": runbook.id, "revision": runbook.revision}
    bare = Call(command, making.workshop.digest(binds))
    try:
        inner = _inside(here, caller, runbook, rendered)
    except UserError as wrong:
        return replace(bare, mistake=wrong.message)
    if not making.takes(len(runbook.content.steps)):
        return replace(bare, digest="", open=(f"the steps of “{runbook.name}”",))
    steps = caller.plan(inner, runbook.content)
    digest = making.workshop.digest({**binds, "calls": [asdict(each) for each in steps]})
    return replace(bare, digest=digest, steps=steps)


def _inside(here: Here, caller: Caller, runbook: Runbook, rendered: Rendered) -> Here:
    """Where the steps of a called runbook stand.

    Raises:
        Refused: It may not be called there.
        BadInput: What it is given does not fit.
    """
    require_active(runbook)
    if runbook.id in caller.above:
        raise Refused(f"“{runbook.name}” is under way above this step already.", code="CIRCLE")
    if caller.depth + 1 > DEEPEST:
        raise Refused(f"It would be called through more than {DEEPEST} runbooks.", code="TOO_DEEP")
    given: dict[str, Json] = dict(rendered.given.get("parameters") or {})
    workshop = here.workshop
    parameters = parameters_for(
        workshop, runbook, ExecuteWish(parameters=given, hidden=here.secrets)
    )
    now = workshop.clock.now()
    child = Execution(
        id="",
        number=0,
        team_id=runbook.team_id,
        name=runbook.name,
        trigger=Trigger.RUNBOOK,
        created_at=now,
        updated_at=now,
        runbook_id=runbook.id,
        revision=runbook.revision,
        label=runbook.label,
        parameters=parameters,
        reason=caller.execution.reason,
        origin=caller.execution.origin,
        requested_by=caller.execution.requested_by,
        requested_name=caller.actor.name,
        incident_id=caller.execution.incident_id,
    )
    facts = context_of(child, runbook.content, (), caller.incident, opened(workshop, child), {})
    return Here(
        here.making,
        "",
        facts,
        here.secrets | rendered.secrets | workshop.secrets_in(parameters),
        ended=frozenset(),
        hidden=_HIDDEN,
        caller=replace(
            caller, execution=child, above=caller.above | {runbook.id}, depth=caller.depth + 1
        ),
    )


def unchanged(stores: AutomationStores, actor: Actor, read: tuple[Read, ...]) -> bool:
    """Whether the runbooks that were read for a plan are as they were."""
    for each in read:
        try:
            now = visible(stores, actor, each.ref)
        except UserError:
            return False
        if (now.id, now.revision, now.status) != (each.runbook_id, each.revision, each.status):
            return False
    return True
