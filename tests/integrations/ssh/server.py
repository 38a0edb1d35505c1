"""A real OpenSSH server on this machine for the time of some tests."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

HOME = "127.0.0.1"
_STARTS_WITHIN = 20.0
_PRIVATE = Path("/run/sshd")
"""Where sshd, run as root, wants to keep itself apart."""


class NoServer(Exception):
    """There is no sshd to be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        host_key: The key it shows.
        key: The private key that lets the tests' own user in, as text.
        pid: Of the process that listens.
        mark: In the environment of everything that is run by way of the server.
    """

    port: int
    user: str
    host_key: asyncssh.SSHKey
    key: str
    pid: int
    mark: str

    def known_as(self, *hosts: str) -> str:
        """Lines of a file of known hosts."""
        spelled = self.host_key.export_public_key().decode()
        return "".join(f"[{host}]:{self.port} {spelled}" for host in hosts or (HOME,))

    def processes(self) -> list[int]:
        """Everything that was run by way of it and still runs, except by sudo."""
        return [pid for pid in alive() if self.mark.encode() in _read(pid, "environ")]

    def connections(self) -> list[int]:
        """The processes that serve one connection each."""
        return [pid for pid in alive() if _stat(pid)[1:2] == [b"%d" % self.pid]]


def new_key(kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    """A private key that nobody has seen."""
    return asyncssh.generate_private_key(kind)  # pyright: ignore[reportUnknownMemberType] - it takes any more arguments


def alive() -> list[int]:
    """Processes of this machine that have not ended, but not this one."""
    found = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in found if pid != os.getpid() and _state(pid) not in b"ZX"]


def running(words: str) -> list[int]:
    """Those of them that have some words in their command line."""
    wanted = words.encode()
    return [pid for pid in alive() if wanted in _read(pid, "cmdline").replace(b"\0", b" ")]


def _read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""


def _stat(pid: int) -> list[bytes]:
    """State, parent and so on, as they stand behind the name."""
    return _read(pid, "stat").rpartition(b") ")[2].split()


def _state(pid: int) -> bytes:
    return (_stat(pid) or [b"X"])[0]


@contextmanager
def server(folder: Path, *, address: str = HOME, options: str = "") -> Generator[Server]:
    """An sshd that lets in whoever runs the tests, by a key.

    Raises:
        NoServer: There is none on this machine, or it does not start.
    """
    sshd = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if sshd is None:
        raise NoServer("no sshd: apt-get install openssh-server")
    if os.geteuid() == 0:
        _PRIVATE.mkdir(mode=0o755, exist_ok=True)
    host_key = new_key()
    key = new_key()
    (folder / "host_key").touch(0o600)
    (folder / "host_key").write_bytes(host_key.export_private_key())
    (folder / "authorized_keys").write_bytes(key.export_public_key())
    mark = f"TOCSIN_TESTS={secrets.token_hex(8)}"
    with socket.create_server((address, 0)) as free:
        port = int(free.getsockname()[1])
    (folder / "sshd_config").write_text(
        f"Port {port}\n"
        f"ListenAddress {address}\n"
        f"HostKey {folder / 'host_key'}\n"
        f"AuthorizedKeysFile {folder / 'authorized_keys'}\n"
        f"SetEnv {mark}\n"
        "PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin yes\nMaxStartups 200\n"
        f"Subsystem sftp internal-sftp\n{options}",
        encoding="utf-8",
    )
    log = folder / "sshd.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sshd, "-D", "-e", "-f", folder / "sshd_config"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        _wait(process, address, port, log)
        spelled = key.export_private_key().decode()
        yield Server(port, getpass.getuser(), host_key, spelled, process.pid, mark)
    finally:
        process.terminate()
        process.wait(10)


def _wait(process: subprocess.Popen[bytes], address: str, port: int, log: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while True:
        if process.poll() is not None or time.monotonic() > until:
            raise NoServer(f"sshd does not start: {log.read_text(errors='replace')[-500:]}")
        try:
            with socket.create_connection((address, port), 1):
                return
        except OSError:
            time.sleep(0.02)
