"""Runs remote actions as the driver does, and looks at what they leave behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from automation.actions.action import Action, Parameter
from automation.actions.runner import Call, Outcome, Runner, RunnerKit, Stream
from automation.actions.schema import checked
from integrations.ssh.entry import runners
from integrations.ssh.parameters import COMMAND, SCRIPT
from tests.integrations.ssh.server import HOME, Server

PATIENCE = 30.0
_LIMITS = (1, 5, 20)
"""Seconds that something is given; more where the machine is too busy to begin it in less."""


@dataclass
class Remote:
    """Both runners, and a way to call them.

    Attributes:
        known: The file of known hosts.
        lines: What was emitted, by stream.
    """

    server: Server
    home: Path
    options: dict[str, str] = field(default_factory=dict[str, str])
    kit: RunnerKit = field(default_factory=RunnerKit)
    secrets: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    lines: dict[Stream, str] = field(default_factory=lambda: {"stdout": "", "stderr": ""})
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def known(self) -> Path:
        return self.home / "known_hosts"

    @property
    def files(self) -> Path:
        return self.home / "files"

    async def cmd(self, cmd: str, seconds: float = 30, /, **given: Any) -> Outcome:
        """Run a command line."""
        action = Action("net.do", "remote-shell-cmd", parameters=COMMAND)
        return await self.run(action, seconds, cmd=cmd, **given)

    async def ended_by_time(self, begin: Callable[[float], Awaitable[Outcome]]) -> Outcome:
        """Run what says `begun` and does not end by itself; it is given a limit in seconds."""
        for limit in _LIMITS:
            outcome = await begin(limit)
            if "begun" in self.lines["stdout"]:
                return outcome
        pytest.fail(f"it did not begin within {_LIMITS[-1]} seconds")

    async def script(
        self,
        content: str | bytes,
        *parameters: Parameter,
        seconds: float = 30,
        called: str = "deploy.sh",
        **given: Any,
    ) -> Outcome:
        """Run a script of a pack."""
        entry = self.home / called
        entry.write_bytes(content if isinstance(content, bytes) else content.encode())
        action = Action(
            "net.script",
            "remote-shell-script",
            parameters=(*SCRIPT, *parameters),
            entry_point=entry,
        )
        return await self.run(action, seconds, **given)

    async def run(self, action: Action, seconds: float, **given: Any) -> Outcome:
        """Run an action, its values checked by its schema first."""
        asked = {
            "hosts": [HOME],
            "port": self.server.port,
            "username": self.server.user,
            "private_key": self.server.key,
        } | given
        asked = {name: value for name, value in asked.items() if value is not None}
        values = checked(action, asked, place="parameters")
        self.files.mkdir(exist_ok=True)
        call = Call(
            "task-1",
            action,
            values,
            seconds,
            self.files,
            environment=self.environment,
            secrets=self.secrets,
        )
        options = {"known_hosts": str(self.known)} | self.options
        made = runners(replace(self.kit, options=options))
        return await _of(action, made).run(call, self._emit)

    def _emit(self, stream: Stream, text: str) -> None:
        self.lines[stream] += text
        self._came.set()

    async def said(self, part: str, stream: Stream = "stdout") -> None:
        """Wait until something was emitted."""
        async with asyncio.timeout(PATIENCE):
            while part not in self.lines[stream]:
                self._came.clear()
                await self._came.wait()


def _of(action: Action, made: tuple[Runner, ...]) -> Runner:
    return next(each for each in made if each.name == action.runner)


def only(outcome: Outcome, host: str = HOME) -> dict[str, Any]:
    """What came of the one host."""
    assert list(outcome.output) == [host]
    return outcome.output[host]


async def until(fits: Callable[[], object]) -> None:
    """Wait for something that another process brings about."""
    end = time.monotonic() + PATIENCE
    while not fits():
        assert time.monotonic() < end, "it did not come about"
        await asyncio.sleep(0.02)
