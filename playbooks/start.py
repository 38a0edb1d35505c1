"""Starting an incident from a playbook: one act; the channel is opened after it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from chat.address import Address
from chat.clock import Clock, new_id
from chat.errors import BadInput, Refused
from chat.fit import shorten
from chat.message import PostedMessage
from incidents.change import NAME_LENGTH, SUMMARY_LENGTH, long_text, note, one_line
from incidents.incident import Incident, Participant, Severity, Status
from incidents.opening import OpeningTask, TaskName, plan
from incidents.timeline import EventKind
from playbooks import progress
from playbooks.access import named, visible
from playbooks.playbook import COMMANDER, REPORTER, Playbook
from playbooks.ports import PlaybookStores
from security.account import Account
from security.actor import Actor, require
from security.permissions import Permission
from security.ports import Acts

_QUOTE = 4000
"""Characters of a source message that are kept."""
_KEYED = UUID("5b0a4c0e-6a1f-4d53-9a76-0f0d6c1f7a52")
"""Namespace of the ids that are made from keys."""


@dataclass(frozen=True, slots=True)
class StartWish:
    """What somebody wants to start.

    Attributes:
        playbook: Id, handle or name.
        name: What is going on; 1 to 80 characters.
        severity: None takes the playbook's.
        summary: Empty takes the playbook's.
        source: The message it was started from, which is quoted; None without one.
        origin: The channel it was started in, which is told; None from elsewhere.
        team_id: The team in which `playbook` is looked up; None for the actor's own.
        key: The asker's own; what they start twice with it is one incident. None when
            each time counts.
    """

    playbook: str
    name: str
    severity: Severity | None = None
    summary: str = ""
    source: PostedMessage | None = None
    origin: Address | None = None
    team_id: str | None = None
    key: str | None = None

    @property
    def digest(self) -> str:
        """Tells this wish from another under the same key."""
        words = [self.playbook, self.name, self.severity, self.summary, self.team_id]
        return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:32]


class StartDesk:
    """Starts incidents for every door."""

    def __init__(self, acts: Acts[PlaybookStores], clock: Clock) -> None:
        self._acts = acts
        self._clock = clock

    async def start(self, actor: Actor, wish: StartWish) -> Incident:
        """Start an incident; its channel follows by itself.

        Raises:
            NotFound: The playbook is not there for `actor`.
            Denied: They may not start incidents in its team.
            BadInput: The name or the summary is not accepted.
            Refused: Another wish was granted under the same key.
        """

        def act(stores: PlaybookStores) -> Incident:
            return start(stores, actor, wish, self._clock.now())

        try:
            return await self._acts.run(act, actor=actor)
        except Refused as clash:
            if wish.key is None or clash.code != "CONFLICT":
                raise
            # The same key came twice at once, and the other one was quicker.
            return await self._acts.run(act, actor=actor)


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who is in an incident from the beginning; accounts in order, each once."""

    commander: Account
    reporter: Account | None
    everybody: tuple[Account, ...]


def start(stores: PlaybookStores, actor: Actor, wish: StartWish, now: datetime) -> Incident:
    """Write everything an incident begins with, and wake whoever opens its channel."""
    incident_id = _id_for(actor, wish)
    if wish.key is not None and (known := stores.incidents.get(incident_id)) is not None:
        return _started_before(stores, known, wish)
    eyes = actor if wish.team_id is None else replace(actor, team_id=wish.team_id)
    playbook = visible(stores, eyes, wish.playbook)
    require(actor, Permission.INCIDENT_START, team_id=playbook.team_id, thing=named(playbook))
    cast = _cast(stores, actor, playbook)
    incident = _incident(stores, incident_id, cast, wish, playbook, now)
    stores.incidents.add(incident)
    for account in cast.everybody:
        stores.incidents.join(Participant(incident.id, account.id, now))
    stores.progress.save(_progress(incident, playbook, cast))
    stores.openings.add(_tasks(incident, playbook, wish))
    stores.drives.wake("opening", incident.id, now)
    if incident.update_due_at is not None:
        stores.drives.wake("reminder", incident.id, incident.update_due_at)
    _tell(stores, actor, incident, playbook, wish, cast, now)
    return incident


def _id_for(actor: Actor, wish: StartWish) -> str:
    """A new id; under a key always the same one, which no two incidents can have."""
    if wish.key is None:
        return new_id()
    who = actor.account_id or f"{actor.via}:{actor.name}"
    return str(uuid5(_KEYED, f"{who}\n{wish.key}"))


def _started_before(stores: PlaybookStores, known: Incident, wish: StartWish) -> Incident:
    """What the first wish under this key started.

    Raises:
        Refused: That was another wish.
    """
    first = stores.timeline.latest(known.id, EventKind.INCIDENT_STARTED)
    if first is None or first.details.get("request") != wish.digest:
        raise Refused(
            f"{known.key} was started with this key, from another request. "
            "Use a new key for a new incident.",
            code="KEY_REUSED",
            details={"key": f"belongs to {known.key}"},
        )
    return known


def _incident(
    stores: PlaybookStores,
    incident_id: str,
    cast: _Cast,
    wish: StartWish,
    playbook: Playbook,
    now: datetime,
) -> Incident:
    begin = playbook.settings
    summary = long_text(wish.summary, "summary", "The summary", SUMMARY_LENGTH, empty=True)
    return Incident(
        id=incident_id,
        number=stores.incidents.next_number(),
        team_id=playbook.team_id,
        name=one_line(wish.name, "name", "The name", NAME_LENGTH),
        summary=summary or shorten(begin.summary, SUMMARY_LENGTH),
        severity=wish.severity or begin.severity,
        status=Status.ONGOING,
        public=begin.public,
        commander_id=cast.commander.id,
        reporter_id=cast.reporter.id if cast.reporter else None,
        playbook_id=playbook.id,
        playbook_name=playbook.name,
        playbook_revision=playbook.revision,
        started_at=now,
        update_every=begin.update_every,
        update_due_at=now + begin.update_every if begin.update_every else None,
        welcome=begin.welcome,
    )


def _cast(stores: PlaybookStores, actor: Actor, playbook: Playbook) -> _Cast:
    """Commander, reporter, invited and assigned; who left the team is passed over."""
    in_team = {account.name: account for account in stores.people.members(playbook.team_id)}
    reporter = stores.people.account(actor.account_id) if actor.account_id else None
    commander = in_team.get(playbook.settings.default_commander) or reporter
    if commander is None:
        raise BadInput(
            f"Nobody would command an incident of {named(playbook)}: "
            "give the playbook a default commander.",
            details={"playbook": "needs a default commander"},
        )
    wanted = (
        *playbook.settings.invite,
        *(step.assignee for stage in playbook.stages for step in stage.steps),
    )
    first = (commander,) if reporter is None else (reporter, commander)
    others = (in_team[name] for name in wanted if name in in_team)
    everybody = {account.id: account for account in (*first, *others)}
    return _Cast(commander, reporter, tuple(everybody.values()))


def _progress(incident: Incident, playbook: Playbook, cast: _Cast) -> progress.Progress:
    accounts: dict[str, str | None] = {account.name: account.id for account in cast.everybody}
    accounts[COMMANDER] = incident.commander_id
    accounts[REPORTER] = incident.reporter_id
    return progress.begin(incident.id, playbook.stages, incident.started_at, accounts.get)


def _tasks(incident: Incident, playbook: Playbook, wish: StartWish) -> tuple[OpeningTask, ...]:
    """The opening's tasks, with what those that need something from the wish are given."""
    name = playbook.settings.channel_name
    given = {
        TaskName.CHANNEL: {
            "name": name.replace("{key}", incident.key).replace("{name}", incident.name),
            "post": wish.source.address.message or "" if wish.source else "",
        },
        TaskName.ANNOUNCEMENT: {
            "origin": wish.origin.room.packed() if wish.origin else "",
            "quote": shorten(wish.source.text, _QUOTE) if wish.source else "",
            "channels": ",".join(playbook.settings.announce_in),
        },
    }
    return tuple(
        replace(
            task, result={key: value for key, value in given.get(task.name, {}).items() if value}
        )
        for task in plan(incident.id)
    )


def _tell(
    stores: PlaybookStores,
    actor: Actor,
    incident: Incident,
    playbook: Playbook,
    wish: StartWish,
    cast: _Cast,
    now: datetime,
) -> None:
    """The story's first event and the audit record."""
    details = {
        "playbook": playbook.handle,
        "revision": str(playbook.revision),
        "severity": incident.severity.value,
        "commander": cast.commander.name,
    }
    if wish.key is not None:
        details["request"] = wish.digest
    if wish.source is not None:
        details["message"] = wish.source.address.packed()
        details["quoted"] = wish.source.author.name
    told = f"started {incident.key} with the playbook “{playbook.name}”"
    note(stores, actor, incident, now, EventKind.INCIDENT_STARTED, told, **details)
