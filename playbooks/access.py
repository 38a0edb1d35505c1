"""Who may see, edit and administer a playbook: asked in every act, in this one place."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from chat.errors import BadInput, Denied, NotFound
from playbooks.playbook import Playbook
from playbooks.ports import PlaybookFilter, PlaybookStores
from security.account import Team
from security.actor import Actor, require
from security.page import Slice
from security.permissions import Permission

_MOST = 200
_SHOWN = 60


def team_of(stores: PlaybookStores, actor: Actor, ref: str | None = None) -> Team:
    """The team that `ref` (an id or a name) says; with None the one `actor` acts in.

    Without a team at hand that is their only one, or else `main`.

    Raises:
        NotFound: There is no such team.
        BadInput: They are in several teams and have to say which.
    """
    wanted = ref or actor.team_id
    if wanted is not None:
        found = stores.people.team(wanted) or stores.people.team_named(wanted)
        if found is None:
            raise NotFound(f"There is no team “{wanted[:_SHOWN]}”.")
        return found
    mine = [team for team in stores.people.teams() if actor.in_team(team.id)]
    main = stores.people.team_named("main")
    if len(mine) == 1:
        return mine[0]
    if main is None:
        raise BadInput("Say which team this is about.", details={"team": "a team's name"})
    return main


def sees(stores: PlaybookStores, actor: Actor, playbook: Playbook) -> bool:
    """Whether `actor` is a member of it, or may see all of the team's."""
    if playbook.deleted_at is not None:
        return False
    if not actor.may(Permission.PLAYBOOK_VIEW, playbook.team_id):
        return False
    if playbook.shared_with_team or actor.may(Permission.PLAYBOOK_VIEW_ALL, playbook.team_id):
        return True
    return any(
        member.account_id == actor.account_id for member in stores.playbooks.members(playbook.id)
    )


def visible_ones(
    stores: PlaybookStores, actor: Actor, search: str | None = None, team: str | None = None
) -> PlaybookFilter:
    """The filter for the playbooks that `actor` sees in a team, or, with None, anywhere.

    Raises:
        Denied: They may see playbooks nowhere.
        NotFound: There is no such team.
    """
    team_id = None if team is None else team_of(stores, actor, team).id
    require(actor, Permission.PLAYBOOK_VIEW, team_id=team_id, thing="playbooks")
    looked_in = [
        one.id
        for one in stores.people.teams()
        if team_id in {None, one.id} and actor.may(Permission.PLAYBOOK_VIEW, one.id)
    ]
    everything_in = [one for one in looked_in if actor.may(Permission.PLAYBOOK_VIEW_ALL, one)]
    return PlaybookFilter(
        team_ids=tuple(looked_in),
        visible_to=None if everything_in == looked_in else actor.account_id or "",
        see_all_in=tuple(everything_in),
        search=search or None,
    )


def visible(
    stores: PlaybookStores, actor: Actor, ref: str, *, exact: bool = False, lock: bool = False
) -> Playbook:
    """The playbook that somebody names.

    Args:
        stores: The open transaction's.
        actor: For whose eyes.
        ref: Its id, handle or name, or a part of these that only one playbook has. All but
            an id is looked up in the team they act in, or, without one, in all of theirs.
        exact: Whether a part of its handle or name is not enough, since what follows may
            do harm to the wrong one.
        lock: Whether nobody else may change it until the act is over; means `exact`.

    Raises:
        Denied: They may see no playbook at all.
        NotFound: There is none, or it is not for them; the two look alike on purpose.
        BadInput: Several playbooks fit.
    """
    require(actor, Permission.PLAYBOOK_VIEW, team_id=actor.team_id, thing="playbooks")
    text = ref.strip()
    found = stores.playbooks.get(text) if text else None
    if found is None or not sees(stores, actor, found):
        found = _named(stores, actor, text, exact=exact or lock)
    if not lock:
        return found
    locked = stores.playbooks.get(found.id, lock=True)
    if locked is None or not sees(stores, actor, locked):
        raise _unknown(text, ())
    return locked


def _named(stores: PlaybookStores, actor: Actor, text: str, *, exact: bool) -> Playbook:
    wanted = text.removeprefix("@").casefold()
    everything = visible_ones(stores, actor, team=actor.team_id)
    teams = everything.team_ids or ()
    if wanted and len(teams) == 1:
        found = stores.playbooks.by_handle(teams[0], wanted)
        if found is not None and sees(stores, actor, found):
            return found
    fitting = list(_all(stores, visible_ones(stores, actor, text, actor.team_id))) if text else []
    whole = (
        [one for one in fitting if wanted == one.handle],
        [one for one in fitting if wanted == one.name.casefold()],
    )
    in_part = (
        [one for one in fitting if one.handle.startswith(wanted)],
        [one for one in fitting if wanted in f"{one.handle}\n{one.name}".casefold()],
    )
    for narrowed in whole if exact else (*whole, *in_part):
        if len(narrowed) == 1:
            return narrowed[0]
        if narrowed:
            raise _several(text, narrowed)
    if any(in_part):
        raise _in_part(text, next(filter(None, in_part)))
    raise _unknown(text, tuple(stores.playbooks.page(everything, Slice(limit=_MOST)).items))


def _all(stores: PlaybookStores, wanted: PlaybookFilter) -> Iterator[Playbook]:
    """Every playbook that fits, however many."""
    offset = 0
    while True:
        part = stores.playbooks.page(wanted, Slice(limit=_MOST, offset=offset))
        yield from part.items
        offset += len(part.items)
        if not part.items or offset >= part.total:
            return


def _several(text: str, found: list[Playbook]) -> BadInput:
    handles = ", ".join(sorted(one.handle for one in found)[:8])
    return BadInput(
        f"Several playbooks fit “{text[:_SHOWN]}”: {handles}. Give one of these handles.",
        code="AMBIGUOUS",
        details={"playbook": f"one of {handles}"},
    )


def _in_part(text: str, found: list[Playbook]) -> NotFound:
    handles = " or ".join(sorted(one.handle for one in found)[:8])
    return NotFound(
        f"“{text[:_SHOWN]}” is only a part of a playbook's name, and this needs all of it. "
        f"Did you mean {handles}?"
    )


def _unknown(text: str, known: tuple[Playbook, ...]) -> NotFound:
    by_word = {word.casefold(): one.handle for one in known for word in (one.name, one.handle)}
    near = get_close_matches(text[:_SHOWN].casefold(), by_word, n=1)
    meant = f" Did you mean {by_word[near[0]]}?" if near else ""
    return NotFound(
        f"There is no playbook “{text[:_SHOWN]}” that you can see.{meant} "
        "/playbook list shows yours."
    )


def editable(stores: PlaybookStores, actor: Actor, ref: str) -> Playbook:
    """The playbook, locked, for a member who wants to change it.

    Raises:
        NotFound: It is not there for them.
        Denied: They lack the right.
    """
    playbook = visible(stores, actor, ref, lock=True)
    require(actor, Permission.PLAYBOOK_EDIT, team_id=playbook.team_id, thing=named(playbook))
    return playbook


def administrable(stores: PlaybookStores, actor: Actor, ref: str) -> Playbook:
    """The playbook, locked, for one of its admins, or who may see all of the team's.

    Raises:
        NotFound: It is not there for them.
        Denied: They are a member without these rights.
    """
    playbook = editable(stores, actor, ref)
    if actor.may(Permission.PLAYBOOK_VIEW_ALL, playbook.team_id):
        return playbook
    if not is_admin(stores, actor, playbook):
        raise Denied(
            f"Only admins of {named(playbook)} can do that: {_admins(stores, playbook)}.",
            permission=Permission.PLAYBOOK_VIEW_ALL,
            thing=named(playbook),
        )
    return playbook


def deletable(stores: PlaybookStores, actor: Actor, ref: str) -> Playbook:
    """The playbook, locked, for one of its admins, or who may delete the team's.

    Raises:
        NotFound: It is not there for them.
        Denied: They may not.
    """
    playbook = visible(stores, actor, ref, lock=True)
    in_scope = actor.scopes is None or Permission.PLAYBOOK_DELETE in actor.scopes
    may_edit = actor.may(Permission.PLAYBOOK_EDIT, playbook.team_id)
    if not (in_scope and may_edit and is_admin(stores, actor, playbook)):
        require(actor, Permission.PLAYBOOK_DELETE, team_id=playbook.team_id, thing=named(playbook))
    return playbook


def is_admin(stores: PlaybookStores, actor: Actor, playbook: Playbook) -> bool:
    """Whether `actor` is one of the playbook's own admins."""
    return any(
        member.admin and member.account_id == actor.account_id
        for member in stores.playbooks.members(playbook.id)
    )


def named(playbook: Playbook) -> str:
    """What a playbook is called in a sentence."""
    return f"the playbook “{playbook.name}”"


def _admins(stores: PlaybookStores, playbook: Playbook) -> str:
    ids = [one.account_id for one in stores.playbooks.members(playbook.id) if one.admin]
    names = sorted(account.name for account in stores.people.accounts(ids).values())
    return ", ".join(f"@{name}" for name in names) or "it has none, so ask an administrator"
