"""Where something is said, on any platform."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True, slots=True)
class Address:
    """A place in a chat platform: a channel, a thread in it, or one message.

    Opaque to everybody but the adapter of `platform`. Two addresses that are
    equal are the same place.

    Attributes:
        platform: Adapter name: `local`, `slack`, `mattermost`, `discord`, `teams`.
        workspace: The platform's tenant (Slack team, Discord guild, local team name).
        channel: The platform's own channel id.
        thread: Id of the thread's root message; None outside a thread.
        message: Id of one message; None when the place is not a message.
        service_url: Where to reach the platform for this tenant (Teams); None elsewhere.
    """

    platform: str
    workspace: str
    channel: str
    thread: str | None = None
    message: str | None = None
    service_url: str | None = None

    @property
    def room(self) -> Address:
        """The channel this place is in, without thread and message."""
        return replace(self, thread=None, message=None)

    @property
    def lane(self) -> str:
        """Key of the channel; deliveries with one key keep their order."""
        return f"{self.platform}/{self.workspace}/{self.channel}"

    def at(self, message: str) -> Address:
        """The same channel and thread, pointing at `message`."""
        return replace(self, message=message)

    def packed(self) -> str:
        """The address as a JSON object, parts that are None left out."""
        parts = {name: part for name, part in asdict(self).items() if part is not None}
        return json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def unpacked(cls, text: str) -> Address:
        """What `packed` wrote.

        Raises:
            ValueError: It is not that.
        """
        try:
            return cls(**json.loads(text))
        except TypeError as wrong:
            raise ValueError(f"not a packed address: {text[:80]}") from wrong
