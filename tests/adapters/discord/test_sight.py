"""Who reads a private channel that they were not let into by name."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from chat.address import Address
from chat.person import Person
from chat.port import NewChannel
from chat.readers import facts_for
from storage.database import Database
from tests.adapters.discord.platform import DiscordPlatform, opened
from tests.adapters.discord.world import VIEW, Json
from tests.clock import SetClock

ADMINISTRATOR = 1 << 3


@pytest.fixture
async def place(database: Database, clock: SetClock) -> AsyncGenerator[DiscordPlatform]:
    """A Discord server."""
    async with opened(database, clock) as discord:
        yield discord


@pytest.fixture
async def den(place: DiscordPlatform) -> Address:
    """A private channel that the role `ops` reads."""
    made = await place.adapter.create_channel(NewChannel(place.workspace, "den", "k", private=True))
    role = place.world.snowflake()
    place.world.more_roles.append({"id": role, "name": "ops", "permissions": "0"})
    overwrite(place, made, role, 0, allow=VIEW)
    return made


def overwrite(
    place: DiscordPlatform, den: Address, who: str, kind: int, *, allow: int = 0, deny: int = 0
) -> None:
    rows: list[Json] = place.world.channels[den.channel]["permission_overwrites"]
    rows.append({"id": who, "type": kind, "allow": str(allow), "deny": str(deny)})


async def member(place: DiscordPlatform, name: str, *roles: str) -> Person:
    """Somebody with some of the roles, by their names."""
    someone = await place.someone(name)
    held = [one["id"] for one in place.world.more_roles if one["name"] in roles]
    place.world.members[someone.id]["roles"] = held
    return someone


async def test_a_role_lets_in_and_the_channel_may_shut_out(
    place: DiscordPlatform, den: Address
) -> None:
    place.world.more_roles.append(
        {"id": place.world.snowflake(), "name": "admin", "permissions": str(ADMINISTRATOR)}
    )
    ana, bo = await member(place, "ana", "ops"), await member(place, "bo")
    cy, adam = await member(place, "cy", "ops"), await member(place, "adam", "admin")
    overwrite(place, den, cy.id, 1, deny=VIEW)
    overwrite(place, den, adam.id, 1, deny=VIEW)
    oda, gone = await member(place, "oda"), await place.dismissed("zoe")
    place.world.owner = oda.id

    facts = await facts_for(place.adapter, den, (ana, bo, cy, adam, oda, gone))

    assert facts.private
    assert facts.members == ()
    assert facts.readers == (ana, adam, oda)


async def test_a_thread_is_read_by_whoever_reads_its_channel(
    place: DiscordPlatform, den: Address
) -> None:
    ana, bo = await member(place, "ana", "ops"), await member(place, "bo")
    public = place.world.new_thread(den.channel, "talk", 11)["id"]
    private = place.world.new_thread(den.channel, "whispers", 12)["id"]
    place.world.thread_members[private].append(bo.id)

    async def readers(thread: str) -> list[str]:
        where = Address("discord", place.workspace, thread)
        return [one.name for one in (ana, bo) if await place.adapter.may_read(where, one)]

    assert await readers(public) == ["ana"]
    assert await readers(private) == ["bo"]
