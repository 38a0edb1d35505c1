"""How somebody looks in a list: initials on a colour of their own."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from chat.person import Person
from security.account import Account
from web.markup import clean

_HUES = 10


@dataclass(frozen=True, slots=True)
class Face:
    """What is shown for somebody.

    Attributes:
        id: The account's or person's.
        handle: Without `@`.
        name: For people to read; the handle when they gave none.
        initials: One or two letters.
        hue: 0 to 9; the style sheets know the colours.
    """

    id: str
    handle: str
    name: str
    initials: str
    hue: int
    is_bot: bool = False


def face(who: Person | Account) -> Face:
    """Somebody's face; the same person has the same one everywhere."""
    name = clean(who.display).strip() or clean(who.name)
    return Face(
        id=who.id,
        handle=clean(who.name),
        name=name,
        initials=initials(name),
        hue=zlib.crc32(who.id.encode()) % _HUES,
        is_bot=isinstance(who, Person) and who.is_bot,
    )


def initials(name: str) -> str:
    """The first letters of the first and the last word, in upper case; `?` without letters."""
    words = [word for word in name.replace(".", " ").replace("-", " ").split() if word]
    letters = [word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)]
    return "".join(letters).upper() or "?"
