"""What the entry point `ssh` of the group `tocsin.runners` gives."""

from __future__ import annotations

from automation.actions.runner import Runner, RunnerKit
from integrations.ssh.command import RemoteCommand
from integrations.ssh.known_hosts import KnownHosts
from integrations.ssh.script import RemoteScript


def runners(kit: RunnerKit) -> tuple[Runner, ...]:
    """Both remote runners.

    Raises:
        BadInput: A setting of the operator's is not accepted.
    """
    known = KnownHosts(kit.options)
    return RemoteCommand(kit, known), RemoteScript(kit, known)
