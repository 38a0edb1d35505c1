"""Actions that are looked at once, however often they are needed."""

from __future__ import annotations

from automation.actions.action import Action
from automation.actions.freshness import code_now
from automation.actions.registry import Registry


class Looked:
    """The actions and their code as they were when they were looked at first.

    For what fills in many things in one go: each file is read once.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._actions: dict[str, Action] = {}
        self._code: dict[str, str] = {}

    def current(self, ref: str) -> Action:
        """As `Registry.current`.

        Raises:
            NotFound, BadInput: As there.
        """
        if ref not in self._actions:
            self._actions[ref] = self._registry.current(ref)
        return self._actions[ref]

    def code(self, action: Action) -> str:
        """As `code_now`."""
        if action.ref not in self._code:
            self._code[action.ref] = code_now(action)
        return self._code[action.ref]
