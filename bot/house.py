"""Everybody in the house, made once and given what they need; nothing runs yet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.local.adapter import LocalAdapter
from adapters.local.rooms import LocalRooms
from automation.living import KINDS, panel_lines
from bot.failpoints import VARIABLE, opening_failpoint
from bot.new_teams import what_is_shipped
from bot.plugins import platforms
from bot.settings import Settings
from bot.workshop import Automation, automation
from chat.capabilities import Limits
from chat.card import Card
from chat.clock import Clock
from chat.delivery import Deliverer, Pace
from chat.errors import BadInput
from chat.outbox import Living
from chat.port import ChatAdapter
from chat.sending import Render
from commands.desks import Desks
from commands.router import Router
from commands.undelivered import tell_author
from incidents.desk import IncidentDesk
from incidents.drive_opening import OpeningDriver
from incidents.drive_reminders import ReminderDriver
from incidents.export import ChannelExport
from incidents.ports import Driver
from playbooks.desk import PlaybookDesk
from playbooks.panel import PanelSource
from playbooks.start import StartDesk
from playbooks.steps import StepDesk
from security.doors import Doors
from security.keys import Purpose, derive, fingerprint
from security.linking import Linking
from security.people import PeopleDesk
from security.sealer import Sealer
from security.second_factor import SecondFactorDesk
from security.secrets import Vault
from security.trail import AuditDesk
from storage.acts import StoredActs
from storage.database import Database

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class House:
    """The desks of every room, wired.

    Attributes:
        fingerprint: Tells installations apart.
        desks: What commands call.
        audit: For the doors that show the trail.
        second_factors: For the doors where people set theirs up, and for what asks for a code.
        vault: Seals secrets that are kept.
        rooms: What people do on the local platform.
        automation: Actions, runbooks, executions, approvals.
        usual_platform: Where incidents have their rooms that no chat platform started.
        broken: Chat platforms that are set up and cannot be loaded, each with a sentence.
        drivers: Who drives which kind of durable work.
    """

    settings: Settings
    clock: Clock
    database: Database
    fingerprint: str
    desks: Desks
    audit: AuditDesk
    second_factors: SecondFactorDesk
    vault: Vault
    sealer: Sealer
    router: Router
    rooms: LocalRooms
    deliverer: Deliverer
    automation: Automation
    broken: Mapping[str, str]
    usual_platform: str
    drivers: Mapping[str, Driver]

    @property
    def acts(self) -> StoredActs:
        """The door to stored state."""
        return self.database.acts

    @property
    def adapters(self) -> Mapping[str, ChatAdapter]:
        """Platform name to adapter."""
        return self.desks.adapters


def build(settings: Settings, database: Database, key: bytes, clock: Clock, url: str) -> House:
    """Make everybody.

    Args:
        settings: As read.
        database: Open and migrated.
        key: The installation's.
        clock: The time.
        url: What links to our pages begin with.

    Raises:
        BadInput: A platform's settings are wrong.
    """
    acts = database.acts
    plugged = platforms(acts, clock, url, lambda name: derive(key, Purpose.PLATFORM, name))
    plugged.must_be_right()
    adapters = plugged.adapters
    usual = _usual(settings.incident_platform, adapters, plugged.broken)
    panels = PanelSource(acts, clock, panel_lines)
    sealer = Sealer(acts, derive(key, Purpose.AUDIT_CHAIN))
    vault = Vault(derive(key, Purpose.SECRETS))
    doors = Doors(acts, clock, key=derive(key, Purpose.SESSION_COOKIE), default_team=settings.team)
    second_factors = SecondFactorDesk(acts, clock, vault)
    room = automation(settings, acts, key, vault, second_factors, adapters, clock, usual)
    desks = Desks(
        incidents=IncidentDesk(acts, clock, archives=settings.archive_on_close),
        steps=StepDesk(acts, clock),
        start=StartDesk(acts, clock),
        playbooks=PlaybookDesk(acts, clock),
        people=PeopleDesk(acts, clock, after_team=what_is_shipped(acts, clock, room.workshop)),
        panels=panels,
        export=ChannelExport(acts, adapters, clock, enabled=lambda: settings.export_enabled),
        doors=doors,
        linking=Linking(
            acts, clock, adapters, newcomers=settings.newcomer_role, team=settings.team
        ),
        runbooks=room.runbooks,
        executions=room.executions,
        approvals=room.approvals,
        adapters=adapters,
    )
    router = Router(acts, clock, desks)
    opening = OpeningDriver(
        acts,
        adapters,
        panels.card,
        clock,
        usual_platform=usual,
        own_platform=LOCAL,
        bring=desks.linking.bring,
        after_call=opening_failpoint(os.environ.get(VARIABLE)),
    )
    return House(
        settings=settings,
        clock=clock,
        database=database,
        fingerprint=fingerprint(key),
        desks=desks,
        audit=AuditDesk(acts, sealer),
        second_factors=second_factors,
        vault=vault,
        sealer=sealer,
        router=router,
        rooms=LocalRooms(acts, clock, _local(adapters), router.complete),
        deliverer=Deliverer(
            acts, adapters, _cards(panels, room), clock, _paces(adapters), tell_author
        ),
        automation=room,
        broken=plugged.broken,
        usual_platform=usual,
        drivers={"opening": opening, "reminder": ReminderDriver(acts, clock), **room.drivers},
    )


def _paces(adapters: Mapping[str, ChatAdapter]) -> dict[str, Pace]:
    """How fast each platform is served."""
    return {
        name: Pace(between_edits=adapter.capabilities.limits.edits_every)
        for name, adapter in adapters.items()
    }


def _cards(panels: PanelSource, room: Automation) -> Render:
    """Who renders which living message."""

    async def card(living: Living, limits: Limits) -> Card:
        kind = living.subject.partition(":")[0]
        source = room.cards if kind in KINDS else panels
        return await source.card(living, limits)

    return card


def _usual(wanted: str, adapters: Mapping[str, ChatAdapter], broken: Mapping[str, str]) -> str:
    """Where the room of an incident is made that was not started from a chat platform.

    Raises:
        BadInput: The setting names a platform that is not connected.
    """
    outside = sorted(adapters.keys() - {LOCAL})
    if not wanted:
        return outside[0] if len(outside) == 1 else LOCAL
    if wanted in adapters or wanted in broken:
        return wanted
    accepted = ", ".join([LOCAL, *outside])
    raise BadInput(
        f"TOCSIN_INCIDENT_PLATFORM is “{wanted[:40]}”, which is not connected here. "
        f"Connected are: {accepted}.",
        details={"incident_platform": accepted},
    )


def _local(adapters: Mapping[str, ChatAdapter]) -> LocalAdapter:
    local = adapters.get(LOCAL)
    if not isinstance(local, LocalAdapter):
        raise BadInput(
            "The chat platform “local” is missing from this installation. Install Tocsin again."
        )
    return local
