"""Rows of the chat platform `local`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from storage.local_chat.channels import ChannelRows
from storage.local_chat.events import EventRows
from storage.local_chat.forms import FormRows
from storage.local_chat.messages import MessageRows
from storage.tables.local_chat import events, forms

_WRITERS = 0x746F6373  # "tocs"; any number that no other lock of this database uses
"""Key of the PostgreSQL advisory lock that writers hold until their transaction ends."""


class LocalChatRows:
    """The local platform inside one transaction.

    Args:
        connection: The open transaction's.
        touched: Topics the transaction touched; an appended event adds `local`.
    """

    def __init__(self, connection: Connection, touched: set[str]) -> None:
        self._connection = connection
        self.channels = ChannelRows(connection)
        self.messages = MessageRows(connection)
        self.forms = FormRows(connection)
        self.events = EventRows(connection, touched)

    def alone(self) -> None:
        """Be the only act that writes here until it is over.

        SQLite has one writer anyway. On PostgreSQL, numbers drawn by two transactions
        may become visible out of order, and a reader who has seen the later one would
        never see the earlier: so writers take turns.
        """
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(select(func.pg_advisory_xact_lock(_WRITERS)))

    def forget(self, before: datetime) -> int:
        """Delete events and forms from before then; how many. The newest event stays.

        It stays so that a reader who has seen it can tell that nothing was lost.
        """
        newest = select(func.max(events.c.id)).scalar_subquery()
        old = [
            delete(events).where(events.c.at < before, events.c.id < newest),
            delete(forms).where(forms.c.opened_at < before),
        ]
        return sum(self._connection.execute(statement).rowcount for statement in old)


__all__ = ["LocalChatRows"]
