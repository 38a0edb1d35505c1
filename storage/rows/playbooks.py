"""Playbooks in a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, or_, select

from chat.errors import Refused, Stale
from playbooks.playbook import Playbook, PlaybookMember, Revision
from playbooks.ports import PlaybookFilter
from security.page import Page, Slice
from storage.codec import PlaybookBody
from storage.rows.bound import Bound, changes, columns, folded, values
from storage.rows.listing import found_in, ordering
from storage.rows.statements import upsert
from storage.tables import playbooks as t
from storage.tables.people import accounts

_PLAYBOOK = [*columns(t.playbooks, Playbook), t.playbooks.c.body]
_IN_BODY = ("stages", "settings", "metrics")


class PlaybookRows(Bound):
    """Implements `playbooks.ports.PlaybookRows`."""

    def add(self, playbook: Playbook) -> None:
        """Add a playbook, whose handle must be free in its team."""
        added = self._connection.execute(
            upsert(self._dialect, t.playbooks)
            .values(**_kept(playbook))
            .on_conflict_do_nothing(
                index_elements=["team_id", "handle"],
                index_where=t.playbooks.c.deleted_at.is_(None),
            )
        )
        if added.rowcount == 0:
            raise _taken(playbook)

    def get(self, playbook_id: str, *, lock: bool = False) -> Playbook | None:
        """One playbook, deleted or not."""
        return self._one(t.playbooks.c.id == playbook_id, lock=lock)

    def by_handle(self, team_id: str, handle: str) -> Playbook | None:
        """The undeleted playbook with that handle."""
        return self._one(
            t.playbooks.c.team_id == team_id,
            t.playbooks.c.handle == handle,
            t.playbooks.c.deleted_at.is_(None),
        )

    def _one(self, *fits: ColumnElement[bool], lock: bool = False) -> Playbook | None:
        query = select(*_PLAYBOOK).where(*fits)
        if lock:
            query = query.with_for_update(key_share=True)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _playbook(row)

    def save(self, playbook: Playbook) -> None:
        """Write the next revision."""
        holder = self.by_handle(playbook.team_id, playbook.handle)
        if holder is not None and holder.id != playbook.id and playbook.deleted_at is None:
            raise _taken(playbook)
        row = _kept(playbook)
        if not self._change(t.playbooks, row, id=playbook.id, revision=playbook.revision - 1):
            raise Stale(
                f"Somebody else changed “{playbook.name}” meanwhile. Look again, then repeat yours."
            )

    def page(self, wanted: PlaybookFilter, part: Slice) -> Page[Playbook]:
        """Those that fit, by name unless ordered otherwise."""
        fits = list(_conditions(wanted))
        count = select(func.count()).select_from(t.playbooks).where(*fits)
        known: dict[str, ColumnElement[Any]] = {
            "name": t.playbooks.c.name_key,
            "created_at": t.playbooks.c.created_at,
            "updated_at": t.playbooks.c.updated_at,
        }
        query = (
            select(*_PLAYBOOK)
            .where(*fits)
            .order_by(*ordering(part.order or "name", known, t.playbooks.c.id))
            .limit(part.limit)
            .offset(part.offset)
        )
        rows = self._connection.execute(query).mappings()
        return Page(tuple(_playbook(row) for row in rows), self._connection.scalar(count) or 0)

    def members(self, playbook_id: str) -> tuple[PlaybookMember, ...]:
        """Who it is shared with, by name."""
        query = (
            select(t.playbook_members)
            .join(accounts, accounts.c.id == t.playbook_members.c.account_id)
            .where(t.playbook_members.c.playbook_id == playbook_id)
            .order_by(accounts.c.name)
        )
        return tuple(PlaybookMember(**row) for row in self._connection.execute(query).mappings())

    def share(self, member: PlaybookMember) -> None:
        """Share it, or change what the member may do."""
        self._put(t.playbook_members, values(member), "playbook_id", "account_id")

    def unshare(self, playbook_id: str, account_id: str) -> None:
        """Stop sharing it."""
        self._remove(t.playbook_members, playbook_id=playbook_id, account_id=account_id)

    def keep_revision(self, revision: Revision) -> None:
        """Keep how it is after a change."""
        playbook = revision.playbook
        self._add(
            t.playbook_revisions,
            {**values(revision), "playbook_id": playbook.id, "revision": playbook.revision},
        )

    def revisions(self, playbook_id: str) -> tuple[Revision, ...]:
        """Every revision, newest first."""
        query = (
            select(*columns(t.playbook_revisions, Revision))
            .where(t.playbook_revisions.c.playbook_id == playbook_id)
            .order_by(t.playbook_revisions.c.revision.desc())
        )
        return tuple(Revision(**row) for row in self._connection.execute(query).mappings())


def _conditions(wanted: PlaybookFilter) -> Iterator[ColumnElement[bool]]:
    yield t.playbooks.c.deleted_at.is_(None)
    if wanted.team_ids is not None:
        yield t.playbooks.c.team_id.in_(wanted.team_ids)
    if wanted.visible_to is not None:
        shared = select(t.playbook_members.c.playbook_id).where(
            t.playbook_members.c.account_id == wanted.visible_to
        )
        yield or_(
            t.playbooks.c.shared_with_team.is_(True),
            t.playbooks.c.id.in_(shared),
            t.playbooks.c.team_id.in_(wanted.see_all_in),
        )
    yield from found_in(t.playbooks.c.search, wanted.search)


def _kept(playbook: Playbook) -> dict[str, Any]:
    return {
        **changes(values(playbook), *_IN_BODY),
        "body": PlaybookBody(playbook.stages, playbook.settings, playbook.metrics),
        "name_key": playbook.name.casefold(),
        "search": folded(playbook.name, playbook.handle, playbook.description),
    }


def _playbook(row: RowMapping) -> Playbook:
    body: PlaybookBody = row["body"]
    return Playbook(**{**changes(row, "body"), **values(body)})


def _taken(playbook: Playbook) -> Refused:
    return Refused(
        f"There is a playbook “{playbook.handle}” in this team already. Choose another handle.",
        code="HANDLE_TAKEN",
        details={"handle": "is taken"},
    )
