"""A clock that stands until somebody moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class SetClock:
    """Implements `chat.clock.Clock`."""

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
