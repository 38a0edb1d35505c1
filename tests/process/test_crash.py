"""Killed in the middle of opening an incident, it goes on where it was."""

from __future__ import annotations

from typing import Any

import pytest

from bot.failpoints import STATUS, VARIABLE
from incidents.opening import TaskName
from tests.bench import eventually
from tests.process.product import Place, Product

pytestmark = pytest.mark.process

START = "/incident start --playbook outage --name db"
CHANNEL = "inc-00001-db"


async def complete(product: Product) -> bool:
    """Whether the opening is through: its last word has been whispered."""
    return any("What to do first" in m["text"] for m in await product.messages(CHANNEL))


def about(messages: list[Any], words: str) -> list[Any]:
    """The messages that contain `words`."""
    return [message for message in messages if words in message["text"]]


async def assert_opened_once(product: Product) -> None:
    """One channel, one introduction, one pinned panel, one announcement, one welcome."""
    channels = await product.channels()
    assert [name for name in channels if name.startswith("inc-")] == [CHANNEL]
    inside = await product.messages(CHANNEL)
    assert len(about(inside, "started INC-00001")) == 1
    assert len(about(inside, "What to do first")) == 1
    panels = [message for message in inside if message["pinned"]]
    assert len(panels) == 1
    assert "INC-00001" in panels[0]["text"]
    assert len(about(inside, "Stage 1/")) == 1
    announced = about(await product.messages("incidents"), "INC-00001")
    assert len(announced) == 1


@pytest.mark.parametrize("task", list(TaskName))
async def test_killed_at_any_task_it_opens_the_room_exactly_once(
    place: Place, task: TaskName
) -> None:
    async with place.running(given={VARIABLE: f"opening:{task}"}) as product:
        await product.say_into_death("general", START)
        assert await product.ended() == STATUS

    async with place.running() as product:
        await eventually(lambda: complete(product), within=30)

        await assert_opened_once(product)


async def test_killed_again_and_again_it_still_opens_the_room_exactly_once(
    sqlite_place: Place,
) -> None:
    for task in TaskName:
        async with sqlite_place.running(given={VARIABLE: f"opening:{task}"}) as product:
            if task is TaskName.CHANNEL:
                await product.say_into_death("general", START)
            assert await product.ended() == STATUS

    async with sqlite_place.running() as product:
        await eventually(lambda: complete(product), within=30)

        await assert_opened_once(product)
