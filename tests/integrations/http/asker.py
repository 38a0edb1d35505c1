"""Runs HTTP actions as the driver does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from automation.actions.action import Action
from automation.actions.runner import Call, Outcome, Stream
from automation.actions.schema import checked
from integrations.http.parameters import PARAMETERS
from integrations.http.runner import HttpRequest

ACTION = Action("web.ask", "http-request", parameters=PARAMETERS)


@dataclass
class Asker:
    """Runs HTTP actions as the driver does, values checked by the action's schema first.

    Attributes:
        lines: What was emitted.
    """

    runner: HttpRequest
    files: Path
    action: Action = ACTION
    lines: list[str] = field(default_factory=list[str])
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, seconds: float = 20, /, **given: Any) -> Outcome:
        """Run one."""
        values = checked(self.action, given, place="parameters")
        call = Call("task-1", self.action, values, seconds, self.files)
        return await self.runner.run(call, self._emit)

    def _emit(self, stream: Stream, text: str) -> None:
        assert stream == "stdout"
        self.lines += text.splitlines()
        self._came.set()

    async def said(self, part: str) -> None:
        """Wait for a line with these words."""
        while not any(part in line for line in self.lines):
            self._came.clear()
            await self._came.wait()


def answering(*statuses: int, **headers: str) -> Callable[[web.BaseRequest], web.Response]:
    """One status after the other, the last one for ever."""
    left = list(statuses)

    def answer(_: web.BaseRequest) -> web.Response:
        status = left.pop(0) if len(left) > 1 else left[0]
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, headers=named, text=f"this is {status}")

    return answer
