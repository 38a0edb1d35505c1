"""Settings and usage events."""

from __future__ import annotations

from storage.database import Database, open_database
from storage.rows.installation import UsageEvent
from storage.stores import Stores
from tests.clock import START


async def test_a_setting_is_what_it_was_last_set_to(database: Database) -> None:
    def act(to: Stores) -> None:
        assert to.settings.get("export") is None
        to.settings.put("export", "on")
        to.settings.put("export", "off")
        to.settings.put("other", "x")
        assert to.settings.get("export") == "off"

    await database.acts.run(act)


async def test_usage_is_kept_until_it_is_sent(database: Database) -> None:
    def act(to: Stores) -> None:
        for number in range(3):
            to.telemetry.track("Incident created", START, {"steps": number, "public": True})
        first, *others = to.telemetry.waiting(2)
        assert first == UsageEvent(
            first.id, "Incident created", START, {"steps": 0, "public": True}
        )
        assert len(others) == 1
        to.telemetry.sent([first.id, others[0].id])
        assert [it.properties["steps"] for it in to.telemetry.waiting(10)] == [2]

    await database.acts.run(act)


async def test_nothing_is_kept_where_nobody_opted_in(database_url: str) -> None:
    quiet = open_database(database_url)

    def act(to: Stores) -> tuple[UsageEvent, ...]:
        to.telemetry.track("Incident created", START, {})
        return to.telemetry.waiting(10)

    assert await quiet.acts.run(act) == ()
    quiet.close()
