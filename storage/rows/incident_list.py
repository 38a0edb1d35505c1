"""The list of incidents: who sees which, filtered, ordered, counted."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, or_, select, true

from incidents.incident import Incident
from incidents.ports import IncidentFilter, Viewer
from security.page import Page, Slice
from storage.rows.bound import columns
from storage.rows.listing import found_in, ordering
from storage.tables.incidents import incidents, participants

_INCIDENT = columns(incidents, Incident)
_ORDERS: dict[str, ColumnElement[object]] = {
    "started_at": incidents.c.started_at,
    "ended_at": incidents.c.ended_at,
    "severity": incidents.c.severity_rank,
    "number": incidents.c.number,
    "name": incidents.c.name,
}


def incident_page(
    connection: Connection, wanted: IncidentFilter, viewer: Viewer, part: Slice
) -> Page[Incident]:
    """Those that fit and may be seen."""
    fits = [_visible(viewer), *_conditions(wanted)]
    count = select(func.count()).select_from(incidents).where(*fits)
    ids = (
        select(incidents.c.id)
        .where(*fits)
        .order_by(*ordering(part.order or "-started_at", _ORDERS, incidents.c.number))
        .limit(part.limit)
        .offset(part.offset)
    )
    wanted_ids = list(connection.scalars(ids))
    rows = connection.execute(select(*_INCIDENT).where(incidents.c.id.in_(wanted_ids))).mappings()
    found = {row["id"]: Incident(**row) for row in rows}
    return Page(tuple(found[it] for it in wanted_ids), connection.scalar(count) or 0)


def _visible(viewer: Viewer) -> ColumnElement[bool]:
    """Public ones of their teams, all of some teams, and those they are in."""
    if viewer.all_team_ids is None:
        return true()
    ways: list[ColumnElement[bool]] = []
    if viewer.team_ids is None:
        ways.append(incidents.c.public.is_(True))
    elif viewer.team_ids:
        ways.append(
            and_(incidents.c.public.is_(True), incidents.c.team_id.in_(sorted(viewer.team_ids)))
        )
    if viewer.all_team_ids:
        ways.append(incidents.c.team_id.in_(sorted(viewer.all_team_ids)))
    if viewer.account_id is not None:
        ways.append(incidents.c.id.in_(_joined_by(viewer.account_id)))
    return or_(*ways) if ways else false()


def _joined_by(account_id: str) -> Select[tuple[str]]:
    return select(participants.c.incident_id).where(participants.c.account_id == account_id)


def _conditions(wanted: IncidentFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.team_id is not None:
        yield incidents.c.team_id == wanted.team_id
    if wanted.status is not None:
        yield incidents.c.status == wanted.status
    if wanted.severities:
        yield incidents.c.severity.in_(wanted.severities)
    if wanted.commander_id is not None:
        yield incidents.c.commander_id == wanted.commander_id
    if wanted.member_id is not None:
        yield incidents.c.id.in_(_joined_by(wanted.member_id))
    if wanted.playbook_id is not None:
        yield incidents.c.playbook_id == wanted.playbook_id
    if wanted.since is not None:
        yield incidents.c.started_at >= wanted.since
    if wanted.until is not None:
        yield incidents.c.started_at < wanted.until
    yield from found_in(incidents.c.search, wanted.search)
