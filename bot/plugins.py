"""Finds the chat platforms: ours and those of other packages, the same way."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any, cast

from bot.settings import PREFIX
from chat.clock import Clock
from chat.errors import BadInput
from chat.plugging import GROUP, AdapterKit, Connect
from chat.port import ChatAdapter

_log = logging.getLogger("tocsin.plugins")


def adapters(
    acts: Any,
    clock: Clock,
    public_url: str,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, ChatAdapter]:
    """Every platform that is set up, by name.

    Raises:
        BadInput: A platform's settings are wrong, or its package cannot be loaded.
    """
    found: dict[str, ChatAdapter] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            connect = cast("Connect", point.load())
        except ImportError as error:
            raise BadInput(
                f"The chat platform “{point.name}” cannot be loaded from {point.value}: {error}. "
                "Install its package again, or remove it."
            ) from error
        kit = AdapterKit(acts, clock, _options(point.name, environment), public_url)
        adapter = connect(kit)
        if adapter is None:
            continue
        if adapter.platform != point.name:
            raise BadInput(
                f"The entry point “{point.name}” gave an adapter that calls itself "
                f"“{adapter.platform}”; the two must be the same."
            )
        found[point.name] = adapter
        _log.debug("platform %s: %s", point.name, point.value)
    return found


def _options(platform: str, environment: Mapping[str, str]) -> dict[str, str]:
    """`TOCSIN_<PLATFORM>_<OPTION>` as `{option: value}`."""
    prefix = f"{PREFIX}{platform.upper().replace('-', '_')}_"
    return {
        name.removeprefix(prefix).lower(): value
        for name, value in environment.items()
        if name.startswith(prefix) and value
    }
