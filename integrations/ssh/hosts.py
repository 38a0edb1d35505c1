"""One job on many hosts, and what came of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from automation.actions.runner import Call, Emit, Outcome, RunnerKit, Stream
from automation.hidden import clipped
from automation.values import Json
from chat.clock import new_id
from chat.errors import TocsinError
from integrations.process.kept import Kept
from integrations.shell.results import result
from integrations.ssh.connecting import Way, connected
from integrations.ssh.named_lines import NamedLines
from integrations.ssh.parameters import Host
from integrations.ssh.program import Job, program
from integrations.ssh.session import Ended, run

_AT_ONCE = 20
"""Connections that one action has at the same time."""
_FEWEST = 4096
"""Characters of each stream of each host that are kept at least."""
_TOLD = 3
"""Hosts whose errors are told one by one."""
_REFUSED = 255
"""Exit status where nothing was run; `ssh` says the same."""


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of one host."""

    host: Host
    output: dict[str, Json]
    error: str
    timed_out: bool
    truncated: bool


async def on_hosts(
    kit: RunnerKit,
    call: Call,
    emit: Emit,
    hosts: Sequence[Host],
    way: Way,
    job: Job,
    *,
    parallel: bool,
) -> Outcome:
    """Do a job on every host; it went well when it did on all of them.

    Args:
        kit: Limits; that of an outcome's text is shared by the hosts.
        call: Gives the time, the folder of files, and the secrets.
        emit: Is told what is printed, behind the host's name where there are several.
        hosts: In order.
        way: How they are reached.
        job: What is done.
        parallel: Whether on all of them at once, or on one after the other.

    Raises:
        BadInput: The job cannot be sent.
    """
    program(job, "checked")
    until = asyncio.get_running_loop().time() + call.timeout
    gate = asyncio.Semaphore(_AT_ONCE if parallel else 1)
    work = _Work(kit, call, emit, hosts, way, job, until)

    async def one(number: int, host: Host) -> _Done:
        async with gate:
            return await work.on(number, host)

    # Unlike `gather`, this waits for all of them also when it is cancelled.
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(number, host)) for number, host in enumerate(hosts)]
    except ExceptionGroup as bugs:
        raise bugs.exceptions[0] from bugs
    done = [task.result() for task in tasks]
    return Outcome(
        ok=not any(each.error for each in done),
        output={each.host.shown: each.output for each in done},
        error=_error(done),
        timed_out=any(each.timed_out for each in done),
        truncated=any(each.truncated for each in done),
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """What is the same on all hosts."""

    kit: RunnerKit
    call: Call
    emit: Emit
    hosts: Sequence[Host]
    way: Way
    job: Job
    until: float

    async def on(self, number: int, host: Host) -> _Done:
        """Do it on one host."""
        named = None
        emit = self.emit
        if len(self.hosts) > 1:
            named = NamedLines(host.shown, self.emit, self.call.secrets)
            emit = named.emit
        stdout, stderr = (self._kept(stream, number, host, emit) for stream in _STREAMS)
        try:
            ended, problem = await self._run(host, stdout, stderr)
        finally:
            stdout.end()
            stderr.end()
            if named is not None:
                named.end()
        late = asyncio.get_running_loop().time() >= self.until
        error = problem or _sentence(host, ended, stderr.text)
        output = result(ended.status, stdout.text, stderr.text)
        return _Done(
            host,
            output | ({"error": error} if error else {}),
            error,
            ended.timed_out or (bool(problem) and late),
            stdout.truncated or stderr.truncated,
        )

    async def _run(self, host: Host, stdout: Kept, stderr: Kept) -> tuple[Ended, str]:
        """How it ended, and what kept it from being run; empty when nothing did."""
        try:
            async with connected(host, self.way, self.until) as connection:
                sent = program(self.job, new_id())
                return await run(connection, host, sent, self.until, stdout, stderr), ""
        except TocsinError as wrong:
            stderr.feed(f"{wrong.message}\n".encode())
            return Ended(_REFUSED), wrong.message

    def _kept(self, stream: Stream, number: int, host: Host, emit: Emit) -> Kept:
        which = ""
        if len(self.hosts) > 1:
            which = f"{number + 1}-{re.sub('[^A-Za-z0-9.-]', '_', host.shown)[:100]}."
        return Kept(
            stream,
            emit,
            self.call.files / f"{self.call.key}.{self.call.attempt}.{which}{stream}.log",
            self.call.secrets,
            limit=max(
                self.kit.output_limit // len(self.hosts), min(_FEWEST, self.kit.output_limit)
            ),
            file_limit=self.kit.file_limit,
        )


_STREAMS: tuple[Stream, Stream] = ("stdout", "stderr")


def _sentence(host: Host, ended: Ended, stderr: str) -> str:
    """What went wrong with what was run; empty when nothing did."""
    if ended.timed_out:
        left = "; something of it may still run there" if ended.left else ""
        return f"took too long on {host.name} and was ended{left}"
    if ended.lost:
        return f"{host.name} closed the connection before the end"
    if ended.status == 0:
        return ""
    how = (
        f"was ended by signal {-ended.status} on {host.name}"
        if ended.status < 0
        else f"exited with status {ended.status} on {host.name}"
    )
    last = next((line for line in reversed(stderr.splitlines()) if line.strip()), "")
    return f"{how}: {clipped(last.strip(), 300)}" if last else how


def _error(done: Sequence[_Done]) -> str:
    failed = [each for each in done if each.error]
    if len(done) == 1 or not failed:
        return "".join(each.error for each in failed)
    told = "; ".join(each.error.rstrip(".") for each in failed[:_TOLD])
    more = f"; and {len(failed) - _TOLD} more" if len(failed) > _TOLD else ""
    return f"{len(failed)} of {len(done)} hosts failed: {told}{more}."
