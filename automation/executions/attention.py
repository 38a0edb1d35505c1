"""Who is asked what became of a step that was interrupted, where no message shows it yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from automation.access import sees_execution
from automation.execution import Execution, ExecutionFilter
from automation.executions.traces import places_of, subject_of
from automation.ports import AutomationStores
from chat.address import Address
from chat.errors import Denied
from chat.outbox import DirectLiving, Outgoing, PostLiving
from security.account import Identity
from security.page import Slice
from security.permissions import Permission
from security.reach import acting

_MOST = 20
"""Accounts that are asked at once, where nobody is known to care more than others."""
_LOOKED_AT = 50
_RAN_LAST = 3


def ask_people(stores: AutomationStores, execution: Execution) -> None:
    """Show an execution that needs a person to somebody who may say what is to become of it.

    One that stands in a channel is edited there. One that another calls shows in the
    caller's message only as waiting, so that it is posted beside it; one that stands
    nowhere is sent directly.
    """
    if execution.parent_id is None and execution.shown:
        return
    top = _top(stores, execution)
    places = places_of(stores, top)
    for number, place in enumerate(places):
        job = PostLiving(subject_of(execution.id))
        key = f"execution:{execution.id}:attention:{number}"
        stores.outbox.put(Outgoing(place, job, key=key))
    if not places:
        for number, identity in enumerate(_recipients(stores, execution, top)):
            person = identity.person
            place = Address(person.platform, person.workspace, f"@{person.id}")
            job = DirectLiving(person, subject_of(execution.id))
            key = f"execution:{execution.id}:direct:{number}:{execution.version}"
            stores.outbox.put(Outgoing(place, job, key=key))


def _top(stores: AutomationStores, execution: Execution) -> Execution:
    """What was begun by somebody or something, and called this one, perhaps through others."""
    above = stores.executions.get(execution.parent_id) if execution.parent_id else None
    return execution if above is None else _top(stores, above)


def _recipients(
    stores: AutomationStores, execution: Execution, top: Execution
) -> Sequence[Identity]:
    """Where to reach those who are asked: the first of these groups that can be reached.

    Whoever began it; its author; those who ran it last; everybody who may run it.
    """
    for group in _groups(stores, top):
        found = [one for account in group for one in _reached(stores, execution, account)]
        if found:
            return found
    everybody = stores.people.members(execution.team_id)
    found = [one for each in everybody for one in _reached(stores, execution, each.id)]
    return found[:_MOST]


def _groups(stores: AutomationStores, top: Execution) -> Iterator[tuple[str, ...]]:
    if top.requested_by is not None:
        yield (top.requested_by,)
    runbook = stores.runbooks.get(top.runbook_id) if top.runbook_id else None
    if runbook is None:
        return
    if runbook.created_by is not None:
        yield (runbook.created_by,)
    wanted = ExecutionFilter(runbook_id=runbook.id)
    last = stores.executions.page(wanted, Slice(limit=_LOOKED_AT)).items
    ran = dict.fromkeys(each.requested_by for each in last if each.requested_by is not None)
    yield tuple(ran)[:_RAN_LAST]


def _reached(stores: AutomationStores, execution: Execution, account_id: str) -> Sequence[Identity]:
    """An account's places, if it may say what is to become of the execution."""
    try:
        actor = acting(stores, account_id, execution.team_id)
    except Denied:
        return ()
    right = Permission.RUNBOOK_RUN if execution.runbook_id else Permission.ACTION_RUN
    if not actor.may(right, execution.team_id) or not sees_execution(stores, actor, execution):
        return ()
    return stores.people.identities(account_id)
