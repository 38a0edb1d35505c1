"""Who may see, execute and change runbooks and executions: asked in every act, here."""

from __future__ import annotations

from difflib import get_close_matches

from automation.execution import Execution, ExecutionFilter, Eyes, parse_execution_key
from automation.ports import AutomationStores
from automation.runbook import Runbook, RunbookFilter
from chat.errors import BadInput, NotFound
from incidents.access import sees as sees_incident
from incidents.access import viewer
from incidents.ports import Viewer
from playbooks.access import team_of
from security.actor import Actor, require
from security.page import Slice
from security.permissions import Permission

_SHOWN = 60
_MOST = 200


def teams_with(stores: AutomationStores, actor: Actor, permission: Permission) -> frozenset[str]:
    """Ids of the teams in which `actor` holds a right."""
    teams = stores.people.teams()
    return frozenset(team.id for team in teams if actor.may(permission, team.id))


def sees(actor: Actor, runbook: Runbook) -> bool:
    """Whether `actor` may see it: public in their team, or their own, or all of the team's."""
    if not actor.may(Permission.RUNBOOK_VIEW, runbook.team_id):
        return False
    if runbook.is_public or actor.may(Permission.RUNBOOK_VIEW_ALL, runbook.team_id):
        return True
    return actor.account_id is not None and runbook.created_by == actor.account_id


def visible_ones(stores: AutomationStores, actor: Actor, team: str | None = None) -> RunbookFilter:
    """The filter for the runbooks that `actor` sees in a team, or, with None, anywhere.

    Raises:
        Denied: They may see runbooks nowhere.
        NotFound: There is no such team.
    """
    team_id = None if team is None else team_of(stores, actor, team).id
    require(actor, Permission.RUNBOOK_VIEW, team_id=team_id, thing="runbooks")
    wanted = teams_with(stores, actor, Permission.RUNBOOK_VIEW)
    return RunbookFilter(
        team_ids=wanted if team_id is None else wanted & {team_id},
        all_team_ids=teams_with(stores, actor, Permission.RUNBOOK_VIEW_ALL),
        author_id=actor.account_id,
    )


def visible(stores: AutomationStores, actor: Actor, ref: str, *, lock: bool = False) -> Runbook:
    """The runbook that somebody names by id, handle or name.

    Raises:
        Denied: They may see no runbook at all.
        NotFound: There is none, or it is not for them; the two look alike on purpose.
        BadInput: It is in several of their teams.
    """
    require(actor, Permission.RUNBOOK_VIEW, team_id=actor.team_id, thing="runbooks")
    text = " ".join(ref.split())
    found = stores.runbooks.get(text) if text else None
    if found is None or not sees(actor, found):
        found = _named(stores, actor, text)
    if not lock:
        return found
    locked = stores.runbooks.get(found.id, lock=True)
    if locked is None:
        raise _unknown(stores, actor, text)
    return locked


def _named(stores: AutomationStores, actor: Actor, text: str) -> Runbook:
    fitting: list[Runbook] = []
    if text:
        teams = teams_with(stores, actor, Permission.RUNBOOK_VIEW)
        for team in sorted(teams if actor.team_id is None else teams & {actor.team_id}):
            found = stores.runbooks.by_handle(team, text.casefold())
            found = found or stores.runbooks.by_name(team, text)
            if found is not None and sees(actor, found):
                fitting.append(found)
    if len(fitting) > 1:
        raise BadInput(
            f"There is a runbook “{text[:_SHOWN]}” in several of your teams. Give its id.",
            code="AMBIGUOUS",
            details={"runbook": f"one of {', '.join(one.id for one in fitting)}"},
        )
    if not fitting:
        raise _unknown(stores, actor, text)
    return fitting[0]


def _unknown(stores: AutomationStores, actor: Actor, text: str) -> NotFound:
    known = stores.runbooks.page(visible_ones(stores, actor), Slice(limit=_MOST)).items
    by_word = {word.casefold(): one.handle for one in known for word in (one.name, one.handle)}
    near = get_close_matches(text[:_SHOWN].casefold(), by_word, n=1)
    meant = f" Did you mean {by_word[near[0]]}?" if near else ""
    return NotFound(
        f"There is no runbook “{text[:_SHOWN]}” that you can see.{meant} /runbook list shows yours."
    )


def runnable(actor: Actor, runbook: Runbook) -> bool:
    """Whether `actor` may execute it, as far as rights go."""
    return sees(actor, runbook) and actor.may(Permission.RUNBOOK_RUN, runbook.team_id)


def named(runbook: Runbook) -> str:
    """What a runbook is called in a sentence."""
    return f"the runbook “{runbook.name}”"


def editable(stores: AutomationStores, actor: Actor, ref: str) -> Runbook:
    """The runbook, locked, for somebody who may write runbooks.

    Raises:
        NotFound: It is not there for them.
        Denied: They lack the right.
    """
    runbook = visible(stores, actor, ref, lock=True)
    require(actor, Permission.RUNBOOK_EDIT, team_id=runbook.team_id, thing=named(runbook))
    return runbook


def seen_executions(
    stores: AutomationStores, actor: Actor, team: str | None = None
) -> ExecutionFilter:
    """The filter for the executions that `actor` sees in a team, or, with None, anywhere.

    Raises:
        Denied: They may see runbooks nowhere.
        NotFound: There is no such team.
    """
    wanted = visible_ones(stores, actor, team)
    base, everything = eyes_of(actor), wanted.all_team_ids or frozenset[str]()
    eyes = Eyes(
        base.team_ids,
        base.all_team_ids,
        base.account_id,
        # Who sees every runbook of the teams that are asked about needs no look at them.
        None if (wanted.team_ids or frozenset[str]()) <= everything else everything,
    )
    return ExecutionFilter(team_ids=wanted.team_ids, viewer=eyes)


def eyes_of(actor: Actor) -> Viewer:
    """Whose eyes the incidents behind executions and approvals are seen with."""
    if actor.may(Permission.INCIDENT_VIEW, None):
        return viewer(actor)
    return Viewer(frozenset(), frozenset(), actor.account_id)


def sees_execution(stores: AutomationStores, actor: Actor, execution: Execution) -> bool:
    """Whether `actor` may see it: of their team, and of nothing that is hidden from them.

    Hidden may be its incident, or its runbook, as long as that is there. What somebody began
    themselves they always see.
    """
    if not sees_but_for_runbook(stores, actor, execution):
        return False
    if actor.account_id is not None and execution.requested_by == actor.account_id:
        return True
    runbook = stores.runbooks.get(execution.runbook_id) if execution.runbook_id else None
    return runbook is None or sees(actor, runbook)


def sees_but_for_runbook(stores: AutomationStores, actor: Actor, execution: Execution) -> bool:
    """The same, were every runbook public: for those whom a private one asks something."""
    if not actor.may(Permission.RUNBOOK_VIEW, execution.team_id):
        return False
    if actor.account_id is not None and execution.requested_by == actor.account_id:
        return True
    if execution.incident_id is None:
        return True
    incident = stores.incidents.get(execution.incident_id)
    return incident is None or sees_incident(stores, actor, incident)


def execution_seen(
    stores: AutomationStores, actor: Actor, ref: str, *, lock: bool = False
) -> Execution:
    """The execution that somebody names by key, number or id.

    Raises:
        Denied: They may see no execution at all.
        NotFound: There is none, or it is not for them; the two look alike on purpose.
    """
    require(actor, Permission.RUNBOOK_VIEW, team_id=None, thing="executions")
    number = parse_execution_key(ref)
    rows = stores.executions
    found = rows.by_number(number, lock=lock) if number else rows.get(ref.strip(), lock=lock)
    if found is None or not sees_execution(stores, actor, found):
        raise NotFound(
            f"There is no execution “{ref.strip()[:_SHOWN]}” that you can see. "
            "/runbook status shows the newest, with keys like RUN-00042."
        )
    return found


def execution_controlled(stores: AutomationStores, actor: Actor, ref: str) -> Execution:
    """The execution, locked, for somebody who may cancel, pause and go on with it.

    Raises:
        NotFound: It is not there for them.
        Denied: They may not execute runbooks in its team.
    """
    execution = execution_seen(stores, actor, ref, lock=True)
    right = Permission.RUNBOOK_RUN if execution.runbook_id else Permission.ACTION_RUN
    require(actor, right, team_id=execution.team_id, thing=execution.key)
    return execution
