"""The incident channel as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import datetime

from chat.clock import Clock
from chat.errors import Denied, Refused, Unavailable
from chat.message import Attachment, PostedMessage
from chat.port import ChatAdapter
from incidents.access import visible
from incidents.change import note
from incidents.incident import Incident, Room
from incidents.ports import IncidentStores
from incidents.timeline import EventKind
from security.account import Account
from security.actor import Actor, require
from security.permissions import Permission
from security.ports import Acts

HEADER = (
    "Post Creation Time",
    "User Id",
    "User Email",
    "User Type",
    "User Name",
    "Post Id",
    "Parent Post Id",
    "Post Message",
    "Post Type",
)
"""Source: the CSV that Mattermost's channel export plugin writes."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def guarded(cell: str) -> str:
    """The cell as a spreadsheet shows it instead of computing it.

    Source: OWASP, CSV Injection: a leading `=`, `+`, `-`, `@`, tab or carriage return
    is disarmed by an apostrophe.
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _time(moment: datetime) -> str:
    """As Go's `time.String()` writes it, which the original file holds."""
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} +0000 UTC"


def row(message: PostedMessage, emails: Mapping[str, str]) -> tuple[str, ...]:
    """One message as a row; attachments are left out."""
    author = message.author
    return tuple(
        guarded(cell)
        for cell in (
            _time(message.posted_at),
            author.id,
            author.email or emails.get(author.id, ""),
            "bot" if author.is_bot else "user",
            author.name,
            message.address.message or "",
            message.address.thread or "",
            message.text,
            "system" if message.system else "message",
        )
    )


class ChannelExport:
    """Exports incident channels, where the right and the setting allow it."""

    def __init__(
        self,
        acts: Acts[IncidentStores],
        adapters: Mapping[str, ChatAdapter],
        clock: Clock,
        *,
        enabled: Callable[[], bool],
    ) -> None:
        self._acts = acts
        self._adapters = adapters
        self._clock = clock
        self._enabled = enabled

    @property
    def switched_on(self) -> bool:
        """Whether channels may be exported here at all."""
        return self._enabled()

    async def why_not(self, actor: Actor, ref: str) -> str:
        """Why `actor` cannot export this incident, as a sentence; empty when they can."""

        def look(stores: IncidentStores) -> str:
            incident = visible(stores, actor, ref)
            try:
                self._allow(actor, incident)
                self._room(stores, incident)
            except (Refused, Denied, Unavailable) as wrong:
                return wrong.message
            return ""

        return await self._acts.read(look)

    async def csv(self, actor: Actor, ref: str) -> Attachment:
        """The channel's messages, newest first, system messages included.

        Raises:
            Refused: Exporting is switched off, or the platform keeps no history.
            Denied: The actor lacks the right.
            Unavailable: The channel is not there yet, or the platform did not answer.
        """

        def look(stores: IncidentStores) -> tuple[Incident, Room, dict[str, str]]:
            incident = visible(stores, actor, ref)
            self._allow(actor, incident)
            room = self._room(stores, incident)
            return incident, room, _emails(stores, incident, room)

        incident, room, emails = await self._acts.read(look, actor=actor)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(HEADER)
        count = 0
        adapter = self._adapters.get(room.address.platform)
        if adapter is None:
            raise Unavailable(f"{room.address.platform} is not connected.")
        async for message in adapter.history(room.address):
            writer.writerow(row(message, emails))
            count += 1

        def keep(stores: IncidentStores) -> None:
            told = f"exported the channel ({count} messages)"
            now = self._clock.now()
            note(stores, actor, incident, now, EventKind.EXPORTED, told, messages=str(count))

        await self._acts.run(keep, actor=actor)
        return Attachment(f"{room.name}.csv", "text/csv; charset=utf-8", text.getvalue().encode())

    def _allow(self, actor: Actor, incident: Incident) -> None:
        if not self._enabled():
            raise Refused(
                "Exporting channels is switched off here. "
                "An administrator can allow it with TOCSIN_EXPORT_ENABLED=true.",
                code="EXPORT_OFF",
            )
        require(actor, Permission.INCIDENT_EXPORT, team_id=incident.team_id, thing=incident.key)

    def _room(self, stores: IncidentStores, incident: Incident) -> Room:
        rooms = stores.incidents.rooms(incident.id)
        if not rooms:
            raise Unavailable(f"{incident.key} has no channel yet. Try again in a moment.")
        adapter = self._adapters.get(rooms[0].address.platform)
        if adapter is None:
            raise Unavailable(f"{rooms[0].address.platform} is not connected.")
        if not adapter.capabilities.history:
            raise Refused(
                f"{rooms[0].address.platform} does not let us read a channel's history.",
                code="NO_HISTORY",
            )
        return rooms[0]


def _emails(stores: IncidentStores, incident: Incident, room: Room) -> dict[str, str]:
    """E-mail addresses of the participants by their id on the room's platform."""
    ids = [participant.account_id for participant in stores.incidents.participants(incident.id)]
    accounts: dict[str, Account] = stores.people.accounts(ids)
    here = stores.people.persons(ids, room.address.platform, room.address.workspace)
    return {
        person.id: accounts[account_id].email or ""
        for account_id, person in here.items()
        if account_id in accounts
    }
