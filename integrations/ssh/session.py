"""One job on one host, from the first line that is sent until nothing of it is left."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass

import asyncssh
from asyncssh.constants import EXTENDED_DATA_STDERR

from chat.errors import Unavailable
from integrations.process.kept import Kept
from integrations.ssh.parameters import Host
from integrations.ssh.program import FIRST

_AFTERGLOW = 1.0
"""Seconds that whoever a command has left behind may still print."""
_AFTERGLOWS = 10
"""How often that is waited for while something comes."""
_ENDING = 10.0
"""Seconds that the other side may take to end all of it: it asks kindly, for two of them, and
may be busy."""
_NOTHING = 255
"""Exit status of what never came to an end of its own; `ssh` says the same."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended.

    Attributes:
        status: Exit status; minus the signal's number when a signal ended it.
        lost: Whether the connection broke before.
        left: Whether something of it may still run.
    """

    status: int
    timed_out: bool = False
    lost: bool = False
    left: bool = False


class _Session(asyncssh.SSHClientSession[bytes]):
    """Hands on what comes.

    Attributes:
        channel: There as soon as the session is open.
        came: Bytes so far.
        status: As in `Ended`; None when the connection broke before.
        closed: When nothing more comes.
    """

    def __init__(self, stdout: Kept, stderr: Kept) -> None:
        loop = asyncio.get_running_loop()
        self._stdout = stdout
        self._stderr = stderr
        self.channel: asyncssh.SSHClientChannel[bytes] | None = None
        self.came = 0
        self.status: asyncio.Future[int | None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self.channel = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self.came += len(data)
        kept = self._stderr if datatype == EXTENDED_DATA_STDERR else self._stdout
        kept.feed(data)

    def eof_received(self) -> bool:
        return True

    def exit_status_received(self, status: int) -> None:
        self._ended(status)

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        del core_dumped, msg, lang
        self._ended(-_number(signal))

    def _ended(self, status: int | None) -> None:
        if not self.status.done():
            self.status.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._ended(None)
        if not self.closed.done():
            self.closed.set_result(None)


def _number(name: str) -> int:
    with contextlib.suppress(KeyError):
        return signal.Signals["SIG" + name].value
    return signal.SIGKILL


async def run(
    connection: asyncssh.SSHClientConnection,
    host: Host,
    sent: bytes,
    until: float,
    stdout: Kept,
    stderr: Kept,
) -> Ended:
    """Do a job and wait for its end.

    Cancelling this, or the end of its time, ends all of it on the other side too.

    Args:
        connection: To the host.
        host: Which one.
        sent: The job as `program` writes it.
        until: By the loop's clock, when it is ended.
        stdout: Takes what it prints.
        stderr: The same.

    Raises:
        Unavailable: The host lets us in, but does not let us run anything.
    """
    session = _Session(stdout, stderr)
    try:
        await connection.create_session(lambda: session, FIRST, encoding=None)  # pyright: ignore[reportUnknownMemberType] - of text or bytes
    except (asyncssh.Error, OSError) as error:
        raise Unavailable(f"{host.place} lets us in, but runs nothing: {error}.") from error
    timed_out = left = False
    try:
        _send(session, sent)
        try:
            async with asyncio.timeout_at(until):
                await asyncio.shield(session.status)
        except TimeoutError:
            timed_out = True
    finally:
        left = await asyncio.shield(_end(session))
    status = session.status.result() if session.status.done() else None
    return Ended(
        status=status if status is not None else _NOTHING if not timed_out else -signal.SIGKILL,
        timed_out=timed_out,
        lost=status is None and not timed_out,
        left=left,
    )


def _send(session: _Session, sent: bytes) -> None:
    channel = session.channel
    # A shell that does not let anybody in may be gone already.
    if channel is not None:
        with contextlib.suppress(OSError):
            channel.write(sent)  # pyright: ignore[reportUnknownMemberType] - of text or bytes


async def _end(session: _Session) -> bool:
    """Take the rest of what is printed, or else let the other side end it all.

    Returns:
        Whether it has not said that it has ended all of it.
    """
    before = -1
    for _ in range(_AFTERGLOWS):
        if not session.status.done() or session.closed.done() or session.came == before:
            break
        # What was printed before the end may come after it, as fast as the line lets it.
        before = session.came
        await asyncio.wait([session.closed], timeout=_AFTERGLOW)
    channel = session.channel
    if channel is None:
        return False
    with contextlib.suppress(OSError):
        # Whatever watches the job there sees the end of its standard input.
        channel.write_eof()
    left = False
    if not session.status.done():
        await asyncio.wait([session.closed], timeout=_ENDING)
        left = not session.closed.done()
    channel.abort()
    return left
