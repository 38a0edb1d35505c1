"""The parameter `env` of every runner that starts processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automation.actions.action import Parameter

ENV = Parameter(
    "env",
    {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
    "Variables it is given besides a few of ours.",
)


def texts(env: Mapping[str, Any] | None) -> dict[str, str]:
    """Variables as text."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in (env or {}).items()
    }
