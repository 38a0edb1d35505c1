"""The people of the team: who there is, what they may do, how they come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from chat.errors import BadInput, NotFound, Refused
from security.account import Grant, Team
from security.permissions import Permission
from security.ports import SecurityStores
from web.ask import Ask
from web.dialogs import mistakes
from web.paging import paging
from web.replies import gone_to, told

_NEW = "account"
_FIELDS = frozenset({"name", "display", "email", "role", "team"})
_EVERYWHERE = "*"
"""Value of the choice “all teams”; no team can be named so."""


async def show(ask: Ask) -> web.Response:
    """Accounts by name."""
    search, inactive = ask.query("q")[:200], ask.query("inactive")
    where = paging(ask, {"q": search, "inactive": inactive})
    active = None if inactive else True
    page = await ask.desks.people.page(ask.actor, search or None, active, where.part)
    values: dict[str, Any] = {
        "page": page,
        "paging": where,
        "search": search,
        "inactive": inactive,
        "grants": await _grants(ask, [account.id for account in page.items]),
        "teams": _team_names(ask),
    }
    if ask.by_htmx:
        return ask.part("parts/people_table.html", **values)
    return await ask.page("people.html", **values)


async def _grants(ask: Ask, ids: list[str]) -> Mapping[str, tuple[Grant, ...]]:
    """Roles of accounts that the desk has let the asker see."""

    def look(stores: SecurityStores) -> Mapping[str, tuple[Grant, ...]]:
        return {one: stores.people.grants(one) for one in ids}

    return await ask.desks.acts.read(look)


def _team_names(ask: Ask) -> dict[str | None, str]:
    """Names by id of the teams somebody is in; None is all teams."""
    named = {team.id: team.display or team.name for team in ask.visitor.teams}
    return {None: "all teams", **named}


async def account(ask: Ask) -> web.Response:
    """One account."""
    found = await ask.desks.people.profile(ask.actor, ask.path("name"))
    mine = found.account.id == ask.actor.account_id
    return await ask.page(
        "account.html",
        profile=found,
        account=found.account,
        teams=_team_names(ask),
        roles=await ask.desks.people.roles(ask.actor),
        mine=mine,
        second_factor=await ask.desks.second_factors.enrolled(found.account.id),
        new=bool(ask.query("new")),
        manages=ask.visitor.may(Permission.PEOPLE_MANAGE),
        everywhere=_EVERYWHERE,
    )


async def ask_new(ask: Ask) -> web.Response:
    """The dialog for a new account."""
    return ask.part(
        "dialogs/new_account.html",
        roles=await ask.desks.people.roles(ask.actor),
        teams=ask.visitor.teams,
        team=ask.visitor.team,
        everywhere=_EVERYWHERE,
    )


async def create(ask: Ask) -> web.Response:
    """Add an account."""
    form = dict(await ask.form())
    try:
        made = await ask.desks.people.create(
            ask.actor,
            form.get("name", ""),
            display=form.get("display", ""),
            email=form.get("email") or None,
            role=form.get("role", ""),
            team=_team(form),
        )
    except (BadInput, Refused, NotFound) as error:
        details = error.details if set(error.details) & _FIELDS else {"name": error.message}
        return mistakes(ask, _NEW, form, details)
    return gone_to(ask, f"/people/{made.name}?new=1")


def _team(form: Mapping[str, str]) -> str | None:
    """Name of the team a form chose; None for all teams."""
    team = form.get("team", "")
    return None if team == _EVERYWHERE else team


async def edit(ask: Ask) -> web.Response:
    """Change display name and e-mail."""
    form, ref = await ask.form(), ask.path("name")
    version = form.get("version", "")
    await ask.desks.people.edit(
        ask.actor,
        ref,
        display=form.get("display"),
        email=form.get("email"),
        version=int(version) if version.isascii() and version.isdigit() else None,
    )
    return gone_to(ask, f"/people/{ref}")


async def activate(ask: Ask) -> web.Response:
    """Deactivate an account, or activate it again."""
    form, ref = await ask.form(), ask.path("name")
    await ask.desks.people.edit(ask.actor, ref, active=form.get("active") == "true")
    return gone_to(ask, f"/people/{ref}")


async def change_roles(ask: Ask) -> web.Response:
    """Give a role, or take one away."""
    form, ref, desk = await ask.form(), ask.path("name"), ask.desks.people
    act = desk.revoke if form.get("act") == "revoke" else desk.grant
    await act(ask.actor, ref, form.get("role", ""), _team_ref(ask, form.get("team", "")))
    return gone_to(ask, f"/people/{ref}")


def _team_ref(ask: Ask, wanted: str) -> str | None:
    """Name of a team given by id or name; None for all teams."""
    if wanted == _EVERYWHERE:
        return None
    found: Team | None = next((one for one in ask.visitor.teams if one.id == wanted), None)
    return found.name if found else wanted


async def sign_in_link(ask: Ask) -> web.Response:
    """A link that signs somebody in, shown this once."""
    ref = ask.path("name")
    secret = await ask.desks.doors.sign_in_link(ask.actor, ref)
    base = ask.desks.public_url or f"{ask.request.scheme}://{ask.request.host}"
    return ask.part(
        "dialogs/secret.html",
        title=f"Sign-in link for @{ref}",
        about="It works once, within 24 hours. Whoever opens it is signed in as this account, "
        "so send it to nobody else.",
        secret=f"{base.rstrip('/')}/sign-in/{secret}",
        reload=False,
    )


async def sign_out_everywhere(ask: Ask) -> web.Response:
    """End all of somebody's sessions."""
    ref = ask.path("name")
    await ask.desks.doors.sign_out_everywhere(ask.actor, ref)
    return told(ask, f"@{ref} is signed out of every browser.")


async def unlink(ask: Ask) -> web.Response:
    """Forget that a chat platform's user is this account."""
    form, ref = await ask.form(), ask.path("name")
    await ask.desks.people.unlink(
        ask.actor,
        ref,
        form.get("platform", ""),
        form.get("workspace", ""),
        form.get("person", ""),
    )
    return gone_to(ask, f"/people/{ref}")
