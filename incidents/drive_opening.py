"""Does the work of opening an incident's room, one task after another.

Each task calls the platform with the task's own key and then writes what came of it in
one act. When the process dies in between, the next driver calls with the same key and
the platform answers with what is there already.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chat.address import Address
from chat.capabilities import Limits
from chat.card import Card
from chat.clock import Clock
from chat.degrade import Way, best_way
from chat.errors import TocsinError, Unavailable, UserError
from chat.outbox import Living
from chat.places import workspace_on
from chat.port import ChatAdapter, Headed, NewChannel
from incidents.audience import Told, audience
from incidents.change import announcement_of, mention, note, panel_of, persons, topic_of
from incidents.incident import Incident, Room
from incidents.opening import OpeningTask, TaskName, TaskState, next_try, ready
from incidents.opening_news import (
    first_steps,
    introduction,
    moved,
    name_of,
    not_let_in,
    problem,
    tell_complete,
    tell_reporter,
    tell_untold,
)
from incidents.people import sync_members
from incidents.ports import IncidentStores, Lease, LostLease
from incidents.timeline import EventKind
from incidents.usage import track_started
from security.account import Account
from security.actor import SYSTEM
from security.ports import Acts

log = logging.getLogger(__name__)

Rendering = Callable[[Living, Limits], Awaitable[Card]]
Bring = Callable[[Iterable[str], str, str], Awaitable[object]]
"""Finds out who accounts are on a platform, given its name and workspace."""
AfterCall = Callable[[TaskName], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a task needs to know, read in one look.

    Attributes:
        home: None until the channel is made.
        reporter: None when Tocsin started the incident.
    """

    incident: Incident
    tasks: Mapping[TaskName, OpeningTask]
    workspace: str
    home: Address | None
    reporter: Account | None
    members: tuple[str, ...]


class OpeningDriver:
    """Drives `opening` work; the subject is an incident's id."""

    def __init__(
        self,
        acts: Acts[IncidentStores],
        adapters: Mapping[str, ChatAdapter],
        render: Rendering,
        clock: Clock,
        *,
        usual_platform: str,
        own_platform: str,
        bring: Bring | None = None,
        after_call: AfterCall | None = None,
    ) -> None:
        """Keep what the work needs.

        Args:
            acts: Stored state.
            adapters: By platform name.
            render: Makes the card of a living message.
            clock: The time.
            usual_platform: Where the room is made when the incident was not started
                from a chat platform.
            own_platform: Where it is made when that one has no private rooms and needs one.
            bring: Finds the members on the room's platform who have not shown themselves there
                yet; None leaves them out.
            after_call: Called between the platform's answer and the act that keeps it:
                the worst place for a process to die, which tests make it do.
        """
        self._acts = acts
        self._adapters = adapters
        self._render = render
        self._clock = clock
        self._usual = usual_platform
        self._own = own_platform
        self._bring = bring
        self.after_call = after_call

    async def drive(self, subject: str, lease: Lease) -> datetime | None:
        """Do every task that may be tried now; when to try again, None when all are done."""
        while True:
            scene = await self._acts.read(lambda stores: self._look(stores, subject))
            if scene is None:
                return None
            task = ready(scene.tasks.values(), self._clock.now())
            if task is None:
                return next_try(scene.tasks.values())
            await self._try(scene, task, lease)

    def _look(self, stores: IncidentStores, incident_id: str) -> Scene | None:
        incident = stores.incidents.get(incident_id)
        if incident is None:
            return None
        tasks = {task.name: task for task in stores.openings.of(incident_id)}
        rooms = stores.incidents.rooms(incident_id)
        team = stores.people.team(incident.team_id)
        joined = stores.incidents.participants(incident_id)
        return Scene(
            incident=incident,
            tasks=tasks,
            workspace=team.name if team else incident.team_id,
            home=rooms[0].address if rooms else None,
            reporter=stores.people.account(incident.reporter_id) if incident.reporter_id else None,
            members=tuple(participant.account_id for participant in joined),
        )

    async def _try(self, scene: Scene, task: OpeningTask, lease: Lease) -> None:
        """One try of one task; an outside failure is kept and the task comes again."""
        work = {
            TaskName.CHANNEL: self._channel,
            TaskName.MEMBERS: self._members,
            TaskName.ANNOUNCEMENT: self._announcement,
            TaskName.PANEL: self._panel,
            TaskName.PIN: self._pin,
            TaskName.WELCOME: self._welcome,
        }[task.name]
        try:
            await work(scene, task, lease)
        except LostLease:
            raise
        except TocsinError as wrong:
            retry_after = wrong.retry_after if isinstance(wrong, Unavailable) else None
            await self._keep_failure(scene, task, lease, wrong.message, retry_after)
        except Exception:
            log.exception("opening %s: %s failed", scene.incident.key, task.name)
            await self._keep_failure(scene, task, lease, "an error on our side, see the log", None)

    async def _keep(
        self,
        lease: Lease,
        task: OpeningTask,
        write: Callable[[IncidentStores, datetime], None] | None = None,
        **result: str,
    ) -> None:
        """Write that the task is done, with what belongs to it, unless the lease was lost."""
        if self.after_call is not None:
            self.after_call(task.name)

        def act(stores: IncidentStores) -> None:
            hold(stores, lease)
            now = self._clock.now()
            stores.openings.save(task.done(**result))
            if write is not None:
                write(stores, now)
            if task.attempts and task.state is TaskState.FAILED:
                stores.outbox.refresh(panel_of(task.incident_id))
                tell_complete(stores, task.incident_id, now)

        await self._acts.run(act)

    async def _keep_failure(
        self, scene: Scene, task: OpeningTask, lease: Lease, why: str, retry_after: float | None
    ) -> None:
        def act(stores: IncidentStores) -> None:
            hold(stores, lease)
            failed = task.failed(why, self._clock.now(), retry_after)
            stores.openings.save(failed)
            stores.outbox.refresh(panel_of(task.incident_id))
            if failed.attempts == 1:
                title = f"{scene.incident.key} is not complete yet. {problem(failed)}"
                card = Card(title, tone="warning")
                tell_reporter(stores, scene.incident, card, f"{task.key}:failed")

        log.warning("opening %s: %s failed: %s", scene.incident.key, task.name, why)
        await self._acts.run(act)

    def _home(self, scene: Scene) -> tuple[ChatAdapter, Address]:
        if scene.home is None:
            raise Unavailable("its channel is not there yet")
        return self._adapter(scene.home.platform), scene.home

    def _adapter(self, platform: str) -> ChatAdapter:
        adapter = self._adapters.get(platform)
        if adapter is None:
            raise Unavailable(f"{platform} is not connected")
        return adapter

    async def _channel(self, scene: Scene, task: OpeningTask, lease: Lease) -> None:
        incident = scene.incident
        adapter, workspace, instead = await self._where(scene)
        topic = await self._acts.read(lambda stores: topic_of(stores, incident))
        address = await adapter.create_channel(
            NewChannel(
                workspace=workspace,
                name=task.result.get("name") or f"{incident.key}-{incident.name}",
                key=task.key,
                private=not incident.public,
                topic=topic,
            )
        )
        name = (await adapter.channel(address)).name

        def write(stores: IncidentStores, now: datetime) -> None:
            stores.incidents.add_room(Room(incident.id, address, name))
            told = f"opened the channel #{name}"
            note(stores, SYSTEM, incident, now, EventKind.CHANNEL_CREATED, told, channel=name)
            if instead:
                card = moved(incident, name, instead)
                tell_reporter(stores, incident, card, f"{task.key}:moved")
            # Only now is it known which channel it got, which the event has to name.
            track_started(stores, incident, address.channel, task.result.get("post", ""))

        await self._keep(lease, task, write, name=name, address=address.packed())

    async def _where(self, scene: Scene) -> tuple[ChatAdapter, str, str]:
        """Where the room is made: platform, workspace, and in place of which platform, if any."""
        origin = _origin(scene)
        adapter = self._adapter(self._usual if origin is None else origin.platform)
        if scene.incident.public or best_way("private room", adapter.capabilities) is Way.CHANNEL:
            near = None if origin is None else origin.workspace
            return adapter, near or await workspace_on(adapter, scene.workspace), ""
        return self._adapter(self._own), scene.workspace, adapter.platform

    async def _members(self, scene: Scene, task: OpeningTask, lease: Lease) -> None:
        adapter, home = self._home(scene)
        incident = scene.incident
        if self._bring is not None:
            await self._bring(scene.members, home.platform, home.workspace)
        people = await self._acts.read(lambda s: persons(s, incident, scene.members))
        kept_out = ""
        try:
            await adapter.invite(home, people)
        except UserError as no:
            # Trying again would change nothing; who is in is in.
            kept_out = no.message
        inside = (await adapter.channel(home)).members

        def write(stores: IncidentStores, now: datetime) -> None:
            known = (
                stores.people.identity(person.platform, person.workspace, person.id)
                for person in inside
                if not person.is_bot
            )
            found = [identity.account_id for identity in known if identity]
            sync_members(stores, incident.id, found, now)
            if kept_out:
                tell_reporter(
                    stores, incident, not_let_in(incident, kept_out), f"{task.key}:kept-out"
                )

        await self._keep(lease, task, write)

    async def _announcement(self, scene: Scene, task: OpeningTask, lease: Lease) -> None:
        adapter, home = self._home(scene)
        quote = task.result.get("quote", "")
        await adapter.post(home, await self._introduction(scene, quote), key=f"{task.key}:home")
        told: list[Living] = []
        names = [(await adapter.channel(home)).name]
        places, missing = await self._audience(scene, home, task.result.get("channels", ""))
        for number, place in enumerate(places):
            living = Living(f"{task.key}:{number}", announcement_of(scene.incident.id), place)
            there = self._adapter(place.platform)
            card = await self._render(living, there.capabilities.limits)
            try:
                posted = await there.post(place, card, key=living.id)
                name = (await there.channel(place)).name
            except UserError:
                # Somebody started it where the bot is not, such as in a private channel.
                missing = (*missing, await name_of(there, place))
                continue
            told.append(replace(living, address=posted))
            names.append(name)

        def write(stores: IncidentStores, now: datetime) -> None:
            for living in told:
                stores.outbox.keep_alive(living)
            where = f"announced the incident in #{', #'.join(names)}"
            note(stores, SYSTEM, scene.incident, now, EventKind.ANNOUNCED, where)
            if missing:
                tell_untold(stores, scene.incident, missing, task.key, now)

        await self._keep(lease, task, write, **task.result)

    async def _audience(
        self, scene: Scene, home: Address, channels: str
    ) -> tuple[tuple[Address, ...], tuple[str, ...]]:
        names = [name.strip() for name in channels.split(",") if name.strip()]
        told = Told(scene.incident, scene.workspace, home, _origin(scene))
        return await audience(self._acts, self._adapters, told, names)

    async def _introduction(self, scene: Scene, quote: str) -> Card:
        incident, reporter = scene.incident, scene.reporter
        if reporter is None:
            return introduction(incident, None, "Tocsin", quote)
        who = await self._acts.read(lambda s: mention(s, incident, reporter))
        return introduction(incident, reporter, who, quote)

    async def _panel(self, scene: Scene, task: OpeningTask, lease: Lease) -> None:
        adapter, home = self._home(scene)
        living = Living(task.key, panel_of(scene.incident.id), home)
        card = await self._render(living, adapter.capabilities.limits)
        head = adapter.head(home) if isinstance(adapter, Headed) else None
        if head is None:
            posted = await adapter.post(home, card, key=task.key)
        else:
            # A thread's first message stays in sight, as a pinned one does elsewhere.
            await adapter.update(head, card)
            posted = head

        def write(stores: IncidentStores, _: datetime) -> None:
            stores.outbox.keep_alive(replace(living, address=posted))
            # Whatever changed while it was being posted is shown by one more look.
            stores.outbox.refresh(panel_of(scene.incident.id))

        await self._keep(lease, task, write, message=posted.packed())

    async def _pin(self, scene: Scene, task: OpeningTask, lease: Lease) -> None:
        adapter, _ = self._home(scene)
        panel = scene.tasks[TaskName.PANEL].result["message"]
        if best_way("keep in sight", adapter.capabilities) is Way.PIN:
            await adapter.pin(Address.unpacked(panel))
        await self._keep(lease, task)

    async def _welcome(self, scene: Scene, task: OpeningTask, lease: Lease) -> None:
        adapter, home = self._home(scene)
        reporter = scene.reporter
        if reporter is not None:
            people = await self._acts.read(lambda s: persons(s, scene.incident, [reporter.id]))
            private = best_way("private answer", adapter.capabilities)
            for person in people:
                card = first_steps(scene.incident)
                if private is Way.WHISPER:
                    await adapter.whisper(home, person, card, key=task.key)
                elif private is Way.DIRECT:
                    await adapter.direct(person, card, key=task.key)
        await self._keep(lease, task)


def hold(stores: IncidentStores, lease: Lease) -> None:
    """Let a driver's act pass while its lease is the current one.

    Raises:
        LostLease: Somebody else drives now.
    """
    if not stores.drives.holds(lease):
        raise LostLease(f"{lease.kind} {lease.subject} is driven by somebody else now")


def _origin(scene: Scene) -> Address | None:
    """Where the incident was started; None when not from a chat platform."""
    packed = scene.tasks[TaskName.ANNOUNCEMENT].result.get("origin", "")
    return Address.unpacked(packed) if packed else None
