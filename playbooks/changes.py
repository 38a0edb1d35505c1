"""Creating, editing and deleting playbooks, as plain functions of an open transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chat.clock import new_id
from chat.errors import BadInput, NotFound, Refused, Stale
from playbooks.access import deletable, editable, named
from playbooks.difference import what_changed
from playbooks.draft import PlaybookDraft, StageDraft, slug
from playbooks.names import people_named, refuse_strangers
from playbooks.playbook import (
    Playbook,
    PlaybookMember,
    Revision,
    StagePlan,
    StepPlan,
)
from playbooks.ports import PlaybookStores
from security.account import Team
from security.actor import Actor, require
from security.audit import record
from security.permissions import Permission


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a new playbook comes from.

    Attributes:
        action: For the audit trail: `playbook.created`, `playbook.imported`, …
        note: For its first revision.
        template: Id of the template; empty without one.
        shared_with_team: Whether every member of the team is a member at once.
    """

    action: str = "playbook.created"
    note: str = "created"
    template: str = ""
    shared_with_team: bool = False


def create(
    stores: PlaybookStores,
    actor: Actor,
    team: Team,
    draft: PlaybookDraft,
    now: datetime,
    origin: Origin = Origin(),
) -> Playbook:
    """Add a playbook with `actor` as its one admin.

    Raises:
        Denied: They may not create playbooks in the team.
        BadInput: The draft has a mistake, or names somebody who is not in the team.
    """
    require(actor, Permission.PLAYBOOK_CREATE, team_id=team.id, thing=f"playbooks of {team.name}")
    clean = draft.validate()
    refuse_strangers(stores, team.id, clean, known=frozenset())
    playbook = Playbook(
        id=new_id(),
        team_id=team.id,
        handle=_handle(stores, team.id, clean),
        name=clean.name,
        description=clean.description,
        stages=_plans(clean.stages, known=frozenset()),
        settings=clean.settings,
        created_by=actor.account_id,
        created_at=now,
        updated_at=now,
        shared_with_team=origin.shared_with_team,
        metrics=clean.metrics,
        template=origin.template,
    )
    stores.playbooks.add(playbook)
    if actor.account_id is not None:
        stores.playbooks.share(PlaybookMember(playbook.id, actor.account_id, admin=True))
    _leave_traces(stores, actor, playbook, now, origin.action, origin.note)
    _track(stores, "Playbook created", playbook, now)
    return playbook


def edit(
    stores: PlaybookStores,
    actor: Actor,
    ref: str,
    draft: PlaybookDraft,
    now: datetime,
    revision: int | None = None,
) -> Playbook:
    """Replace a playbook's content; incidents started from it keep what they began with.

    A draft that changes nothing leaves no trace.

    Raises:
        NotFound: It is not there for them.
        Denied: They may not edit it.
        Stale: `revision` is given and is not the current one.
        BadInput: The draft has a mistake, or its handle is taken.
    """
    playbook = editable(stores, actor, ref)
    _same_revision(playbook, revision)
    clean = draft.validate()
    refuse_strangers(
        stores,
        playbook.team_id,
        clean,
        known=frozenset(people_named(PlaybookDraft.of(playbook)).values()),
    )
    known = frozenset(
        id_ for stage in playbook.stages for id_ in (stage.id, *(step.id for step in stage.steps))
    )
    after = replace(
        playbook,
        handle=_new_handle(stores, playbook, clean.handle),
        name=clean.name,
        description=clean.description,
        stages=_plans(clean.stages, known),
        settings=clean.settings,
        metrics=clean.metrics,
    )
    if after == playbook:
        return playbook
    note = what_changed(playbook, after)
    return save(stores, actor, after, now, "playbook.edited", note, changed=note)


def _same_revision(playbook: Playbook, revision: int | None) -> None:
    if revision is not None and revision != playbook.revision:
        raise Stale(
            f"Somebody changed {named(playbook)} meanwhile: it is at revision "
            f"{playbook.revision}, and you edited revision {revision}. "
            "Load it again and repeat your change."
        )


def restore(
    stores: PlaybookStores, actor: Actor, ref: str, revision: int, now: datetime
) -> Playbook:
    """Make a playbook what it was at a revision; its handle and members stay.

    Raises:
        NotFound: It, or that revision, is not there.
        Denied: They may not edit it.
        Refused: It is like that now.
    """
    playbook = editable(stores, actor, ref)
    old = next(
        (one.playbook for one in stores.playbooks.revisions(playbook.id)
         if one.playbook.revision == revision),
        None,
    )  # fmt: skip
    if old is None:
        raise NotFound(
            f"“{playbook.name}” has no revision {revision}; the newest is {playbook.revision}."
        )
    after = replace(
        playbook,
        name=old.name,
        description=old.description,
        stages=old.stages,
        settings=old.settings,
        metrics=old.metrics,
    )
    if after == playbook:
        raise Refused(f"Revision {revision} is how it is now.", code="ALREADY")
    note = f"restored revision {revision}"
    return save(stores, actor, after, now, "playbook.restored", note)


def delete(stores: PlaybookStores, actor: Actor, ref: str, now: datetime) -> Playbook:
    """Take a playbook away; its incidents and revisions stay, and its handle is free again.

    Raises:
        NotFound: It is not there for them.
        Denied: They may not delete it.
    """
    playbook = replace(deletable(stores, actor, ref), deleted_at=now)
    gone = save(stores, actor, playbook, now, "playbook.deleted", "deleted")
    _track(stores, "Playbook deleted", gone, now)
    return gone


def save(
    stores: PlaybookStores,
    actor: Actor,
    playbook: Playbook,
    now: datetime,
    action: str,
    note: str,
    **details: str,
) -> Playbook:
    """Write a changed playbook as its next revision, with all that a change leaves behind."""
    after = replace(playbook, revision=playbook.revision + 1, updated_at=now)
    stores.playbooks.save(after)
    _leave_traces(stores, actor, after, now, action, note, **details)
    return after


def _leave_traces(
    stores: PlaybookStores,
    actor: Actor,
    playbook: Playbook,
    now: datetime,
    action: str,
    note: str,
    **details: str,
) -> None:
    stores.playbooks.keep_revision(Revision(playbook, actor.account_id, actor.name, now, note))
    told(stores, actor, playbook, now, action, revision=str(playbook.revision), **details)


def told(
    stores: PlaybookStores,
    actor: Actor,
    playbook: Playbook,
    now: datetime,
    action: str,
    **details: str,
) -> None:
    """Write the audit record of something done to a playbook."""
    done = record(
        actor,
        now,
        action,
        kind="playbook",
        id=playbook.id,
        name=playbook.handle,
        team_id=playbook.team_id,
    )
    stores.audit.append(replace(done, details=details))


def _track(stores: PlaybookStores, event: str, playbook: Playbook, now: datetime) -> None:
    """A usage event, with exactly the properties that the telemetry page lists."""
    stores.telemetry.track(
        event,
        now,
        {
            "PlaybookID": playbook.id,
            "TeamID": playbook.team_id,
            "NumChecklists": len(playbook.stages),
            "TotalChecklistItems": playbook.step_count,
        },
    )


def _plans(stages: tuple[StageDraft, ...], known: frozenset[str]) -> tuple[StagePlan, ...]:
    """Plans whose ids are the drafts' where they were there before, and new ones elsewhere."""
    used: set[str] = set()

    def id_for(wanted: str) -> str:
        if wanted in known and wanted not in used:
            used.add(wanted)
            return wanted
        return new_id()

    return tuple(
        StagePlan(
            id=id_for(stage.id),
            name=stage.name,
            steps=tuple(
                StepPlan(
                    id=id_for(step.id),
                    title=step.title,
                    description=step.description,
                    command=step.command,
                    due_after=step.due_after,
                    assignee=step.assignee,
                )
                for step in stage.steps
            ),
        )
        for stage in stages
    )


def _handle(stores: PlaybookStores, team_id: str, draft: PlaybookDraft) -> str:
    """The handle asked for, or a free one made from the name."""
    if draft.handle is not None:
        if stores.playbooks.by_handle(team_id, draft.handle) is not None:
            raise _taken(draft.handle)
        return draft.handle
    wanted = slug(draft.name)
    handle, number = wanted, 1
    while stores.playbooks.by_handle(team_id, handle) is not None:
        number += 1
        handle = f"{wanted[:34].rstrip('-')}-{number}"
    return handle


def _new_handle(stores: PlaybookStores, playbook: Playbook, wanted: str | None) -> str:
    if wanted is None or wanted == playbook.handle:
        return playbook.handle
    if stores.playbooks.by_handle(playbook.team_id, wanted) is not None:
        raise _taken(wanted)
    return wanted


def _taken(handle: str) -> BadInput:
    return BadInput(
        f"Another playbook of the team has the handle {handle}. Choose a different one.",
        details={"handle": "is taken by another playbook of the team"},
    )
