"""What criteria look at: an event, the datastore and the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from automation.templates.datastore import NOTHING, Scope
from automation.templates.expressions import TooSlow
from automation.values import Json

_SECONDS = 2.0
"""What all criteria of one event may take together when they look through lists."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A criterion that could not be compared.

    Attributes:
        key: Its path, as the rule has it.
        problem: What went wrong, as the rest of a sentence.
    """

    key: str
    problem: str


class Scene:
    """One event, as criteria see it.

    Attributes:
        payload: What came with it.
        data: What paths lead into.
        failures: What could not be compared so far.
    """

    __slots__ = ("_clock", "_context", "_now", "_until", "data", "failures", "payload", "system")

    def __init__(
        self,
        payload: Json,
        clock: Callable[[], datetime],
        system: Scope = NOTHING,
        *,
        prefix: str = "trigger",
        until: float | None = None,
    ) -> None:
        """Get ready.

        Args:
            payload: Of the event; of an item, where a list is looked through.
            clock: Tells the time.
            system: The datastore's values for everybody.
            prefix: What paths and templates call the payload.
            until: When there is no time left; None gives it its time from now.
        """
        self.payload = payload
        self.system = system
        self.data: dict[str, Any] = {prefix: payload, "system": system}
        self.failures: list[Failure] = []
        self._clock = clock
        self._until = time.monotonic() + _SECONDS if until is None else until
        self._context: dict[str, Any] | None = None
        self._now: datetime | None = None

    @property
    def now(self) -> datetime:
        """The time, the same for all that is asked of one event."""
        if self._now is None:
            self._now = self._clock()
        return self._now

    @property
    def context(self) -> dict[str, Any]:
        """What templates in patterns read."""
        if self._context is None:
            self._context = {**self.data, "st2kv": {"system": self.system}}
        return self._context

    @property
    def late(self) -> bool:
        """Whether all the time is used up."""
        return time.monotonic() > self._until

    def item(self, value: Json) -> Scene:
        """An item of a list, as nested criteria see it.

        Raises:
            TooSlow: All the time is used up.
        """
        if self.late:
            raise TooSlow("looking through it takes too long; compare fewer items")
        inner = Scene(value, self._clock, self.system, prefix="item", until=self._until)
        inner._now, inner.failures = self._now, self.failures
        return inner

    def failed(self, key: str, wrong: Exception) -> None:
        """Keep what went wrong."""
        self.failures.append(Failure(key, problem_of(wrong)))


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one criterion.

    Attributes:
        operator: As the rule has it; empty when it names none.
        pattern: After its template has been filled in; as it is written if that failed.
        value: What was compared; None where there was nothing.
        failed: What went wrong; empty when nothing did.
    """

    key: str
    operator: str
    held: bool
    pattern: Json = None
    value: Json = None
    failed: str = ""


def problem_of(wrong: Exception) -> str:
    """What went wrong, as the rest of a sentence."""
    match wrong:
        case KeyError():
            return f"there is no {wrong}"
        case RecursionError():
            return "it is nested too deeply"
        case _:
            return str(wrong)[:300] or type(wrong).__name__
