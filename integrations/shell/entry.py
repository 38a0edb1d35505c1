"""What the entry point `shell` of the group `tocsin.runners` gives."""

from __future__ import annotations

from automation.actions.runner import Runner, RunnerKit
from integrations.shell.command import LocalCommand
from integrations.shell.script import LocalScript


def runners(kit: RunnerKit) -> tuple[Runner, ...]:
    """Both local runners."""
    return LocalCommand(kit), LocalScript(kit)
