"""A platform's limits are kept, and nobody waits long for a turn."""

from __future__ import annotations

import asyncio

import pytest

from chat.errors import Unavailable
from chat.rates import Rate, Window


async def test_so_many_at_once_and_the_next_one_is_told_when() -> None:
    rate = Rate(Window(3, 60.0), patience=0.0)
    for _ in range(3):
        await rate.turn("C1")

    with pytest.raises(Unavailable) as wait:
        await rate.turn("C1")
    assert wait.value.retry_after is not None
    assert 55 < wait.value.retry_after <= 60
    await rate.turn("C2")


async def test_all_windows_hold_at_once() -> None:
    rate = Rate(Window(2, 0.05), Window(3, 60.0), patience=1.0)
    for _ in range(3):
        await rate.turn()

    with pytest.raises(Unavailable):
        await rate.turn()


async def test_turns_are_taken_in_the_order_of_asking() -> None:
    rate = Rate(Window(1, 0.02), patience=5.0)
    done: list[int] = []

    async def call(number: int) -> None:
        await rate.turn("C1")
        done.append(number)

    await asyncio.gather(*(call(number) for number in range(8)))
    assert done == list(range(8))


async def test_what_the_platform_says_counts() -> None:
    rate = Rate(Window(100, 1.0), patience=1.0)
    rate.close(30.0, "C1")

    with pytest.raises(Unavailable) as wait:
        await rate.turn("C1")
    assert wait.value.retry_after == pytest.approx(30.0, abs=2.0)
    await rate.turn("C2")
