"""The one door to stored state: acts and looks, each a plain function of one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection

from chat.clock import Clock
from chat.errors import Denied
from security.actor import Actor
from security.audit import Outcome, Record, record
from storage.stores import Stores

T = TypeVar("T")
Listener = Callable[[frozenset[str]], None]


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """Something to be done in a transaction, on any thread.

    Attributes:
        do: The work itself; may be run again when the database asks for that.
        amend: What is to be done in a transaction of its own after `do` raised that
            error and was rolled back; None for nothing.
        committed: Called, on any thread, after either was committed.
    """

    do: Callable[[Connection], T]
    amend: Callable[[Exception], Callable[[Connection], None] | None]
    committed: Callable[[], None]


class Runner(Protocol):
    """How one kind of database does work, on threads of its own."""

    def write(self, work: Work[T]) -> Future[T]:
        """Do it in a transaction that commits when it returns."""
        ...

    def read(self, work: Work[T]) -> Future[T]:
        """Do it on one snapshot, in which nothing can be written."""
        ...

    def close(self) -> None:
        """Finish what has begun and what is waiting, then let go of everything."""
        ...


class StoredActs:
    """Implements `security.ports.Acts[Stores]`."""

    def __init__(self, runner: Runner, clock: Clock, *, telemetry: bool) -> None:
        self._runner = runner
        self._clock = clock
        self._telemetry = telemetry
        self._listeners: list[Listener] = []

    def on_commit(self, listener: Listener) -> None:
        """Have `listener` called on the event loop after each commit that touched a topic."""
        self._listeners.append(listener)

    async def run(self, act: Callable[[Stores], T], *, actor: Actor | None = None) -> T:
        """Run `act` in one transaction; see the port.

        Raises:
            Unavailable: The database did not answer, was locked for too long, or is full.
        """
        return await asyncio.wrap_future(self._runner.write(self._work(act, actor)))

    async def read(self, look: Callable[[Stores], T], *, actor: Actor | None = None) -> T:
        """Run `look` on one snapshot; see the port.

        Raises:
            Unavailable: As in `run`.
        """
        return await asyncio.wrap_future(self._runner.read(self._work(look, actor)))

    def _work(self, act: Callable[[Stores], T], actor: Actor | None) -> Work[T]:
        loop = asyncio.get_running_loop()
        touched: set[str] = set()

        def do(connection: Connection) -> T:
            touched.clear()
            return act(Stores(connection, touched, telemetry=self._telemetry))

        def amend(error: Exception) -> Callable[[Connection], None] | None:
            if actor is None or not isinstance(error, Denied):
                return None
            denial = self._denial(actor, error)

            def keep(connection: Connection) -> None:
                touched.clear()
                Stores(connection, touched, telemetry=False).audit.append(denial)

            return keep

        def committed() -> None:
            if touched and self._listeners and not loop.is_closed():
                loop.call_soon_threadsafe(self._tell, frozenset(touched))

        return Work(do, amend, committed)

    def _denial(self, actor: Actor, error: Denied) -> Record:
        return record(
            actor,
            self._clock.now(),
            "denied",
            name=error.thing,
            team_id=actor.team_id,
            outcome=Outcome.DENIED,
            permission=error.permission,
        )

    def _tell(self, topics: frozenset[str]) -> None:
        for listener in self._listeners:
            listener(topics)
