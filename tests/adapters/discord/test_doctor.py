"""What `tocsin doctor` says of Discord."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from adapters.discord.adapter import DiscordAdapter
from chat.clock import SystemClock
from chat.health import State
from storage.database import Database
from tests.adapters.discord.platform import settings
from tests.adapters.discord.standin import StandIn, standing_in
from tests.adapters.discord.world import MANAGE_CHANNELS
from tests.adapters.marks import on_one_database
from tests.clock import SetClock

pytestmark = on_one_database


@pytest.fixture
async def standin() -> AsyncGenerator[StandIn]:
    async with standing_in(SystemClock()) as made:
        yield made


async def found(
    standin: StandIn, database: Database, **more: object
) -> dict[str, tuple[State, str]]:
    clock = more.pop("clock", SystemClock())
    adapter = DiscordAdapter(settings(standin, **more), database.acts, clock, "https://t.example")  # pyright: ignore[reportArgumentType]
    return {one.subject: (one.state, one.told) async for one in adapter.examine()}


async def test_all_is_well(standin: StandIn, database: Database) -> None:
    standin.world.commands = [{"name": "incident"}]
    seen = await found(standin, database)

    assert {state for state, _ in seen.values()} == {State.OK}, seen
    assert "discord permission Manage Channels" in seen
    assert all(method == "GET" for method, *_ in standin.rest.seen)


async def test_what_is_wrong_is_named_with_what_to_do(standin: StandIn, database: Database) -> None:
    standin.world.may &= ~MANAGE_CHANNELS
    standin.world.message_content = False
    seen = await found(standin, database, category="900000000000000777")

    assert seen["discord permission Manage Channels"][0] is State.WRONG
    assert "Message Content Intent" in seen["discord message content"][1]
    assert "TOCSIN_DISCORD_CATEGORY" in seen["discord category"][1]
    assert seen["discord commands"][0] is State.WARNING


async def test_a_bad_token_and_a_foreign_server(standin: StandIn, database: Database) -> None:
    seen = await found(standin, database, token="wrong")
    assert seen["discord token"][0] is State.WRONG
    assert "TOCSIN_DISCORD_TOKEN" in seen["discord token"][1]
    assert "wrong" not in seen["discord token"][1]

    seen = await found(standin, database, guild="900000000000000999")
    assert "oauth2/authorize" in seen["discord server"][1]


async def test_a_clock_that_is_off_and_a_discord_that_is_away(
    standin: StandIn, database: Database
) -> None:
    seen = await found(standin, database, clock=SetClock())
    assert seen["discord clock"][0] is State.WARNING

    standin.down = True
    seen = await found(standin, database)
    assert seen["discord clock"][0] is State.WRONG
