"""People on several platforms become one person, and nobody becomes somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chat.errors import NotFound, Refused
from chat.outbox import DirectCard
from chat.person import Person
from security.linking import LIFETIME, Linking
from tests.chat.paper import Paper
from tests.security.conftest import House

ANA = Person("paper", "T1", "U1", "ana.b", "Ana B", "ana@example.org")
STRANGER = replace(ANA, name="U1", display="", email=None)


@pytest.fixture
def paper() -> Paper:
    """A platform that vouches for e-mail addresses."""
    adapter = Paper()
    adapter.can(verified_email=True)
    adapter.people = (ANA,)
    return adapter


def linking(house: House, paper: Paper, newcomers: str = "") -> Linking:
    return Linking(
        house.database.acts, house.clock, {"paper": paper}, newcomers=newcomers, team="main"
    )


async def test_a_verified_address_makes_a_stranger_known(house: House, paper: Paper) -> None:
    ana = await house.person("ana", "responder")
    await house.people.edit(await house.actor("admin"), "ana", email="Ana@example.org")
    assert (await house.doors.person(STRANGER)).account_id is None

    assert await linking(house, paper).meet(STRANGER)

    assert (await house.doors.person(STRANGER)).account_id == ana.id
    (entry,) = await house.records("identity.linked")
    assert entry.record.details["by"] == "e-mail"


async def test_an_address_nobody_vouches_for_links_nobody(house: House, paper: Paper) -> None:
    await house.person("ana", "responder")
    await house.people.edit(await house.actor("admin"), "ana", email="ana@example.org")
    paper.can(verified_email=False)

    assert not await linking(house, paper).meet(ANA)
    assert not await linking(house, paper, newcomers="viewer").meet(replace(ANA, is_bot=True))
    assert (await house.doors.person(ANA)).account_id is None


async def test_the_address_of_a_deactivated_account_opens_nothing(
    house: House, paper: Paper
) -> None:
    await house.person("ana", "responder")
    await house.people.edit(
        await house.actor("admin"), "ana", email="ana@example.org", active=False
    )

    assert not await linking(house, paper, newcomers="viewer").meet(STRANGER)


async def test_a_stranger_is_looked_up_once_in_a_while(house: House, paper: Paper) -> None:
    desk = linking(house, paper)
    for _ in range(3):
        assert not await desk.meet(STRANGER)
    assert paper.looked_up == [ANA.id]

    house.clock.advance(timedelta(minutes=6))
    assert not await desk.meet(STRANGER)
    assert paper.looked_up == [ANA.id, ANA.id]


async def test_newcomers_get_an_account_where_the_operator_wants_that(
    house: House, paper: Paper
) -> None:
    await house.person("ana.b", "responder")

    assert await linking(house, paper, newcomers="viewer").meet(STRANGER)

    actor = await house.doors.person(STRANGER)
    assert (actor.name, actor.display) == ("ana.b-2", "Ana B")
    made = await house.people.find(await house.actor("admin"), "ana.b-2")
    assert made.email == "ana@example.org"


async def test_a_role_that_is_not_there_leaves_strangers_strangers(
    house: House, paper: Paper
) -> None:
    assert not await linking(house, paper, newcomers="nonsense").meet(STRANGER)


async def test_people_are_brought_by_their_address(house: House, paper: Paper) -> None:
    ana = await house.person("ana", "responder")
    bo = await house.person("bo", "responder")
    await house.people.edit(await house.actor("admin"), "ana", email="ana@example.org")

    brought = await linking(house, paper).bring([ana.id, bo.id], "paper", "T1")

    assert [person.id for person in brought] == [ANA.id]


async def test_a_code_from_a_stranger_typed_by_somebody_known_links_them(
    house: House, paper: Paper
) -> None:
    ana = await house.person("ana", "responder")
    desk = linking(house, paper)
    code = await desk.code(await house.doors.person(STRANGER), STRANGER)
    known = await house.actor("ana")
    local = Person("local", "main", ana.id, "ana")

    shown = await desk.pairing(known, local, code.lower())
    assert (shown.person, shown.account.id) == (STRANGER, ana.id)
    assert (await house.doors.person(STRANGER)).account_id is None

    await desk.pair(known, local, f" {code} ")
    assert (await house.doors.person(STRANGER)).account_id == ana.id
    with pytest.raises(NotFound, match="used"):
        await desk.pair(known, local, code)

    # Somebody who was talked into it hears of it where they were known before.
    (warned,) = await house.database.acts.read(
        lambda stores: stores.outbox.due(house.clock.now(), "local", 10)
    )
    assert isinstance(warned.outgoing.job, DirectCard)
    assert warned.outgoing.job.person.id == ana.id
    taken_back = "--platform paper --workspace T1 --id U1 --remove"
    assert taken_back in repr(warned.outgoing.job.card)


async def test_a_code_from_somebody_known_typed_by_a_stranger_links_them(
    house: House, paper: Paper
) -> None:
    ana = await house.person("ana", "responder")
    desk = linking(house, paper)
    code = await desk.code(await house.actor("ana"), Person("local", "main", ana.id, "ana"))

    await desk.pair(await house.doors.person(STRANGER), STRANGER, code)

    assert (await house.doors.person(STRANGER)).account_id == ana.id


async def test_a_code_that_others_read_is_good_only_for_who_typed_it(
    house: House, paper: Paper
) -> None:
    ana = await house.person("ana", "responder")
    desk = linking(house, paper)
    code = await desk.code(await house.actor("ana"), Person("local", "main", ana.id, "ana"))
    await desk.pairing(await house.doors.person(STRANGER), STRANGER, code)

    mallory = replace(STRANGER, id="U666")
    with pytest.raises(NotFound):
        await desk.pair(await house.doors.person(mallory), mallory, code)
    await desk.pair(await house.doors.person(STRANGER), STRANGER, code)
    assert (await house.doors.person(STRANGER)).account_id == ana.id


async def test_codes_link_neither_two_accounts_nor_two_strangers(
    house: House, paper: Paper
) -> None:
    ana = await house.person("ana", "responder")
    bo = await house.person("bo", "responder")
    desk = linking(house, paper)
    mine = Person("local", "main", ana.id, "ana")
    code = await desk.code(await house.actor("ana"), mine)

    with pytest.raises(Refused, match="account of its own"):
        await desk.pair(await house.actor("bo"), Person("local", "main", bo.id, "bo"), code)
    with pytest.raises(Refused, match="other chat"):
        await desk.pair(await house.actor("ana"), mine, code)

    other = replace(STRANGER, id="U2")
    code = await desk.code(await house.doors.person(STRANGER), STRANGER)
    with pytest.raises(Refused, match="neither"):
        await desk.pair(await house.doors.person(other), other, code)


async def test_a_code_is_over_after_ten_minutes(house: House, paper: Paper) -> None:
    ana = await house.person("ana", "responder")
    desk = linking(house, paper)
    code = await desk.code(await house.doors.person(STRANGER), STRANGER)
    house.clock.advance(LIFETIME)

    with pytest.raises(NotFound, match="ten minutes"):
        await desk.pair(await house.actor("ana"), Person("local", "main", ana.id, "ana"), code)
