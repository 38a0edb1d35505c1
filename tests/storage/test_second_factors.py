"""Second factors: one an account, written over, taken away."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from security.proof import SecondFactor
from storage.database import Database
from storage.stores import Stores
from tests.clock import START

NEW = SecondFactor("ana", "key.sealed", START)
CONFIRMED = replace(
    NEW,
    confirmed_at=START + timedelta(minutes=1),
    last_step=2**40,
    failures=3,
    locked_until=START + timedelta(minutes=5),
    recovery=("h1", "h2"),
)


async def test_it_is_kept_as_it_was_written(peopled: Database) -> None:
    def act(to: Stores) -> None:
        assert to.second_factors.get("ana") is None
        to.second_factors.put(NEW)
        assert to.second_factors.get("ana") == NEW
        to.second_factors.put(CONFIRMED)
        assert to.second_factors.get("ana", lock=True) == CONFIRMED
        assert to.second_factors.get("bo") is None

    await peopled.acts.run(act)


async def test_adding_leaves_the_one_that_is_there(peopled: Database) -> None:
    def act(to: Stores) -> None:
        assert to.second_factors.add(CONFIRMED)
        assert not to.second_factors.add(NEW)
        assert to.second_factors.get("ana") == CONFIRMED
        assert to.second_factors.add(replace(NEW, account_id="bo"))

    await peopled.acts.run(act)


async def test_of_many_who_add_at_once_one_does(peopled: Database) -> None:
    added = await asyncio.gather(
        *(peopled.acts.run(lambda to: to.second_factors.add(NEW)) for _ in range(8))
    )

    assert sorted(added) == [False] * 7 + [True]


async def test_many_who_change_it_at_once_wait_for_each_other(peopled: Database) -> None:
    def fail(to: Stores) -> None:
        found = to.second_factors.get("ana", lock=True)
        assert found is not None
        to.second_factors.put(replace(found, failures=found.failures + 1))

    await peopled.acts.run(lambda to: to.second_factors.put(NEW))
    await asyncio.gather(*(peopled.acts.run(fail) for _ in range(16)))

    found = await peopled.acts.read(lambda to: to.second_factors.get("ana"))
    assert found == replace(NEW, failures=16)


async def test_it_is_taken_away_once(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.second_factors.put(CONFIRMED)
        assert not to.second_factors.remove("bo")
        assert to.second_factors.remove("ana")
        assert not to.second_factors.remove("ana")
        assert to.second_factors.get("ana") is None

    await peopled.acts.run(act)
