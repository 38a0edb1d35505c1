"""A hundred thousand incidents, written straight into the tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chat.clock import new_id
from incidents.incident import Incident, Participant, Severity, Status
from storage.database import open_database
from storage.stores import Stores

COUNT = 100_000
_BATCH = 5_000
_WORDS = ("checkout", "login", "search", "billing", "mail", "storage", "queue", "cache")


async def fill(database_url: str, count: int = COUNT) -> None:
    """Add `count` incidents of the last years: 2 % ongoing, a tenth private."""
    database = open_database(database_url)
    try:
        ids = await database.acts.read(_ids)
        for start in range(0, count, _BATCH):
            numbers = range(start, min(start + _BATCH, count))
            await database.acts.run(lambda stores, these=numbers: _add(stores, ids, these))
    finally:
        database.close()


def _ids(stores: Stores) -> tuple[str, str, str]:
    team = stores.people.teams()[0]
    admin = stores.people.by_name("admin")
    handle = stores.playbooks.by_handle(team.id, "outage")
    if admin is None or handle is None:
        raise RuntimeError("start Tocsin once before filling its database")
    return team.id, admin.id, handle.id


def _add(stores: Stores, ids: tuple[str, str, str], numbers: range) -> None:
    team_id, admin_id, playbook_id = ids
    oldest = datetime.now(UTC) - timedelta(days=1500)
    severities = list(Severity)
    for number in numbers:
        started = oldest + timedelta(minutes=20 * number)
        ongoing = number % 50 == 0
        word = _WORDS[number % len(_WORDS)]
        incident = Incident(
            id=new_id(),
            number=stores.incidents.next_number(),
            team_id=team_id,
            name=f"{word} fails in zone {number % 17}",
            summary=f"Requests to {word} end with an error for some customers.",
            severity=severities[number % len(severities)],
            status=Status.ONGOING if ongoing else Status.CLOSED,
            public=number % 10 != 0,
            commander_id=admin_id,
            reporter_id=admin_id,
            playbook_id=playbook_id,
            playbook_name="Service outage",
            playbook_revision=1,
            started_at=started,
            ended_at=None if ongoing else started + timedelta(hours=2),
        )
        stores.incidents.add(incident)
        if number % 10 == 0:
            stores.incidents.join(Participant(incident.id, admin_id, started))
