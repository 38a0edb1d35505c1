"""The runner `python-script`: a forked child of a server that has the module imported already."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from functools import partial
from typing import Any

from automation.actions.action import Parameter
from automation.actions.runner import Call, Emit, Outcome, RunnerKit
from chat.errors import Unavailable
from integrations.process import group
from integrations.process.environment import environment, unfit
from integrations.process.pack_variables import pack_variables
from integrations.process.variables import ENV, texts
from integrations.python.environments import Environments
from integrations.python.fork_server import Child, ForkServer
from integrations.python.outputs import Outputs
from integrations.python.port import PortEnd
from integrations.python.servers import Servers
from security.secrets import Masker

_AFTERGLOW = 1.0
_TRIES = 3
_LONGEST_ERROR = 500
TIMEOUT = Parameter(
    "timeout",
    {"type": "integer", "default": 600, "minimum": 1},
    "Seconds after which it is ended.",
)
LOG_LEVEL = Parameter(
    "log_level",
    {
        "type": "string",
        "default": "DEBUG",
        "enum": ["AUDIT", "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"],
    },
    "What its logger lets through.",
)
_OFF = frozenset({"off", "no", "false", "0"})
_NOT_ITS_OWN = frozenset({"timeout", "log_level", "env", "debug", "content_version"})
"""What StackStorm's runner takes itself, so that no action is handed it."""


class PythonRunner:
    """Python actions; see `server.py` for how they are done.

    Attributes:
        environments: The Pythons that they run in.
    """

    name = "python-script"
    parameters: tuple[Parameter, ...] = (TIMEOUT, ENV, LOG_LEVEL)

    def __init__(self, kit: RunnerKit) -> None:
        self._kit = kit
        self.environments = Environments(
            kit.options.get("python", sys.executable), kit.environments, kit.overrides
        )
        libraries = kit.options.get("common_libs", "on").casefold() not in _OFF
        self._servers = Servers(common_libs=libraries)

    async def run(self, call: Call, emit: Emit) -> Outcome:
        """Do it in a fork of the module's server."""
        action = call.action
        if action.entry_point is None or not action.entry_point.is_file():
            return Outcome(ok=False, error=f"the module of {action.ref} is not there")
        if problem := unfit((), texts(call.parameters.get("env"))):
            return Outcome(ok=False, error=problem)
        python = await self.environments.python_of(action.folder, partial(emit, "stderr"))
        for _ in range(_TRIES):
            outcome = await self._once(call, emit, python)
            if outcome is not None:
                return outcome
        raise Unavailable(f"{python} has ended before it could be asked; try again.")

    async def _once(self, call: Call, emit: Emit, python: str) -> Outcome | None:
        """None when the server ended before it was asked, so that nothing has begun."""
        outputs = Outputs(self._kit, call, emit)
        port = PortEnd(call.access.port) if call.access.port is not None else None
        request = self._request(call, outputs.mark, python)
        server = await self._servers.reserved(call.action, python)
        try:
            descriptors = await _descriptors(outputs, port)
        except BaseException:
            await asyncio.shield(self._left(server, outputs, port))
            raise
        child = server.begin(outputs.mark, request, descriptors)
        timed_out = False
        try:
            async with asyncio.timeout(_seconds(call)):
                await asyncio.shield(child.status)
        except TimeoutError:
            timed_out = True
        finally:
            await asyncio.shield(self._over(server, child, outputs, port, timed_out=timed_out))
        if not child.taken and not timed_out:
            return None
        return _outcome(outputs, child.status.result(), call.secrets, timed_out=timed_out)

    def _request(self, call: Call, mark: str, python: str) -> bytes:
        action = call.action
        given = {name: value for name, value in call.parameters.items() if name not in _NOT_ITS_OWN}
        request = {
            "id": mark,
            "module": str(action.entry_point),
            "name": f"action_{action.name.replace('.', '_').replace('-', '_')}",
            "paths": [str(path) for path in self._servers.paths(action)],
            "own": python != self.environments.python,
            "parameters": given,
            "environment": environment(
                self.environments.around(python),
                pack_variables(call),
                call.environment,
                texts(call.parameters.get("env")),
                {group.MARK: mark},
            ),
            "cwd": str(call.files),
            "memory": self._kit.memory_limit or 0,
            "pack": action.pack,
            "config": dict(call.config),
            "log_level": str(call.parameters.get("log_level") or "DEBUG"),
        }
        return json.dumps(request).encode()

    async def _over(
        self,
        server: ForkServer,
        child: Child,
        outputs: Outputs,
        port: PortEnd | None,
        *,
        timed_out: bool,
    ) -> None:
        """Make sure that nothing of it is left, and take the rest of what it printed."""
        try:
            await self._ended(server, child, timed_out=timed_out)
            if not await outputs.ended(_AFTERGLOW) and child.pid is not None:
                await group.end(child.pid, "")
        finally:
            await self._left(server, outputs, port)

    async def _left(self, server: ForkServer, outputs: Outputs, port: PortEnd | None) -> None:
        await outputs.close()
        if port is not None:
            await port.close()
        await self._servers.release(server)

    async def _ended(self, server: ForkServer, child: Child, *, timed_out: bool) -> None:
        if not child.status.done() and child.pid is None:
            child.unwanted = True
            await asyncio.wait([child.status], timeout=_AFTERGLOW)
            # Where it is not forked even now, its module is still being imported.
            if child.pid is None and (timed_out or server.users == 1):
                await server.close()
        if child.pid is None:
            child.over(None)
            return
        if not child.status.done() or child.status.result() is None:
            await group.end(child.pid, child.mark)
            await asyncio.wait([child.status], timeout=_AFTERGLOW)
            child.over(None)

    async def close(self) -> None:
        """End every server, and what is being built."""
        await self.environments.close()
        await self._servers.close()


async def _descriptors(outputs: Outputs, port: PortEnd | None) -> tuple[int, ...]:
    """What the child is given: output, errors, result, and its end of the port."""
    try:
        given = (port.open(),) if port is not None else ()
    except OSError as error:
        raise Unavailable(f"No Python can be started: {error.strerror}.") from error
    try:
        return (*await outputs.open(), *given)
    except BaseException:
        for descriptor in given:
            os.close(descriptor)
        raise


def _seconds(call: Call) -> float:
    """As long as it has altogether, or less where it is told so."""
    given = call.parameters.get("timeout")
    return min(call.timeout, given) if isinstance(given, int) and given > 0 else call.timeout


def _outcome(
    outputs: Outputs, status: int | None, secrets: frozenset[str], *, timed_out: bool
) -> Outcome:
    stdout, stderr = outputs.texts
    answer = outputs.answer()
    output = {
        "result": answer.get("result") if answer is not None else None,
        "stdout": stdout.removesuffix("\n"),
        "stderr": stderr.removesuffix("\n"),
        "exit_code": status if status is not None else -signal.SIGKILL,
    }
    good = answer is not None and answer.get("ok") is True and not timed_out
    # Masked before it is cut: half a secret is not found again.
    error = "" if good else Masker(secrets).mask(_why(answer, status, timed_out=timed_out))
    return Outcome(good, output, error[:_LONGEST_ERROR], timed_out, outputs.truncated)


def _why(answer: dict[str, Any] | None, status: int | None, *, timed_out: bool) -> str:
    if timed_out:
        return "took too long and was ended"
    if answer is None:
        if status is not None and status < 0:
            with contextlib.suppress(ValueError):
                return f"was ended by {signal.Signals(-status).name} before a result"
        why = "its Python ended" if status is None else f"ended with status {status}"
        return f"{why} before a result"
    said = str(answer.get("error") or "")
    result = answer.get("result")
    return said or (str(result) if result not in (None, "", {}, []) else "reported that it failed")
