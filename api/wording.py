"""Sentences of the house for programs: what names a chat command names the call instead."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ONE = "/api/incidents/{ref}/"
_CALLS: Mapping[str, str] = {
    "incident list": "GET /api/incidents/",
    "incident join": f"POST {_ONE}join/",
    "incident end": f"POST {_ONE}end/",
    "incident restart": f"POST {_ONE}restart/",
    "incident invite": f"POST {_ONE}participants/",
    "incident commander": f"POST {_ONE}commander/",
    "incident announce": f"POST {_ONE}announce/",
    "incident step add": f"POST {_ONE}steps/",
    "incident uncheck": f"POST {_ONE}steps/{{word}}/uncheck/",
    "playbook list": "GET /api/playbooks/",
    "runbook list": "GET /api/automation/runbooks/",
    "runbook status": "GET /api/automation/executions/",
    "action list": "GET /api/automation/actions/",
    "approvals": "GET /api/automation/approvals/",
    "playbook share": "POST /api/playbooks/{word}/members/",
}
"""Words of a command to the call that does the same."""

_WORD = r"@[\w.-]*\w|#[\w-]+|INC-\d+|[A-Z]{3,}\b|\d+(?:\.\d+)?|--[a-z]+|(?<=share )[\w-]+"
_COMMAND = re.compile(rf"(type )?(?<![\w/])/({'|'.join(_CALLS)})(?![\w/-])((?: (?:{_WORD}))*)")
_KEY = re.compile(r"INC-\d+")


def for_programs(message: str, ref: str | None) -> str:
    """`message` with calls in the place of chat commands.

    Args:
        message: What a person would be told.
        ref: The thing that the request's path named; None when it named none.
    """

    def call(found: re.Match[str]) -> str:
        words = found[3].split()
        key = _KEY.search(found[3]) or _KEY.search(message)
        named = key[0] if key is not None else ref
        template = _CALLS[found[2]]
        lacking = ("{ref}" in template and not named) or ("{word}" in template and not words)
        if lacking:
            return found[0]
        told = template.format(ref=named, word=words[0] if words else "")
        return f"call {told}" if found[1] else told

    return _COMMAND.sub(call, message)
