"""What adapters have sent under which key, in a transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from chat.memory import Sending
from storage.rows.bound import Bound
from storage.tables.messages import sent


class SentRows(Bound):
    """Implements `chat.memory.SentRows`."""

    def begin(self, platform: str, key: str, now: datetime) -> Sending | None:
        """Write it down, or find the earlier try."""
        row = {"platform": platform, "key": key, "begun_at": now, "result": None}
        if self._add_new(sent, row, "platform", "key"):
            return None
        return self._find(Sending, sent, platform=platform, key=key)

    def done(self, platform: str, key: str, result: str) -> None:
        """Write down what came of it."""
        self._change(sent, {"result": result}, platform=platform, key=key)

    def withdraw(self, platform: str, key: str) -> None:
        """Forget that it was tried."""
        self._remove(sent, platform=platform, key=key)

    def forget(self, before: datetime) -> int:
        """Delete what was begun before then."""
        return self._connection.execute(delete(sent).where(sent.c.begun_at < before)).rowcount
