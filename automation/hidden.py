"""Secrets kept out of what is stored and shown: of JSON, and of messages that are cut short."""

from __future__ import annotations

import shlex
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import cast

from automation.values import Json
from security.secrets import MASK, Masker

_HIDDEN: ContextVar[frozenset[str]] = ContextVar("hidden", default=frozenset())


@contextmanager
def hiding(secrets: frozenset[str]) -> Generator[None]:
    """Have `clipped` mask these, too, in whatever is called from within."""
    token = _HIDDEN.set(_HIDDEN.get() | secrets)
    try:
        yield
    finally:
        _HIDDEN.reset(token)


def clipped(text: str, longest: int, more: str = "") -> str:
    """The beginning of a text, for a message.

    What is being hidden is masked before the text is cut: half a secret would not be found
    any more.

    Args:
        text: Any.
        longest: Characters at most.
        more: What a text ends with that has been cut.
    """
    whole = str(masked(text, _HIDDEN.get()))
    return whole if len(whole) <= longest else whole[: longest - len(more)] + more


def masked(value: Json, secrets: frozenset[str]) -> Json:
    """The JSON with every secret in it masked, as it is and as a shell would have it.

    A number that is a secret as a whole becomes the mask, too.
    """
    if not secrets:
        return value
    return _masked(value, Masker([*secrets, *(shlex.quote(each) for each in secrets)]))


def _masked(value: Json, masker: Masker) -> Json:
    match value:
        case str():
            return masker.mask(value)
        case bool():
            return value
        case int() | float():
            return MASK if _is_secret(value, masker) else value
        case dict():
            return {
                masker.mask(str(name)): _masked(each, masker)
                for name, each in cast("dict[str, Json]", value).items()
            }
        case list():
            return [_masked(each, masker) for each in cast("list[Json]", value)]
        case _:
            return value


def _is_secret(number: float, masker: Masker) -> bool:
    """Whether a number is one that must not be read, with or without `.0` behind it."""
    spelled = {str(number)}
    if isinstance(number, float) and number.is_integer():
        spelled.add(str(int(number)))
    elif isinstance(number, int):
        spelled.add(f"{number}.0")
    return any(masker.mask(each) == MASK for each in spelled)
