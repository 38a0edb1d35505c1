"""The list of incidents: who sees which, filtered, ordered, counted."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Table,
    and_,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from incidents.incident import Incident
from incidents.ports import IncidentFilter, Viewer
from security.page import Page, Slice
from storage.rows.bound import columns
from storage.rows.listing import found_in, ordering
from storage.tables.incidents import incident_counts, incidents, participants

_INCIDENT = columns(incidents, Incident)
_FEW = 500
_ORDERS: dict[str, ColumnElement[object]] = {
    "started_at": incidents.c.started_at,
    "ended_at": incidents.c.ended_order,
    "severity": incidents.c.severity_rank,
    "number": incidents.c.number,
    "name": incidents.c.name,
}


def incident_page(
    connection: Connection, wanted: IncidentFilter, viewer: Viewer, part: Slice
) -> Page[Incident]:
    """Those that fit and may be seen."""
    fits = [_visible(viewer, wanted.member_id), *_common(incidents, wanted), *_special(wanted)]
    total = None
    if wanted.search:
        # A search walks along all texts. Few that fit are found in one walk; of many, a
        # page is found soon, and only counting them takes the whole way.
        few = list(connection.scalars(select(incidents.c.number).where(*fits).limit(_FEW)))
        if len(few) < _FEW:
            fits, total = [incidents.c.number.in_(few)], len(few)
    # Numbers first: they are found in an index, and only one page of rows is read.
    query = (
        select(incidents.c.number)
        .where(*fits)
        .order_by(*ordering(part.order or "-started_at", _ORDERS, incidents.c.number))
        .limit(part.limit)
        .offset(part.offset)
    )
    numbers = list(connection.scalars(query))
    rows = select(*_INCIDENT).where(incidents.c.number.in_(numbers))
    found = {row["number"]: Incident(**row) for row in connection.execute(rows).mappings()}
    if total is None:
        total = _count(connection, wanted, viewer)
    return Page(tuple(found[number] for number in numbers), total)


def _count(connection: Connection, wanted: IncidentFilter, viewer: Viewer) -> int:
    """How many fit and may be seen; added up from what is kept counted where that is enough."""
    if special := list(_special(wanted)):
        fits = (_visible(viewer, wanted.member_id), *_common(incidents, wanted), *special)
        return connection.scalar(select(func.count()).select_from(incidents).where(*fits)) or 0
    by_team = select(func.sum(incident_counts.c.total)).where(
        _by_team(incident_counts, viewer), *_common(incident_counts, wanted)
    )
    total = connection.scalar(by_team) or 0
    if viewer.account_id is None or viewer.all_team_ids is None:
        return total
    own = (
        select(func.count())
        .select_from(participants)
        .join(incidents, incidents.c.number == participants.c.number)
        .where(
            participants.c.account_id == viewer.account_id,
            not_(_by_team(incidents, viewer)),
            *_common(incidents, wanted),
        )
    )
    return total + (connection.scalar(own) or 0)


def _visible(viewer: Viewer, member_id: str | None) -> ColumnElement[bool]:
    """What they see because of a team, and what they are in; `member_id` is who else is in."""
    if viewer.account_id is None or viewer.all_team_ids is None:
        return _by_team(incidents, viewer)
    if viewer.account_id == member_id:
        return true()
    return or_(_by_team(incidents, viewer), _joined_by(viewer.account_id))


def seen_with(
    viewer: Viewer | None, table: Table
) -> tuple[FromClause, tuple[ColumnElement[bool], ...]]:
    """Where to look for what of a `table` with incidents somebody sees, and what holds for it.

    That is what belongs to no incident, or to one that they see, and what they asked for
    themselves. None sees everything.
    """
    if viewer is None or viewer.all_team_ids is None:
        return table, ()
    ways = [table.c.incident_id.is_(None), _visible(viewer, None)]
    if viewer.account_id is not None:
        ways.append(table.c.requested_by == viewer.account_id)
    joined = table.outerjoin(incidents, incidents.c.id == table.c.incident_id)
    return joined, (or_(*ways),)


def _by_team(table: FromClause, viewer: Viewer) -> ColumnElement[bool]:
    """Public ones of their teams, and all of some teams. `table` may be that of the counts."""
    if viewer.all_team_ids is None:
        return true()
    ways: list[ColumnElement[bool]] = []
    if viewer.team_ids is None:
        ways.append(table.c.public.is_(True))
    elif viewer.team_ids:
        ways.append(and_(table.c.public.is_(True), table.c.team_id.in_(sorted(viewer.team_ids))))
    if viewer.all_team_ids:
        ways.append(table.c.team_id.in_(sorted(viewer.all_team_ids)))
    return or_(*ways) if ways else false()


def _joined_by(account_id: str) -> ColumnElement[bool]:
    return exists().where(
        participants.c.account_id == account_id, participants.c.number == incidents.c.number
    )


def _common(table: FromClause, wanted: IncidentFilter) -> Iterator[ColumnElement[bool]]:
    """Conditions on what is kept counted."""
    if wanted.team_id is not None:
        yield table.c.team_id == wanted.team_id
    if wanted.status is not None:
        yield table.c.status == wanted.status
    if wanted.severities:
        ranks = [severity.rank for severity in wanted.severities]
        # Plus nothing: an index by severity would find a fifth of all, to be sorted then.
        yield (table.c.severity_rank + literal_column("0")).in_(ranks)


def _special(wanted: IncidentFilter) -> Iterator[ColumnElement[bool]]:
    """Conditions on everything else."""
    if wanted.commander_id is not None:
        yield incidents.c.commander_id == wanted.commander_id
    if wanted.member_id is not None:
        yield incidents.c.number.in_(
            select(participants.c.number).where(participants.c.account_id == wanted.member_id)
        )
    if wanted.playbook_id is not None:
        yield incidents.c.playbook_id == wanted.playbook_id
    if wanted.since is not None:
        yield incidents.c.started_at >= wanted.since
    if wanted.until is not None:
        yield incidents.c.started_at < wanted.until
    yield from found_in(incidents.c.search, wanted.search)
