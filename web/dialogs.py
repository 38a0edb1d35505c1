"""Forms as dialogs: shown, refused with the mistakes in place, closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aiohttp import web

from chat.card import Card, Fields
from chat.errors import BadInput, NotFound
from chat.rooms import Answered, LocalForm
from chat.text import ChannelLink
from security.account import Account
from security.permissions import Permission
from web.ask import Ask
from web.pages import channel_url
from web.replies import gone_to, nothing

_CLOSED = {"HX-Trigger": "tocsin:close-dialog"}
_STARTS = "incident.start"
"""Action of the form whose answer leads to a channel: the incident's own."""


def form_dialog(ask: Ask, form: LocalForm) -> web.Response:
    """The form, to be put among the page's dialogs."""
    return ask.part(
        "dialogs/form.html",
        form=form,
        headers={"HX-Retarget": "#dialogs", "HX-Reswap": "beforeend"},
    )


async def submit(ask: Ask) -> web.Response:
    """Fill in a form. Mistakes go to their fields, and what was typed stays where it is."""
    form_id = ask.path("form")
    values = dict(await ask.form())
    try:
        came = await ask.desks.rooms.submit(ask.person, form_id, values)
    except BadInput as error:
        return mistakes(ask, form_id, values, error.details or {"": error.message})
    if came.errors:
        return mistakes(ask, form_id, values, came.errors)
    if came.form is not None:
        following = form_dialog(ask, came.form)
        following.headers.update(_CLOSED)
        return following
    # The page says which form it sends; it decides no more than where its own reader goes.
    room = await _room(ask, came) if ask.query("action") == _STARTS else None
    closed = nothing() if room is None else gone_to(ask, room)
    closed.headers.update(_CLOSED)
    return closed


async def _room(ask: Ask, came: Answered) -> str | None:
    """Where the first channel is that an answer links and its reader may see."""
    for link in (link for reply in came.replies if reply.card for link in _links(reply.card)):
        where = link.address
        if (where.platform, where.workspace) != (ask.person.platform, ask.person.workspace):
            continue
        try:
            return channel_url(await ask.desks.rooms.channel(ask.person, where.channel))
        except NotFound:
            continue
    return None


def _links(card: Card) -> Iterator[ChannelLink]:
    """The channels that a card's fields link."""
    for section in card.sections:
        if isinstance(section, Fields):
            for field in section.items:
                yield from (span for span in field.value if isinstance(span, ChannelLink))


async def dismiss(ask: Ask) -> web.Response:
    """Close a form unanswered."""
    await ask.desks.rooms.dismiss(ask.person, ask.path("form"))
    return nothing()


def mistakes(
    ask: Ask, form_id: str, values: Mapping[str, str], errors: Mapping[str, str]
) -> web.Response:
    """Each field's mistake, or its absence, put in the place kept for it."""
    return ask.part(
        "dialogs/mistakes.html",
        form_id=form_id,
        names=tuple(dict.fromkeys((*values, *errors))),
        errors=errors,
        headers={"HX-Reswap": "none"},
    )


async def people(ask: Ask) -> web.Response:
    """The people a field or a select may name, as options; by name.

    `?channel=` or `?message=` says where, `?chosen=` who is chosen already.
    """
    channel = ask.query("channel")
    message = ask.query_number("message")
    if message is not None:
        channel = (await ask.desks.rooms.message(ask.person, message)).channel
    members = await ask.desks.rooms.members(ask.person, channel)
    inside = {person.id for person in members}
    others: tuple[Account, ...] = ()
    if ask.visitor.team is not None and ask.visitor.may(Permission.PEOPLE_VIEW):
        accounts = await ask.desks.people.members(ask.actor, ask.visitor.team.id)
        others = tuple(account for account in accounts if account.id not in inside)
    return ask.part(
        "parts/people_options.html", members=members, others=others, chosen=ask.query("chosen")
    )
