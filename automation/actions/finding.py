"""Actions by words."""

from __future__ import annotations

from collections.abc import Iterable

from automation.actions.action import Action


def fitting(actions: Iterable[Action], words: str) -> tuple[Action, ...]:
    """Those that have every word in their ref, description or tags; all without a word.

    The order stays as it is.
    """
    wanted = words.casefold().split()
    return tuple(each for each in actions if all(word in _text(each) for word in wanted))


def _text(action: Action) -> str:
    return " ".join((action.ref, action.description, *action.tags)).casefold()
