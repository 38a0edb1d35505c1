"""Makes sure that somebody drives what is due: leases, sweeping, taking over.

What is to be driven stands in rows of ours (`incidents.ports.Drives`); this file
decides who drives it, one driver for a subject at a time. `bot/durable.py` starts the
driving in DBOS, so that it is started again after a crash.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextvars import Context
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from chat.clock import Clock, new_id
from chat.errors import Unavailable
from incidents.ports import GIVEN_BACK, Driver, IncidentStores, Lease
from security.ports import Acts

_log = logging.getLogger("tocsin.engine")

_SWEEP_EVERY = 1.0
_AT_ONCE = 32
_LEASE = timedelta(seconds=8)
_RENEW_EVERY = 2.0
_MOMENT = 0.2
_ASK_AGAIN = 1.5
_LONGEST_WAIT = 300.0

Drive: TypeAlias = Callable[[str, str], Awaitable[None]]
"""Drives one subject: its kind and its id."""


class Starter(Protocol):
    """Starts driving so that it survives this process."""

    async def open(self, drive: Drive) -> None:
        """Get ready; what an earlier life began may call `drive` at once."""
        ...

    async def start(self, kind: str, subject: str, workflow: str) -> None:
        """Have `drive` called soon; an id that was started before does nothing."""
        ...

    async def close(self) -> None:
        """Let go. Nothing is being driven any more."""
        ...


class InlineStarter:
    """Drives in this process and forgets with it: for short-lived tools."""

    def __init__(self) -> None:
        self._drive: Drive | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, drive: Drive) -> None:
        """Remember whom to call."""
        self._drive = drive

    async def start(self, kind: str, subject: str, workflow: str) -> None:
        """Call it in a task."""
        if self._drive is None:
            return
        task = asyncio.ensure_future(self._drive(kind, subject))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.set_name(workflow)

    async def close(self) -> None:
        """Wait for the tasks."""
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Engine:
    """One process's share in driving.

    A lease is renewed while its driver works. One that was not (its process is dead or
    was stopped for too long) is taken over by whichever process sweeps next, and a
    driver that lost it is cancelled and refused by the fence in each of its writes.

    Attributes:
        ready: Whether it has been started and can drive.
    """

    def __init__(
        self,
        acts: Acts[IncidentStores],
        drivers: Mapping[str, Driver],
        starter: Starter,
        clock: Clock,
        owner: str,
    ) -> None:
        """Get ready.

        Args:
            acts: Stored state.
            drivers: Who drives which kind.
            starter: How driving is started.
            clock: The time.
            owner: Stable name of this process, unique among the living ones.
        """
        self._acts = acts
        self._drivers = drivers
        self._kinds = frozenset(drivers)
        self._starter = starter
        self._clock = clock
        self._owner = owner
        self._woken = asyncio.Event()
        self._asked: dict[tuple[str, str, int], float] = {}
        self._driving: dict[tuple[str, str], asyncio.Task[object]] = {}
        self._failures: dict[tuple[str, str], int] = {}
        # Whether something due was passed over, since it or too much else is being driven.
        self._passed_over = False
        self._closing = False
        self.ready = False

    def wake(self) -> None:
        """Something may be due now; called when an act has woken a drive."""
        self._woken.set()

    @property
    def busy(self) -> int:
        """How many subjects are being driven here."""
        return len(self._driving)

    async def run(self) -> None:
        """Sweep until cancelled."""
        freed = await self._acts.run(lambda to: to.drives.free(self._owner, self._clock.now()))
        if freed:
            _log.info("going on with %s drives that the last run left behind", freed)
        if not self.ready:
            await self._starter.open(self.drive)
            self.ready = True
        while True:
            self._woken.clear()
            with _logged("sweeping"):
                await self.sweep()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SWEEP_EVERY):
                    await self._woken.wait()

    async def close(self, grace: float) -> None:
        """Let what is being driven come to an end, or hand it over after `grace` seconds."""
        self._closing = True
        tasks = tuple(self._driving.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=_RENEW_EVERY)
        if self.ready:
            self.ready = False
            await self._starter.close()

    async def sweep(self) -> int:
        """Start what is due; how much that was."""
        now = self._clock.now()
        due = await self._acts.read(lambda to: to.drives.due(now, _AT_ONCE * 2, self._kinds))
        self._forget_answered(due)
        self._passed_over = False
        starting: list[Awaitable[None]] = []
        for kind, subject, segment in due:
            if self._closing or len(self._driving) + len(starting) >= _AT_ONCE:
                self._passed_over = True
                break
            if (kind, subject) in self._driving:
                self._passed_over = True
            elif self._may_ask((kind, subject, segment)):
                starting.append(self._start(kind, subject, segment))
        await asyncio.gather(*starting)
        return len(starting)

    def _start(self, kind: str, subject: str, segment: int) -> Awaitable[None]:
        """Start one; the second time under a fresh id.

        Whoever began the first may be dead, or have ended without giving the lease
        back, and then its id starts nothing any more. A second start is harmless: only
        one gets the lease.
        """
        asked = (kind, subject, segment)
        workflow = f"{kind}:{subject}:{segment}"
        if asked in self._asked:
            workflow = f"{workflow}:{new_id()}"
        self._asked[asked] = _now()
        # An empty context: an act inside a drive wakes us, and what is started from there
        # must not become its child.
        return asyncio.get_running_loop().create_task(
            self._starter.start(kind, subject, workflow), context=Context()
        )

    def _may_ask(self, asked: tuple[str, str, int]) -> bool:
        return _now() - self._asked.get(asked, -_ASK_AGAIN) >= _ASK_AGAIN

    def _forget_answered(self, due: tuple[tuple[str, str, int], ...]) -> None:
        still = set(due)
        for asked in [asked for asked in self._asked if asked not in still]:
            del self._asked[asked]

    async def drive(self, kind: str, subject: str) -> None:
        """Drive one subject if the lease is to be had, and give it back."""
        task = asyncio.current_task()
        if self._closing or task is None or (kind, subject) in self._driving:
            return
        self._driving[kind, subject] = task
        try:
            lease = await self._take(kind, subject)
            if lease is not None:
                await self._drive_under(lease)
        finally:
            del self._driving[kind, subject]
            if self._passed_over:
                self._woken.set()

    async def _take(self, kind: str, subject: str) -> Lease | None:
        now = self._clock.now()
        return await self._acts.run(
            lambda to: to.drives.take(kind, subject, self._owner, now, now + _LEASE)
        )

    async def _drive_under(self, lease: Lease) -> None:
        try:
            async with self._renewing(lease):
                again_at = await self._drivers[lease.kind].drive(lease.subject, lease)
        except asyncio.CancelledError:
            # Stopped, or the lease is lost: then this release changes nothing.
            await asyncio.shield(self._release(lease, self._clock.now()))
            raise
        except Exception as error:  # noqa: BLE001 - a driver's bug must not end the engine
            again_at = self._after_failure(lease, error)
        else:
            self._failures.pop((lease.kind, lease.subject), None)
        if again_at is not GIVEN_BACK:
            await self._release(lease, again_at)

    def _after_failure(self, lease: Lease, error: Exception) -> datetime:
        """When to try again after 1, 2, 4, … 300 s."""
        key = (lease.kind, lease.subject)
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        wait = min(2.0**failures, _LONGEST_WAIT)
        expected = isinstance(error, Unavailable)
        _log.log(
            logging.WARNING if expected else logging.ERROR,
            "driving %s %s failed (%s); again in %.0f s",
            lease.kind,
            lease.subject,
            error,
            wait,
            exc_info=None if expected else error,
        )
        return self._clock.now() + timedelta(seconds=wait)

    async def _release(self, lease: Lease, again_at: datetime | None) -> None:
        with _logged("giving a lease back"):
            await self._acts.run(lambda to: to.drives.release(lease, again_at))

    @contextlib.asynccontextmanager
    async def _renewing(self, lease: Lease) -> AsyncGenerator[None]:
        """Hold the lease meanwhile; losing it cancels whoever is inside."""
        renewing = asyncio.create_task(self._renew(lease, asyncio.current_task()))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, lease: Lease, driver: asyncio.Task[object] | None) -> None:
        good_until = self._clock.now() + _LEASE
        while True:
            await asyncio.sleep(_RENEW_EVERY)
            until = self._clock.now() + _LEASE
            held = self._clock.now() < good_until
            with _logged("renewing a lease"):
                held = await self._acts.run(lambda to, until=until: to.drives.renew(lease, until))
                good_until = until
            if not held:
                # Its driver may have given it back this moment, and ends before this does.
                await asyncio.sleep(_MOMENT)
                _log.warning("the lease of %s %s is lost", lease.kind, lease.subject)
                if driver is not None:
                    driver.cancel()
                return


@contextlib.contextmanager
def _logged(doing: str) -> Generator[None]:
    """Log that the database did not answer, and go on: the next round tries again."""
    try:
        yield
    except Unavailable as away:
        _log.warning("%s: %s", doing, away.message)


def _now() -> float:
    """Seconds that never go back."""
    return asyncio.get_running_loop().time()
