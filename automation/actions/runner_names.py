"""Names of runners that are no longer used, and those that are not supported, with the reason.

Source: StackStorm's runners and the names that they had before.
"""

from __future__ import annotations

from collections.abc import Mapping

OLD: Mapping[str, str] = {
    "run-local": "local-shell-cmd",
    "run-local-script": "local-shell-script",
    "local-script": "local-shell-script",
    "run-remote": "remote-shell-cmd",
    "run-remote-script": "remote-shell-script",
    "remote-script": "remote-shell-script",
    "run-python": "python-script",
    "http-runner": "http-request",
    "orchestra": "orquesta",
}
"""What they are called now, by the name of old."""

_WINDOWS = (
    "Windows machines are not reached by WinRM from here; install OpenSSH there and use a remote "
    "shell runner"
)
_MISTRAL = "Mistral was taken out of StackStorm itself; write the workflow for the runner orquesta"
UNSUPPORTED: Mapping[str, str] = {
    "winrm-cmd": _WINDOWS,
    "winrm-ps-cmd": _WINDOWS,
    "winrm-ps-script": _WINDOWS,
    "windows-cmd": _WINDOWS,
    "windows-script": _WINDOWS,
    "mistral": _MISTRAL,
    "mistral-v1": _MISTRAL,
    "mistral-v2": _MISTRAL,
    "cloudslang": "CloudSlang was taken out of StackStorm itself; write a workflow for orquesta",
}
"""Why, by name."""


def named_now(runner: str) -> str:
    """What a runner is called now."""
    return OLD.get(runner, runner)
