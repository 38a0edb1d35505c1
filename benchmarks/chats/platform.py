"""What is measured of a platform."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from chat.card import Card


class Chat(Protocol):
    """A platform's stand-in, and somebody who types commands in it."""

    def settings(self, port: int) -> dict[str, str]:
        """Variables for a bot that is served at this port of 127.0.0.1."""
        ...

    async def ready(self) -> bool:
        """Whether the bot can be delivered to."""
        ...

    async def deliver(self, number: int) -> None:
        """Deliver a command; it has been acknowledged when this returns.

        Args:
            number: Another one for each.

        Raises:
            RuntimeError: It was refused, or not acknowledged in time.
        """
        ...


@dataclass(frozen=True, slots=True)
class Way:
    """How a platform delivers events.

    Attributes:
        bare: Name of the bot with an empty handler in `benchmarks.chats.bare`.
    """

    title: str
    bare: str
    open: Callable[[], AbstractAsyncContextManager[Chat]]


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform.

    Attributes:
        name: In addresses.
        module: The adapter's, which loads the platform's library.
        draw: The request's body that shows a card.
    """

    name: str
    title: str
    module: str
    draw: Callable[[Card], object]
    ways: tuple[Way, ...]


async def listening(port: int) -> bool:
    """Whether somebody listens at that port of 127.0.0.1."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
