"""The desk: everything people do with an incident, each call one act.

The rules stand in `lifecycle.py`, `people.py`, `updates.py` and `access.py` as plain
functions of an open transaction; this file only opens it. Every method raises
`NotFound` for an incident that is not there or not for the actor, `Denied` when a
right is missing, and `Refused` when a rule says no, such as a closed incident.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from chat.address import Address
from chat.clock import Clock
from chat.person import Person
from chat.port import ChannelFacts
from incidents import detail, lifecycle, people, rooms, updates
from incidents.access import sees, viewer, visible
from incidents.incident import Incident, Severity
from incidents.ports import IncidentFilter, IncidentStores
from incidents.timeline import Event, EventKind
from security.actor import Actor
from security.page import Page, Slice
from security.ports import Acts

T = TypeVar("T")


class IncidentDesk:
    """Incidents for every door. `ref` is an id, a key (`INC-00042`) or its number."""

    def __init__(self, acts: Acts[IncidentStores], clock: Clock, *, archives: bool = False) -> None:
        """Open it.

        Args:
            acts: Stored state.
            clock: The time.
            archives: Whether the incident's own channel is archived when it is closed, and
                brought back when it is ongoing again.
        """
        self._acts = acts
        self._clock = clock
        self._archives = archives

    async def _change(self, actor: Actor, act: Callable[[IncidentStores, datetime], T]) -> T:
        """Run `act` with the present moment in one transaction."""
        return await self._acts.run(lambda stores: act(stores, self._clock.now()), actor=actor)

    async def find(self, actor: Actor, ref: str) -> Incident:
        """The incident itself."""
        return await self._acts.read(lambda stores: visible(stores, actor, ref), actor=actor)

    async def in_channel(self, actor: Actor, channel: Address) -> Incident | None:
        """The incident whose channel this is, when `actor` may see it; None otherwise."""

        def look(stores: IncidentStores) -> Incident | None:
            found = stores.incidents.in_channel(channel.room)
            return found if found and sees(stores, actor, found) else None

        return await self._acts.read(look, actor=actor)

    async def page(self, actor: Actor, wanted: IncidentFilter, part: Slice) -> Page[Incident]:
        """Those that fit and that `actor` may see, newest first unless ordered otherwise."""
        eyes = viewer(actor)
        return await self._acts.read(
            lambda stores: stores.incidents.page(wanted, eyes, part), actor=actor
        )

    async def detail(self, actor: Actor, ref: str) -> detail.Detail:
        """The incident with everybody and everything around it."""
        return await self._acts.read(lambda stores: detail.detail(stores, actor, ref), actor=actor)

    async def timeline(
        self, actor: Actor, ref: str, kinds: tuple[EventKind, ...], part: Slice
    ) -> Page[Event]:
        """Its story; oldest first, or newest first with the order `-at`."""

        def look(stores: IncidentStores) -> Page[Event]:
            return stores.timeline.page(visible(stores, actor, ref).id, kinds, part)

        return await self._acts.read(look, actor=actor)

    async def end(self, actor: Actor, ref: str) -> Incident:
        """Close it."""
        return await self._change(
            actor, lambda s, now: lifecycle.end(s, actor, ref, now, archives=self._archives)
        )

    async def restart(self, actor: Actor, ref: str) -> Incident:
        """Make a closed one ongoing again."""
        return await self._change(
            actor, lambda s, now: lifecycle.restart(s, actor, ref, now, archives=self._archives)
        )

    async def edit(
        self,
        actor: Actor,
        ref: str,
        *,
        name: str | None = None,
        summary: str | None = None,
        severity: Severity | None = None,
        commander: str | None = None,
        version: int | None = None,
    ) -> Incident:
        """Change what is given, all of it or nothing; None leaves as it is.

        Raises:
            Stale: `version` is given and is not the current one.
        """

        def act(stores: IncidentStores, now: datetime) -> Incident:
            after = lifecycle.edit(
                stores, actor, ref, now,
                name=name, summary=summary, severity=severity, version=version,
            )  # fmt: skip
            if commander is None or commander == after.commander_id:
                return after
            return people.change_commander(stores, actor, ref, commander, now)

        return await self._change(actor, act)

    async def set_severity(self, actor: Actor, ref: str, severity: Severity) -> Incident:
        """Change how bad it is; refused when it is said to be that bad already."""
        return await self._change(
            actor, lambda s, now: lifecycle.set_severity(s, actor, ref, severity, now)
        )

    async def set_summary(self, actor: Actor, ref: str, text: str) -> Incident:
        """Change the summary; empty text clears it."""
        return await self.edit(actor, ref, summary=text)

    async def rename(self, actor: Actor, ref: str, name: str) -> Incident:
        """Change its name; the channel keeps its own."""
        return await self.edit(actor, ref, name=name)

    async def change_commander(self, actor: Actor, ref: str, name: str) -> Incident:
        """Put somebody who is in the channel in charge."""
        return await self._change(
            actor, lambda s, now: people.change_commander(s, actor, ref, name, now)
        )

    async def set_role(
        self, actor: Actor, ref: str, role: str, name: str | None, *, new: bool = False
    ) -> Incident:
        """Give a role beyond commander, or with None leave it open; `new` for one's own word."""
        return await self._change(
            actor, lambda s, now: people.set_role(s, actor, ref, role, name, now, new=new)
        )

    async def invite(self, actor: Actor, ref: str, names: Iterable[str]) -> Incident:
        """Add members of the team."""
        wanted = tuple(names)
        return await self._change(actor, lambda s, now: people.invite(s, actor, ref, wanted, now))

    async def join(self, actor: Actor, ref: str) -> Incident:
        """Take part."""
        return await self._change(actor, lambda s, now: people.join(s, actor, ref, now))

    async def linkable(
        self, actor: Actor, ref: str, asked: str, channel: ChannelFacts | None
    ) -> None:
        """Come back when `link` would be allowed at this moment."""
        await self._change(actor, lambda s, _: rooms.linkable(s, actor, ref, asked, channel))

    async def link(
        self, actor: Actor, ref: str, asked: str, channel: ChannelFacts | None
    ) -> Incident:
        """Make a channel, perhaps of another platform, one more room of it."""
        return await self._change(
            actor, lambda s, now: rooms.link(s, actor, ref, asked, channel, now)
        )

    async def unlink(self, actor: Actor, ref: str, channel: Address) -> Incident:
        """Make a linked channel an ordinary one again."""
        return await self._change(actor, lambda s, now: rooms.unlink(s, actor, ref, channel, now))

    async def relay(
        self,
        actor: Actor,
        ref: str,
        channels: tuple[ChannelFacts, ...],
        *,
        on: bool,
        deaf: Mapping[str, str],
    ) -> Incident:
        """Pass on what is said in one room to the others, or stop that.

        `channels` are its rooms as they stand on their platforms; `deaf` are platforms on which
        we do not hear what people say, each with what changes that.
        """
        return await self._change(
            actor, lambda s, now: rooms.relay(s, actor, ref, channels, now, on=on, deaf=deaf)
        )

    async def pass_on(self, place: Address, who: Person, text: str, cause: str) -> None:
        """Show what was said in a room in the others, where that is wanted."""
        relays = await self._acts.read(lambda s: rooms.relays(s, place))
        if relays:
            await self._acts.run(lambda s: rooms.pass_on(s, place, who, text, cause))

    async def came_into(self, actor: Actor, channel: Address) -> Incident | None:
        """Somebody entered a channel on the platform's side; its incident, if it has one."""
        return await self._change(actor, lambda s, now: people.came_into(s, actor, channel, now))

    async def went_out_of(self, actor: Actor, channel: Address) -> Incident | None:
        """Somebody left a channel on the platform's side; its incident, if it has one."""
        return await self._change(actor, lambda s, now: people.went_out_of(s, actor, channel, now))

    async def post_update(
        self, actor: Actor, ref: str, text: str, *, next_in: timedelta | None = None
    ) -> Incident:
        """Tell everybody how it stands; the next update is expected after `next_in`."""
        return await self._change(
            actor,
            lambda s, now: updates.post_update(s, actor, ref, text, now, next_in=next_in),
        )

    async def snooze(self, actor: Actor, ref: str, wait: timedelta) -> Incident:
        """Put the next update off by `wait` (1 minute to 7 days)."""
        return await self._change(actor, lambda s, now: updates.snooze(s, actor, ref, wait, now))

    async def announce(
        self, actor: Actor, ref: str, asked: str, channel: ChannelFacts | None
    ) -> Incident:
        """Tell another channel: what the name `asked` for found; None when it found nothing."""
        return await self._change(
            actor, lambda s, now: updates.announce(s, actor, ref, asked, channel, now)
        )
