"""What `playbooks/` asks of storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from incidents.ports import IncidentStores
from playbooks.playbook import Playbook, PlaybookMember, Revision
from playbooks.progress import Progress
from security.page import Page, Slice


@dataclass(frozen=True, slots=True)
class PlaybookFilter:
    """Which playbooks; None means any. Deleted ones are never among them.

    Attributes:
        visible_to: Shared with this account, or with the whole team; None sees all.
        see_all_in: Ids of teams in which `visible_to` sees every playbook all the same.
        search: In name, handle and description, case ignored.
    """

    team_ids: tuple[str, ...] | None = None
    visible_to: str | None = None
    see_all_in: tuple[str, ...] = ()
    search: str | None = None


PLAYBOOK_ORDERS: tuple[str, ...] = ("name", "created_at", "updated_at")
"""What a list of playbooks may be ordered by; by name is the list's own order."""


class PlaybookRows(Protocol):
    """Playbooks inside an act."""

    def add(self, playbook: Playbook) -> None:
        """Add a playbook.

        Raises:
            Refused: Its handle is taken in the team.
        """
        ...

    def get(self, playbook_id: str, *, lock: bool = False) -> Playbook | None:
        """One playbook, deleted or not."""
        ...

    def by_handle(self, team_id: str, handle: str) -> Playbook | None:
        """The undeleted playbook with that handle."""
        ...

    def save(self, playbook: Playbook) -> None:
        """Write a changed playbook, whose `revision` is one more than the stored one.

        Raises:
            Stale: The stored one is another revision.
        """
        ...

    def page(self, wanted: PlaybookFilter, part: Slice) -> Page[Playbook]:
        """Those that fit, by name unless ordered otherwise."""
        ...

    def members(self, playbook_id: str) -> tuple[PlaybookMember, ...]:
        """Who it is shared with by name."""
        ...

    def share(self, member: PlaybookMember) -> None:
        """Share it, or change what the member may do."""
        ...

    def unshare(self, playbook_id: str, account_id: str) -> None:
        """Stop sharing it; not being shared is harmless."""
        ...

    def keep_revision(self, revision: Revision) -> None:
        """Keep how it is after a change."""
        ...

    def revisions(self, playbook_id: str) -> tuple[Revision, ...]:
        """Every revision, newest first."""
        ...


class ProgressRows(Protocol):
    """Stages and steps of incidents inside an act."""

    def get(self, incident_id: str) -> Progress | None: ...  # noqa: D102 - says itself

    def save(self, progress: Progress) -> None:
        """Write the whole progress: new stages and steps appear, missing ones are deleted."""
        ...

    def incident_of(self, step_or_stage_id: str) -> str | None:
        """Id of the incident that a step or a stage belongs to."""
        ...


class PlaybookStores(IncidentStores, Protocol):
    """What an act of this room is given."""

    @property
    def playbooks(self) -> PlaybookRows: ...  # noqa: D102 - says itself
    @property
    def progress(self) -> ProgressRows: ...  # noqa: D102 - says itself
