"""The commands there are, as an adapter may register them with its platform."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """One command.

    Attributes:
        path: Its words without the slash: `("incident", "step", "add")`; never empty.
        about: What it does, in a few words.
        takes: Its arguments as help shows them; empty when it takes none.
    """

    path: tuple[str, ...]
    about: str
    takes: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion of what is typed in the composer.

    Attributes:
        text: The whole line once accepted.
        hint: What it does, in a few words.
    """

    text: str
    hint: str
