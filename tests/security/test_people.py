"""Accounts, teams and roles: who may change what, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from chat.errors import BadInput, Denied, NotFound, NotSignedIn, Refused, Stale
from chat.person import Person
from security.actor import SYSTEM, operator
from security.founding import found
from security.page import Slice
from security.permissions import Permission
from tests.security.conftest import House

FIRST = Slice(limit=50)


async def test_founding_makes_one_team_and_one_administrator_however_often(house: House) -> None:
    again = await asyncio.gather(
        *(found(house.database.acts, house.clock, team="main") for _ in range(4))
    )
    admin = await house.actor("admin")

    assert again == [None] * 4
    assert [team.name for team in await house.people.teams(admin)] == ["main"]
    assert (await house.people.page(admin, None, None, FIRST)).total == 1


async def test_a_new_account_has_its_role_and_lives_on_the_local_platform(house: House) -> None:
    account = await house.people.create(
        await house.actor("admin"), "@Ana", display="Ana María", email="Ana@Example.org"
    )
    profile = await house.people.profile(SYSTEM, "ana")

    assert (account.name, account.email) == ("ana", "Ana@example.org")
    assert [grant.role for grant in profile.grants] == ["responder"]
    assert [identity.person for identity in profile.identities] == [
        Person("local", "main", account.id, "ana", "Ana María", "Ana@example.org")
    ]
    assert (await house.doors.person(profile.identities[0].person)).account_id == account.id


async def test_names_and_emails_are_taken_once(house: House) -> None:
    admin = await house.actor("admin")
    await house.people.create(admin, "ana", email="ana@example.org")

    with pytest.raises(Refused, match="already") as taken:
        await house.people.create(admin, "ANA")
    assert taken.value.code == "NAME_TAKEN"
    with pytest.raises(Refused, match="e-mail") as taken:
        await house.people.create(admin, "bo", email="ANA@example.org")
    assert taken.value.code == "EMAIL_TAKEN"


async def test_people_are_found_by_name_mention_email_and_id(house: House) -> None:
    admin = await house.actor("admin")
    ana = await house.people.create(admin, "ana", email="ana@example.org")

    for ref in ("ana", "@ana", " ANA ", "ana@example.org", ana.id):
        assert await house.people.find(admin, ref) == ana
    with pytest.raises(NotFound, match=r"Did you mean @ana\?"):
        await house.people.find(admin, "anna")


async def test_unknown_roles_and_teams_are_refused_with_those_there_are(house: House) -> None:
    admin = await house.actor("admin")

    with pytest.raises(NotFound, match="Roles: admin, approver, automation"):
        await house.people.create(admin, "ana", role="boss")
    with pytest.raises(NotFound, match="Teams: main"):
        await house.people.create(admin, "ana", team="ops")
    assert (await house.people.page(admin, None, None, FIRST)).total == 1


@pytest.mark.parametrize("role", ["viewer", "responder", "commander", "approver", "automation"])
async def test_only_those_who_manage_people_change_them(house: House, role: str) -> None:
    people = house.people
    await house.person("bo", "viewer")
    await house.person("ana", role)
    ana = await house.actor("ana")
    bo = Person("slack", "T1", "U1", "bo")

    for refused in (
        people.create(ana, "cy"),
        people.edit(ana, "bo", display="Bob"),
        people.edit(ana, "ana", email="boss@example.org"),
        people.edit(ana, "ana", active=False),
        people.grant(ana, "ana", "viewer", "main"),
        people.revoke(ana, "bo", "viewer", "main"),
        people.link(ana, "ana", bo),
        people.unlink(ana, "bo", "slack", "T1", "U1"),
        people.create_team(ana, "ops"),
        people.save_role(ana, "mine", "", ["chat.use"]),
        people.delete_role(ana, "mine"),
        house.doors.sign_in_link(ana, "bo"),
        house.doors.create_token(ana, "bo", "x"),
        house.doors.tokens(ana, "bo"),
        house.doors.tokens(ana, None),
        house.doors.sign_out_everywhere(ana, "bo"),
    ):
        with pytest.raises(Denied):
            await refused
    denied = await house.records("denied")
    assert {sealed.record.actor_name for sealed in denied} == {"ana"}
    assert len(denied) == 16


async def test_everybody_may_change_their_own_display_name(house: House) -> None:
    await house.person("ana", "viewer")

    changed = await house.people.edit(await house.actor("ana"), "me", display="Ana M.")

    assert (changed.display, changed.version) == ("Ana M.", 2)
    person = (await house.people.profile(SYSTEM, "ana")).identities[0].person
    assert person.display == "Ana M."


async def test_an_edit_of_an_old_version_is_refused(house: House) -> None:
    admin = await house.actor("admin")
    await house.person("ana", "viewer")
    await house.people.edit(admin, "ana", display="A", version=1)

    with pytest.raises(Stale, match="version 2, yours is 1"):
        await house.people.edit(admin, "ana", display="B", version=1)
    assert (await house.people.edit(admin, "ana", display="A", version=2)).version == 2


async def test_an_email_can_be_forgotten(house: House) -> None:
    admin = await house.actor("admin")
    await house.people.create(admin, "ana", email="ana@example.org")

    assert (await house.people.edit(admin, "ana", email="")).email is None
    await house.people.create(admin, "bo", email="ana@example.org")


async def test_a_team_manager_cannot_rise_above_their_team(house: House) -> None:
    """Somebody who manages people of one team, and otherwise responds to incidents."""
    people, admin = house.people, await house.actor("admin")
    await people.create_team(admin, "ops")
    await people.save_role(
        admin, "lead", "", ["people.view", "people.manage", "chat.use", "incident.view"]
    )
    await house.person("lea", "lead", "ops")
    await house.person("opsadmin", "admin", "ops")
    await house.person("both", "viewer", "ops")
    await people.grant(admin, "both", "viewer", "main")
    lea = await house.actor("lea")

    for escalation in (
        people.grant(lea, "lea", "admin", "ops"),
        people.grant(lea, "lea", "responder", "ops"),
        people.grant(lea, "lea", "lead", None),
        people.grant(lea, "lea", "lead", "main"),
        people.create(lea, "puppet", role="admin", team="ops"),
        people.create(lea, "puppet", role="lead", team=None),
        people.revoke(lea, "opsadmin", "admin", "ops"),
        people.edit(lea, "opsadmin", active=False),
        people.edit(lea, "opsadmin", email="lea@example.org"),
        people.edit(lea, "both", active=False),
        people.link(lea, "opsadmin", Person("slack", "T1", "U9", "lea")),
        people.save_role(lea, "lead", "", ["people.manage"]),
        house.doors.sign_in_link(lea, "opsadmin"),
        house.doors.sign_in_link(lea, "both"),
        house.doors.create_token(lea, "opsadmin", "x", ["chat.use"]),
    ):
        with pytest.raises(Denied):
            await escalation
    made = await people.create(lea, "nia", role="lead", team="ops")
    await people.revoke(lea, "nia", "lead", "ops")
    assert made.name == "nia"


async def test_a_chat_user_linked_to_somebody_stronger_cannot_be_taken_over(house: House) -> None:
    people, admin = house.people, await house.actor("admin")
    await people.save_role(admin, "lead", "", ["people.view", "people.manage"])
    await house.person("lea", "lead", None)
    user = Person("slack", "T1", "U1", "boss")
    await people.link(admin, "admin", user)

    with pytest.raises(Denied):
        await people.link(await house.actor("lea"), "lea", user)
    assert (await house.doors.person(user)).name == "admin"


async def test_people_of_other_teams_are_not_seen(house: House) -> None:
    people, admin = house.people, await house.actor("admin")
    await people.create_team(admin, "ops")
    await house.person("ana", "responder")
    await house.person("olga", "responder", "ops")
    ana = await house.actor("ana")

    with pytest.raises(NotFound):
        await people.find(ana, "olga")
    seen = await people.page(ana, None, None, FIRST)
    assert [account.name for account in seen.items] == ["admin", "ana"]
    ops = await people.find(admin, "olga")
    team = (await people.profile(admin, ops.id)).grants[0].team_id
    assert team is not None
    with pytest.raises(Denied):
        await people.members(ana, team)
    assert [team.name for team in await people.teams(ana)] == ["main"]


async def test_local_users_follow_the_roles(house: House) -> None:
    people, admin = house.people, await house.actor("admin")
    ana = await house.person("ana", "responder")
    in_ops = Person("local", "ops", ana.id, "ana")
    await people.create_team(admin, "ops")
    boss = Person("local", "ops", admin.account_id or "", "admin")

    assert (await house.doors.person(boss)).account_id == admin.account_id
    assert (await house.doors.person(in_ops)).account_id is None
    await people.grant(admin, "ana", "viewer", "ops")
    assert (await house.doors.person(in_ops)).account_id == ana.id
    await people.revoke(admin, "ana", "viewer", "ops")
    assert (await house.doors.person(in_ops)).account_id is None


async def test_a_local_user_acts_in_the_team_they_speak_in(house: House) -> None:
    people, admin = house.people, await house.actor("admin")
    ops = await people.create_team(admin, "ops")
    ana = await house.person("ana", "responder")
    await people.grant(admin, "ana", "viewer", "ops")

    there = await house.doors.person(Person("local", "ops", ana.id, "ana"))
    elsewhere = await house.actor("ana")

    assert there.team_id == ops.id
    assert not there.may(Permission.INCIDENT_START, there.team_id)
    assert elsewhere.team_id != ops.id
    assert elsewhere.may(Permission.INCIDENT_START, elsewhere.team_id)


async def test_local_users_are_not_linked_by_hand(house: House) -> None:
    admin = await house.actor("admin")
    ana = await house.person("ana", "viewer")

    with pytest.raises(Refused, match="Give the account a role"):
        await house.people.link(admin, "admin", Person("local", "main", ana.id, "ana"))
    with pytest.raises(Refused, match="Give the account a role"):
        await house.people.unlink(admin, "ana", "local", "main", ana.id)


async def test_a_linked_chat_user_is_the_account(house: House) -> None:
    people, admin = house.people, await house.actor("admin")
    ana = await house.person("ana", "responder")
    user = Person("slack", "T1", "U1", "ana.m")
    assert (await house.doors.person(user)).rights == {}

    await people.link(admin, "ana", user)

    actor = await house.doors.person(user)
    assert (actor.account_id, actor.via, actor.person) == (ana.id, "chat:slack", user)
    assert actor.may(Permission.INCIDENT_START, actor.team_id)
    await people.unlink(admin, "ana", "slack", "T1", "U1")
    assert (await house.doors.person(user)).account_id is None
    with pytest.raises(NotFound):
        await people.unlink(admin, "ana", "slack", "T1", "U1")


async def test_the_last_administrator_stays(house: House) -> None:
    people, admin = house.people, await house.actor("admin")

    for actor in (admin, operator("root"), SYSTEM):
        with pytest.raises(Refused) as refused:
            await people.edit(actor, "admin", active=False)
        assert refused.value.code == "LAST_ADMIN"
        with pytest.raises(Refused):
            await people.revoke(actor, "admin", "admin", None)

    await house.person("teamadmin", "admin", "main")
    with pytest.raises(Refused):
        await people.edit(admin, "admin", active=False)
    await house.person("second", "admin", None)
    await people.edit(admin, "second", active=False)
    with pytest.raises(Refused):
        await people.revoke(admin, "admin", "admin", None)
    await people.edit(admin, "second", active=True)
    await people.revoke(admin, "admin", "admin", None)
    assert (await house.actor("admin")).rights == {}


async def test_two_administrators_cannot_remove_each_other_at_once(house: House) -> None:
    people = house.people
    await house.person("second", "admin", None)
    admin, second = await house.actor("admin"), await house.actor("second")

    results = await asyncio.gather(
        people.edit(admin, "second", active=False),
        people.edit(second, "admin", active=False),
        return_exceptions=True,
    )

    assert sum(isinstance(result, Refused) for result in results) == 1


async def test_custom_roles_are_sets_of_permissions(house: House) -> None:
    people, admin = house.people, await house.actor("admin")
    role = await people.save_role(admin, "scribe", "Writes", ["incident.view", "chat.use"])
    await house.person("ana", "scribe")

    assert role in await people.roles(admin)
    before = await house.actor("ana")
    assert not before.may(Permission.INCIDENT_WORK, before.team_id)
    await people.save_role(admin, "scribe", "Writes", ["incident.view", "incident.work"])
    after = await house.actor("ana")
    assert after.may(Permission.INCIDENT_WORK, after.team_id)
    assert not after.may(Permission.CHAT_USE, after.team_id)
    with pytest.raises(Refused, match="still given to ana"):
        await people.delete_role(admin, "scribe")
    await people.revoke(admin, "ana", "scribe", "main")
    await people.delete_role(admin, "scribe")
    assert role.name not in {known.name for known in await people.roles(admin)}


async def test_shipped_roles_stay_and_bad_ones_are_refused(house: House) -> None:
    people, admin = house.people, await house.actor("admin")

    with pytest.raises(Refused, match="built in"):
        await people.save_role(admin, "viewer", "", ["audit.view"])
    with pytest.raises(Refused, match="built in"):
        await people.delete_role(admin, "admin")
    with pytest.raises(BadInput, match=r"unknown: cake\.eat"):
        await people.save_role(admin, "baker", "", ["chat.use", "cake.eat"])
    with pytest.raises(BadInput, match="none was given"):
        await people.save_role(admin, "baker", "", [])
    with pytest.raises(NotFound):
        await people.delete_role(admin, "baker")


async def test_deactivating_kills_every_proof_for_good(house: House) -> None:
    admin = await house.actor("admin")
    ana = await house.person("ana", "responder")
    token, cookie = await house.token("ana"), await house.sign_in("ana")
    link = await house.doors.sign_in_link(admin, "ana")
    local = Person("local", "main", ana.id, "ana")

    await house.people.edit(admin, "ana", active=False)

    async def nothing_works() -> None:
        for shown in ((token, None), (None, cookie)):
            with pytest.raises(NotSignedIn):
                await house.doors.http(*shown)
        with pytest.raises(NotSignedIn):
            await house.doors.sign_in(link)

    await nothing_works()
    assert (await house.doors.person(local)).rights == {}
    with pytest.raises(NotSignedIn, match="deactivated"):
        await house.doors.account("ana", "cli")
    with pytest.raises(Refused, match="deactivated"):
        await house.doors.create_token(admin, "ana", "x")
    with pytest.raises(Refused, match="deactivated"):
        await house.doors.sign_in_link(admin, "ana")

    await house.people.edit(admin, "ana", active=True)
    await nothing_works()
    assert (await house.doors.person(local)).account_id == ana.id


async def test_every_change_is_in_the_audit_trail(house: House) -> None:
    people, admin = house.people, await house.actor("admin")
    await people.create_team(admin, "ops")
    await people.save_role(admin, "scribe", "", ["chat.use"])
    await people.create(admin, "ana", email="ana@example.org")
    await people.edit(admin, "ana", display="Ana")
    await people.grant(admin, "ana", "scribe", "ops")
    await people.grant(admin, "ana", "scribe", "ops")
    await people.revoke(admin, "ana", "scribe", "ops")
    await people.link(admin, "ana", Person("slack", "T1", "U1", "a"))
    await people.unlink(admin, "ana", "slack", "T1", "U1")
    await people.delete_role(admin, "scribe")
    await people.edit(admin, "ana", active=False)
    await people.edit(admin, "ana", active=True)

    records = [sealed.record for sealed in await house.records()]

    assert [record.action for record in records] == [
        *("team.created", "account.created"),
        *("team.created", "role.created", "account.created", "account.edited", "role.granted"),
        *("role.revoked", "identity.linked", "identity.unlinked", "role.deleted"),
        *("account.deactivated", "account.activated"),
    ]
    assert {record.actor_name for record in records[2:]} == {"admin"}
    assert records[5].details == {"display": "(none) → Ana"}
    assert records[6].details == {"role": "scribe", "team": "ops"}
