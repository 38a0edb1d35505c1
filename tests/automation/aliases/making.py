"""Aliases, made short."""

from __future__ import annotations

from typing import Any

from automation.aliases.alias import Alias, Format


def alias(*formats: str | Format, name: str = "one", **more: Any) -> Alias:
    """An alias of the pack `ops`."""
    given = tuple(Format(each, (each,)) if isinstance(each, str) else each for each in formats)
    return Alias(name=name, pack="ops", action_ref="ops.run", formats=given, **more)
