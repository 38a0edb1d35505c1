"""What the pages are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automation.approvals.desk import ApprovalDesk
from automation.executions.desk import ExecutionDesk
from automation.runbooks.desk import RunbookDesk
from chat.clock import Clock
from chat.port import ChatAdapter
from chat.rooms import Rooms
from incidents.desk import IncidentDesk
from incidents.export import ChannelExport
from playbooks.desk import PlaybookDesk
from playbooks.start import StartDesk
from playbooks.steps import StepDesk
from security.doors import Doors
from security.people import PeopleDesk
from security.ports import Acts, SecurityStores
from security.second_factor import SecondFactorDesk
from security.trail import AuditDesk


@dataclass(frozen=True, slots=True)
class Desks:
    """Everything the pages call.

    Attributes:
        acts: To look up names and who a visitor is in the local chat.
        adapters: Platform name to adapter.
        version: Of the product.
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
    rooms: Rooms
    adapters: Mapping[str, ChatAdapter]
    version: str = "0"
    public_url: str | None = None
