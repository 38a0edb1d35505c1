"""Sentences of the house for a terminal: what names a chat command names ours instead."""

from __future__ import annotations

import re
from collections.abc import Mapping

_COMMANDS: Mapping[str, str] = {
    "incident list": "tocsin incident list",
    "playbook list": "tocsin playbook list",
    "runbook list": "tocsin runbook list",
    "runbook status": "tocsin execution list",
    "approvals": "tocsin approval list",
    "action list": "tocsin action list",
}
"""Words of a chat command to the command that shows the same. What we have no command for is
typed in the chat, which `tocsin chat` speaks, too."""
_COMMAND = re.compile(rf"(?<![\w/])/({'|'.join(_COMMANDS)})(?![\w/-])")


def for_terminal(message: str) -> str:
    """`message` with our own commands in the place of chat commands."""
    return _COMMAND.sub(lambda found: _COMMANDS[found[1]], message)
