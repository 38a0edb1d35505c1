"""The fields of what a runbook or an action is given, as a posted form has them."""

from __future__ import annotations

from collections.abc import Mapping

from chat.errors import BadInput, NotFound, Refused

_PREFIX = "p."


def given_in(form: Mapping[str, str]) -> dict[str, str]:
    """What was given, by the parameters' own names; an empty field gives nothing."""
    return {
        name.removeprefix(_PREFIX): value
        for name, value in form.items()
        if name.startswith(_PREFIX) and value != ""
    }


def placed(error: BadInput | NotFound | Refused, form: Mapping[str, str]) -> dict[str, str]:
    """Each mistake at its field; what has no field at the top."""
    found: dict[str, str] = {}
    for place, problem in error.details.items():
        name = place.replace("parameters.", _PREFIX, 1)
        if name in form:
            found[name] = problem
    return found or {"": error.message}
