"""Clocks that somebody moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chat.clock import SystemClock

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class SetClock:
    """Stands until somebody moves it; implements `chat.clock.Clock`."""

    def __init__(self, at: datetime = START) -> None:
        self._at = at

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._at

    def advance(self, by: timedelta | None = None, **units: float) -> datetime:
        """Move it on by a span, or by `minutes=5` and the like; the new time."""
        self._at += by if by is not None else timedelta(**units)
        return self._at

    def set(self, at: datetime) -> None:
        """Move it anywhere."""
        self._at = at


class RunningClock(SetClock):
    """Goes on by itself besides, as real time does."""

    def __init__(self) -> None:
        super().__init__(SystemClock().now())
        self._began = self._at

    def now(self) -> datetime:
        """The moment it was set to, and what has passed since it was made."""
        return self._at + (SystemClock().now() - self._began)
