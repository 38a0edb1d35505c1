"""The second factor: set up with an app, its secrets shown once, taken away again."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from markupsafe import Markup

from chat.errors import BadInput
from security.codes import Enrolment
from security.second_factor import Standing
from web.ask import Ask
from web.dialogs import mistakes
from web.replies import gone_to

HERE = "/account/second-factor"
_FORM = "second-factor"
_FIELD = "second_factor_code"


async def show(ask: Ask) -> web.Response:
    """How one's own stands."""
    return await _shown(ask, standing=await ask.desks.second_factors.standing(ask.actor))


async def begin(ask: Ask) -> web.Response:
    """A new secret, as a QR code and for typing; shown this once."""
    return await _shown(ask, made=await ask.desks.second_factors.begin(ask.actor))


async def confirm(ask: Ask) -> web.Response:
    """The code that shows that the app has it; the recovery codes, shown this once."""
    code = (await ask.form()).get(_FIELD, "")
    try:
        codes = await ask.desks.second_factors.confirm(ask.actor, code)
    except BadInput as error:
        return _mistaken(ask, error)
    return await _shown(ask, codes=codes)


async def remove(ask: Ask) -> web.Response:
    """Take one's own away, with a code."""
    code = (await ask.form()).get(_FIELD, "")
    try:
        await ask.desks.second_factors.remove(ask.actor, code=code)
    except BadInput as error:
        return _mistaken(ask, error)
    return gone_to(ask, HERE)


async def remove_of(ask: Ask) -> web.Response:
    """Take somebody's away who has lost it."""
    ref = ask.path("name")
    await ask.desks.second_factors.remove(ask.actor, ref)
    return gone_to(ask, f"/people/{ref}")


def _mistaken(ask: Ask, error: BadInput) -> web.Response:
    """The mistake beside the field, where the page is still open.

    Raises:
        BadInput: The same, where the browser waits for a whole page.
    """
    if not ask.by_htmx:
        raise error
    return mistakes(ask, _FORM, {}, {_FIELD: error.message})


async def _shown(
    ask: Ask,
    *,
    standing: Standing | None = None,
    made: Enrolment | None = None,
    codes: tuple[str, ...] = (),
) -> web.Response:
    """What is given of the three, as the page or, for htmx, as its inside."""
    values: dict[str, Any] = {
        "standing": standing,
        "secret": made.secret if made is not None else "",
        "uri": made.uri if made is not None else "",
        # Drawn by us from letters and digits; a name within it is percent-encoded.
        "qr": Markup(made.qr_svg) if made is not None else "",  # noqa: S704
        "codes": codes,
    }
    if ask.by_htmx:
        return ask.part("parts/second_factor.html", **values)
    return await ask.page("second_factor.html", **values)
