"""How a chat platform is plugged in: entry points of the group `tocsin.adapters`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from chat.clock import Clock
from chat.port import ChatAdapter

GROUP = "tocsin.adapters"


@dataclass(frozen=True, slots=True)
class AdapterKit:
    """What an adapter is made from.

    Attributes:
        acts: The door to stored state (`security.ports.Acts`), for a platform that
            keeps something with us.
        options: The platform's own settings: `TOCSIN_<NAME>_TOKEN` arrives as `token`.
        public_url: What links to our pages begin with, without a slash at the end.
    """

    acts: Any
    clock: Clock
    options: Mapping[str, str]
    public_url: str


class Connect(Protocol):
    """What an entry point names. The entry point's own name is the platform's."""

    def __call__(self, kit: AdapterKit) -> ChatAdapter | None:
        """The adapter, not yet started; None when this installation does not use it.

        Raises:
            BadInput: Its settings are wrong; the message says which, and what is accepted.
        """
        ...
