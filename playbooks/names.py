"""The accounts and the handle that a draft names, compared with what the team has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from playbooks.draft import PlaybookDraft, StepDraft
from playbooks.mistakes import Mistakes
from playbooks.playbook import COMMANDER, REPORTER
from playbooks.ports import PlaybookStores

_ROLES = frozenset({"", COMMANDER, REPORTER})


def people_named(draft: PlaybookDraft) -> dict[str, str]:
    """Every place in a draft that names an account, to that name."""
    places = {
        f"stages[{i}].steps[{j}].assignee": step.assignee
        for i, stage in enumerate(draft.stages)
        for j, step in enumerate(stage.steps)
        if step.assignee not in _ROLES
    }
    if draft.settings.default_commander:
        places["settings.default_commander"] = draft.settings.default_commander
    invited = enumerate(draft.settings.invite)
    return places | {f"settings.invite[{index}]": name for index, name in invited}


def refuse_strangers(
    stores: PlaybookStores, team_id: str, draft: PlaybookDraft, *, known: frozenset[str]
) -> None:
    """Refuse names that are new to the playbook and of nobody in the team.

    Names in `known`, which were there before, pass: people leave, and that must not
    block an edit.

    Raises:
        BadInput: There are such names; `details` says where.
    """
    belongs = _membership(stores, team_id)
    mistakes = Mistakes()
    for place, name in people_named(draft).items():
        if name not in known and not belongs(name):
            mistakes.add(place, f"names @{name}, who is not in this team")
    mistakes.refuse("This playbook cannot be saved")


def without_strangers(
    stores: PlaybookStores, team_id: str, draft: PlaybookDraft
) -> tuple[PlaybookDraft, tuple[str, ...]]:
    """The draft without names of nobody in the team, and a sentence for each left out."""
    belongs = _membership(stores, team_id)

    def kept(step: StepDraft) -> StepDraft:
        if step.assignee in _ROLES or belongs(step.assignee):
            return step
        return replace(step, assignee="")

    lost = tuple(
        f"{place}: @{name} is not in this team, so the name was left out."
        for place, name in people_named(draft).items()
        if not belongs(name)
    )
    settings = draft.settings
    commander = settings.default_commander
    clean = replace(
        draft,
        stages=tuple(
            replace(stage, steps=tuple(kept(step) for step in stage.steps))
            for stage in draft.stages
        ),
        settings=replace(
            settings,
            default_commander=commander if commander and belongs(commander) else "",
            invite=tuple(name for name in settings.invite if belongs(name)),
        ),
    )
    return clean, lost


def with_free_handle(
    stores: PlaybookStores, team_id: str, draft: PlaybookDraft
) -> tuple[PlaybookDraft, tuple[str, ...]]:
    """The draft without its handle when the team has it already, and a sentence about that."""
    if draft.handle is None or stores.playbooks.by_handle(team_id, draft.handle) is None:
        return draft, ()
    told = f"handle: {draft.handle} is taken in this team, so the playbook got another one."
    return replace(draft, handle=None), (told,)


def _membership(stores: PlaybookStores, team_id: str) -> Callable[[str], bool]:
    """A test whether a name is of an active member of the team; asks storage once, if at all."""
    names: set[str] = set()

    def belongs(name: str) -> bool:
        if not names:
            names.update(account.name for account in stores.people.members(team_id))
        return name in names

    return belongs
