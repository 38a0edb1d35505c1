"""Forms of the local platform."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from chat.rooms import LocalForm
from storage.local_chat.person import COLUMNS, person
from storage.tables.local_chat import channels, forms
from storage.tables.people import accounts


class FormRows:
    """Forms inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, form: LocalForm, ticket: str | None, at: datetime) -> None:
        """Add a form."""
        self._connection.execute(
            insert(forms).values(
                id=form.id,
                channel_id=form.channel,
                person_id=form.person.id,
                ticket=ticket,
                form=form.form,
                errors=form.errors,
                attempt=form.attempt,
                open=form.open,
                opened_at=at,
            )
        )

    def get(self, form_id: str) -> LocalForm | None:
        """One form, open or not."""
        return self.many([form_id]).get(form_id)

    def for_ticket(self, ticket: str) -> LocalForm | None:
        """The form that was opened with `ticket`."""
        row = self._connection.execute(_READ.where(forms.c.ticket == ticket)).one_or_none()
        return None if row is None else _form(row)

    def save(self, form: LocalForm) -> None:
        """Write its errors, its attempt, and whether it is open."""
        self._connection.execute(
            update(forms)
            .where(forms.c.id == form.id)
            .values(errors=form.errors, attempt=form.attempt, open=form.open)
        )

    def many(self, form_ids: Iterable[str]) -> dict[str, LocalForm]:
        """Those of the forms that there are, by id."""
        ids = list(form_ids)
        rows = self._connection.execute(_READ.where(forms.c.id.in_(ids))) if ids else ()
        return {row.id: _form(row) for row in rows}


_READ = (
    select(forms, channels.c.team, *COLUMNS)
    .join_from(forms, channels, channels.c.id == forms.c.channel_id)
    .outerjoin(accounts, accounts.c.id == forms.c.person_id)
)


def _form(row: Row[Any]) -> LocalForm:
    return LocalForm(
        id=row.id,
        channel=row.channel_id,
        person=person(row.team, row.person_id, row),
        form=row.form,
        errors=dict(row.errors),
        attempt=row.attempt,
        open=row.open,
    )
