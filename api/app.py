"""The API as a whole: what it is given, its table, and how it is put into a server."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

from api.approvals import Approvals
from api.audit import Audit
from api.chat_events import ChatEvents
from api.chat_local import ChatLocal
from api.envelope import enveloped, ours
from api.executions import Executions
from api.incident_people import IncidentPeople
from api.incident_steps import IncidentSteps
from api.incidents import Incidents
from api.meta import Check, Meta
from api.metrics import Metrics
from api.names import Names
from api.paging import PUBLIC
from api.playbook_sharing import PlaybookSharing
from api.playbooks import Playbooks
from api.roles import Roles
from api.routing import AnyRoute, Table
from api.rules import Rules
from api.runbooks import Runbooks
from api.second_factor import SecondFactors
from api.speaker import Speakers
from api.teams import Teams
from api.tokens import Tokens
from api.users import Users
from api.workflows import Workflows
from automation.approvals.desk import ApprovalDesk
from automation.executions.desk import ExecutionDesk
from automation.runbooks.desk import RunbookDesk
from automation.triggers.webhook import WebhookDesk
from chat.clock import Clock
from chat.errors import Denied
from chat.port import ChatAdapter
from chat.rooms import Rooms
from incidents.desk import IncidentDesk
from incidents.export import ChannelExport
from playbooks.desk import PlaybookDesk
from playbooks.start import StartDesk
from playbooks.steps import StepDesk
from security import csrf
from security.actor import Actor
from security.doors import Doors
from security.people import PeopleDesk
from security.ports import Acts, SecurityStores
from security.proof import SESSION_COOKIE
from security.second_factor import SecondFactorDesk
from security.trail import AuditDesk

_ACCESS = logging.getLogger("tocsin.access")


@dataclass(frozen=True, slots=True)
class Desks:
    """Everything the API calls.

    Attributes:
        acts: To look up names, and to audit who was turned away at the door.
        adapters: Platform name to adapter.
        metrics: Counts requests; others add their own numbers to it.
        checks: What `/readyz` asks, by name.
        version: Of the product.
        installation: Tells installations apart, on `/healthz`.
        public_url: Where people find us when a proxy stands before us; None without one.
    """

    acts: Acts[SecurityStores]
    clock: Clock
    doors: Doors
    people: PeopleDesk
    audit: AuditDesk
    second_factors: SecondFactorDesk
    incidents: IncidentDesk
    export: ChannelExport
    playbooks: PlaybookDesk
    start: StartDesk
    steps: StepDesk
    runbooks: RunbookDesk
    executions: ExecutionDesk
    approvals: ApprovalDesk
    webhooks: WebhookDesk
    rooms: Rooms
    adapters: Mapping[str, ChatAdapter]
    metrics: Metrics
    checks: Mapping[str, Check] = field(default_factory=dict[str, Check])
    version: str = "0"
    installation: str = ""
    public_url: str | None = None


class Api:
    """The table, ready to be put into a server.

    Raises:
        TypeError: A route lacks its permission or its schema.
    """

    def __init__(self, desks: Desks) -> None:
        self._desks = desks
        self._meta = Meta(desks.metrics, desks.checks, desks.version, desks.installation)
        self._events = ChatEvents(desks.rooms, Speakers(desks.acts), self.identify)
        self.table = Table(self._rows(), self.identify, self._denying)
        self.document = self._meta.describe(self.table.routes)

    def _rows(self) -> tuple[AnyRoute, ...]:
        desks = self._desks
        names, speakers = Names(desks.acts), Speakers(desks.acts)
        incidents = Incidents(
            desks.incidents,
            desks.start,
            desks.export,
            desks.people,
            desks.playbooks,
            names,
            desks.adapters,
            desks.clock,
        )
        return (
            *incidents.routes(),
            *IncidentPeople(incidents, desks.incidents, desks.rooms, speakers).routes(),
            *IncidentSteps(desks.incidents, desks.steps, desks.rooms, speakers, names).routes(),
            *Playbooks(desks.playbooks, names).routes(),
            *PlaybookSharing(desks.playbooks, names).routes(),
            *Runbooks(
                desks.runbooks, desks.executions, desks.webhooks, desks.people, names
            ).routes(),
            *Rules(desks.clock).routes(),
            *Workflows().routes(),
            *Executions(desks.executions, desks.runbooks, desks.incidents, names).routes(),
            *Approvals(desks.approvals, desks.executions, desks.incidents, names).routes(),
            *Users(desks.people, names).routes(),
            *SecondFactors(desks.second_factors).routes(),
            *Teams(desks.people).routes(),
            *Roles(desks.people).routes(),
            *Tokens(desks.doors, names).routes(),
            *Audit(desks.audit, desks.people).routes(),
            *ChatLocal(desks.rooms, speakers).routes(),
            *self._events.routes(),
            *self._meta.routes(),
        )

    def install(self, app: web.Application) -> None:
        """Add the routes, the envelope of errors, and the end of open streams to `app`."""
        if self._desks.public_url is not None:
            app[PUBLIC] = URL(self._desks.public_url)
        app.router.add_routes(self.table.definitions())
        app.middlewares.append(self._watched())
        app.on_shutdown.append(self._hang_up)

    async def _hang_up(self, _app: web.Application) -> None:
        """End the event streams, which would otherwise hold up the shutdown."""
        self._events.close()

    async def identify(self, request: web.Request) -> Actor:
        """Who sent a request; a session's must come from our own pages.

        Raises:
            NotSignedIn: Nobody we know.
            Denied: Another site made a signed-in browser send it.
        """
        authorization = request.headers.get("Authorization")
        actor = await self._desks.doors.http(authorization, request.cookies.get(SESSION_COOKIE))
        by_cookie = authorization is None
        public = self._desks.public_url
        if by_cookie and not csrf.safe(request.method, request.headers, public_url=public):
            raise Denied(
                "This request did not come from a page of ours. "
                "Programs send a token in the header “Authorization: Token …” instead."
            )
        return actor

    async def _denying(self, actor: Actor, check: Callable[[], None]) -> None:
        """Run a check that will deny, so that the denial is audited."""
        await self._desks.acts.read(lambda _: check(), actor=actor)

    def _watched(self) -> Middleware:
        """Answers errors in the envelope, counts and times every request of ours."""

        @web.middleware
        async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not ours(request.path):
                return await handler(request)
            began = time.perf_counter()
            response = await enveloped(request, handler, self._desks.clock)
            resource = request.match_info.route.resource
            route = resource.canonical if resource is not None else "unknown"
            seconds = time.perf_counter() - began
            self._desks.metrics.served(request.method, route, response.status, seconds)
            _ACCESS.info("%s %s %d %.1f ms", request.method, route, response.status, seconds * 1000)
            return response

        return watched
