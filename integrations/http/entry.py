"""What the entry point `http` of the group `tocsin.runners` gives."""

from __future__ import annotations

from automation.actions.runner import Runner, RunnerKit
from integrations.http.runner import HttpRequest


def runners(kit: RunnerKit) -> tuple[Runner, ...]:
    """The one runner."""
    return (HttpRequest(kit),)
