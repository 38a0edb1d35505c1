"""A founded installation: one team, one administrator, and desks to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from chat.errors import Denied, UserError
from security.account import Account
from security.actor import Actor
from security.audit import Sealed
from security.doors import Doors
from security.founding import found
from security.page import Slice
from security.people import PeopleDesk
from security.ports import AuditFilter
from security.sealer import Sealer
from security.trail import AuditDesk
from storage.database import Database
from tests.clock import SetClock

CHAIN_KEY = b"c" * 32
COOKIE_KEY = b"s" * 32


@dataclass(frozen=True)
class House:
    """Everything of `security/` on one database."""

    database: Database
    clock: SetClock
    people: PeopleDesk
    doors: Doors
    sealer: Sealer
    trail: AuditDesk

    async def actor(self, name: str) -> Actor:
        """The account as it acts in a browser."""
        return await self.doors.account(name, "web")

    async def person(self, name: str, role: str, team: str | None = "main") -> Account:
        """A new account."""
        return await self.people.create(await self.actor("admin"), name, role=role, team=team)

    async def token(self, name: str, scopes: tuple[str, ...] | None = None) -> str:
        """Authorization header of a new token of theirs, made by the administrator."""
        admin = await self.actor("admin")
        _, secret = await self.doors.create_token(admin, name, "test", scopes)
        return f"Token {secret}"

    async def sign_in(self, name: str) -> str:
        """Session cookie of theirs."""
        link = await self.doors.sign_in_link(await self.actor("admin"), name)
        return await self.doors.sign_in(link)

    async def records(self, action: str | None = None) -> tuple[Sealed, ...]:
        """Audit records, oldest first."""
        wanted = AuditFilter(action=action)
        page = await self.database.acts.read(
            lambda to: to.audit.page(wanted, Slice(limit=200, order="at"))
        )
        return page.items

    async def stored_text(self) -> str:
        """All that the audit trail says, for looking whether a secret is in it."""
        return "\n".join(repr(sealed) for sealed in await self.records())


@pytest.fixture
async def house(database: Database, clock: SetClock) -> House:
    """A founded installation on each database in turn."""
    acts = database.acts
    await found(acts, clock, team="main")
    sealer = Sealer(acts, CHAIN_KEY)
    return House(
        database=database,
        clock=clock,
        people=PeopleDesk(acts, clock),
        doors=Doors(acts, clock, key=COOKIE_KEY),
        sealer=sealer,
        trail=AuditDesk(acts, sealer),
    )


async def refusal(call: Callable[[], object], kind: type[UserError] = Denied) -> str:
    """What somebody is told whose call is refused."""
    with pytest.raises(kind) as refused:
        await call()  # pyright: ignore[reportGeneralTypeIssues] - every call is a coroutine function
    return refused.value.message


MINUTE = timedelta(minutes=1)
