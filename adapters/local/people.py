"""The people of a team as the local platform knows them; plain functions of an open act."""

from __future__ import annotations

from adapters.local.inbound import FindPerson
from adapters.local.ports import LocalStores
from chat.person import Person
from chat.rooms import BOT, bot
from security.account import Account


def person(account: Account, team: str) -> Person:
    """An account as somebody of the local platform."""
    return Person(
        "local", team, account.id, account.name, display=account.display, email=account.email
    )


def everybody(stores: LocalStores, team: str) -> tuple[Person, ...]:
    """The team's active people, by name; nobody when there is no such team."""
    found = stores.people.team_named(team)
    accounts = stores.people.members(found.id) if found else ()
    return tuple(person(account, team) for account in accounts)


def find(stores: LocalStores, team: str, who: str) -> Person | None:
    """Somebody of the team by id, handle (with or without `@`) or e-mail."""
    name = who.strip().removeprefix("@")
    if name.casefold() == BOT:
        return bot(team)
    people, found = stores.people, stores.people.team_named(team)
    account = (
        people.account(name)
        or people.by_name(name.casefold())
        or (people.by_email(name) if "@" in name else None)
    )
    if found is None or account is None or not account.active:
        return None
    inside = any(grant.team_id in {None, found.id} for grant in people.grants(account.id))
    return person(account, team) if inside else None


def finder(stores: LocalStores, team: str) -> FindPerson:
    """`find`, bound to a team; the bot is nobody to be chosen."""

    def search(who: str) -> Person | None:
        found = find(stores, team, who)
        return None if found is None or found.is_bot else found

    return search
