"""The desk: everything people do with playbooks, each call one act.

The rules stand in `access.py`, `changes.py` and `sharing.py` as plain functions of an
open transaction; this file only opens it. `ref` is an id, a handle or a name; where
nothing is changed, a part that only one playbook has will do. Every method raises
`NotFound` for a playbook that is not there or not for the actor, and `Denied` when a
right is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from chat.clock import Clock
from playbooks import changes, mattermost, sharing
from playbooks.access import deletable, team_of, visible, visible_ones
from playbooks.draft import PlaybookDraft
from playbooks.names import with_free_handle, without_strangers
from playbooks.playbook import Playbook, Revision
from playbooks.ports import PlaybookStores
from playbooks.template import Template, shipped, template_named
from security.account import Account
from security.actor import Actor, require
from security.page import Page, Slice
from security.permissions import Permission
from security.ports import Acts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        losses: A sentence for each thing the document had and the playbook has not.
    """

    playbook: Playbook
    losses: tuple[str, ...]


class PlaybookDesk:
    """Playbooks for every door."""

    def __init__(self, acts: Acts[PlaybookStores], clock: Clock) -> None:
        self._acts = acts
        self._clock = clock

    async def _change(self, actor: Actor, act: Callable[[PlaybookStores, datetime], T]) -> T:
        """Run `act` with the present moment in one transaction."""
        return await self._acts.run(lambda stores: act(stores, self._clock.now()), actor=actor)

    async def page(
        self, actor: Actor, search: str | None, part: Slice, *, team: str | None = None
    ) -> Page[Playbook]:
        """Those `actor` is a member of, by name unless ordered otherwise.

        Args:
            actor: For whose eyes.
            search: In name, handle and description; None and empty for all.
            part: Which part of them.
            team: Id or name of one team; None for the one they act in, or, without one,
                all of theirs.
        """

        def look(stores: PlaybookStores) -> Page[Playbook]:
            wanted = visible_ones(stores, actor, search, team or actor.team_id)
            return stores.playbooks.page(wanted, part)

        return await self._acts.read(look, actor=actor)

    async def find(self, actor: Actor, ref: str, *, exact: bool = False) -> Playbook:
        """The playbook itself.

        Args:
            actor: For whose eyes.
            ref: What they call it.
            exact: Whether a part of its name is not enough, since it is to be changed.

        Raises:
            BadInput: Several fit.
        """
        return await self._acts.read(
            lambda stores: visible(stores, actor, ref, exact=exact), actor=actor
        )

    async def create(
        self, actor: Actor, draft: PlaybookDraft, *, team: str | None = None
    ) -> Playbook:
        """Add a playbook whose one admin is `actor`, in the team they act in unless said.

        Raises:
            BadInput: The draft has a mistake; `details` says where.
        """
        return await self._change(
            actor,
            lambda stores, now: changes.create(
                stores, actor, team_of(stores, actor, team), draft, now
            ),
        )

    async def edit(
        self, actor: Actor, ref: str, draft: PlaybookDraft, *, revision: int | None = None
    ) -> Playbook:
        """Replace its content; incidents already started keep theirs.

        Raises:
            BadInput: The draft has a mistake; `details` says where.
            Stale: `revision` is given and is not the current one.
        """
        return await self._change(
            actor, lambda stores, now: changes.edit(stores, actor, ref, draft, now, revision)
        )

    async def duplicate(self, actor: Actor, ref: str, name: str) -> Playbook:
        """Copy it under another name, for `actor` alone until they share the copy."""

        def act(stores: PlaybookStores, now: datetime) -> Playbook:
            old = visible(stores, actor, ref)
            team = team_of(stores, actor, old.team_id)
            origin = changes.Origin(
                "playbook.duplicated", f"copied from {old.handle}", template=old.template
            )
            draft = replace(PlaybookDraft.of(old), name=name, handle=None)
            staying = without_strangers(stores, team.id, draft)[0]
            return changes.create(stores, actor, team, staying, now, origin)

        return await self._change(actor, act)

    async def may_delete(self, actor: Actor, ref: str) -> None:
        """Let somebody pass who is about to be asked whether to delete it.

        Raises:
            Denied: They may not delete it.
        """
        await self._acts.run(lambda stores: deletable(stores, actor, ref), actor=actor)

    async def delete(self, actor: Actor, ref: str) -> Playbook:
        """Take it away; its incidents stay."""
        return await self._change(
            actor, lambda stores, now: changes.delete(stores, actor, ref, now)
        )

    async def members(self, actor: Actor, ref: str) -> tuple[tuple[Account, bool], ...]:
        """Those it is shared with by name, and whether each is an admin of it."""
        return await self._acts.read(
            lambda stores: sharing.members(stores, actor, ref), actor=actor
        )

    async def share(
        self, actor: Actor, ref: str, account_name: str, *, admin: bool = False
    ) -> Playbook:
        """Make somebody of its team a member, or an admin.

        Raises:
            Refused: They are that already, or no admin would be left.
        """
        return await self._change(
            actor,
            lambda stores, now: sharing.share(stores, actor, ref, account_name, now, admin=admin),
        )

    async def unshare(self, actor: Actor, ref: str, account_name: str) -> Playbook:
        """Take a membership away; anybody may give up their own.

        Raises:
            Refused: They are no member, or the only admin.
        """
        return await self._change(
            actor, lambda stores, now: sharing.unshare(stores, actor, ref, account_name, now)
        )

    async def share_with_team(self, actor: Actor, ref: str, *, shared: bool) -> Playbook:
        """Make the whole team members of it, or only those named."""
        return await self._change(
            actor,
            lambda stores, now: sharing.share_with_team(stores, actor, ref, now, shared=shared),
        )

    async def revisions(self, actor: Actor, ref: str) -> tuple[Revision, ...]:
        """How it was after each change, newest first."""
        return await self._acts.read(
            lambda stores: stores.playbooks.revisions(visible(stores, actor, ref).id), actor=actor
        )

    async def restore(self, actor: Actor, ref: str, revision: int) -> Playbook:
        """Make it what it was at a revision, as a new revision.

        Raises:
            Refused: It is like that now.
        """
        return await self._change(
            actor, lambda stores, now: changes.restore(stores, actor, ref, revision, now)
        )

    def templates(self) -> tuple[Template, ...]:
        """The templates shipped, in the order people meet them."""
        return shipped()

    async def from_template(
        self, actor: Actor, template_id: str, name: str | None = None, *, team: str | None = None
    ) -> Playbook:
        """Make a playbook from a template; `name` is the template's unless given.

        Raises:
            NotFound: There is no such template.
        """
        template = template_named(template_id)
        origin = changes.Origin(note=f"made from template {template.id}", template=template.id)
        draft = replace(template.draft, name=name or template.draft.name, handle=None)
        return await self._change(
            actor,
            lambda stores, now: changes.create(
                stores, actor, team_of(stores, actor, team), draft, now, origin
            ),
        )

    async def import_json(
        self, actor: Actor, document: object, *, team: str | None = None
    ) -> Imported:
        """Make a playbook from Mattermost's export format, or from our own export of it.

        As in Mattermost the importer is its one admin and the whole team its members.

        Args:
            actor: Who imports.
            document: The parsed JSON, or its text.
            team: Id or name of the team; None for the one they act in.

        Raises:
            BadInput: It is not such a document; `details` says where.
        """
        draft, lost = mattermost.read(document)

        def act(stores: PlaybookStores, now: datetime) -> Imported:
            target = team_of(stores, actor, team)
            origin = changes.Origin("playbook.imported", "imported", shared_with_team=True)
            staying, gone = without_strangers(stores, target.id, draft)
            free, renamed = with_free_handle(stores, target.id, staying)
            made = changes.create(stores, actor, target, free, now, origin)
            return Imported(made, (*lost, *gone, *renamed))

        return await self._change(actor, act)

    async def export_json(self, actor: Actor, ref: str) -> dict[str, object]:
        """The playbook in Mattermost's export format, version 1, ready for `json.dumps`."""
        return mattermost.write(await self.find(actor, ref))

    async def may_create(self, actor: Actor, team: str | None = None) -> None:
        """Let `actor` pass if they may create playbooks, before they are asked to write one.

        Raises:
            Denied: They may not.
        """

        def look(stores: PlaybookStores) -> None:
            where = team_of(stores, actor, team)
            require(
                actor,
                Permission.PLAYBOOK_CREATE,
                team_id=where.id,
                thing=f"playbooks of {where.name}",
            )

        await self._acts.read(look, actor=actor)
