"""Runs command lines on other machines."""

from __future__ import annotations

from collections.abc import Mapping

from automation.actions.action import Parameter
from automation.actions.runner import Call, Emit, Outcome, RunnerKit
from chat.errors import BadInput
from integrations.http.addresses import read_networks
from integrations.process.variables import texts
from integrations.ssh.known_hosts import KnownHosts
from integrations.ssh.parameters import COMMAND, checked_env
from integrations.ssh.program import Job


class RemoteCommand:
    """The runner `remote-shell-cmd`: `/bin/sh` with a command line."""

    name = "remote-shell-cmd"
    parameters: tuple[Parameter, ...] = COMMAND

    def __init__(self, kit: RunnerKit, known: KnownHosts) -> None:
        """Get ready.

        Raises:
            BadInput: One of the allowed networks is none.
        """
        self._kit = kit
        self._known = known
        self._allowed = read_networks(kit.allowed_networks)

    async def run(self, call: Call, emit: Emit) -> Outcome:
        """Run the command line."""
        # With asyncssh, which costs 7 MB, loaded where something is really run elsewhere.
        from integrations.ssh.everywhere import everywhere  # noqa: PLC0415

        try:
            job = Job(
                run=str(call.parameters.get("cmd") or ""),
                env=variables(call),
                cwd=str(call.parameters.get("cwd") or ""),
                sudo=call.parameters.get("sudo") is True,
            )
            return await everywhere(self._kit, call, emit, job, self._known, self._allowed)
        except BadInput as wrong:
            return Outcome(ok=False, error=wrong.message)

    async def close(self) -> None:
        """Nothing is kept."""


def variables(call: Call) -> Mapping[str, str]:
    """What a job is given besides the other side's own.

    Raises:
        BadInput: One can be no variable.
    """
    return checked_env({**call.environment, **texts(call.parameters.get("env"))})
