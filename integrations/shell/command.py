"""Runs command lines by the machine's own shell."""

from __future__ import annotations

from automation.actions.action import Parameter
from automation.actions.runner import Call, Emit, Outcome, RunnerKit
from integrations.process.environment import unfit
from integrations.process.pack_variables import pack_variables
from integrations.process.run import run
from integrations.process.variables import ENV, texts
from integrations.shell.results import CMD, CWD, SUDO, result
from integrations.shell.stackstorm import directory


class LocalCommand:
    """The runner `local-shell-cmd`: `/bin/sh -c` with a command line."""

    name = "local-shell-cmd"
    parameters: tuple[Parameter, ...] = (CMD, CWD, ENV, SUDO)

    def __init__(self, kit: RunnerKit) -> None:
        self._kit = kit

    async def run(self, call: Call, emit: Emit) -> Outcome:
        """Run the command line."""
        given = call.parameters
        argv = ["/bin/sh", "-c", str(given.get("cmd") or "")]
        if given.get("sudo"):
            argv = ["sudo", "-n", "-E", "--", *argv]
        env = texts(given.get("env"))
        if problem := unfit(argv, env):
            return Outcome(ok=False, error=problem)
        ran = await run(
            self._kit,
            call,
            argv,
            emit,
            cwd=directory(call, call.files),
            env={**pack_variables(call), **env},
        )
        output = result(ran.status, ran.stdout, ran.stderr)
        good = ran.status == 0 and not ran.timed_out
        return Outcome(good, output, ran.why, ran.timed_out, ran.truncated)

    async def close(self) -> None:
        """Nothing is kept."""
