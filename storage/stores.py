"""All stores bound to one transaction: what an act is given."""

from __future__ import annotations

from sqlalchemy import Connection

from storage.local_chat import LocalChatRows
from storage.rows.approvals import ApprovalRows
from storage.rows.audit import AuditRows
from storage.rows.audit_sinks import AuditSinkRows
from storage.rows.drives import DriveRows
from storage.rows.executions import ExecutionRows
from storage.rows.incidents import IncidentRows
from storage.rows.installation import LeaseRows, SettingRows, TrackedUsageRows, UsageRows
from storage.rows.journal import JournalRows
from storage.rows.outbox import OutboxRows
from storage.rows.people import People
from storage.rows.playbooks import PlaybookRows
from storage.rows.progress import ProgressRows
from storage.rows.proofs import ProofRows
from storage.rows.runbooks import RunbookRows
from storage.rows.second_factors import SecondFactorRows
from storage.rows.sent import SentRows
from storage.rows.timeline import OpeningRows, TimelineRows


class Stores:
    """Implements `automation.ports.AutomationStores`, and what storage adds to it.

    Args:
        connection: With an open transaction.
        touched: Topics that the act touches: `outbox`, `drives`, `audit`, `sealed`, `local`,
            `executions`, `approvals`.
        telemetry: Whether usage events are kept.
    """

    def __init__(self, connection: Connection, touched: set[str], *, telemetry: bool) -> None:
        self.audit = AuditRows(connection, touched)
        self.audit_sinks = AuditSinkRows(connection, touched)
        self.people = People(connection, touched)
        self.proofs = ProofRows(connection, touched)
        self.second_factors = SecondFactorRows(connection, touched)
        self.outbox = OutboxRows(connection, touched)
        self.sent = SentRows(connection, touched)
        self.journal = JournalRows(connection, touched)
        self.incidents = IncidentRows(connection, touched)
        self.timeline = TimelineRows(connection, touched)
        self.openings = OpeningRows(connection, touched)
        self.drives = DriveRows(connection, touched)
        self.playbooks = PlaybookRows(connection, touched)
        self.progress = ProgressRows(connection, touched)
        self.runbooks = RunbookRows(connection, touched)
        self.executions = ExecutionRows(connection, touched)
        self.approvals = ApprovalRows(connection, touched)
        self.local = LocalChatRows(connection, touched)
        self.leases = LeaseRows(connection, touched)
        self.settings = SettingRows(connection, touched)
        usage = TrackedUsageRows if telemetry else UsageRows
        self.telemetry: UsageRows = usage(connection, touched)
