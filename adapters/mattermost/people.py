"""People as the server knows them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from adapters.mattermost.calling import Calls
from chat.payload import whole
from chat.person import Person

PLATFORM = "mattermost"
_KEPT = 5000
_AT_ONCE = 100


def person(user: Any, workspace: str) -> Person:
    """Somebody out of the server's own record of them."""
    known = whole(user)
    name = str(known.get("username", ""))
    full = f"{known.get('first_name', '')} {known.get('last_name', '')}".strip()
    return Person(
        PLATFORM,
        workspace,
        str(known.get("id", "")),
        name,
        display=str(known.get("nickname") or full or name),
        email=str(known.get("email", "")) or None,
        is_bot=bool(known.get("is_bot", False)),
    )


def named(user_id: str, name: str, workspace: str, *, is_bot: bool = False) -> Person:
    """Somebody of whom an event tells only id and name."""
    return Person(PLATFORM, workspace, user_id, name, display=name, is_bot=is_bot)


class Directory:
    """People by id, kept for a while: an event often tells their id alone."""

    def __init__(self, calls: Calls, workspace: str) -> None:
        self._calls = calls
        self._workspace = workspace
        self._known: OrderedDict[str, Person] = OrderedDict()

    def seen(self, who: Person) -> None:
        """Remember somebody."""
        self._known[who.id] = who
        self._known.move_to_end(who.id)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def known(self, user_id: str) -> Person:
        """Somebody without asking the server; by their id alone when it told nothing yet."""
        return self._known.get(user_id) or named(user_id, user_id, self._workspace)

    async def all(self, user_ids: Iterable[str]) -> dict[str, Person]:
        """Everybody asked for; those whom the server does not know are called by their id."""
        wanted = list(dict.fromkeys(user_ids))
        unknown = [each for each in wanted if each not in self._known]
        for at in range(0, len(unknown), _AT_ONCE):
            page = unknown[at : at + _AT_ONCE]
            for user in await self._calls.run(
                lambda driver, page=page: driver.users.get_users_by_ids(options=page)
            ):
                self.seen(person(user, self._workspace))
        return {each: self.known(each) for each in wanted}
