"""The usage events of incidents, with exactly the properties that docs/telemetry.md lists."""

from __future__ import annotations

from datetime import datetime

from incidents.incident import Incident
from incidents.ports import IncidentStores
from security.actor import Actor


def track_started(stores: IncidentStores, incident: Incident, channel: str, post: str) -> None:
    """An incident was started and got its channel.

    Args:
        stores: The open transaction's.
        incident: The one that was started.
        channel: The platform's id of its channel.
        post: The platform's id of the message it was started from; empty without one.
    """
    properties = _properties(incident, channel, post, active=True)
    stores.telemetry.track("Incident created", incident.started_at, properties)


def track_finished(stores: IncidentStores, actor: Actor, incident: Incident, now: datetime) -> None:
    """An incident was ended by `actor`."""
    rooms = stores.incidents.rooms(incident.id)
    channel = rooms[0].address.channel if rooms else ""
    properties = _properties(incident, channel, "", active=False)
    stores.telemetry.track(
        "Incident finished", now, properties | {"UserID": actor.account_id or ""}
    )


def _properties(incident: Incident, channel: str, post: str, *, active: bool) -> dict[str, object]:
    return {
        "ID": incident.id,
        "IsActive": active,
        "CommanderUserID": incident.commander_id,
        "TeamID": incident.team_id,
        "CreatedAt": incident.started_at.isoformat(),
        "ChannelIDs": [channel] if channel else [],
        "PostID": post,
        # The page promises these two numbers whatever the incident holds.
        "NumChecklists": 1,
        "TotalChecklistItems": 0,
    }
