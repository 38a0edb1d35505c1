"""What is sent under a key is sent once, whatever happens between the call and our note of it."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from chat.address import Address
from chat.errors import BadInput, Unavailable
from chat.once import Once
from storage.database import Database
from tests.clock import SetClock

MESSAGE = Address("paper", "T1", "C1", message="1.5")


class Posts:
    """A platform that posts what it is told, unless it fails."""

    def __init__(self) -> None:
        self.posted: list[Address] = []
        self.fails: list[Exception] = []
        self.after: list[Exception] = []

    async def post(self) -> Address:
        await asyncio.sleep(0)
        if self.fails:
            raise self.fails.pop(0)
        self.posted.append(MESSAGE)
        if self.after:
            raise self.after.pop(0)
        return MESSAGE

    async def find(self, since: datetime) -> Address | None:
        assert since.tzinfo is not None
        return self.posted[0] if self.posted else None


@pytest.fixture
def once(database: Database, clock: SetClock) -> Once:
    """On each database in turn."""
    return Once(database.acts, clock, "paper")


async def test_the_second_call_finds_what_the_first_made(once: Once) -> None:
    posts = Posts()
    assert await once.made("k", posts.post) == MESSAGE
    assert await once.made("k", posts.post) == MESSAGE
    assert len(posts.posted) == 1


async def test_many_at_once_are_one(once: Once) -> None:
    posts = Posts()
    made = await asyncio.gather(*(once.made("k", posts.post) for _ in range(10)))
    assert set(made) == {MESSAGE}
    assert len(posts.posted) == 1


async def test_after_a_death_between_post_and_note_it_is_looked_for(
    once: Once, database: Database, clock: SetClock
) -> None:
    posts = Posts()
    posts.after.append(Unavailable("cut off"))
    with pytest.raises(Unavailable):
        await once.made("k", posts.post, posts.find)

    another = Once(database.acts, clock, "paper")
    assert await another.made("k", posts.post, posts.find) == MESSAGE
    assert len(posts.posted) == 1


@pytest.mark.parametrize(
    "certain", [Unavailable("slow down", retry_after=1.0), BadInput("too long")]
)
async def test_what_was_certainly_not_sent_is_sent_again_without_looking(
    once: Once, certain: Exception
) -> None:
    posts = Posts()
    posts.fails.append(certain)
    with pytest.raises(type(certain)):
        await once.made("k", posts.post, posts.find)

    async def unasked(since: datetime) -> Address | None:
        raise AssertionError(since)

    assert await once.made("k", posts.post, unasked) == MESSAGE


async def test_one_failure_does_not_fail_those_who_wait(once: Once) -> None:
    posts = Posts()
    posts.fails.append(Unavailable("slow down", retry_after=1.0))
    made = await asyncio.gather(
        *(once.made("k", posts.post) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(each, Unavailable) for each in made) == 1
    assert len(posts.posted) == 1


async def test_what_has_no_address_is_told_once(once: Once) -> None:
    posts = Posts()
    for _ in range(2):
        await once.told("k", posts.post)
    assert len(posts.posted) == 1
