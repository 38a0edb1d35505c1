"""What the button of an offer carries, wherever it is pressed: what was said is in the journal."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

_LENGTH = 22
"""Characters of an id."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A playbook offered to whoever said one of its keywords.

    Attributes:
        playbook: Its id, a UUID.
        entry: Id of the journalled event by which it was said, a UUID.
    """

    playbook: str
    entry: str

    def packed(self) -> str:
        """As a button's value, which has no room for two ids as they are written."""
        return "".join(
            base64.urlsafe_b64encode(UUID(each).bytes).decode().rstrip("=")
            for each in (self.playbook, self.entry)
        )

    @classmethod
    def unpacked(cls, value: str) -> Offer | None:
        """What `packed` made; None for anything else."""
        if len(value) != 2 * _LENGTH:
            return None
        try:
            ids = [
                str(UUID(bytes=base64.urlsafe_b64decode(f"{each}==")))
                for each in (value[:_LENGTH], value[_LENGTH:])
            ]
        except (binascii.Error, ValueError):
            return None
        return cls(*ids)
