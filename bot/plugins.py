"""Finds the chat platforms: ours and those of other packages, the same way."""

from __future__ import annotations

import logging
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bot.installed import points
from bot.settings import PREFIX, config_path
from chat.clock import Clock
from chat.errors import BadInput, TocsinError
from chat.plugging import GROUP, AdapterKit, Connect
from chat.port import ChatAdapter

_log = logging.getLogger("tocsin.plugins")

_FILE = "_file"


@dataclass(frozen=True, slots=True)
class Platforms:
    """The platforms of this installation.

    Attributes:
        adapters: Those that are set up, by name.
        broken: Those that are set up and cannot be loaded, each with a sentence.
        wrong: Those whose settings are wrong, each with what is accepted.
    """

    adapters: Mapping[str, ChatAdapter]
    broken: Mapping[str, str]
    wrong: Mapping[str, str]

    def must_be_right(self) -> None:
        """Refuse to begin with settings that mean something else than their author thinks.

        Raises:
            BadInput: A platform's settings are wrong; all of them are named.
        """
        if self.wrong:
            raise BadInput("\n".join(self.wrong.values()), details=self.wrong)


def platforms(
    acts: Any,
    clock: Clock,
    public_url: str,
    key: Callable[[str], bytes],
    environment: Mapping[str, str] = os.environ,
) -> Platforms:
    """Every platform that is set up.

    A platform whose package cannot be loaded is reported and harms no other one.

    Args:
        acts: Stored state.
        clock: The time.
        public_url: What links to our pages begin with.
        key: Gives each platform, by its name, a key of its own.
        environment: Where the settings are.
    """
    found: dict[str, ChatAdapter] = {}
    broken: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for point in points(GROUP):
        try:
            options = options_of(point.name, environment)
            kit = AdapterKit(acts, clock, options, public_url, key(point.name))
            adapter = cast("Connect", point.load())(kit)
        except TocsinError as error:
            wrong[point.name] = error.message
            continue
        except Exception as error:  # noqa: BLE001 - an SDK may fail to load in any way
            broken[point.name] = (
                f"The chat platform “{point.name}” cannot be loaded from {point.value}: "
                f"{type(error).__name__}: {error}. "
                "Install Tocsin, or the package it comes from, again."
            )
            _log.error("%s The others go on.", broken[point.name])
            continue
        if adapter is None:
            continue
        if adapter.platform != point.name:
            wrong[point.name] = (
                f"The entry point “{point.name}” gave an adapter that calls itself "
                f"“{adapter.platform}”; the two must be the same."
            )
            continue
        found[point.name] = adapter
        _log.debug("platform %s: %s", point.name, point.value)
    return Platforms(found, broken, wrong)


def options_of(platform: str, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The platform's settings: variables, files that variables name, and its TOML table.

    Raises:
        BadInput: A file cannot be read.
    """
    prefix = f"{PREFIX}{platform.upper().replace('-', '_')}_"
    given = {
        name.removeprefix(prefix).lower(): value
        for name, value in environment.items()
        if name.startswith(prefix) and value
    }
    options = {**_table(platform), **given}
    for name in [name for name in given if name.endswith(_FILE)]:
        options.setdefault(name.removesuffix(_FILE), _held(f"{prefix}{name.upper()}", given[name]))
    return options


def _table(platform: str) -> dict[str, str]:
    """The TOML file's table about a platform; nothing where there is none."""
    path = config_path()
    if not path.is_file():
        return {}
    try:
        # A file that is no TOML is reported where the settings are read.
        table = tomllib.loads(path.read_text(encoding="utf-8")).get(platform, {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    if not isinstance(table, dict):
        return {}
    return {str(name): _word(value) for name, value in cast("dict[str, object]", table).items()}


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _held(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise BadInput(
            f"{variable} is “{path}”, which cannot be read: {why}.",
            details={variable: "a file that can be read"},
        ) from error
