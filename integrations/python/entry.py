"""What the entry point `python` of the group `tocsin.runners` gives."""

from __future__ import annotations

from automation.actions.runner import Runner, RunnerKit
from integrations.python.runner import PythonRunner


def runners(kit: RunnerKit) -> tuple[Runner, ...]:
    """The one runner."""
    return (PythonRunner(kit),)
