"""When a scheduled runbook is due: a cron line in a time zone.

    {"cron": "30 3 * * MON-FRI", "timezone": "Europe/Berlin"}

Source: crontab(5) for the five fields; the time zones of the IANA database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from automation.values import Json

FIELDS = ("cron", "timezone", "catch_up", "parameters")
_FIELD_COUNT = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron line.

    Attributes:
        zone: Whose wall clock it follows. A time that a change of the clock skips comes
            right after the change; one that comes twice counts once.
        catch_up: Whether what was due while nobody was there is done once afterwards.
        parameters: What each execution is given.
    """

    cron: str
    zone: str
    catch_up: bool
    parameters: Mapping[str, Json]

    def after(self, moment: datetime) -> datetime:
        """The first time due behind `moment`, in UTC."""
        there = moment.astimezone(ZoneInfo(self.zone))
        return next(CronSim(self.cron, there)).astimezone(UTC)


def schedule_of(conditions: Mapping[str, Json]) -> Schedule | None:
    """The schedule in a runbook's trigger conditions; None when it is wrong."""
    if mistakes_in(conditions):
        return None
    parameters = conditions.get("parameters")
    return Schedule(
        cron=" ".join(str(conditions["cron"]).split()),
        zone=str(conditions.get("timezone") or "UTC"),
        catch_up=conditions.get("catch_up") is not False,
        parameters=dict(parameters) if isinstance(parameters, dict) else {},  # pyright: ignore[reportUnknownArgumentType] - JSON
    )


def mistakes_in(
    conditions: Mapping[str, Json], place: str = "trigger_conditions"
) -> dict[str, str]:
    """Place to what is wrong there; empty when all is well."""
    found = {
        f"{place}.{name}": f"is unknown here; a schedule has {', '.join(FIELDS)}"
        for name in conditions
        if name not in FIELDS
    }
    zone = conditions.get("timezone") or "UTC"
    try:
        ZoneInfo(str(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found[f"{place}.timezone"] = "is no time zone; name one such as Europe/Berlin or UTC"
    cron = conditions.get("cron")
    if not isinstance(cron, str) or len(cron.split()) != _FIELD_COUNT:
        found[f"{place}.cron"] = (
            "must be five fields: minute, hour, day, month, weekday, such as 30 3 * * MON-FRI"
        )
        return found
    try:
        next(CronSim(" ".join(cron.split()), datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration):
        found[f"{place}.cron"] = f"“{cron[:60]}” is no cron line, or one that never comes"
    if not isinstance(conditions.get("parameters", {}), dict):
        found[f"{place}.parameters"] = "must be an object"
    return found
