"""What an adapter keeps with us: what it has sent already, and small facts of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sending:
    """Something that was to be sent under a key.

    Attributes:
        begun_at: When it was first tried.
        result: What came of it, such as a packed address; None while nobody knows.
    """

    platform: str
    key: str
    begun_at: datetime
    result: str | None = None


class SentRows(Protocol):
    """What was sent under which key, inside an act."""

    def begin(self, platform: str, key: str, now: datetime) -> Sending | None:
        """Write down that it is about to be sent; the earlier try when there was one."""
        ...

    def done(self, platform: str, key: str, result: str) -> None:
        """Write down what came of it."""
        ...

    def withdraw(self, platform: str, key: str) -> None:
        """It was certainly not sent; the next try is the first one."""
        ...

    def forget(self, before: datetime) -> int:
        """Delete what was begun before then; how many there were."""
        ...


class KeptRows(Protocol):
    """Small facts by name, inside an act. An adapter's names begin with `<platform>:`."""

    def get(self, name: str) -> str | None:
        """The fact; None when there is none."""
        ...

    def put(self, name: str, value: str) -> None:
        """Keep it, or write over it."""
        ...


class MemoryStores(Protocol):
    """What an adapter's act is given."""

    @property
    def sent(self) -> SentRows: ...  # noqa: D102 - says itself
    @property
    def settings(self) -> KeptRows: ...  # noqa: D102 - says itself


class MemoryActs(Protocol):
    """The door to stored state, as far as an adapter needs it."""

    async def run(self, act: Callable[[MemoryStores], T]) -> T:
        """Run `act` in one transaction."""
        ...

    async def read(self, look: Callable[[MemoryStores], T]) -> T:
        """Run `look`, which changes nothing."""
        ...
