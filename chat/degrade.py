"""Where a platform cannot, the next best way: one pure function."""

from __future__ import annotations

from enum import StrEnum

from chat.capabilities import Capabilities


class Way(StrEnum):
    """How something is done in the end."""

    CHANNEL = "channel"
    THREAD = "thread"
    WHISPER = "whisper"
    DIRECT = "direct"
    PIN = "pin"
    ROOT_POST = "root post"
    FORM = "form"
    FILE = "file"
    LINK = "link"
    EDIT = "edit"
    POST_AGAIN = "post again"
    NOTHING = "nothing"


CHOICES: dict[str, tuple[tuple[str, Way], ...]] = {
    "room": (("channels", Way.CHANNEL), ("threads", Way.THREAD)),
    "private room": (("private_channels", Way.CHANNEL), ("direct", Way.DIRECT)),
    "private answer": (("ephemeral", Way.WHISPER), ("direct", Way.DIRECT)),
    "keep in sight": (("pin", Way.PIN), ("threads", Way.ROOT_POST)),
    "ask": (("forms", Way.FORM),),
    "send a file": (("files", Way.FILE),),
    "change a message": (("edit", Way.EDIT),),
}
_LAST: dict[str, Way] = {
    "send a file": Way.LINK,
    "change a message": Way.POST_AGAIN,
}


def best_way(wish: str, can: Capabilities) -> Way:
    """The best way to do `wish` on a platform that `can` do so much.

    Args:
        wish: `room`, `private room`, `private answer`, `keep in sight`, `ask`, `send a file` or
            `change a message`.
        can: What the platform's adapter declares.

    Returns:
        `Way.NOTHING` when there is no way at all; the caller tells the person.

    Raises:
        KeyError: `wish` is none of those.
    """
    for capability, way in CHOICES[wish]:
        if getattr(can, capability):
            return way
    return _LAST.get(wish, Way.NOTHING)
