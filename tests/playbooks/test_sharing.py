"""Who sees a playbook, and how it is shared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chat.errors import Denied, NotFound, Refused
from security.actor import Actor
from tests.playbooks.cast import (
    ADMIN,
    ANA,
    BO,
    CHIEF,
    OUTAGE,
    STRANGER,
    TEAM,
    VIEWER,
    House,
)
from tests.playbooks.test_playbook_desk import ALL, handles, made


async def test_only_members_know_that_it_is_there(house: House) -> None:
    playbook = await made(house)

    for outsider in (BO, VIEWER, CHIEF, STRANGER):
        assert await handles(house, outsider) == []
        for attempt in (
            house.playbooks.find(outsider, playbook.id),
            house.playbooks.find(outsider, playbook.handle),
            house.playbooks.edit(outsider, playbook.id, OUTAGE),
            house.playbooks.delete(outsider, playbook.id),
            house.playbooks.duplicate(outsider, playbook.id, "Mine"),
            house.playbooks.share(outsider, playbook.id, "bo"),
            house.playbooks.members(outsider, playbook.id),
            house.playbooks.revisions(outsider, playbook.id),
            house.playbooks.export_json(outsider, playbook.id),
        ):
            with pytest.raises(NotFound) as caught:
                await attempt
            assert playbook.name not in caught.value.message
    assert await handles(house, ADMIN) == ["service-outage"]


async def test_an_administrator_of_one_team_sees_no_other_team(house: House) -> None:
    playbook = await made(house)
    two_hats = replace(
        ANA, rights={**STRANGER.rights, TEAM: ANA.rights[TEAM]}, account_id="id-bo", team_id=None
    )

    with pytest.raises(NotFound):
        await house.playbooks.find(two_hats, playbook.id)
    assert await handles(house, two_hats) == []
    theirs = await house.playbooks.create(STRANGER, replace(OUTAGE, name="Theirs"))
    assert await handles(house, two_hats) == [theirs.handle]


async def test_who_may_see_nothing_is_told_what_is_missing(house: House) -> None:
    nobody = Actor("id-new", "new", "New", team_id=TEAM, via="chat:local")

    for attempt in (house.playbooks.find(nobody, "x"), house.playbooks.page(nobody, None, ALL)):
        with pytest.raises(Denied):
            await attempt


async def test_sharing_lets_one_more_in(house: House) -> None:
    playbook = await made(house)

    await house.playbooks.share(ANA, playbook.handle, "@bo")

    assert await handles(house, BO) == ["service-outage"]
    edited = await house.playbooks.edit(BO, playbook.id, replace(OUTAGE, name="Outage!"))
    assert edited.name == "Outage!"
    with pytest.raises(Denied, match=r"Only admins .*@ana"):
        await house.playbooks.share(BO, playbook.id, "chief")
    with pytest.raises(Denied):
        await house.playbooks.delete(BO, playbook.id)
    with pytest.raises(Refused, match=r"a member .* already"):
        await house.playbooks.share(ANA, playbook.id, "bo")


async def test_sharing_with_the_team_lets_all_of_it_in_and_out(house: House) -> None:
    playbook = await made(house)

    shared = await house.playbooks.share_with_team(ANA, playbook.id, shared=True)

    assert (shared.shared_with_team, shared.revision) == (True, 2)
    assert await handles(house, VIEWER) == ["service-outage"]
    assert await handles(house, STRANGER) == []
    with pytest.raises(Denied, match=r"playbook\.edit"):
        await house.playbooks.edit(VIEWER, playbook.id, OUTAGE)
    with pytest.raises(Refused, match="already"):
        await house.playbooks.share_with_team(ANA, playbook.id, shared=True)
    await house.playbooks.share_with_team(ANA, playbook.id, shared=False)
    assert await handles(house, VIEWER) == []


async def test_nobody_outside_the_team_becomes_a_member(house: House) -> None:
    playbook = await made(house)

    with pytest.raises(NotFound, match="in this team"):
        await house.playbooks.share(ANA, playbook.id, "sam")
    with pytest.raises(NotFound, match="in this team"):
        await house.playbooks.share(ANA, playbook.id, "nobody")


async def test_a_member_may_leave_but_not_the_last_admin(house: House) -> None:
    playbook = await made(house)
    await house.playbooks.share(ANA, playbook.id, "bo")

    with pytest.raises(Refused) as caught:
        await house.playbooks.unshare(ANA, playbook.id, "ana")
    assert caught.value.code == "LAST_ADMIN"
    with pytest.raises(Refused, match="only admin"):
        await house.playbooks.share(ANA, playbook.id, "ana", admin=False)

    await house.playbooks.share(ANA, playbook.id, "bo", admin=True)
    await house.playbooks.unshare(ANA, playbook.id, "@Ana")
    assert await handles(house, ANA) == []
    with pytest.raises(Refused, match="only admin"):
        await house.playbooks.unshare(BO, playbook.id, "bo")


async def test_a_member_takes_nobody_else_out(house: House) -> None:
    playbook = await made(house)
    await house.playbooks.share(ANA, playbook.id, "bo")
    await house.playbooks.share(ANA, playbook.id, "chief")

    with pytest.raises(Denied):
        await house.playbooks.unshare(BO, playbook.id, "chief")
    await house.playbooks.unshare(BO, playbook.id, "bo")
    with pytest.raises(Refused, match="not among those"):
        await house.playbooks.unshare(ANA, playbook.id, "bo")
