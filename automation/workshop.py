"""What the acts of this room need besides stored rows: the actions there are, and the keys."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from automation.actions.registry import Registry
from automation.values import Json
from chat.clock import Clock
from security.secrets import Vault


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything that is not rows.

    Attributes:
        registry: The actions there are.
        vault: Seals and opens secrets.
        plan_key: For the hashes that approvals are bound to.
        files: Folder in which each execution has one of its own.
        url: What links to our pages begin with; empty when there are none.
    """

    registry: Registry
    vault: Vault
    plan_key: bytes
    files: Path
    clock: Clock
    url: str = ""

    def digest(self, value: Json) -> str:
        """64 hexadecimal digits that only this installation makes of a JSON value.

        Keyed, since the value may hold a secret short enough to be guessed.
        """
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hmac.new(self.plan_key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def folder(self, execution_id: str) -> Path:
        """Where an execution's files are; made by whoever writes there first."""
        return self.files / execution_id

    def secrets_in(self, value: Json) -> frozenset[str]:
        """Every sealed value in some JSON, opened, as texts to be masked."""
        found: set[str] = set()
        self._collect(value, found)
        return frozenset(found)

    def _collect(self, value: Json, found: set[str]) -> None:
        match value:
            case {"$sealed": str(sealed)}:
                found.update(texts(json.loads(self.vault.open(sealed))))
            case dict():
                for each in value.values():  # pyright: ignore[reportUnknownVariableType] - JSON
                    self._collect(each, found)
            case list():
                for each in value:  # pyright: ignore[reportUnknownVariableType] - JSON
                    self._collect(each, found)
            case _:
                return


def texts(value: Json) -> frozenset[str]:
    """Every text and number in some JSON, as text."""
    match value:
        case str():
            return frozenset({value})
        case bool() | None:
            return frozenset()
        case int() | float():
            return frozenset({str(value)})
        case Mapping():
            return frozenset().union(*(texts(each) for each in value.values()))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
        case list() | tuple():
            return frozenset().union(*(texts(each) for each in value))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
        case _:
            return frozenset()
