"""What commands are given: the domain's desks and the chat adapters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automation.approvals.desk import ApprovalDesk
from automation.executions.desk import ExecutionDesk
from automation.runbooks.desk import RunbookDesk
from chat.port import ChatAdapter
from incidents.desk import IncidentDesk
from incidents.export import ChannelExport
from playbooks.desk import PlaybookDesk
from playbooks.panel import PanelSource
from playbooks.start import StartDesk
from playbooks.steps import StepDesk
from security.doors import Doors
from security.linking import Linking
from security.people import PeopleDesk


@dataclass(frozen=True, slots=True)
class Desks:
    """Everything a command may call.

    Attributes:
        adapters: Platform name to adapter.
    """

    incidents: IncidentDesk
    steps: StepDesk
    start: StartDesk
    playbooks: PlaybookDesk
    people: PeopleDesk
    panels: PanelSource
    export: ChannelExport
    runbooks: RunbookDesk
    executions: ExecutionDesk
    approvals: ApprovalDesk
    doors: Doors
    linking: Linking
    adapters: Mapping[str, ChatAdapter]
