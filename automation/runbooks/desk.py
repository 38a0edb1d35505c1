"""The desk for runbooks: everything people do with them but executing, each call one act.

`ref` is an id, a handle or a name. Every method raises `NotFound` for a runbook that is
not there or not for the actor, and `Denied` when a right is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from automation.access import editable, runnable, sees, visible, visible_ones
from automation.ports import AutomationStores
from automation.runbook import (
    Content,
    Runbook,
    RunbookFilter,
    RunbookStatus,
    Version,
)
from automation.runbooks import changes
from automation.runbooks.changes import Edit
from automation.runbooks.checking import mistakes_of, strangers, unknown_actions
from automation.runbooks.holders import too_few
from automation.runbooks.sealing import shown
from automation.workshop import Workshop
from chat.clock import Clock
from chat.errors import NotFound
from playbooks.access import team_of
from security.actor import Actor, require
from security.page import Page, Slice
from security.permissions import Permission
from security.ports import Acts

__all__ = ["Edit", "RunbookDesk", "Seen"]

T = TypeVar("T")
_AS_IT_IS = Edit()
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Seen:
    """A runbook as somebody sees it; its secrets are masked.

    Attributes:
        can_trigger: Whether they may execute it now: it is ACTIVE and they hold the right.
        mistakes: Place to what is wrong there, such as an action that is gone, or an approval
            that wants more people than may answer it.
    """

    runbook: Runbook
    can_trigger: bool
    mistakes: dict[str, str]


class RunbookDesk:
    """Runbooks for every door."""

    def __init__(self, acts: Acts[AutomationStores], workshop: Workshop, clock: Clock) -> None:
        self._acts = acts
        self._workshop = workshop
        self._clock = clock

    async def _change(self, actor: Actor, act: Callable[[AutomationStores, datetime], T]) -> T:
        return await self._acts.run(lambda stores: act(stores, self._clock.now()), actor=actor)

    async def _saved(
        self, actor: Actor, act: Callable[[AutomationStores, datetime], Runbook]
    ) -> Seen:
        def change(stores: AutomationStores, now: datetime) -> tuple[Runbook, dict[str, str]]:
            after = act(stores, now)
            return after, too_few(stores, after)

        after, wanting = await self._change(actor, change)
        return self.seen(actor, after, wanting)

    def seen(self, actor: Actor, runbook: Runbook, wanting: Mapping[str, str] = _NOTHING) -> Seen:
        """A runbook as `actor` sees it.

        Args:
            actor: For whose eyes.
            runbook: As it is kept.
            wanting: From `too_few`.
        """
        can = runbook.status is RunbookStatus.ACTIVE and runnable(actor, runbook)
        wrong = dict(mistakes_of(runbook.content, self._workshop.registry).found)
        wrong |= unknown_actions(runbook.content, self._workshop.registry)
        masked = replace(runbook, content=shown(runbook.content), webhook_secret="")
        return Seen(masked, can, wrong | dict(wanting))

    async def page(self, actor: Actor, wanted: RunbookFilter, part: Slice) -> Page[Seen]:
        """Those that fit and `actor` sees, by name unless ordered otherwise.

        Args:
            actor: For whose eyes.
            wanted: What is looked for; which teams and whose private ones is filled in here,
                `team_ids` narrows it further.
            part: Which part of them.
        """

        def look(stores: AutomationStores) -> Page[Runbook]:
            eyes = visible_ones(stores, actor)
            teams = eyes.team_ids or frozenset[str]()
            fitting = replace(
                wanted,
                team_ids=teams if wanted.team_ids is None else teams & wanted.team_ids,
                all_team_ids=eyes.all_team_ids,
                author_id=eyes.author_id,
            )
            return stores.runbooks.page(fitting, part)

        found = await self._acts.read(look, actor=actor)
        return Page(tuple(self.seen(actor, one) for one in found.items), found.total)

    async def find(self, actor: Actor, ref: str) -> Seen:
        """One runbook."""

        def look(stores: AutomationStores) -> tuple[Runbook, dict[str, str]]:
            runbook = visible(stores, actor, ref)
            return runbook, too_few(stores, runbook)

        return self.seen(actor, *await self._acts.read(look, actor=actor))

    async def create(
        self, actor: Actor, content: Content, wish: Edit = _AS_IT_IS, *, team: str | None = None
    ) -> Seen:
        """Add a runbook, in the team they act in unless said otherwise.

        Raises:
            BadInput: It has a mistake; `details` maps each place to what is wrong.
        """
        return await self._saved(
            actor,
            lambda stores, now: changes.create(
                stores,
                self._workshop,
                actor,
                team_of(stores, actor, team),
                replace(wish, content=content),
                now,
            ),
        )

    async def edit(
        self, actor: Actor, ref: str, wish: Edit, *, revision: int | None = None
    ) -> Seen:
        """Change it; a changed content is a new version.

        Raises:
            BadInput: It has a mistake; `details` maps each place to what is wrong.
            Stale: `revision` is given and is not the current one.
            Refused: The version's name is taken.
        """
        return await self._saved(
            actor,
            lambda stores, now: changes.edit(
                stores, self._workshop, actor, ref, wish, now, revision
            ),
        )

    async def check(self, actor: Actor, content: Content) -> dict[str, str]:
        """Place to what is wrong with a content that is not saved; empty when nothing is."""

        def look(stores: AutomationStores) -> dict[str, str]:
            require(actor, Permission.RUNBOOK_EDIT, team_id=actor.team_id, thing="runbooks")
            return dict(strangers(stores, team_of(stores, actor).id, content))

        found = dict(mistakes_of(content, self._workshop.registry).found)
        found |= unknown_actions(content, self._workshop.registry)
        return found | await self._acts.read(look, actor=actor)

    async def versions(self, actor: Actor, ref: str) -> tuple[Version, ...]:
        """Every version, newest first, secrets masked."""

        def look(stores: AutomationStores) -> tuple[Version, ...]:
            return stores.runbooks.versions(visible(stores, actor, ref).id)

        found = await self._acts.read(look, actor=actor)
        return tuple(replace(one, content=shown(one.content)) for one in found)

    async def restore(self, actor: Actor, ref: str, revision: int) -> Seen:
        """Make it what it was at a revision, as a new version."""
        return await self._saved(
            actor,
            lambda stores, now: changes.restore(stores, self._workshop, actor, ref, revision, now),
        )

    async def delete(self, actor: Actor, ref: str) -> Runbook:
        """Take it away; its executions stay."""
        return await self._change(
            actor, lambda stores, now: changes.delete(stores, actor, ref, now)
        )

    async def new_webhook_secret(self, actor: Actor, ref: str) -> tuple[Seen, str]:
        """A new secret for the webhook that begins it, told this once.

        Raises:
            Refused: It is not begun by a webhook.
        """
        after, secret = await self._change(
            actor,
            lambda stores, now: changes.new_webhook_secret(stores, self._workshop, actor, ref, now),
        )
        return self.seen(actor, after), secret

    async def may_write(self, actor: Actor) -> None:
        """Let somebody pass who is about to write a new runbook.

        Raises:
            Denied: They may not.
        """

        def look(_: AutomationStores) -> None:
            require(actor, Permission.RUNBOOK_EDIT, team_id=actor.team_id, thing="new runbooks")

        await self._acts.read(look, actor=actor)

    async def may_change(self, actor: Actor, ref: str) -> None:
        """Let somebody pass who is about to be asked whether to delete it.

        Raises:
            Denied: They may not write runbooks.
        """
        await self._acts.run(lambda stores: editable(stores, actor, ref), actor=actor)

    async def exactly(self, actor: Actor, ref: str) -> Seen:
        """The runbook with that id or handle, for programs.

        Raises:
            NotFound: There is none for them.
        """
        found = await self.find(actor, ref)
        if ref not in {found.runbook.id, found.runbook.handle} or not sees(actor, found.runbook):
            raise NotFound(
                f"There is no runbook with the id or handle “{ref[:60]}” that you can see."
            )
        return found
