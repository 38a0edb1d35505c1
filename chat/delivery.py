"""Delivers the outbox: in order within a lane, many lanes at once, with back-off."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from chat.address import Address
from chat.clock import Clock
from chat.errors import TocsinError, Unavailable, UserError
from chat.outbox import Living, Outbox, Queued, Refresh, SetTopic
from chat.port import ChatAdapter
from chat.sending import Render, Sender
from chat.undelivered import TellGivenUp

T = TypeVar("T")
_log = logging.getLogger("tocsin.delivery")

_LOOK_EVERY = 1.0
_MOMENT = 0.005
_AT_ONCE = 256
_CALL_TIMEOUT = 30.0
_LONGEST_WAIT = 60.0
_TRIES = 1_500
_TRIES_AFTER_A_BUG = 5


class HasOutbox(Protocol):
    """What an act of delivery is given."""

    @property
    def outbox(self) -> Outbox: ...  # noqa: D102 - says itself


class OutboxActs(Protocol):
    """The door to stored state, as far as delivery needs it."""

    async def run(self, act: Callable[[HasOutbox], T]) -> T:
        """Run `act` in one transaction."""
        ...

    async def read(self, look: Callable[[HasOutbox], T]) -> T:
        """Run `look`, which changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one platform is served.

    Attributes:
        lanes: Deliveries under way at once.
        between_edits: Seconds between two edits of one living message; what changes
            meanwhile is one edit.
    """

    lanes: int = 16
    between_edits: float = 0.25


class Deliverer:
    """Takes what acts have put into the outbox to the platforms.

    A platform that does not answer is tried again after 1, 2, 4, … 60 s, or when it
    asks us to, for about a day; meanwhile its lane waits and the others go on. What can
    never arrive (the channel is gone) is given up, kept for people to see, and told.
    """

    def __init__(
        self,
        acts: OutboxActs,
        adapters: Mapping[str, ChatAdapter],
        render: Render,
        clock: Clock,
        paces: Mapping[str, Pace] | None = None,
        tell: TellGivenUp[Any] | None = None,
    ) -> None:
        """Get ready.

        Args:
            acts: Stored state.
            adapters: By platform name.
            render: Draws a living message.
            clock: The time.
            paces: How fast each platform is served.
            tell: Tells people what was given up; is handed the act's stores. None tells nobody.
        """
        self._tell = tell
        self._acts = acts
        self._clock = clock
        self._senders = {
            name: Sender(adapter, render, self._living_at, self._keep_living, self._living)
            for name, adapter in adapters.items()
        }
        self._paces = {name: (paces or {}).get(name, Pace()) for name in adapters}
        self._woken = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._edited: dict[str, float] = {}
        self._freed: set[str] = set()
        self._next_look: float | None = None
        self._running = False
        self._looking = False
        self._looks = 0
        self._looked = asyncio.Condition()

    def wake(self) -> None:
        """Look at the outbox now; called when an act has put something there."""
        self._woken.set()

    @property
    def busy(self) -> int:
        """How many deliveries are under way."""
        return len(self._busy)

    async def run(self) -> None:
        """Deliver until cancelled; deliveries under way then are finished first."""
        self._running = True
        try:
            while True:
                self._woken.clear()
                await self._look()
                await self._rest()
        finally:
            self._running = False
            await self._tell_looked()
            await self._finish()

    async def settle(self) -> None:
        """Deliver what can be delivered now, and come back when nothing is under way."""
        while True:
            await self._look()
            if self._busy:
                await asyncio.wait(tuple(self._busy.values()))
            elif self._next_look is not None:
                await asyncio.sleep(max(self._next_look - _now(), 0.0))
            else:
                return

    async def rest(self) -> None:
        """Come back when nothing waits that `run`, which does the work, could deliver now."""
        while self._running:
            # The look under way may have read too early; the one after it has not.
            await self._looked_again(self._looks + (2 if self._looking else 1))
            # A look that is reading now has taken the waking with it, and starts what it finds.
            still = not self._busy and not self._woken.is_set() and self._next_look is None
            if still and not self._looking:
                return
            await asyncio.sleep(_MOMENT)

    async def _looked_again(self, enough: int) -> None:
        """Wait for so many looks in all."""
        self._woken.set()
        async with self._looked:
            await self._looked.wait_for(lambda: self._looks >= enough or not self._running)

    async def _finish(self) -> None:
        if self._busy:
            await asyncio.wait(tuple(self._busy.values()), timeout=_CALL_TIMEOUT)

    async def _rest(self) -> None:
        """Wait until woken, until an edit held back is due, or for the regular look."""
        pause = _LOOK_EVERY
        if self._next_look is not None:
            pause = min(pause, max(self._next_look - _now(), 0.0))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._woken.wait()

    async def _look(self) -> None:
        """Start what is due, in each platform as far as there is room."""
        self._looking = True
        self._next_look = None
        self._freed.clear()
        for platform, pace in self._paces.items():
            try:
                await self._start_due(platform, pace)
            except Unavailable as away:
                _log.warning("the outbox cannot be read: %s", away.message)
        self._looking = False
        self._looks += 1
        await self._tell_looked()

    async def _tell_looked(self) -> None:
        async with self._looked:
            self._looked.notify_all()

    async def _start_due(self, platform: str, pace: Pace) -> None:
        busy = sum(1 for key in self._busy if key.startswith(f"{platform}/"))
        if busy >= pace.lanes:
            return
        now = self._clock.now()
        due = await self._acts.read(lambda to: to.outbox.due(now, platform, _AT_ONCE))
        for queued in due:
            lane = queued.outgoing.lane
            if lane in self._busy or lane in self._freed or busy >= pace.lanes:
                continue
            if self._too_soon(queued, pace):
                continue
            task = asyncio.create_task(self._deliver(queued), name=f"deliver {queued.id}")
            self._busy[lane] = task
            task.add_done_callback(lambda _, lane=lane: self._free(lane))
            busy += 1

    def _free(self, lane: str) -> None:
        del self._busy[lane]
        # A look that is reading right now may still be shown what was just delivered.
        self._freed.add(lane)
        self._woken.set()

    def _too_soon(self, queued: Queued, pace: Pace) -> bool:
        """Whether the message was edited a moment ago, so that this edit gathers more."""
        job = queued.outgoing.job
        if not isinstance(job, Refresh):
            return False
        at = self._edited.get(job.living, 0.0) + pace.between_edits
        if at <= _now():
            return False
        self._next_look = at if self._next_look is None else min(self._next_look, at)
        return True

    async def _deliver(self, queued: Queued) -> None:
        outgoing = queued.outgoing
        if isinstance(outgoing.job, Refresh):
            self._note_edit(outgoing.job.living)
        try:
            async with asyncio.timeout(_CALL_TIMEOUT):
                await self._senders[outgoing.address.platform].send(outgoing)
        except Exception as error:  # noqa: BLE001 - whatever an adapter does, the lane must go on
            said, again_at = _verdict(queued, error, self._clock.now())
            if again_at is None:
                await self._keep(lambda to, now: self._give_up(to, queued, said, now), queued)
            else:
                aside = _waits_aside(queued, error)
                await self._keep(
                    lambda to, _: to.outbox.failed(queued, said, again_at=again_at, aside=aside),
                    queued,
                )
        else:
            await self._keep(lambda to, now: to.outbox.delivered(queued, now), queued)

    def _give_up(self, to: Any, queued: Queued, why: str, now: datetime) -> None:
        to.outbox.give_up(queued, why, now)
        if self._tell is not None:
            self._tell(to, queued.outgoing, why, now)

    async def _keep(self, write: Callable[[HasOutbox, datetime], None], queued: Queued) -> None:
        """Write down what came of a delivery; without that it is tried again, which is harmless."""
        now = self._clock.now()
        try:
            await self._acts.run(lambda to: write(to, now))
        except TocsinError as error:
            _log.warning("what came of delivery %s is not kept: %s", queued.id, error.message)
            await asyncio.sleep(_LOOK_EVERY)

    def _note_edit(self, living: str) -> None:
        if len(self._edited) > 10_000:  # noqa: PLR2004 - bounds the memory, nothing else
            self._edited.clear()
        self._edited[living] = _now()

    async def _living_at(self, address: Address) -> Living | None:
        return await self._acts.read(lambda to: to.outbox.living_at(address))

    async def _living(self, subject: str) -> tuple[Living, ...]:
        return await self._acts.read(lambda to: to.outbox.living(subject))

    async def _keep_living(self, living: Living) -> None:
        await self._acts.run(lambda to: to.outbox.keep_alive(living))


def _verdict(queued: Queued, error: Exception, now: datetime) -> tuple[str, datetime | None]:
    """What is noted about a failed delivery, and when it is tried again (None: never)."""
    wait = backoff(queued.attempts, _LONGEST_WAIT)
    match error:
        case Unavailable():
            said, tries = error.message, _TRIES
            # The longer it lasts, the more rarely it is tried, so that it lasts a day whatever
            # the platform asks for.
            wait = max(wait, error.retry_after or 0.0)
        case TimeoutError():
            said, tries = "The platform did not answer in time.", _TRIES
        case UserError():
            said, tries = error.message, 0
        case _:
            said, tries = f"{type(error).__name__}: {error}", _TRIES_AFTER_A_BUG
            _log.error("delivery %s failed unexpectedly", queued.id, exc_info=error)
    if queued.attempts + 1 >= tries:
        _log.warning("delivery %s to %s given up: %s", queued.id, queued.outgoing.lane, said)
        return said, None
    return said, now + timedelta(seconds=wait)


def _waits_aside(queued: Queued, error: Exception) -> bool:
    """Whether it is a topic that a platform wants to take much later, as Discord a third one.

    Only then: what is to be archived afterwards takes no topic any more on some platforms.
    """
    wait = error.retry_after if isinstance(error, Unavailable) else None
    return isinstance(queued.outgoing.job, SetTopic) and (wait or 0.0) > _LONGEST_WAIT


def backoff(attempts: int, longest: float) -> float:
    """Seconds before the next try: 1, 2, 4, … `longest`, after so many tries that failed."""
    return min(2.0 ** min(attempts, 16), longest)


def _now() -> float:
    """Seconds that never go back; for pauses, not for what is stored."""
    return asyncio.get_running_loop().time()
