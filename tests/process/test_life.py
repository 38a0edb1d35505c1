"""Starting, stopping, and not starting."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from bot.failpoints import STATUS, VARIABLE
from tests.bench import eventually
from tests.process.product import Place
from tests.process.test_crash import START, assert_opened_once, complete

pytestmark = pytest.mark.process

# The product is held to 3 s and 150 MB on an idle machine; a busy one gets some slack.
ANSWERS_WITHIN = 10.0
MEMORY = 150.0
TAKEN_OVER_WITHIN = 20.0


async def test_it_answers_soon_after_its_start_and_stays_small(sqlite_place: Place) -> None:
    await sqlite_place.token()
    async with sqlite_place.running() as product:
        answer = await product.say("general", "/incident list")
        # What it stood in line for a processor is the other processes' time.
        took = time.monotonic() - product.spawned - product.waited()
        await product.say("general", START)
        await eventually(lambda: complete(product))

        assert len(answer["replies"]) == 1
        assert took < ANSWERS_WITHIN
        assert product.memory() < MEMORY


async def test_it_says_where_it_is_how_to_sign_in_and_what_to_type(sqlite_place: Place) -> None:
    async with sqlite_place.running() as product:
        assert "http://127.0.0.1:" in product.output
        assert "/sign-in/" in product.output
        assert "/incident start" in product.output


async def test_asked_to_stop_it_finishes_what_it_has_begun(place: Place) -> None:
    async with place.running() as product:
        starting = [
            asyncio.create_task(product.say_into_death("general", f"{START}-{number}"))
            for number in range(5)
        ]
        await asyncio.sleep(0.5)
        assert await product.stop() == 0
        await asyncio.gather(*starting)

    async with place.running() as product:
        await asyncio.sleep(1.5)
        channels = [name for name in await product.channels() if name.startswith("inc-")]
        incidents = await product.ask("GET", "/api/incidents/")
        assert len(channels) == incidents["count"]
        for name in channels:
            pinned = [message for message in await product.messages(name) if message["pinned"]]
            assert len(pinned) == 1


async def test_a_second_one_on_the_same_files_is_refused(sqlite_place: Place) -> None:
    async with sqlite_place.running() as product:
        status, _, error = await sqlite_place.attempt("up")

        assert status == 1
        assert str(product.pid) in error
        assert "TOCSIN_HOME" in error
        assert len((await product.say("general", "/incident list"))["replies"]) == 1


async def test_a_port_that_is_taken_is_named_before_anything_is_written(
    sqlite_place: Place,
) -> None:
    async with sqlite_place.running() as product:
        port = product.url.rpartition(":")[2]
        other = Place(sqlite_place.home.parent / "other")

        status, _, error = await other.attempt("up", "--port", port)

        assert status == 1
        assert port in error
        assert not other.home.exists()


async def test_only_up_migrates(place: Place) -> None:
    status, _, error = await place.attempt("serve")

    assert status == 1
    assert "tocsin database upgrade" in error


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_dead_process_work_is_taken_over_by_another(place: Place) -> None:
    async with (
        place.running("up") as survivor,
        place.running("serve", given={VARIABLE: "opening:panel"}) as victim,
    ):
        # Held still, so that it is the other one which begins to drive.
        survivor.signal(signal.SIGSTOP)
        await victim.say_into_death("general", START)
        assert await victim.ended() == STATUS
        survivor.signal(signal.SIGCONT)
        died = time.monotonic()
        await eventually(lambda: complete(survivor), within=40)

        assert time.monotonic() - died < TAKEN_OVER_WITHIN
        await assert_opened_once(survivor)
