"""Does shipped actions as the driver does: checked values, real runners."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from automation.actions.action import Action
from automation.actions.registry import Registry
from automation.actions.runner import Call, Outcome, Runner, RunnerKit, Stream
from automation.actions.schema import checked, output_mistake
from automation.executions.inside import RUNNERS
from integrations.http.entry import runners as http
from integrations.python.entry import runners as python
from integrations.shell.entry import runners as shell
from integrations.ssh.entry import runners as ssh


@dataclass
class Acting:
    """All runners, and the registry of what is shipped."""

    runners: Mapping[str, Runner]
    registry: Registry
    files: Path

    async def outcome(self, ref: str, entry: Path | None = None, /, **given: Any) -> Outcome:
        """What comes of an action; by another script when `entry` is given."""
        action = self.registry.find(ref)
        values = checked(action, given, place="parameters")
        outcome = await self.runners[action.runner].run(
            Call(
                key="task",
                action=_by(action, entry),
                parameters=values,
                timeout=action.timeout,
                files=self.files,
                environment={"TOCSIN_FILES": str(self.files)},
            ),
            _ignore,
        )
        assert not outcome.ok or output_mistake(action, outcome.output) == ""
        return outcome

    async def well(self, ref: str, entry: Path | None = None, /, **given: Any) -> dict[str, Any]:
        """What an action gives that must go well: a script's JSON, or what Python returned."""
        outcome = await self.outcome(ref, entry, **given)
        assert outcome.ok, outcome
        return told(outcome)


def told(outcome: Outcome) -> dict[str, Any]:
    """What a script printed as JSON, or what Python returned."""
    output: Any = outcome.output
    found = output["result" if "result" in output else "stdout"]
    assert type(found) is dict, outcome
    return cast("dict[str, Any]", found)


def _by(action: Action, entry: Path | None) -> Action:
    return action if entry is None else replace(action, entry_point=entry)


def _ignore(stream: Stream, text: str) -> None:
    """Nobody watches."""


@asynccontextmanager
async def acting(files: Path) -> AsyncGenerator[Acting]:
    """The runners, warm for as long as it takes."""
    kit = RunnerKit()
    found = [*http(kit), *python(kit), *shell(kit), *ssh(kit)]
    runners = {each.name: each for each in found}
    takes = {each.name: each.parameters for each in found} | dict(RUNNERS)
    try:
        yield Acting(runners, Registry(takes), files)
    finally:
        for each in found:
            await each.close()
