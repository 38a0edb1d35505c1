"""Reads the settings, or says about every mistake in them what it is and what would be right."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.installed import points
from bot.settings import PREFIX, SECRETS, Settings, config_path, mask
from chat.errors import BadInput
from chat.plugging import GROUP

_NOT_SETTINGS = frozenset({"CONFIG", "FAILPOINT", "TEST_POSTGRES_URL"}) | {
    f"{name.upper()}_FILE" for name in SECRETS
}
_LONGEST = 80


def load(**options: object) -> Settings:
    """The settings as they stand now.

    Args:
        options: Stronger than everything else; None means not given.

    Raises:
        BadInput: Something is wrong; the message names all of it, one mistake a line,
            and `details` has them by setting.
    """
    given = {name: value for name, value in options.items() if value is not None}
    mistakes = _wrong_files()
    try:
        settings = Settings(**given)  # pyright: ignore[reportArgumentType] - it validates them
    except ValidationError as error:
        for found in error.errors(include_url=False):
            name = str(found["loc"][0]) if found["loc"] else "settings"
            mistakes.setdefault(name, _sentence(name, found["type"], found["input"], given))
    except tomllib.TOMLDecodeError as error:
        mistakes["TOCSIN_CONFIG"] = f"{config_path()} is not valid TOML: {error}."
    except (OSError, UnicodeDecodeError) as error:
        mistakes["TOCSIN_CONFIG"] = f"{config_path()} cannot be read: {error}."
    else:
        if not mistakes:
            return settings
    raise BadInput("\n".join(mistakes.values()), code="BAD_SETTINGS", details=mistakes)


def unknown_variables() -> tuple[str, ...]:
    """`TOCSIN_*` variables that mean nothing, each with what was perhaps meant.

    They are no mistake, since some platforms set such variables by themselves. Those of
    an installed chat platform, such as `TOCSIN_SLACK_TOKEN`, are its own to judge.
    """
    platforms = tuple(f"{point.name.upper().replace('-', '_')}_" for point in points(GROUP))
    known = {name.upper() for name in Settings.model_fields} | _NOT_SETTINGS
    there = sorted(name.removeprefix(PREFIX) for name in os.environ if name.startswith(PREFIX))
    notes: list[str] = []
    for name in there:
        if name not in known and not name.startswith(platforms):
            near = difflib.get_close_matches(name, sorted(known), n=1)
            meant = f" (did you mean {PREFIX}{near[0]}?)" if near else ""
            notes.append(f"{PREFIX}{name}{meant}")
    return tuple(notes)


def _wrong_files() -> dict[str, str]:
    """What is wrong with the files that variables name."""
    mistakes: dict[str, str] = {}
    for name in SECRETS:
        variable = f"{PREFIX}{name.upper()}_FILE"
        path = os.environ.get(variable)
        if not path:
            continue
        if os.environ.get(f"{PREFIX}{name.upper()}"):
            mistakes[name] = f"{variable} and {PREFIX}{name.upper()} are both set; set one of them."
            continue
        try:
            Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            mistakes[name] = f"{variable} is “{path}”, which cannot be read: {why}."
    if os.environ.get(f"{PREFIX}CONFIG") and not config_path().is_file():
        mistakes["TOCSIN_CONFIG"] = f"TOCSIN_CONFIG is “{config_path()}”, where there is no file."
    return mistakes


def _sentence(name: str, kind: str, value: Any, options: dict[str, object]) -> str:
    """One mistake: where it stands, what was given, what is accepted."""
    fields = Settings.model_fields
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(name, list(fields), n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        known = ", ".join(fields)
        return f"{config_path()} sets “{name}”, which is no setting.{meant} Settings: {known}."
    field = fields.get(name)
    accepted = field.description if field is not None and field.description else "something else"
    shown = mask(name, value)[:_LONGEST]
    return f"{_origin(name, options)} is “{shown}”, but must be {accepted}."


def _origin(name: str, options: dict[str, object]) -> str:
    """Where a value came from, as an operator writes it."""
    variable = f"{PREFIX}{name.upper()}"
    if name in options:
        return f"--{name.replace('_', '-')}"
    if any(there.upper() == variable for there, value in os.environ.items() if value):
        return variable
    if os.environ.get(f"{variable}_FILE"):
        return f"What {variable}_FILE holds"
    return f"{name} in {config_path()}"
