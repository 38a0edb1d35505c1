"""Packs on the disk whose actions are run by the local shell runners."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automation.actions.action import Action
from automation.actions.registry import Registry
from automation.actions.runner import Outcome
from automation.templates.shell import render_command
from integrations.shell.command import LocalCommand
from integrations.shell.entry import runners
from tests.integrations.process.local import Local

SHOWS = """#!{python}
import json, os, sys
print(json.dumps([sys.argv[1:], os.environ.get("GIVEN")]))
"""
"""Prints its arguments and one variable."""


@dataclass
class Shells(Local):
    """Writes actions into a pack, and runs them as a step would."""

    @property
    def pack(self) -> Path:
        return self.files / "packs" / "ops"

    def action(self, script: str | bytes, mode: int = 0o755, /, **metadata: Any) -> Action:
        """An action whose file was read from its pack."""
        name = metadata.setdefault("name", "do")
        metadata.setdefault("runner_type", "local-shell-script")
        metadata.setdefault("entry_point", f"{name}.sh")
        actions = self.pack / "actions"
        actions.mkdir(parents=True, exist_ok=True)
        (self.pack / "pack.yaml").write_text("name: ops\n")
        (actions / f"{name}.yaml").write_text(json.dumps(metadata))
        entry = actions / metadata["entry_point"]
        entry.write_bytes(script if isinstance(script, bytes) else script.encode())
        entry.chmod(mode)
        made = runners(self.kit)
        registry = Registry({each.name: each.parameters for each in made}, (self.pack.parent,))
        assert registry.mistakes == ()
        return registry.find(f"ops.{name}")

    async def run(self, action: Action, seconds: float = 60, /, **given: Any) -> Outcome:
        """Run an action."""
        runner = next(each for each in runners(self.kit) if each.name == action.runner)
        return await self.do(runner, action, given, seconds)

    async def cmd(
        self,
        template: str,
        context: Mapping[str, Any] | None = None,
        /,
        timeout: float = 60,  # noqa: ASYNC109 - the call's own
        **given: Any,
    ) -> Outcome:
        """Run a command line whose template is filled in first."""
        line = render_command(template, context or {})
        action = Action("ops.cmd", "local-shell-cmd", parameters=LocalCommand.parameters)
        return await self.run(action, timeout, **{"cmd": line, **given})
