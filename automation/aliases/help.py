"""What people may say: the lines of help.

Source: StackStorm's help strings of aliases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from automation.aliases.alias import Alias
from automation.templates.expressions import TooSlow, expression, within
from chat.errors import BadInput
from security.page import Page, Slice

_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One sentence that may be said.

    Attributes:
        display: As its alias shows it.
        description: What comes of it.
    """

    pack: str
    display: str
    description: str


def help_lines(
    aliases: Iterable[Alias],
    may: Callable[[Alias], bool],
    *,
    search: str = "",
    pack: str = "",
    part: Slice | None = None,
) -> Page[HelpLine]:
    """The sentences of the aliases that are switched on, in their order.

    Args:
        aliases: All.
        may: Whether the asker may use one.
        search: A regular expression that a sentence must have in it, however it is written;
            where it is none, the text itself.
        pack: Ref of a pack; empty for all.
        part: Which of them; all without it.

    Raises:
        BadInput: `search` takes too long.
    """
    found = [
        HelpLine(alias.pack, one.display, alias.description)
        for alias in aliases
        if alias.enabled and (not pack or alias.pack == pack) and may(alias)
        for one in alias.formats
        if one.display
    ]
    if search:
        found = _having(found, search)
    if part is None:
        return Page(tuple(found), len(found))
    return Page(tuple(found[part.offset : part.offset + part.limit]), len(found))


def _having(lines: list[HelpLine], search: str) -> list[HelpLine]:
    try:
        wanted = expression(search, re.IGNORECASE)
    except ValueError:
        wanted = expression(re.escape(search)[:1000], re.IGNORECASE)
    try:
        with within(_SECONDS):
            return [line for line in lines if wanted.search(line.display) is not None]
    except TooSlow as slow:
        raise BadInput(f"{slow}.", details={"search": "takes too long; make it simpler"}) from None
