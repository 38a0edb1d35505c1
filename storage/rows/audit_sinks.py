"""How far each audit sink has come, in a transaction."""

from __future__ import annotations

from datetime import datetime

from storage.rows.bound import Bound
from storage.rows.statements import finding
from storage.tables.audit import audit_sinks


class AuditSinkRows(Bound):
    """Implements `security.ports.AuditSinks`."""

    def position(self, name: str) -> int:
        """Number of the last record that it was sent; 0 before the first."""
        query = finding(audit_sinks, ("position",), ("name",))
        return self._connection.scalar(query, {"_name": name}) or 0

    def move(self, name: str, before: int, after: int, at: datetime) -> bool:
        """Move the position on; False when it is not `before` any more, and then it stays."""
        row = {"position": after, "moved_at": at}
        if before == 0 and self._add_new(audit_sinks, {"name": name, **row}, "name"):
            return True
        return self._change(audit_sinks, row, name=name, position=before) > 0
