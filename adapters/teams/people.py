"""Who is in the team: the roster, kept in memory, since events tell little of a person."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from adapters.teams.connector import Connector
from adapters.teams.ids import PLATFORM
from chat.errors import NotFound, Refused, TocsinError
from chat.person import Person

_KEPT = 300.0
_AGAIN_AFTER = 5.0
_MEETING = 3.0
_ODD = re.compile(r"[^\w.\-]+")
_LONGEST = 320


class People:
    """The members of the team, by every name that people and the platform use for them."""

    def __init__(self, connector: Connector, tenant: str, team: str) -> None:
        self._connector = connector
        self._tenant = tenant
        self._team = team
        self._known: dict[str, Person] = {}
        self._contacts: dict[str, str] = {}
        self._namesakes: dict[str, dict[str, str]] = {}
        self._loaded_at = float("-inf")
        self._turn = asyncio.Lock()

    def author(self, account: dict[str, Any]) -> Person:
        """Whom an event comes from, without asking anybody."""
        directory_id = str(account.get("aadObjectId") or "").casefold()
        contact = str(account.get("id", ""))
        known = self._known.get(directory_id or contact)
        if known is not None:
            return known
        if directory_id:
            self._contacts.setdefault(directory_id, contact)
        display = str(account.get("name") or "")
        return Person(
            PLATFORM,
            self._tenant,
            directory_id or contact,
            handle("", display) or "somebody",
            display,
            is_bot=contact.startswith("28:"),
        )

    def known(self, ref: str) -> Person | None:
        """Somebody by an id, if they were met before."""
        return self._known.get(ref.casefold()) or self._known.get(ref)

    def contact(self, person: str) -> str:
        """The id by which the platform opens a chat with somebody."""
        return self._contacts.get(person, person)

    async def meet(self, ref: str) -> Person | None:
        """Somebody by an id, looked up when unknown; None when that takes too long."""
        if (known := self.known(ref)) is not None:
            return known
        try:
            async with asyncio.timeout(_MEETING):
                return self._keep(await self._connector.member(self._team, ref))
        except (TocsinError, TimeoutError):
            return None

    async def find(self, name: str) -> Person | None:
        """Somebody by id, handle or e-mail; None when nobody in the team is called so.

        Raises:
            Refused: More than one is called so.
            Unavailable: The platform does not answer.
        """
        wanted = name.strip().removeprefix("@").strip()
        if not wanted or len(wanted) > _LONGEST:
            return None
        await self.refresh(older_than=_KEPT)
        if (known := self._one(wanted)) is not None:
            return known
        if "@" in wanted or ":" in wanted or wanted.count("-") >= 4:  # noqa: PLR2004 - a GUID's
            try:
                return self._keep(await self._connector.member(self._team, wanted))
            except NotFound:
                return None
        await self.refresh(older_than=_AGAIN_AFTER)
        return self._one(wanted)

    def _one(self, name: str) -> Person | None:
        namesakes = self._namesakes.get(name.casefold(), {})
        if len(namesakes) > 1:
            logins = ", ".join(sorted(namesakes.values()))
            raise Refused(
                f"{len(namesakes)} people in the team are called @{name}. Name the one you mean "
                f"by their e-mail address: {logins}.",
                code="AMBIGUOUS",
            )
        return self.known(name)

    async def all(self) -> tuple[Person, ...]:
        """Everybody, as of a few minutes ago at most."""
        await self.refresh(older_than=_KEPT)
        return tuple({person.id: person for person in self._known.values()}.values())

    async def refresh(self, *, older_than: float) -> None:
        """Read the roster anew unless it was read that many seconds ago.

        Raises:
            Unavailable: The platform does not answer.
        """
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if now - self._loaded_at < older_than:
                return
            members = [member async for member in self._connector.members(self._team)]
            self._known.clear()
            self._namesakes.clear()
            for member in members:
                self._keep(member)
            self._loaded_at = now

    def forget(self) -> None:
        """Somebody came or left: read the roster anew when it is needed next."""
        self._loaded_at = float("-inf")

    def _keep(self, member: dict[str, Any]) -> Person:
        directory_id = str(member.get("aadObjectId") or member.get("objectId") or "").casefold()
        contact = str(member.get("id", ""))
        login = str(member.get("userPrincipalName") or "")
        display = str(member.get("name") or "")
        # The tenant vouches for its own people's addresses, not for its guests'.
        email = None if member.get("userRole") == "guest" else member.get("email")
        person = Person(
            PLATFORM,
            self._tenant,
            directory_id or contact,
            handle(login, display) or "somebody",
            display,
            email=str(email) if email else None,
            is_bot=contact.startswith("28:"),
        )
        self._contacts[person.id] = contact
        for name in (person.id, contact, login.casefold(), (person.email or "").casefold()):
            if name:
                self._known[name] = person
        self._known.setdefault(person.name, person)
        self._namesakes.setdefault(person.name, {})[person.id] = login or person.id
        return person


def handle(login: str, display: str) -> str:
    """What people type to mean somebody: the login without its domain, or their name."""
    short = login.partition("@")[0].partition("#")[0] or display
    return _ODD.sub(".", short.strip()).strip(".").casefold()
