"""What somebody does in the local chat from a terminal, and the two ways to have it done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

Answer: TypeAlias = dict[str, Any]
"""What the API answers, as JSON: `replies`, `form`, `code` and so on, or `results`."""


@dataclass(frozen=True, slots=True)
class Say:
    """Post a text, or run a command; `thread` is the message it belongs under."""

    channel: str
    text: str
    thread: int | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """Read a channel's newest messages."""

    channel: str
    limit: int


@dataclass(frozen=True, slots=True)
class Press:
    """Press a button, or choose an option."""

    message: int
    action: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class FillIn:
    """Answer a form."""

    form: str
    values: Mapping[str, str] = field(default_factory=dict[str, str])


Deed: TypeAlias = Say | Read | Press | FillIn


class Door(Protocol):
    """A way in: a running server, or a bot in this process."""

    def do(self, user: str, team: str | None, deed: Deed) -> Answer | None:
        """Have it done as `user`; None when this way is closed.

        Raises:
            TocsinError: It was refused.
        """
        ...
