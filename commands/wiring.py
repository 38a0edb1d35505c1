"""All groups of commands, given what they need."""

from __future__ import annotations

from itertools import chain
from typing import Any, cast

from chat.clock import Clock
from chat.phrase import Phrase
from commands.action import ActionCommands
from commands.command import verbs
from commands.desks import Desks
from commands.dispatch import Dispatch
from commands.hearing import Hearing
from commands.help import HelpCommands
from commands.incident.ending import EndingCommands
from commands.incident.looking import LookingCommands
from commands.incident.opening import OpeningCommands
from commands.incident.people import PeopleCommands
from commands.incident.rooms import RoomCommands
from commands.incident.stages import StageCommands
from commands.incident.state import StateCommands
from commands.incident.steps import StepCommands
from commands.incident.telling import TellingCommands
from commands.linking import LinkCommands
from commands.looking_up import Lookup
from commands.phrasebook import Phrasebook
from commands.playbook.history import HistoryCommands
from commands.playbook.outlining import OutliningCommands
from commands.playbook.reading import ReadingCommands
from commands.playbook.sharing import SharingCommands
from commands.playbook.writing import WritingCommands
from commands.runbook.approving import ApprovalCommands
from commands.runbook.controlling import ControlCommands
from commands.runbook.history import RunbookHistory
from commands.runbook.reading import RunbookReading
from commands.runbook.running import RunbookRunning
from commands.runbook.writing import RunbookWriting
from commands.waiting_forms import WaitingForms
from security.ports import Acts, SecurityStores


def dispatch(acts: Acts[SecurityStores], clock: Clock, desks: Desks) -> Dispatch:
    """A dispatch that knows every command, button, form and menu entry there is.

    The groups stand in the order in which help shows them.
    """
    lookup = Lookup(desks)
    made = Dispatch(acts, desks.doors, desks.linking, Hearing(desks, clock), lookup.at_home)
    made.learn(
        _groups(acts, desks, lookup, clock, made),
        lambda: frozenset() if desks.export.switched_on else frozenset({"/incident export"}),
    )
    return made


def phrases() -> tuple[Phrase, ...]:
    """Every command there is, without a bot behind it: what a platform is told beforehand."""
    nobody = cast("Any", None)
    groups = _groups(
        nobody, nobody, Lookup(nobody), nobody, Dispatch(nobody, nobody, nobody, nobody, nobody)
    )
    return Phrasebook(chain.from_iterable(map(verbs, groups))).all()


def _groups(
    acts: Acts[SecurityStores], desks: Desks, lookup: Lookup, clock: Clock, made: Dispatch
) -> tuple[object, ...]:
    return (
        OpeningCommands(desks, lookup, clock, acts),
        LookingCommands(desks, lookup, clock),
        StepCommands(desks, lookup, made.stepped, made.filled),
        StageCommands(desks, lookup),
        TellingCommands(desks, lookup),
        StateCommands(desks, lookup),
        PeopleCommands(desks, lookup),
        RoomCommands(desks, lookup),
        EndingCommands(desks, lookup),
        ReadingCommands(desks),
        WritingCommands(desks, lookup),
        OutliningCommands(desks),
        SharingCommands(desks, lookup),
        HistoryCommands(desks),
        RunbookReading(desks),
        RunbookRunning(desks),
        RunbookWriting(desks),
        RunbookHistory(desks),
        ControlCommands(desks),
        ApprovalCommands(desks),
        ActionCommands(desks),
        LinkCommands(desks),
        HelpCommands(lambda: made.phrases),
        WaitingForms(acts, clock),
    )
