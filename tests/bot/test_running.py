"""A whole bot: what somebody says is done, shown, and survives."""

from __future__ import annotations

import asyncio
from pathlib import Path

from incidents.ports import IncidentFilter
from security.page import Slice
from tests.bench import Bench, eventually, on_the_bench

START = "/incident start --playbook outage --name db"
CHANNEL = "inc-00001-db"


async def test_an_incident_gets_its_channel_and_one_pinned_panel(bench: Bench) -> None:
    told = await bench.told("ana", "general", START)

    assert "INC-00001" in told
    panel = await bench.panel(CHANNEL, "ana")
    assert "INC-00001" in panel.title
    announced = [m for m in await bench.messages("incidents") if m.card and "INC-00001" in m.text]
    assert len(announced) == 1


async def test_the_panel_follows_what_is_done(bench: Bench) -> None:
    await bench.say("ana", "general", START)

    await bench.say("ana", CHANNEL, "/incident check 1")

    assert "(1/5)" in (await bench.panel_message(CHANNEL, "ana")).text


async def began(bench: Bench) -> bool:
    """Whether the incident is there, its channel aside."""
    everybody = await bench.actor("adam")
    return bool(
        (await bench.house.desks.incidents.page(everybody, IncidentFilter(), Slice())).total
    )


async def test_what_was_left_unfinished_is_taken_up_at_the_next_start(
    database_url: str, tmp_path: Path
) -> None:
    async with on_the_bench(database_url, tmp_path / "home") as bench:
        await bench.work.engine.close(0)
        who = await bench.person("ana")
        asking = asyncio.create_task(bench.house.rooms.say(who, "general", START))
        await eventually(lambda: began(bench))
        asking.cancel()

    async with on_the_bench(database_url, tmp_path / "home") as bench:
        await bench.settle()

        assert "INC-00001" in (await bench.panel(CHANNEL, "ana")).title


async def test_people_who_come_at_the_same_time_are_all_answered(bench: Bench) -> None:
    people = [await bench.person(f"p{number}") for number in range(10)]

    answers = await asyncio.gather(
        *(bench.house.rooms.say(who, "general", "/incident list") for who in people)
    )

    assert all(len(answered.replies) == 1 for answered in answers)
