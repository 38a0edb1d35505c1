"""Creating, editing and deleting runbooks, as plain functions of an open transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from automation.access import editable, named
from automation.ports import AutomationStores
from automation.runbook import Content, Runbook, RunbookStatus, TriggerType, Version
from automation.runbooks.checking import mistakes_of, strangers, unknown_actions
from automation.runbooks.schedule import schedule_of
from automation.runbooks.sealing import sealed, shown
from automation.runbooks.signature import new_secret
from automation.workshop import Workshop
from chat.clock import new_id
from chat.errors import BadInput, NotFound, Refused, Stale
from chat.fit import sentence
from playbooks.draft import slug as handle_of
from security.account import Team
from security.actor import Actor, require
from security.audit import record
from security.permissions import Permission

SCHEDULE = "schedule"
"""The kind of drive that begins scheduled runbooks; its subject is a runbook's id."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to change; None leaves it as it is.

    Attributes:
        label: The new version's name; None counts on from the one before.
    """

    content: Content | None = None
    label: str | None = None
    status: RunbookStatus | None = None
    is_public: bool | None = None


def create(
    stores: AutomationStores,
    workshop: Workshop,
    actor: Actor,
    team: Team,
    wish: Edit,
    now: datetime,
    *,
    shipped: str = "",
) -> Runbook:
    """Add a runbook.

    Raises:
        Denied: They may not write runbooks in the team.
        BadInput: It has a mistake, or its name is taken.
    """
    require(actor, Permission.RUNBOOK_EDIT, team_id=team.id, thing=f"runbooks of {team.name}")
    if wish.content is None:
        raise BadInput("A runbook needs a name and steps.", details={"name": "is missing"})
    status = wish.status or RunbookStatus.DRAFT
    content = _clean(stores, workshop, team.id, wish.content, status, None)
    runbook = Runbook(
        id=new_id(),
        team_id=team.id,
        handle=_handle(stores, team.id, content.name),
        status=status,
        label=_label(wish.label) or "1.0",
        revision=1,
        content=content,
        is_public=wish.is_public is not False,
        created_by=actor.account_id,
        created_at=now,
        updated_at=now,
        shipped=shipped,
    )
    _name_free(stores, runbook)
    stores.runbooks.add(runbook)
    _keep(stores, actor, runbook, now, "created")
    _note(stores, actor, runbook, now, "runbook.created", version=runbook.label)
    follow(stores, runbook, now)
    return runbook


def edit(
    stores: AutomationStores,
    workshop: Workshop,
    actor: Actor,
    ref: str,
    wish: Edit,
    now: datetime,
    revision: int | None = None,
) -> Runbook:
    """Change a runbook; a changed content is a new version, and what runs keeps the old one.

    A change that changes nothing leaves no trace.

    Raises:
        NotFound: It is not there for them.
        Denied: They may not write runbooks.
        Stale: `revision` is given and is not the current one.
        BadInput: It has a mistake; `details` says where.
        Refused: That version is there already, with another content.
    """
    old = editable(stores, actor, ref)
    if revision is not None and revision != old.revision:
        raise Stale(
            f"Somebody changed {named(old)} meanwhile: it is at revision {old.revision}, and you "
            f"edited revision {revision}. Load it again and repeat your change."
        )
    status = wish.status or old.status
    content = old.content if wish.content is None else wish.content
    if content is not old.content or status is not old.status:
        content = _clean(stores, workshop, old.team_id, content, status, old.content)
    after = replace(
        old,
        status=status,
        content=content,
        is_public=old.is_public if wish.is_public is None else wish.is_public,
    )
    label = _label(wish.label)
    if content != old.content or (label is not None and label != old.label):
        after = replace(after, label=_next_label(stores, old, label), revision=old.revision + 1)
    return save(stores, actor, old, after, now)


def save(
    stores: AutomationStores,
    actor: Actor,
    old: Runbook,
    after: Runbook,
    now: datetime,
    note: str = "",
) -> Runbook:
    """Write what has changed, with its version and its traces."""
    if after == old:
        return old
    after = replace(after, updated_at=now)
    if after.name.casefold() != old.name.casefold():
        _name_free(stores, after)
    stores.runbooks.save(after, was=old.revision)
    told = note or _difference(old, after)
    if after.revision != old.revision:
        _keep(stores, actor, after, now, told)
    facts = {"changed": told, "version": after.label}
    if after.status is not old.status:
        facts |= {"old": old.status.value, "new": after.status.value}
    _note(stores, actor, after, now, "runbook.edited", **facts)
    follow(stores, after, now)
    return after


def restore(
    stores: AutomationStores,
    workshop: Workshop,
    actor: Actor,
    ref: str,
    revision: int,
    now: datetime,
) -> Runbook:
    """Make a runbook what it was at a revision, as a new version.

    Raises:
        NotFound: It, or that revision, is not there.
        Denied: They may not write runbooks.
        Refused: It is like that now.
        BadInput: What it was has a mistake by now.
    """
    old = editable(stores, actor, ref)
    was = stores.runbooks.version(old.id, revision)
    if was is None:
        raise NotFound(f"“{old.name}” has no revision {revision}; the newest is {old.revision}.")
    if was.content == old.content:
        raise Refused(f"Revision {revision} is how it is now.", code="ALREADY")
    content = _clean(
        stores, workshop, old.team_id, was.content, old.status, was.content, restored=True
    )
    after = replace(
        old,
        content=content,
        label=_next_label(stores, old, None),
        revision=old.revision + 1,
    )
    return save(stores, actor, old, after, now, f"restored version {was.label}")


def delete(stores: AutomationStores, actor: Actor, ref: str, now: datetime) -> Runbook:
    """Take a runbook away; executions of it stay, those under way go on to their end.

    Raises:
        NotFound: It is not there for them.
        Denied: They may not write runbooks.
    """
    runbook = editable(stores, actor, ref)
    stores.runbooks.delete(runbook.id)
    _note(stores, actor, runbook, now, "runbook.deleted")
    return runbook


def new_webhook_secret(
    stores: AutomationStores, workshop: Workshop, actor: Actor, ref: str, now: datetime
) -> tuple[Runbook, str]:
    """Give a WEBHOOK runbook a new secret; the old one is good for nothing at once.

    Raises:
        Refused: It is not begun by a webhook.
    """
    old = editable(stores, actor, ref)
    if old.content.trigger_type is not TriggerType.WEBHOOK:
        raise Refused(
            f"{sentence(named(old))} is not begun by a webhook. "
            "Set its trigger_type to WEBHOOK first.",
            code="NOT_A_WEBHOOK",
        )
    secret = new_secret()
    after = replace(old, webhook_secret=workshop.vault.seal(secret), updated_at=now)
    stores.runbooks.save(after, was=old.revision)
    _note(stores, actor, after, now, "runbook.webhook-secret-made")
    return after, secret


def follow(stores: AutomationStores, runbook: Runbook, now: datetime) -> None:
    """Have the schedule of a runbook followed, if it has one."""
    wanted = runbook.content.trigger_type is TriggerType.SCHEDULED
    if wanted and runbook.status is RunbookStatus.ACTIVE:
        plan = schedule_of(runbook.content.trigger_conditions)
        if plan is not None:
            stores.drives.wake(SCHEDULE, runbook.id, now)


def _clean(
    stores: AutomationStores,
    workshop: Workshop,
    team_id: str,
    content: Content,
    status: RunbookStatus,
    before: Content | None,
    *,
    restored: bool = False,
) -> Content:
    """The content, checked as strictly as its status asks, with its secrets sealed.

    Nothing is asked of what stays as it is when somebody only takes it out of use: it may
    have been saved when less was refused.

    Args:
        stores: The open transaction's.
        workshop: The actions there are.
        team_id: Whose it is.
        content: As it is to be kept.
        status: As it is to be.
        before: What it takes kept secrets from; None for a new one.
        restored: Whether it is another than the current content although it is `before`.

    Raises:
        BadInput: It has a mistake; a DRAFT may name actions that are not there yet.
    """
    same = before is not None and not restored and content in (before, shown(before))
    if same and status not in {RunbookStatus.ACTIVE, RunbookStatus.DRAFT}:
        return sealed(workshop, content, before)
    found = mistakes_of(content, workshop.registry)
    if status is RunbookStatus.ACTIVE:
        for place, problem in unknown_actions(content, workshop.registry).items():
            found.add(place, problem)
    for place, problem in strangers(stores, team_id, content).items():
        found.add(place, problem)
    found.refuse(f"The runbook “{content.name[:60]}” cannot be saved as {status}")
    return sealed(workshop, content, before)


def _name_free(stores: AutomationStores, runbook: Runbook) -> None:
    other = stores.runbooks.by_name(runbook.team_id, runbook.name)
    if other is not None and other.id != runbook.id:
        raise BadInput(
            f"There is a runbook “{other.name}” already. Choose another name.",
            code="NAME_TAKEN",
            details={"name": "is taken by another runbook"},
        )


def _handle(stores: AutomationStores, team_id: str, name: str) -> str:
    base = handle_of(name)
    if base == "playbook" and "playbook" not in name.casefold():
        base = "runbook"
    handle, number = base, 1
    while stores.runbooks.by_handle(team_id, handle) is not None:
        number += 1
        handle = f"{base[:36]}-{number}"
    return handle


def _label(label: str | None) -> str | None:
    """A version's name as one short line.

    Raises:
        BadInput: It is not.
    """
    if label is None or not label.strip():
        return None
    clean = " ".join(label.split())
    if len(clean) > 40 or not clean.isprintable():  # noqa: PLR2004 - said in the sentence
        raise BadInput(
            "A version is named in one line of at most 40 characters, such as 1.0.",
            details={"version": "at most 40 characters"},
        )
    return clean


def _next_label(stores: AutomationStores, old: Runbook, wanted: str | None) -> str:
    taken = {version.label for version in stores.runbooks.versions(old.id)}
    if wanted is not None and wanted != old.label:
        if wanted in taken:
            raise Refused(
                f"{sentence(named(old))} has a version {wanted} already, and versions never "
                "change. Name the new one otherwise, or leave the version out.",
                code="VERSION_TAKEN",
            )
        return wanted
    label = old.label
    while label in taken:
        label = counted_on(label)
    return label


def counted_on(label: str) -> str:
    """The next version's name: `1.0` → `1.1`, `v3` → `v4`, `final` → `final.1`."""
    match = re.fullmatch(r"(.*?)([0-9]{1,9})(\D*)", label)
    if match is None:
        return f"{label[:37]}.1"
    return f"{match[1]}{int(match[2]) + 1}{match[3]}"


def _difference(old: Runbook, after: Runbook) -> str:
    told: list[str] = []
    if after.status is not old.status:
        told.append(f"{old.status} → {after.status}")
    if after.is_public != old.is_public:
        told.append("made public" if after.is_public else "made private")
    parts: Mapping[str, str] = {
        "name": "name",
        "description": "description",
        "trigger_type": "trigger",
        "trigger_conditions": "trigger conditions",
        "parameters": "parameters",
        "steps": "steps",
        "approval": "approval",
        "estimated_duration": "estimated duration",
        "category": "category",
        "tags": "tags",
    }
    changed = [
        word
        for name, word in parts.items()
        if getattr(old.content, name) != getattr(after.content, name)
    ]
    if changed:
        told.append(f"changed {', '.join(changed)}")
    return "; ".join(told) or f"named the version {after.label}"


def _keep(
    stores: AutomationStores, actor: Actor, runbook: Runbook, now: datetime, note: str
) -> None:
    stores.runbooks.keep_version(
        Version(
            runbook.id,
            runbook.revision,
            runbook.label,
            runbook.content,
            actor.account_id,
            now,
            note[:500],
        )
    )


def _note(
    stores: AutomationStores,
    actor: Actor,
    runbook: Runbook,
    now: datetime,
    action: str,
    **details: str,
) -> None:
    entry = record(
        actor,
        now,
        action,
        kind="runbook",
        id=runbook.id,
        name=runbook.name,
        team_id=runbook.team_id,
    )
    stores.audit.append(replace(entry, details=details))
