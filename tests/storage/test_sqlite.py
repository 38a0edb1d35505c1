"""What only SQLite does: shared commits, one writer, a file that may be full or locked."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from chat.errors import Refused, Unavailable
from security.account import Grant
from security.page import Slice
from storage import sqlite
from storage.database import Database, open_database
from storage.stores import Stores
from tests.make import account
from tests.storage.raw import raw, writer

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def adding(name: str) -> Callable[[Stores], None]:
    return lambda to: to.people.add(account(name))


async def names(database: Database) -> set[str]:
    page = await database.acts.read(lambda to: to.people.page(None, None, Slice(limit=200)))
    return {it.name for it in page.items}


async def test_acts_that_wait_share_a_commit(database: Database) -> None:
    release = threading.Event()
    commits: list[None] = []

    def committed(_: Connection) -> None:
        commits.append(None)

    event.listen(writer(database), "commit", committed)
    first = asyncio.create_task(database.acts.run(lambda _: release.wait(10)))
    await asyncio.sleep(0.05)
    acts = [asyncio.create_task(database.acts.run(adding(f"user{n}"))) for n in range(50)]
    await asyncio.sleep(0.05)
    release.set()
    await asyncio.gather(first, *acts)

    assert len(commits) == 2
    assert len(await names(database)) == 50


async def test_when_the_commit_fails_every_act_in_it_has_failed(database: Database) -> None:
    """The disk is full: nobody is told that something is kept which is not."""
    heard: list[frozenset[str]] = []
    database.acts.on_commit(heard.append)

    def fill(to: Stores) -> None:
        to.outbox.refresh("nothing")
        raw(to).exec_driver_sql("PRAGMA max_page_count=1")

    def big(to: Stores) -> None:
        to.drives.wake("opening", "x", account("a").created_at)
        for number in range(200):
            to.settings.put(f"big{number}", "x" * 10_000)

    await database.acts.run(fill)
    results = await asyncio.gather(
        *(database.acts.run(big) for _ in range(3)), return_exceptions=True
    )

    assert all(isinstance(result, Unavailable) for result in results)
    assert "full" in str(results[0])
    assert heard == []

    await database.acts.run(lambda to: raw(to).exec_driver_sql("PRAGMA max_page_count=1000000"))
    await database.acts.run(big)
    assert await database.acts.read(lambda to: to.settings.get("big199")) is not None


async def test_a_transaction_that_sqlite_gives_up_takes_all_its_acts_along(
    database: Database,
) -> None:
    release = threading.Event()

    def lost(to: Stores) -> None:
        # What SQLite itself does when it runs out of memory or disk in a bad moment.
        raw(to).exec_driver_sql("ROLLBACK")
        raw(to).exec_driver_sql("SELECT no_such_column")

    first = asyncio.create_task(database.acts.run(lambda _: release.wait(10)))
    await asyncio.sleep(0.05)
    together: tuple[Callable[[Stores], None], ...] = (adding("ana"), lost, adding("bo"))
    acts = [asyncio.create_task(database.acts.run(act)) for act in together]
    await asyncio.sleep(0.05)
    release.set()
    assert await first
    for act in acts:
        with pytest.raises(Unavailable):
            await act
    assert await names(database) == set()
    await database.acts.run(adding("cy"))
    assert await names(database) == {"cy"}


async def test_a_file_that_another_process_writes_is_waited_for(
    database: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "tocsin.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(database.acts.run(adding("ana")))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    assert await names(database) == set()

    other.execute("ROLLBACK")
    other.close()
    await waiting
    assert await names(database) == {"ana"}


async def test_a_file_that_stays_locked_is_unavailable(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    database = open_database(database_url)
    other = sqlite3.connect(tmp_path / "tocsin.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable, match="locked"):
        await database.acts.run(adding("ana"))

    other.close()
    await database.acts.run(adding("ana"))
    assert await names(database) == {"ana"}
    database.close()


async def test_two_processes_may_use_one_file(database: Database, database_url: str) -> None:
    other = open_database(database_url)
    await asyncio.gather(
        *(
            it.acts.run(adding(f"{which}{number}"))
            for number in range(20)
            for which, it in (("a", database), ("b", other))
        )
    )

    assert len(await names(other)) == 40
    other.close()


async def test_rows_that_refer_to_nothing_are_refused(database: Database) -> None:
    with pytest.raises(Refused) as refused:
        await database.acts.run(lambda to: to.people.grant(Grant("nobody", "admin", None)))
    assert refused.value.code == "CONFLICT"


async def test_commits_reach_the_disk(database: Database) -> None:
    """WAL with synchronous=FULL: a commit survives the machine's sudden end."""

    def pragmas(to: Stores) -> dict[str, object]:
        connection = raw(to)
        return {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "query_only")
        }

    full = 2
    expected = {"journal_mode": "wal", "synchronous": full, "foreign_keys": 1}
    assert await database.acts.run(pragmas) == {**expected, "query_only": 0}
    assert await database.acts.read(pragmas) == {**expected, "query_only": 1}
