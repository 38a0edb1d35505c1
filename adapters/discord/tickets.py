"""What is needed to answer an interaction privately, as it travels with the event.

Source: discord.com/developers/docs/interactions/receiving-and-responding: the first answer
within 3 s, more of them within 15 min.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.discord.raw import is_snowflake, made_at

_LIVES = timedelta(minutes=14, seconds=30)
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Ticket:
    """One interaction.

    Attributes:
        own: Whether its first answer is a message of its own, as for a command; a button's
            is the message that the button is in, which answers must not replace.
    """

    interaction: str
    token: str
    own: bool

    def packed(self) -> str:
        """As an event carries it."""
        return f"{'o' if self.own else 'b'}:{self.interaction}:{self.token}"

    def alive(self, now: datetime) -> bool:
        """Whether Discord still takes answers to it."""
        return now - made_at(self.interaction) < _LIVES


def ticket(packed: str) -> Ticket | None:
    """What `packed` wrote; None for anything else."""
    parts = packed.split(":", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] not in {"o", "b"} or not is_snowflake(parts[1]):
        return None
    return Ticket(parts[1], parts[2], own=parts[0] == "o")
