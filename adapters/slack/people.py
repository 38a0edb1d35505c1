"""Who is who on Slack, remembered for a while."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from adapters.slack.calling import Calls, log
from adapters.slack.reading import person_of
from chat.clock import Clock
from chat.errors import NotFound, TocsinError, UserError
from chat.payload import Json
from chat.person import Person

_ID = re.compile(r"[UWB][A-Z0-9]{2,20}")
_KEPT = 600.0
_LIST_EVERY = 60.0
_PAGE = 1000
_MOST = 20_000
_FEW = 5
"""So many are asked about one by one; of more, everybody's list is read."""
_PAGES = 5
"""So many pages of that list are read for names: Slack gives 20 a minute."""


class People:
    """The workspace's people, as far as somebody asked about them."""

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._known: dict[str, tuple[float, Person | None]] = {}
        self._listed_at = float("-inf")
        self._skimmed_at = float("-inf")

    def name(self, user: str) -> str:
        """The name by id, as far as it is known already; the id itself otherwise."""
        known = self._known.get(user)
        return known[1].name if known is not None and known[1] is not None else user

    def called(self, person: Person) -> Person:
        """Somebody of whom an event told only the id, with their name as far as it is known."""
        return replace(person, name=self.name(person.id)) if person.name == person.id else person

    async def by_id(self, workspace: str, user: str) -> Person | None:
        """Somebody by id; None when there is none, or they are gone."""
        if self._fresh(user):
            return self._known[user][1]
        try:
            answer = await self._calls("users.info", user=user)
        except NotFound:
            self._keep(user, None)
            return None
        except UserError:
            return None
        return self._learn(answer["user"], workspace)

    async def named(self, workspace: str, users: Sequence[str]) -> tuple[Person, ...]:
        """People by id, for a few calls however many they are; somebody unknown is called by it."""
        asked = [user for user in users if not self._fresh(user)]
        if len(asked) <= _FEW:
            for user in asked:
                await self.by_id(workspace, user)
        elif self._now() - self._skimmed_at >= _KEPT:
            try:
                await self._skim(workspace, set(asked))
            except TocsinError as error:
                # Who is there counts; what they are called can wait.
                log.warning("slack did not tell who is who: %s", error.message)
        found = [self._known.get(user, (0.0, None))[1] for user in users]
        return tuple(
            person or Person("slack", workspace, user, user)
            for user, person in zip(users, found, strict=True)
        )

    async def _skim(self, workspace: str, wanted: set[str]) -> None:
        """Learn who is who from the first pages of everybody's list, until all are known."""
        read = 0
        async for user in self._calls.pages("users.list", "members", limit=_PAGE):
            self._learn(user, workspace)
            wanted.discard(str(user["id"]))
            if not wanted:
                return
            read += 1
            if read == _PAGES * _PAGE:
                break
        self._skimmed_at = self._now()

    def _fresh(self, user: str) -> bool:
        known = self._known.get(user)
        return known is not None and self._now() - known[0] < _KEPT

    async def find(self, workspace: str, typed: str) -> Person | None:
        """Somebody by id, handle or e-mail address; None when there is none."""
        wanted = typed.strip().removeprefix("@").strip()
        if not wanted or len(wanted) > 250:  # noqa: PLR2004 - longer than any address
            return None
        if _ID.fullmatch(wanted):
            return await self.by_id(workspace, wanted)
        if "@" in wanted:
            return await self._by_email(workspace, wanted)
        return await self._by_handle(workspace, wanted.casefold())

    async def _by_email(self, workspace: str, email: str) -> Person | None:
        try:
            answer = await self._calls("users.lookupByEmail", email=email)
        except NotFound:
            return None
        return self._learn(answer["user"], workspace)

    async def _by_handle(self, workspace: str, handle: str) -> Person | None:
        """Slack finds nobody by handle, so everybody is read, at most once a minute."""
        found = self._among_known(handle)
        if found is None and self._now() - self._listed_at >= _LIST_EVERY:
            async for user in self._calls.pages("users.list", "members", limit=_PAGE):
                self._learn(user, workspace)
            self._listed_at = self._now()
            found = self._among_known(handle)
        return found

    def _among_known(self, handle: str) -> Person | None:
        people = (person for _, person in self._known.values() if person is not None)
        return next((one for one in people if one.name.casefold() == handle), None)

    def _learn(self, user: Json, workspace: str) -> Person | None:
        person = None if user.get("deleted") else person_of(user, workspace)
        self._keep(str(user["id"]), person)
        return person

    def _keep(self, user: str, person: Person | None) -> None:
        if len(self._known) >= _MOST:
            self._known.clear()
            self._listed_at = float("-inf")
        self._known[user] = (self._now(), person)

    def _now(self) -> float:
        return self._clock.now().timestamp()
