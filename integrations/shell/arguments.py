"""A script's arguments from an action's parameters. They never pass through a shell.

Source: how StackStorm's script runners build a script's arguments.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from automation.actions.action import Action
from integrations.shell.results import OWN


def arguments(action: Action, given: Mapping[str, Any]) -> list[str]:
    """Named ones first (`--name=value`, `--name` for true), then those with a position.

    What has no value is left out by name and empty by position. A list is written as Python
    does by name, and as `a,b` by position; an object as Python does by name, and as JSON by
    position.
    """
    named: list[str] = []
    placed: dict[int, str] = {}
    operator = str(given.get("kwarg_op") or "--")
    for parameter in action.parameters:
        if parameter.name in OWN:
            continue
        value = given.get(parameter.name)
        if parameter.position is not None:
            placed[parameter.position] = _placed(value)
        elif value is True:
            named.append(f"{operator}{parameter.name}")
        elif value is not None and value is not False and value != "":
            named.append(f"{operator}{parameter.name}={value}")
    last = max(placed, default=-1)
    return named + [placed.get(position, "") for position in range(last + 1)]


def _placed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_placed(each) for each in value)  # pyright: ignore[reportUnknownVariableType] - JSON
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
