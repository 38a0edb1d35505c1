"""The audit trail: appended, sealed, never changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from chat.errors import BadInput, Refused, TocsinError
from security.audit import GENESIS, Outcome, Record, Sealed, link, verify
from security.page import Slice
from security.ports import AuditFilter
from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.storage.raw import raw

KEY = b"k" * 32


def entry(action: str, minutes: int = 0, **more: object) -> Record:
    at = START + timedelta(minutes=minutes)
    return replace(Record(at, "a1", "ana", "api", action), **more)  # pyright: ignore[reportArgumentType]


def seal_all(to: Stores) -> int:
    number, before = to.audit.head(lock=True)
    sealed: list[Sealed] = []
    for it in to.audit.unsealed(100):
        number += 1
        before = link(KEY, before, number, it.record)
        sealed.append(replace(it, number=number, hash=before))
    to.audit.seal(tuple(sealed))
    return len(sealed)


async def test_records_are_sealed_in_order_and_the_chain_holds(database: Database) -> None:
    def act(to: Stores) -> None:
        assert to.audit.head() == (0, GENESIS)
        for number in range(5):
            to.audit.append(entry(f"thing.{number}", details={"old": "a", "new": "b"}))

    await database.acts.run(act)
    assert await database.acts.read(lambda to: to.audit.any_unsealed())
    assert await database.acts.run(seal_all) == 5
    await database.acts.run(lambda to: to.audit.append(entry("thing.later")))
    assert await database.acts.run(seal_all) == 1

    def look(to: Stores) -> None:
        assert to.audit.unsealed(10) == ()
        assert not to.audit.any_unsealed()
        verdict = verify(KEY, to.audit.chain())
        assert (verdict.checked, verdict.broken_at) == (6, None)
        assert to.audit.head() == (6, verdict.head)
        assert [it.record.action for it in to.audit.chain()] == [
            *(f"thing.{number}" for number in range(5)),
            "thing.later",
        ]

    await database.acts.read(look)


async def test_a_long_chain_is_read_piece_by_piece(database: Database) -> None:
    def act(to: Stores) -> None:
        for number in range(1205):
            to.audit.append(entry(f"thing.{number}"))

    await database.acts.run(act)
    while await database.acts.run(seal_all):
        pass

    checked = await database.acts.read(lambda to: verify(KEY, to.audit.chain()))
    assert (checked.checked, checked.broken_at) == (1205, None)


async def test_what_databases_cannot_keep_does_not_break_the_chain(database: Database) -> None:
    """NUL and lone surrogates, which people can send us as JSON."""
    odd = entry("odd\x00", actor_name="a\ud800b", details={"new\x00": "x\ud800y"})
    await database.acts.run(lambda to: to.audit.append(odd))
    await database.acts.run(seal_all)

    verdict = await database.acts.read(lambda to: verify(KEY, to.audit.chain()))
    assert (verdict.checked, verdict.broken_at) == (1, None)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET actor_name = 'bo'",
        "UPDATE audit SET hash = 'x', number = 7",
        "UPDATE audit SET number = NULL, hash = NULL",
        "DELETE FROM audit",
    ],
)
async def test_a_sealed_record_cannot_be_changed(database: Database, tampering: str) -> None:
    await database.acts.run(lambda to: to.audit.append(entry("thing.done")))
    await database.acts.run(seal_all)

    with pytest.raises(Refused):
        await database.acts.run(lambda to: raw(to).execute(text(tampering)))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET action = 'x', number = 1, hash = 'x'",
        "UPDATE audit SET details = '{}', number = 1, hash = 'x'",
        "UPDATE audit SET actor_id = NULL, number = 1, hash = 'x'",
        "UPDATE audit SET number = 1",
        "UPDATE audit SET action = 'x'",
        "DELETE FROM audit",
    ],
)
async def test_an_unsealed_record_can_only_be_sealed(database: Database, tampering: str) -> None:
    await database.acts.run(lambda to: to.audit.append(entry("thing.done", details={"a": "b"})))

    with pytest.raises(Refused):
        await database.acts.run(lambda to: raw(to).execute(text(tampering)))


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_the_trail_cannot_be_emptied(database: Database) -> None:
    with pytest.raises(TocsinError):
        await database.acts.run(lambda to: raw(to).execute(text("TRUNCATE audit")))


FILTERS: tuple[tuple[AuditFilter, set[str]], ...] = (
    (AuditFilter(), {"one", "two", "three"}),
    (AuditFilter(team_ids=("main",)), {"two"}),
    (AuditFilter(team_ids=()), set()),
    (AuditFilter(actor="a1"), {"one", "two"}),
    (AuditFilter(actor="bo"), {"three"}),
    (AuditFilter(action="two"), {"two"}),
    (AuditFilter(outcome=Outcome.DENIED), {"three"}),
    (AuditFilter(object_kind="incident", object_id="i1"), {"two"}),
    (AuditFilter(since=START + timedelta(minutes=1)), {"two", "three"}),
    (AuditFilter(until=START + timedelta(minutes=1)), {"one"}),
    (AuditFilter(search="inc-00001"), {"two"}),
    (AuditFilter(search="BO three"), {"three"}),
    (AuditFilter(search="100%"), set()),
)


@pytest.mark.parametrize(("wanted", "found"), FILTERS)
async def test_records_are_found(database: Database, wanted: AuditFilter, found: set[str]) -> None:
    def act(to: Stores) -> None:
        to.audit.append(entry("one"))
        to.audit.append(
            entry(
                "two",
                1,
                team_id="main",
                object_kind="incident",
                object_id="i1",
                object_name="INC-00001",
            )
        )
        to.audit.append(entry("three", 2, actor_id="b1", actor_name="bo", outcome=Outcome.DENIED))

    await database.acts.run(act)
    page = await database.acts.read(lambda to: to.audit.page(wanted, Slice()))

    assert {it.record.action for it in page.items} == found
    assert page.total == len(found)


@pytest.mark.parametrize(
    ("part", "actions"),
    [
        (Slice(), ["c", "b", "a"]),
        (Slice(order="at"), ["a", "b", "c"]),
        (Slice(order="-action", limit=1, offset=1), ["b"]),
        (Slice(order="actor"), ["a", "b", "c"]),
    ],
)
async def test_records_come_newest_first_unless_asked_otherwise(
    database: Database, part: Slice, actions: list[str]
) -> None:
    await database.acts.run(lambda to: [to.audit.append(entry(action)) for action in "abc"])

    page = await database.acts.read(lambda to: to.audit.page(AuditFilter(), part))

    assert [it.record.action for it in page.items] == actions
    assert page.total == 3


async def test_an_order_that_is_none_is_refused(database: Database) -> None:
    with pytest.raises(BadInput, match="at, action, actor"):
        await database.acts.read(lambda to: to.audit.page(AuditFilter(), Slice(order="hash")))
