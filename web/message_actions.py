"""What people do with a message: press its buttons, open its menu."""

from __future__ import annotations

from aiohttp import web

from web.ask import Ask
from web.channel_actions import answered


async def click(ask: Ask) -> web.Response:
    """Press a button or choose an option."""
    form = await ask.form()
    came = await ask.desks.rooms.click(
        ask.person, ask.number("message"), form.get("action", ""), form.get("value")
    )
    return answered(ask, came)


async def menu(ask: Ask) -> web.Response:
    """Choose an entry of the message's menu."""
    form = await ask.form()
    came = await ask.desks.rooms.menu(ask.person, ask.number("message"), form.get("action", ""))
    return answered(ask, came)
