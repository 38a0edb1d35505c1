"""The variables by which a process of a pack knows what it is part of.

Source: StackStorm's `ST2_ACTION_…`, which its packs and its client read.
"""

from __future__ import annotations

from automation.actions.runner import Call

PACKS = "ST2_PACKS_BASE_PATHS"
_EXECUTION = "TOCSIN_EXECUTION_ID"


def pack_variables(call: Call) -> dict[str, str]:
    """Of one attempt at an action; the token only where it is given one."""
    found = {
        "ST2_ACTION_PACK_NAME": call.action.pack,
        "ST2_ACTION_EXECUTION_ID": call.environment.get(_EXECUTION, ""),
        "ST2_ACTION_API_URL": call.access.api_url,
        "ST2_ACTION_AUTH_TOKEN": call.access.token,
        "ST2_ACTION_DEBUG": "False",
        # Read by the genuine client, where it is told nothing else.
        "ST2_API_URL": call.access.api_url,
        "ST2_AUTH_TOKEN": call.access.token,
    }
    if call.action.folder is not None:
        found[PACKS] = str(call.action.folder.parent)
    return {name: value for name, value in found.items() if value}
