"""How templates and criteria read values of the datastore: `st2kv.system.name`.

Source: StackStorm's look-ups of key-value pairs. Every name is there; one without a value
is an empty text, and a key may have dots in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Look: TypeAlias = Callable[[str], "str | None"]
"""The value of a key; None where there is none."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope of the datastore.

    Attributes:
        look: Its values as they are kept: of a secret one, what it is encrypted to.
        clear: The values of its secret keys in the clear.
        name: Such as `system`.
    """

    look: Look
    clear: Look
    name: str = "system"

    def __getitem__(self, key: str) -> Kept:
        """A key's value."""
        return Kept.of(self, key)


class Kept(str):
    """The value of a key, and the way to keys that go on behind a dot."""

    __slots__ = ("_key", "_scope")
    _scope: Scope
    _key: str

    @classmethod
    def of(cls, scope: Scope, key: str) -> Kept:
        """The value of a key; an empty text where there is none."""
        found = cls(scope.look(key) or "")
        found._scope, found._key = scope, key
        return found

    def __getitem__(self, key: Any) -> Any:
        """The value of a longer key, or letters of this value."""
        return (
            Kept.of(self._scope, f"{self._key}.{key}") if isinstance(key, str) else str(self)[key]
        )

    @property
    def in_the_clear(self) -> str:
        """What the filter `decrypt_kv` gives.

        Raises:
            ValueError: The key has no value, or none that is secret.
        """
        name = f"st2kv.{self._scope.name}.{self._key}"
        if not self:
            raise ValueError(f"{name} is not there, or is empty")
        found = self._scope.clear(self._key)
        if found is None:
            raise ValueError(f"{name} is not secret; leave decrypt_kv out")
        return found


def _nothing(key: str) -> str | None:
    del key
    return None


NOTHING = Scope(_nothing, _nothing)
"""A scope without values, where there is no datastore to be asked."""


def scopes(system: Scope = NOTHING, user: Scope = NOTHING) -> Mapping[str, Scope]:
    """What templates read as `st2kv`."""
    return {"system": system, "user": user}
