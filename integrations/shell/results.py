"""What a shell's result looks like, and what every shell runner takes.

Source: the parameters and result of StackStorm's local and remote shell runners.
"""

from __future__ import annotations

import json
from typing import Any

from automation.actions.action import Parameter

CWD = Parameter("cwd", {"type": "string"}, "Directory to run in.")
SUDO = Parameter("sudo", {"type": "boolean", "default": False}, "Whether to run it by sudo.")
KWARG_OP = Parameter(
    "kwarg_op", {"type": "string", "default": "--"}, "What stands before a named argument."
)
CMD = Parameter(
    "cmd",
    {"type": "string", "minLength": 1},
    "The command line; values that templates put into it are quoted.",
    command_line=True,
)
OWN = frozenset(
    (
        *("cwd", "env", "sudo", "sudo_password", "kwarg_op", "timeout"),
        *("debug", "content_version"),
    )
)
"""Parameters of the script runners, which are not handed to a script."""


def result(status: int, stdout: str, stderr: str) -> dict[str, Any]:
    """`{succeeded, failed, return_code, stdout, stderr}`; JSON on standard output is read."""
    return {
        "succeeded": status == 0,
        "failed": status != 0,
        "return_code": status,
        "stdout": parsed(stdout),
        "stderr": stderr.removesuffix("\n"),
    }


def parsed(text: str) -> Any:
    """An object or a list where the text is one in JSON; otherwise the text itself."""
    clean = text.strip()
    if clean[:1] in {"{", "["}:
        try:
            return json.loads(clean, parse_constant=_no_number)
        except (ValueError, RecursionError):
            pass
    return text.removesuffix("\n")


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")
