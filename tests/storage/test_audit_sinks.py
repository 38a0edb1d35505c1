"""How far a sink has come, and what is behind that in the trail."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.storage.test_audit import entry, seal_all


async def test_a_position_begins_at_nothing_and_moves_on(database: Database) -> None:
    def act(to: Stores) -> None:
        assert to.audit_sinks.position("a") == 0
        assert to.audit_sinks.move("a", 0, 3, START)
        assert to.audit_sinks.move("b", 0, 9, START)
        assert to.audit_sinks.move("a", 3, 2**40, START + timedelta(hours=1))

    await database.acts.run(act)

    async def position(name: str) -> int:
        return await database.acts.read(lambda to: to.audit_sinks.position(name))

    assert (await position("a"), await position("b"), await position("c")) == (2**40, 9, 0)


async def test_a_position_that_somebody_else_moved_stays(database: Database) -> None:
    def act(to: Stores) -> None:
        assert to.audit_sinks.move("a", 0, 3, START)
        assert not to.audit_sinks.move("a", 0, 2, START)
        assert not to.audit_sinks.move("a", 2, 4, START)
        assert to.audit_sinks.position("a") == 3

    await database.acts.run(act)


async def test_of_two_who_move_at_once_one_does(database: Database) -> None:
    for before in (0, 1):
        moved = await asyncio.gather(
            *(
                database.acts.run(
                    lambda to, before=before: to.audit_sinks.move("a", before, before + 1, START)
                )
                for _ in range(8)
            )
        )
        assert sorted(moved) == [False] * 7 + [True]


async def test_sealed_records_are_read_from_a_place_on(database: Database) -> None:
    await database.acts.run(
        lambda to: [to.audit.append(entry(f"thing.{number}")) for number in range(1, 6)]
    )
    assert await database.acts.read(lambda to: to.audit.after(0, 10)) == ()
    await database.acts.run(seal_all)
    await database.acts.run(lambda to: to.audit.append(entry("thing.unsealed")))

    def look(to: Stores) -> None:
        assert [it.number for it in to.audit.after(0, 2)] == [1, 2]
        found = to.audit.after(2, 10)
        assert [it.number for it in found] == [3, 4, 5]
        assert [it.record.action for it in found] == ["thing.3", "thing.4", "thing.5"]
        assert all(it.hash for it in found)
        assert to.audit.after(5, 10) == ()

    await database.acts.read(look)


async def test_sealing_is_heard_of(database: Database) -> None:
    heard: list[frozenset[str]] = []
    database.acts.on_commit(heard.append)

    await database.acts.run(lambda to: to.audit.append(entry("thing.done")))
    await database.acts.run(seal_all)
    await database.acts.run(seal_all)
    await asyncio.sleep(0.05)

    assert heard == [frozenset({"audit"}), frozenset({"sealed"})]
