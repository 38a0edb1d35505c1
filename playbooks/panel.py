"""Where the panel's content comes from: the rows of an incident, read in one look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from chat.address import Address
from chat.capabilities import Limits
from chat.card import (
    Actions,
    Button,
    Card,
    Checklist,
    ChecklistItem,
    Control,
    Footer,
    Section,
)
from chat.clock import Clock
from chat.errors import NotFound
from chat.fit import shorten
from chat.outbox import Living
from chat.person import Person
from chat.text import ChannelLink, Mention, Moment, Rich, Span
from incidents.access import visible
from incidents.incident import Incident
from incidents.opening import TaskName, TaskState
from incidents.opening_news import problem
from incidents.panel import PanelView, StageLine, announcement, render
from incidents.reminding import reminder
from incidents.timeline import EventKind
from playbooks.ports import PlaybookStores
from playbooks.progress import Progress, Stage, Step, StepState
from security.account import Account
from security.actor import Actor
from security.ports import Acts

Waiting: TypeAlias = Callable[[Any, Incident], tuple[Section, ...]]
"""Lines about an incident from a room above this one, which is given the same stores."""


@dataclass(frozen=True, slots=True)
class _Names:
    """How accounts are shown at one place."""

    accounts: dict[str, Account]
    people: dict[str, Person]

    def span(self, account_id: str | None) -> Span:
        """A clickable name where the platform knows the account, a plain one otherwise."""
        if account_id is None:
            return "nobody"
        if person := self.people.get(account_id):
            return Mention(person)
        account = self.accounts.get(account_id)
        return f"@{account.name}" if account else "somebody who left"


class PanelSource:
    """Renders living messages: panels, announcements and reminders."""

    def __init__(
        self, acts: Acts[PlaybookStores], clock: Clock, waiting: Waiting | None = None
    ) -> None:
        """Get ready.

        Args:
            acts: Stored state.
            clock: The time.
            waiting: What an incident's panel says besides about what waits for an answer.
        """
        self._acts = acts
        self._clock = clock
        self._waiting = waiting

    async def card(self, living: Living, limits: Limits) -> Card:
        """What a living message shows now.

        Raises:
            NotFound: What it showed is gone.
        """
        kind, _, what = living.subject.partition(":")
        subject, _, event_id = what.partition(":")

        def look(stores: PlaybookStores) -> Card:
            incident = stores.incidents.get(subject)
            if incident is None:
                raise NotFound(f"There is no incident {subject} to show.")
            if kind == "announcement":
                return _announcement(stores, incident, living.address)
            if kind == "reminder":
                return reminder(stores, incident, event_id, self._clock.now())
            _in_a_room(stores, incident, living.address)
            page = int(living.view) if living.view.isdecimal() else 1
            view = panel_view(stores, incident, living.address, self._clock.now())
            if self._waiting is not None:
                view = replace(view, waiting=self._waiting(stores, incident))
            return render(view, limits, page)

        return await self._acts.read(look)

    async def stage(self, actor: Actor, stage_id: str, place: Address) -> Card:
        """One stage with all its steps, for somebody who looks at it without making it active.

        Raises:
            NotFound: It is gone, or its incident is not for `actor`.
        """

        def look(stores: PlaybookStores) -> Card:
            incident = visible(stores, actor, stores.progress.incident_of(stage_id) or stage_id)
            progress = stores.progress.get(incident.id)
            found = [stage for stage in progress.stages if stage.id == stage_id] if progress else []
            if progress is None or not found:
                raise NotFound("That stage is gone. Open the panel again.")
            return self._stage_card(stores, incident, progress, found[0], place)

        return await self._acts.read(look, actor=actor)

    async def turn(self, actor: Actor, message: Address, page: int) -> None:
        """Show another page of the panel's steps at `message`, to everybody who looks at it.

        Raises:
            NotFound: No panel lives there, or its incident is not for `actor`.
        """

        def act(stores: PlaybookStores) -> None:
            living = stores.outbox.living_at(message)
            if living is None:
                raise NotFound(
                    "This is not the incident's panel any more. Look for the pinned one."
                )
            visible(stores, actor, living.subject.partition(":")[2])
            stores.outbox.keep_alive(replace(living, view=str(page)))
            stores.outbox.refresh(living.subject)

        await self._acts.run(act, actor=actor)

    def _stage_card(
        self,
        stores: PlaybookStores,
        incident: Incident,
        progress: Progress,
        stage: Stage,
        place: Address,
    ) -> Card:
        names = _names(stores, incident, progress, place)
        now = _clock_of(incident, self._clock.now())
        items = _items(stage, names, now, number=progress.stages.index(stage) + 1)
        sections: list[Section] = [
            Checklist(stage.name, items[start : start + 10], stage.resolved, len(stage.steps))
            for start in range(0, max(len(items), 1), 10)
        ]
        if stage.id == progress.active:
            sections.append(Footer(("This is the active stage.",)))
        elif incident.ongoing:
            sections.append(
                Actions((Button("stage.activate", "Make it the active stage", stage.id),))
            )
        return Card(f"{incident.key} · {stage.name}", tuple(sections))


def _in_a_room(stores: PlaybookStores, incident: Incident, place: Address) -> None:
    """Let a panel be drawn in the incident's channels only.

    Raises:
        NotFound: The channel was unlinked meanwhile.
    """
    rooms = stores.incidents.rooms(incident.id)
    if rooms and all(room.address.lane != place.lane for room in rooms):
        raise NotFound(f"That channel does not belong to {incident.key} any more.")


def panel_view(
    stores: PlaybookStores, incident: Incident, place: Address, now: datetime
) -> PanelView:
    """All that the panel at `place` shows."""
    progress = stores.progress.get(incident.id)
    names = _names(stores, incident, progress, place)
    running = _clock_of(incident, now)
    updated = stores.timeline.latest(incident.id, EventKind.STATUS_UPDATED)
    stages = progress.stages if progress else ()
    active = stages.index(progress.active_stage) if progress else 0
    return PanelView(
        incident=incident,
        commander=names.span(incident.commander_id),
        roles=tuple(
            (holder.role, names.span(holder.account_id))
            for holder in stores.incidents.roles(incident.id)
        ),
        stages=tuple(
            StageLine(stage.id, stage.name, stage.resolved, len(stage.steps)) for stage in stages
        ),
        active=active,
        items=_items(stages[active], names, running) if stages else (),
        overdue=sum(_overdue(step, running) for stage in stages for step in stage.steps),
        last_update=updated.at if updated else None,
        problems=tuple(
            problem(task)
            for task in stores.openings.of(incident.id)
            if task.state is TaskState.FAILED
        ),
    )


def _names(
    stores: PlaybookStores, incident: Incident, progress: Progress | None, place: Address
) -> _Names:
    wanted = {incident.commander_id}
    wanted |= {holder.account_id for holder in stores.incidents.roles(incident.id)}
    for stage in progress.stages if progress else ():
        for step in stage.steps:
            wanted |= {who for who in (step.changed_by, step.assignee_id) if who}
    return _Names(
        accounts=stores.people.accounts(wanted),
        people=stores.people.persons(wanted, place.platform, place.workspace),
    )


def _clock_of(incident: Incident, now: datetime) -> datetime | None:
    """Now; None once it is closed, since then nothing is due any more."""
    return now if incident.ongoing else None


def _overdue(step: Step, now: datetime | None) -> bool:
    due = step.due_at if step.state is StepState.OPEN else None
    return now is not None and due is not None and due < now


def _items(
    stage: Stage, names: _Names, now: datetime | None, *, number: int | None = None
) -> tuple[ChecklistItem, ...]:
    """A stage's steps as they are shown; `number` is the stage's when it is not the active one."""
    return tuple(
        ChecklistItem(
            id=step.id,
            number=position,
            text=step.title,
            state=step.state.value,
            assignee=names.people.get(step.assignee_id or ""),
            note=_note(step, names, now),
            detail=step.description,
            command=step.command,
            controls=_controls(step) if number is None else (),
        )
        for position, step in enumerate(stage.steps, 1)
    )


def _note(step: Step, names: _Names, now: datetime | None) -> Rich:
    if step.state is not StepState.OPEN and step.changed_at:
        skipped = "skipped by " if step.state is StepState.SKIPPED else ""
        return (skipped, names.span(step.changed_by), " ", Moment(step.changed_at, "time"))
    if _overdue(step, now) and step.due_at:
        return ("⚠ overdue since ", Moment(step.due_at, "time"))
    if step.due_at and now is not None:
        return ("due ", Moment(step.due_at, "until"))
    return ()


def _controls(step: Step) -> tuple[Control, ...]:
    if step.state is not StepState.OPEN:
        return (Button("step.uncheck", "Uncheck", step.id),)
    controls: list[Control] = [Button("step.check", "Check", step.id)]
    if step.command:
        controls.append(Button("step.run", "Run", step.id))
    return tuple(controls)


def _announcement(stores: PlaybookStores, incident: Incident, place: Address) -> Card:
    names = _names(stores, incident, None, place)
    rooms = stores.incidents.rooms(incident.id)
    quote = next(
        (
            task.result.get("quote", "")
            for task in stores.openings.of(incident.id)
            if task.name is TaskName.ANNOUNCEMENT
        ),
        "",
    )
    channel = ChannelLink(rooms[0].address, rooms[0].name) if rooms else None
    return announcement(incident, names.span(incident.commander_id), channel, shorten(quote, 1000))
