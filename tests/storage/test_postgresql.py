"""What only PostgreSQL does: clashes that are tried again, connections that die."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from chat.errors import Refused, Unavailable
from security.account import Grant
from storage.database import Database, open_database
from storage.postgresql import THREADS, TRIES
from storage.stores import Stores
from tests.make import account
from tests.storage.raw import raw

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def write(to: Stores, name: str) -> None:
    to.settings.put(name, "written")


async def test_acts_that_lock_each_other_out_are_tried_again(database: Database) -> None:
    await database.acts.run(lambda to: [to.settings.put(name, "") for name in "ab"])
    both = threading.Barrier(2)
    tries: list[str] = []

    def crossing(first: str, second: str) -> Callable[[Stores], None]:
        def act(to: Stores) -> None:
            tries.append(first)
            write(to, first)
            if len(tries) <= 2:
                both.wait(10)
            write(to, second)

        return act

    await asyncio.gather(
        database.acts.run(crossing("a", "b")), database.acts.run(crossing("b", "a"))
    )

    # Usually one of the two gives way; on a busy machine each may, once.
    assert len(tries) in {3, 4}
    assert await database.acts.read(lambda to: to.settings.get("a")) == "written"


async def test_what_keeps_clashing_is_given_up(database: Database) -> None:
    tries: list[None] = []

    def act(to: Stores) -> None:
        tries.append(None)
        raw(to).execute(text("DO $$ BEGIN RAISE EXCEPTION 'clash' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(Unavailable):
        await database.acts.run(act)
    assert len(tries) == TRIES


async def test_connections_that_died_in_between_are_not_noticed(database: Database) -> None:
    """The server was restarted, say: the next acts find dead connections in the pool."""
    release = threading.Barrier(THREADS)
    await asyncio.gather(*(database.acts.run(lambda _: release.wait(10)) for _ in range(THREADS)))
    other = open_database(database.url)
    await other.acts.run(
        lambda to: raw(to).execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid != pg_backend_pid()"
            )
        )
    )
    other.close()

    await asyncio.gather(
        *(
            database.acts.run(lambda to, n=number: to.people.add(account(f"user{n}")))
            for number in range(THREADS)
        ),
        *(database.acts.read(lambda to: to.settings.get("a")) for _ in range(THREADS)),
    )


@pytest.mark.usefixtures("database_kind")
async def test_a_server_that_is_away_is_unavailable() -> None:
    away = open_database("postgresql://nobody@127.0.0.1:1/none")

    for door in (away.acts.run, away.acts.read):
        with pytest.raises(Unavailable):
            await door(lambda to: to.settings.get("a"))
    away.close()


async def test_rows_that_refer_to_nothing_are_refused(database: Database) -> None:
    with pytest.raises(Refused) as refused:
        await database.acts.run(lambda to: to.people.grant(Grant("nobody", "admin", None)))
    assert refused.value.code == "CONFLICT"


async def test_times_are_utc_whatever_the_server_thinks(database: Database) -> None:
    zone = await database.acts.read(lambda to: raw(to).scalar(text("SHOW timezone")))

    assert zone == "UTC"
