"""The stored chain: sealed by anybody, once, and whoever tampers with it is found out."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chat.errors import Denied
from security.audit import GENESIS
from security.page import Slice
from security.ports import AuditFilter
from security.sealer import Sealer
from storage.database import parse_url
from storage.postgresql import postgresql_engine
from storage.sqlite import sqlite_engine
from tests.security.conftest import House


def tamper(url: str, *statements: str) -> None:
    """Change the tables as somebody would who may write to the database file."""
    parsed = parse_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = sqlite_engine(parsed, "BEGIN") if sqlite else postgresql_engine(parsed, pool_size=1)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def unguard(url: str) -> None:
    """Remove the triggers that refuse changes, as an attacker with all rights would."""
    parsed = parse_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = sqlite_engine(parsed, "BEGIN") if sqlite else postgresql_engine(parsed, pool_size=1)
    with engine.begin() as connection:
        if sqlite:
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
            for (name,) in connection.execute(text(query)).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
    engine.dispose()


async def filled(house: House, people: int = 6) -> None:
    admin = await house.actor("admin")
    for number in range(people):
        await house.people.create(admin, f"p{number}")


async def test_records_are_sealed_once_by_any_number_of_sealers(house: House) -> None:
    await filled(house)
    second = Sealer(house.database.acts, b"c" * 32)

    counts = await asyncio.gather(house.sealer.seal_waiting(), second.seal_waiting())

    assert sum(counts) == 8
    assert await house.sealer.seal_waiting() == 0
    verdict = await house.sealer.verify()
    assert (verdict.checked, verdict.broken_at) == (8, None)
    assert await house.sealer.head() == (8, verdict.head)
    assert [sealed.number for sealed in await house.records()] == list(range(1, 9))


async def test_an_empty_chain_verifies(house: House) -> None:
    assert await house.sealer.head() == (0, GENESIS)
    assert (await house.sealer.verify()).broken_at is None


async def test_sealing_goes_on_where_it_stopped_and_old_anchors_hold(house: House) -> None:
    anchors = [await house.sealer.head()]
    for number in range(3):
        await house.person(f"p{number}", "viewer")
        await house.sealer.seal_waiting()
        anchors.append(await house.sealer.head())

    assert len(set(anchors)) == 4
    for anchor in anchors:
        assert (await house.sealer.verify(anchor)).broken_at is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor_name = 'somebody' WHERE number = 4",
        "DELETE FROM audit WHERE number = 4",
        "UPDATE audit SET number = NULL, hash = NULL WHERE number = 8",
    ],
)
async def test_the_database_itself_refuses_to_change_a_record(house: House, statement: str) -> None:
    await filled(house)
    await house.sealer.seal_waiting()

    with pytest.raises(DBAPIError):
        tamper(house.database.url, statement)
    assert (await house.sealer.verify()).checked == 8


@pytest.mark.parametrize(
    ("statements", "broken_at"),
    [
        (("UPDATE audit SET actor_name = 'somebody' WHERE number = 4",), 4),
        (("UPDATE audit SET details = '{}' WHERE number = 4",), 4),
        (("DELETE FROM audit WHERE number = 4",), 4),
        (("DELETE FROM audit WHERE number = 1",), 1),
        (
            (
                "DELETE FROM audit WHERE number = 4",
                "UPDATE audit SET number = -number WHERE number > 4",
                "UPDATE audit SET number = -number - 1 WHERE number < 0",
            ),
            4,
        ),
        (
            (
                "UPDATE audit SET number = -4 WHERE number = 4",
                "UPDATE audit SET number = 4 WHERE number = 5",
                "UPDATE audit SET number = 5 WHERE number = -4",
            ),
            4,
        ),
    ],
)
async def test_who_gets_round_the_triggers_is_found_out(
    house: House, statements: tuple[str, ...], broken_at: int
) -> None:
    await filled(house)
    await house.sealer.seal_waiting()
    unguard(house.database.url)

    tamper(house.database.url, *statements)

    verdict = await house.sealer.verify()
    assert verdict.broken_at == broken_at
    assert verdict.why


async def test_a_cut_tail_is_found_with_an_anchor(house: House) -> None:
    await filled(house)
    await house.sealer.seal_waiting()
    anchor = await house.sealer.head()
    unguard(house.database.url)

    tamper(house.database.url, "DELETE FROM audit WHERE number > 5")
    assert (await house.sealer.verify()).broken_at is None
    assert (await house.sealer.verify(anchor)).broken_at == 6

    await filled_again(house)
    assert (await house.sealer.verify()).broken_at is None
    assert "not the anchored one" in (await house.sealer.verify(anchor)).why


async def filled_again(house: House) -> None:
    admin = await house.actor("admin")
    for number in range(4):
        await house.people.create(admin, f"again{number}")
    await house.sealer.seal_waiting()


async def test_the_trail_is_for_those_who_may_see_it(house: House) -> None:
    people, admin = house.people, await house.actor("admin")
    await people.create_team(admin, "ops")
    await house.person("ana", "commander")
    await house.person("olga", "admin", "ops")
    ana, olga = await house.actor("ana"), await house.actor("olga")
    everything = AuditFilter()

    with pytest.raises(Denied, match=r"audit\.view"):
        await house.trail.page(ana, everything, Slice())
    with pytest.raises(Denied):
        await house.trail.verify(ana)
    with pytest.raises(Denied):
        await house.trail.verify(olga)
    all_of_it = await house.trail.page(admin, everything, Slice())
    of_ops = await house.trail.page(olga, everything, Slice())
    assert all_of_it.total > of_ops.total >= 1
    assert {sealed.record.team_id for sealed in of_ops.items} == {olga.team_id}
    assert (await house.trail.verify(admin)).broken_at is None
