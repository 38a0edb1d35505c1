"""`/api/audit/`: what was done, by whom, and whether the chain holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.paging import PageOut, Part, page_out
from api.routing import AnyRoute, Call, Route
from api.shapes import Moment, Nothing, Out, Query, RowId, Search, Word
from chat.errors import BadInput
from security.actor import Actor
from security.audit import Outcome, Sealed
from security.people import PeopleDesk
from security.permissions import Permission
from security.ports import AuditFilter
from security.trail import AuditDesk

ROOT = "/api/audit/"


class AuditOut(Out):
    """A record of the trail."""

    id: int
    number: int | None = Field(description="Place in the chain; null for the second until sealed.")
    hash: str | None
    at: datetime
    actor: str
    actor_id: str | None
    via: str
    action: str
    outcome: Outcome
    object_kind: str
    object_id: str
    object_name: str
    team_id: str | None
    cause: str | None = Field(description="Id of the chat event behind it.")
    details: dict[str, str]

    @classmethod
    def of(cls, sealed: Sealed) -> AuditOut:
        """A record."""
        entry = sealed.record
        return cls(
            id=sealed.id,
            number=sealed.number or None,
            hash=sealed.hash or None,
            at=entry.at,
            actor=entry.actor_name,
            actor_id=entry.actor_id,
            via=entry.via,
            action=entry.action,
            outcome=entry.outcome,
            object_kind=entry.object_kind,
            object_id=entry.object_id,
            object_name=entry.object_name,
            team_id=entry.team_id,
            cause=entry.cause,
            details=dict(entry.details),
        )


class AuditPage(PageOut[AuditOut]):
    """A part of the trail, newest first."""


class VerdictOut(Out):
    """What a walk along the chain found."""

    intact: bool
    checked: int = Field(description="Sealed records read.")
    head: str = Field(description="The last hash; note it elsewhere, with the number `checked`.")
    broken_at: int | None
    why: str
    waiting: int = Field(description="Records that are not sealed yet, 1000 at most.")


class AuditQuery(Part):
    """Which records."""

    actor: Word | None = Field(default=None, description="Name or id.")
    action: Word | None = Field(default=None, description="Such as incident.started.")
    outcome: Outcome | None = None
    object_kind: Word | None = None
    object_id: Word | None = None
    team: Word | None = Field(default=None, description="Name or id.")
    since: Moment | None = Field(default=None, description="At or after.")
    until: Moment | None = Field(default=None, description="Before.")
    search: Search | None = Field(default=None, description="In action, actor and object.")
    ordering: Literal["at", "-at"] | None = None


class AnchorQuery(Query):
    """A number and a hash noted elsewhere, without which a cut tail is not seen."""

    number: RowId | None = None
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class Audit:
    """The audit trail over HTTP."""

    def __init__(self, desk: AuditDesk, people: PeopleDesk) -> None:
        self._desk = desk
        self._people = people

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        view = Permission.AUDIT_VIEW
        return (
            Route(
                "GET", ROOT, self.page, view, "Read the audit trail, newest first",
                AuditPage, query=AuditQuery,
            ),
            Route(
                "GET", f"{ROOT}verify/", self.verify, view, "Check the chain of the audit trail",
                VerdictOut, query=AnchorQuery,
            ),
        )  # fmt: skip

    async def page(self, call: Call[AuditQuery, Nothing]) -> AuditPage:
        """The records that fit."""
        query = call.query
        team = await self._team(call.actor, query.team) if query.team is not None else None
        wanted = AuditFilter(
            team_ids=None if team is None else (team,),
            actor=query.actor,
            action=query.action,
            outcome=query.outcome,
            object_kind=query.object_kind,
            object_id=query.object_id,
            since=query.since,
            until=query.until,
            search=query.search or None,
        )
        found = await self._desk.page(call.actor, wanted, query.part())
        return page_out(AuditPage, call.request, query, found, AuditOut.of)

    async def _team(self, actor: Actor, ref: str) -> str:
        """Id of a team named in a parameter."""
        for team in await self._people.teams(actor):
            if ref in {team.id, team.name}:
                return team.id
        message = f"There is no team “{ref[:60]}” that you are in."
        raise BadInput(message, details={"team": message})

    async def verify(self, call: Call[AnchorQuery, Nothing]) -> VerdictOut:
        """Walk the chain."""
        number, noted = call.query.number, call.query.hash
        if (number is None) is not (noted is None):
            raise BadInput(
                "An anchor is a number and a hash. Give both, or neither.",
                details={"number": "together with hash", "hash": "together with number"},
            )
        anchor = None if number is None or noted is None else (number, noted)
        verdict = await self._desk.verify(call.actor, anchor)
        return VerdictOut(
            intact=verdict.broken_at is None,
            checked=verdict.checked,
            head=verdict.head,
            broken_at=verdict.broken_at,
            why=verdict.why,
            waiting=verdict.waiting,
        )
