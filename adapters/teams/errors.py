"""What the platform says no with, in the words of the house."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from chat.errors import BadInput, NotFound, Refused, TocsinError, Unavailable
from chat.rates import told_to_wait

_LATER = frozenset({408, 412, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same call may work. Source: Microsoft Learn, "Optimize your bot with
rate limiting in Teams", which asks for 412, 429, 502 and 504 to be tried again."""
_NO = frozenset(
    {
        "accessdenied",
        "authorization_requestdenied",
        "botdisabledbyadmin",
        "botnotinconversationroster",
        "channelarchived",
        "conversationblockedbyuser",
        "forbidden",
        "forbiddenoperationexception",
        "insufficientprivileges",
        "messagewritesblocked",
        "notenoughpermissions",
        "preconditionfailed",
        "teamarchived",
    }
)
"""Words with a 403 that say no for good: in lower case, those of the Bot Connector and of Graph."""


class Taken(BadInput):
    """Another channel of the team has that name."""

    code = "NAME_TAKEN"


class NotLetIn(Unavailable):
    """The token that a call was signed with is not accepted, or no more."""


def translated(status: int, code: str, told: str, headers: Mapping[str, str]) -> TocsinError:
    """An error answer as one of ours.

    Args:
        status: Of the HTTP answer.
        code: The platform's own word, such as `BotNotInConversationRoster`; may be empty.
        told: Its sentence; may be empty.
        headers: Of the answer; `Retry-After` is read.
    """
    what = shortened(f"{code}: {told}" if code and told else code or told or f"status {status}")
    wait = pause(status, headers)
    match status:
        case _ if status in _LATER:
            error: TocsinError = Unavailable(f"Teams did not take it ({what}).", retry_after=wait)
        case 401:
            error = NotLetIn(f"Teams did not let us in ({what}). Run: tocsin doctor")
        case _ if not code and status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            # Without a word of Teams' own it is not Teams that answers, but something before it.
            error = Unavailable(f"Something before Teams did not let us through ({what}).")
        case 403 if code.casefold() in _NO:
            error = Refused(f"Teams does not let Tocsin do that ({what}). Run: tocsin doctor")
        case 403:
            error = Unavailable(f"Teams does not let Tocsin do that now ({what}).")
        case 404 | 410:
            error = NotFound(f"Teams does not know that place any more ({what}).")
        case _ if code == "NameAlreadyExists" or "already exist" in told.casefold():
            error = Taken(f"Teams has a channel of that name already ({what}).")
        case _ if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or code == "MessageSizeTooBig":
            error = BadInput(f"Teams takes no message of that size ({what}).")
        case _:
            error = BadInput(f"Teams refused it ({what}).")
    return error


def pause(status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds to wait; None when nothing was said and the call may have worked after all."""
    given = next((v for k, v in headers.items() if k.casefold() == "retry-after"), "")
    asked = told_to_wait(given)
    # Neither of these two was carried out.
    return {429: 2.0, 412: 1.0}.get(status) if asked is None else asked


def unreachable(error: Exception) -> Unavailable:
    """It did not answer at all."""
    return Unavailable(f"Teams does not answer ({type(error).__name__}).")


def shortened(text: str) -> str:
    """An outside sentence on one line of at most 200 characters."""
    return " ".join(text.split())[:200]
