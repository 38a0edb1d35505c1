"""Runbooks that come with packs: given to each team, kept up to date until somebody edits them.

A pack's runbooks are the files `runbooks/NAME.yaml` (or `.yml`, `.json`) in its folder, as
`documents` reads them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from automation.ports import AutomationStores
from automation.runbook import Content, Runbook, RunbookStatus
from automation.runbooks import changes
from automation.runbooks.changes import Edit
from automation.runbooks.documents import read_text
from automation.workshop import Workshop
from chat.errors import UserError
from security.account import Team
from security.actor import SYSTEM

_log = logging.getLogger("tocsin.packs")
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


@dataclass(frozen=True, slots=True)
class Shipped:
    """A runbook in a pack.

    Attributes:
        name: `pack/file`, without the file's suffix.
    """

    name: str
    content: Content
    label: str | None


def shipped(packs: Iterable[Path]) -> Iterator[Shipped]:
    """Every runbook of these packs; one that cannot be read is logged and left out."""
    for pack in packs:
        folder = pack / "runbooks"
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix not in _SUFFIXES:
                continue
            try:
                content, label = read_text(path.read_text(encoding="utf-8"))
            except (UserError, OSError, UnicodeDecodeError) as wrong:
                _log.warning("%s is not taken: %s", path, wrong)
                continue
            yield Shipped(f"{pack.name}/{path.stem}", content, label)


def give(
    stores: AutomationStores,
    workshop: Workshop,
    team: Team,
    one: Shipped,
    known: str | None,
    now: datetime,
) -> str:
    """Have a team have a shipped runbook, ACTIVE, as the pack has it now.

    Args:
        stores: The open transaction's.
        workshop: The actions there are.
        team: Who is given it.
        one: What is shipped.
        known: Id of the runbook that it was given as earlier; None when it was not.
        now: The time.

    Returns:
        Its id. One that somebody has deleted does not come back, and one that somebody has
        edited is theirs.

    Raises:
        BadInput: It has a mistake here, such as an action that is not installed.
    """
    actor = replace(SYSTEM, team_id=team.id)
    wish = Edit(one.content, one.label, RunbookStatus.ACTIVE)
    if known is None:
        return changes.create(stores, workshop, actor, team, wish, now, shipped=one.name).id
    there = stores.runbooks.get(known)
    if there is not None and _untouched(stores, there) and there.content != one.content:
        changes.edit(stores, workshop, actor, there.id, Edit(content=one.content), now)
    return known


def _untouched(stores: AutomationStores, runbook: Runbook) -> bool:
    return all(version.created_by is None for version in stores.runbooks.versions(runbook.id))
