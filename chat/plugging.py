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
        acts: The door to stored state: `chat.memory.MemoryActs` for what every adapter may
            keep, `security.ports.Acts` for a platform that is kept with us altogether.
        options: The platform's own settings: `TOCSIN_<NAME>_TOKEN` arrives as `token`.
            A variable `TOCSIN_<NAME>_TOKEN_FILE` names a file that holds it, and the TOML
            file may have a table `[<name>]`.
        public_url: What links to our pages begin with, without a slash at the end.
        key: 32 bytes for this platform alone, to sign what it carries for us and brings back.
    """

    acts: Any
    clock: Clock
    options: Mapping[str, str]
    public_url: str
    key: bytes = b""


class Connect(Protocol):
    """What an entry point names. The entry point's own name is the platform's.

    Its module is loaded in every installation, so it imports the platform's SDK only when
    it is called and the platform is set up.
    """

    def __call__(self, kit: AdapterKit) -> ChatAdapter | None:
        """The adapter, not yet started; None when this installation does not use it.

        Raises:
            BadInput: Its settings are wrong; the message says which, and what is accepted.
            ImportError: Its SDK cannot be loaded. The other platforms go on without it.
        """
        ...
