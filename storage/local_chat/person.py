"""People of the local platform: accounts as their chat knows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from chat.person import Person
from chat.rooms import BOT, bot
from storage.tables.people import accounts

COLUMNS = (
    accounts.c.name.label("person_name"),
    accounts.c.display.label("person_display"),
    accounts.c.email.label("person_email"),
)
"""What `person` reads, of accounts joined by the person's id with an outer join."""


def person(team: str, person_id: str, row: Row[*tuple[Any, ...]]) -> Person:
    """Who it is; only the bot has no account."""
    if person_id == BOT:
        return bot(team)
    return Person(
        "local",
        team,
        person_id,
        row.person_name or person_id,
        display=row.person_display or "",
        email=row.person_email,
    )
