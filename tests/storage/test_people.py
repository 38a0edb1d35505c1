"""Accounts, teams, roles, grants, identities."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from chat.errors import BadInput, Refused, Stale
from security.account import Grant, Identity
from security.page import Slice
from security.permissions import BUILT_IN, Permission, Role
from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.make import account, person, team


async def test_an_account_is_found_by_id_name_and_email(database: Database) -> None:
    ana = account("ana", email="Ana@Example.org")
    await database.acts.run(lambda to: to.people.add(ana))

    def look(to: Stores) -> None:
        assert to.people.account("ana") == ana
        assert to.people.by_name("ana") == ana
        assert to.people.by_email("ana@example.ORG") == ana
        assert to.people.accounts(["ana", "nobody"]) == {"ana": ana}
        assert to.people.account("bo") is None
        assert to.people.by_name("Ana") is None
        assert to.people.by_email("bo@example.org") is None

    await database.acts.read(look)


async def test_of_two_accounts_with_one_email_the_older_is_found(database: Database) -> None:
    def act(to: Stores) -> str | None:
        to.people.add(account("young", START + timedelta(days=1), email="a@b.c"))
        to.people.add(account("old", START, email="A@B.C"))
        found = to.people.by_email("a@b.c")
        return found.name if found else None

    assert await database.acts.run(act) == "old"


async def test_a_name_is_taken_once_and_the_act_goes_on(database: Database) -> None:
    def act(to: Stores) -> None:
        to.people.add(account("ana"))
        with pytest.raises(Refused, match="“ana”"):
            to.people.add(replace(account("ana"), id="other"))
        to.people.add(account("bo"))
        to.people.add_team(team("main"))
        with pytest.raises(Refused, match="“main”"):
            to.people.add_team(replace(team("main"), id="other"))

    await database.acts.run(act)
    assert await database.acts.read(lambda to: to.people.by_name("bo")) is not None


async def test_a_change_of_an_old_version_is_stale(database: Database) -> None:
    first = account("ana")
    await database.acts.run(lambda to: to.people.add(first))
    second = replace(first, display="Ana B.", email="x@y.z", version=2)
    await database.acts.run(lambda to: to.people.save(second))

    with pytest.raises(Stale):
        await database.acts.run(lambda to: to.people.save(replace(second, display="No")))

    def look(to: Stores) -> None:
        assert to.people.account("ana") == second
        assert to.people.by_email("x@y.z") == second

    await database.acts.read(look)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ANA", ["ana", "joana"]),
        ("ömer", ["oemer"]),
        ("ÖMER", ["oemer"]),
        ("example jo", ["joana"]),
        ("%", []),
        ("_", []),
        ("\x00", ["ana", "bo", "joana", "oemer"]),
        (" ", ["ana", "bo", "joana", "oemer"]),
        (None, ["ana", "bo", "joana", "oemer"]),
    ],
)
async def test_people_are_searched_in_every_alphabet(
    database: Database, search: str | None, found: list[str]
) -> None:
    def act(to: Stores) -> None:
        to.people.add(account("ana"))
        to.people.add(account("joana", email="jo@example.org"))
        to.people.add(replace(account("oemer"), display="Ömer"))
        to.people.add(replace(account("bo"), active=False))

    await database.acts.run(act)
    page = await database.acts.read(lambda to: to.people.page(search, None, Slice()))

    assert [it.name for it in page.items] == found
    assert page.total == len(found)


async def test_people_come_in_pages(peopled: Database) -> None:
    def look(to: Stores) -> None:
        page = to.people.page(None, None, Slice(limit=1, offset=1))
        assert ([it.name for it in page.items], page.total) == (["bo"], 3)
        page = to.people.page(None, None, Slice(order="-name"))
        assert [it.name for it in page.items] == ["cy", "bo", "ana"]
        assert to.people.page(None, active=False, part=Slice()).total == 0
        with pytest.raises(BadInput, match="“shoe size”"):
            to.people.page(None, None, Slice(order="shoe size"))

    await peopled.acts.read(look)


async def test_grants_say_who_is_in_a_team(peopled: Database) -> None:
    def act(to: Stores) -> None:
        for grant in (
            Grant("ana", "admin", None),
            Grant("ana", "admin", None),
            Grant("bo", "responder", "main"),
            Grant("bo", "responder", "main"),
            Grant("bo", "viewer", "ops"),
            Grant("cy", "viewer", "main"),
        ):
            to.people.grant(grant)
        to.people.save(replace(account("cy"), active=False, version=2))

    await peopled.acts.run(act)

    def look(to: Stores) -> None:
        assert to.people.grants("ana") == (Grant("ana", "admin", None),)
        assert to.people.grants("bo") == (
            Grant("bo", "responder", "main"),
            Grant("bo", "viewer", "ops"),
        )
        assert [it.name for it in to.people.members("main")] == ["ana", "bo"]
        assert to.people.holders("viewer") == (
            Grant("bo", "viewer", "ops"),
            Grant("cy", "viewer", "main"),
        )
        page = to.people.page(None, None, Slice(), team_ids=frozenset({"ops"}))
        assert [it.name for it in page.items] == ["ana", "bo"]

    await peopled.acts.read(look)

    def revoke(to: Stores) -> None:
        to.people.revoke(Grant("ana", "admin", "main"))
        to.people.revoke(Grant("bo", "responder", "main"))
        assert to.people.grants("ana") == (Grant("ana", "admin", None),)
        to.people.revoke(Grant("ana", "admin", None))
        assert to.people.grants("ana") == ()
        assert to.people.grants("bo") == (Grant("bo", "viewer", "ops"),)

    await peopled.acts.run(revoke)


async def test_two_acts_cannot_each_take_away_what_the_other_left(peopled: Database) -> None:
    """The last administrator stays, even when two are revoked at the same moment."""
    for name in ("ana", "bo"):
        grant = Grant(name, "admin", None)
        await peopled.acts.run(lambda to, it=grant: to.people.grant(it))

    def revoke(name: str, to: Stores) -> bool:
        if len(to.people.holders("admin", lock=True)) == 1:
            return False
        to.people.revoke(Grant(name, "admin", None))
        return True

    done = await asyncio.gather(
        *(peopled.acts.run(lambda to, n=name: revoke(n, to)) for name in ("ana", "bo"))
    )

    assert sorted(done) == [False, True]


async def test_custom_roles_stand_behind_the_built_in_ones(database: Database) -> None:
    role = Role("scribe", "Writes", frozenset({Permission.CHAT_USE, Permission.INCIDENT_VIEW}))

    def act(to: Stores) -> None:
        assert to.people.roles() == BUILT_IN
        to.people.save_role(replace(role, description="?"))
        to.people.save_role(role)
        assert to.people.roles() == (*BUILT_IN, role)
        to.people.delete_role("scribe")
        to.people.delete_role("scribe")
        assert to.people.roles() == BUILT_IN

    await database.acts.run(act)


async def test_a_chat_user_is_one_account_at_a_time(peopled: Database) -> None:
    user = person("u1")

    def act(to: Stores) -> None:
        to.people.link(Identity("ana", user))
        to.people.link(Identity("bo", replace(user, display="Bo now")))
        to.people.link(Identity("ana", person("u2", "ops")))
        assert to.people.identity("local", "main", "u1") == Identity(
            "bo", replace(user, display="Bo now")
        )
        assert to.people.identities("ana") == (Identity("ana", person("u2", "ops")),)
        assert to.people.persons(["ana", "bo", "cy"], "local", "ops") == {
            "ana": person("u2", "ops")
        }
        to.people.unlink("local", "main", "u1")
        to.people.unlink("local", "main", "u1")
        assert to.people.identity("local", "main", "u1") is None

    await peopled.acts.run(act)


async def test_teams_are_listed_by_name(peopled: Database) -> None:
    def look(to: Stores) -> None:
        assert to.people.teams() == (team("main"), team("ops"))
        assert to.people.team("ops") == to.people.team_named("ops") == team("ops")
        assert to.people.team("none") is None

    await peopled.acts.read(look)
