"""API tokens: made, shown once, revoked."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from chat.errors import BadInput, NotFound, Refused
from security.permissions import Permission
from web.ask import Ask
from web.dialogs import mistakes
from web.names import accounts
from web.replies import gone_to

_FORM = "token"
_FIELDS = ("name", "scopes", "expires")
_LIVES = {"7": 7, "30": 30, "90": 90, "365": 365}
"""Days a token may be made for; anything else never expires."""


async def show(ask: Ask) -> web.Response:
    """Somebody's own tokens, or, with `?all=1`, everybody's."""
    everybody = bool(ask.query("all")) and ask.visitor.may(Permission.TOKEN_MANAGE)
    tokens = await ask.desks.doors.tokens(ask.actor, None if everybody else "me")
    return await ask.page(
        "tokens.html",
        tokens=tokens,
        everybody=everybody,
        people=await accounts(ask.desks.acts, (token.account_id for token in tokens)),
        now=ask.desks.clock.now(),
    )


async def ask_new(ask: Ask) -> web.Response:
    """The dialog for a new token; offers only rights that its maker holds."""
    held = [one for one in Permission if ask.actor.may(one, None)]
    return ask.part("dialogs/new_token.html", permissions=held, days=tuple(_LIVES))


async def create(ask: Ask) -> web.Response:
    """Make a token and show its secret."""
    fields = await ask.fields()
    form = dict(fields)
    scopes = [value for name, value in fields if name == "scopes"]
    days = _LIVES.get(form.get("expires", ""))
    try:
        token, secret = await ask.desks.doors.create_token(
            ask.actor,
            "me",
            form.get("name", ""),
            scopes if form.get("limited") == "true" else None,
            timedelta(days=days) if days else None,
        )
    except (BadInput, Refused, NotFound) as error:
        details = error.details if set(error.details) & set(_FIELDS) else {"name": error.message}
        return mistakes(ask, _FORM, dict.fromkeys(("", *_FIELDS), ""), details)
    return ask.part(
        "dialogs/secret.html",
        title=f"Token {token.name}",
        about="Copy it now: it is stored as a hash only and cannot be shown again. "
        "Send it in the header “Authorization: Token …”.",
        secret=secret,
        reload=True,
        headers={"HX-Retarget": "#dialogs", "HX-Reswap": "innerHTML"},
    )


async def revoke(ask: Ask) -> web.Response:
    """Make a token useless."""
    await ask.desks.doors.revoke_token(ask.actor, ask.path("token"))
    return gone_to(ask, "/tokens?all=1" if ask.query("all") else "/tokens")
