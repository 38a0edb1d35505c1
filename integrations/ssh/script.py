"""Runs scripts of a pack on other machines."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from automation.actions.action import Parameter
from automation.actions.runner import Call, Emit, Outcome, RunnerKit
from chat.errors import BadInput
from integrations.http.addresses import read_networks
from integrations.shell.arguments import arguments
from integrations.ssh.command import variables
from integrations.ssh.known_hosts import KnownHosts
from integrations.ssh.parameters import OWN, SCRIPT
from integrations.ssh.program import Job, script_words

_LARGEST = 16 * 1024 * 1024
"""Bytes that a script may have."""


class RemoteScript:
    """The runner `remote-shell-script`: the action's entry point, with arguments.

    It is put on the other machine for the time that it runs.
    """

    name = "remote-shell-script"
    parameters: tuple[Parameter, ...] = SCRIPT

    def __init__(self, kit: RunnerKit, known: KnownHosts) -> None:
        """Get ready.

        Raises:
            BadInput: One of the allowed networks is none.
        """
        self._kit = kit
        self._known = known
        self._allowed = read_networks(kit.allowed_networks)

    async def run(self, call: Call, emit: Emit) -> Outcome:
        """Run the script."""
        from integrations.ssh.everywhere import everywhere  # noqa: PLC0415 - see RemoteCommand

        action, given = call.action, call.parameters
        entry = action.entry_point
        if entry is None or not entry.is_file():
            return Outcome(ok=False, error=f"the script of {action.ref} is not there")
        content = await asyncio.to_thread(entry.read_bytes)
        if len(content) > _LARGEST:
            error = f"the script of {action.ref} has more than {_LARGEST} bytes"
            return Outcome(ok=False, error=error)
        its = tuple(each for each in action.parameters if each.name not in OWN)
        words = arguments(replace(action, parameters=its), given)
        name = re.sub("[^A-Za-z0-9._-]", "_", entry.name)
        try:
            job = Job(
                run=script_words(name, content, words),
                env=variables(call),
                cwd=str(given.get("cwd") or ""),
                sudo=given.get("sudo") is True,
                script=content,
                name=name,
                folder=str(given.get("dir") or ""),
            )
            return await everywhere(self._kit, call, emit, job, self._known, self._allowed)
        except BadInput as wrong:
            return Outcome(ok=False, error=wrong.message)

    async def close(self) -> None:
        """Nothing is kept."""
