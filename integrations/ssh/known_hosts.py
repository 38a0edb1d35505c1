"""Which keys hosts are known by.

Source: the format of known_hosts in sshd(8) of OpenSSH.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat.errors import BadInput, Refused
from integrations.ssh.parameters import PORT, Host

if TYPE_CHECKING:
    import asyncssh

KNOWN, NEW = "known", "accept-new"


class HostKeyRefused(Refused):
    """A host shows a key that is not known to be its own."""

    code = "HOST_KEY_REFUSED"


class KnownHosts:
    """A file of known hosts.

    Attributes:
        file: Where it is; it need not be there.
        accepts_new: Whether a host of which no key is known is believed the first time, and
            written down.
    """

    def __init__(self, options: Mapping[str, str]) -> None:
        """Get ready.

        Args:
            options: `known_hosts` is a path; `host_key` is `known` or `accept-new`.

        Raises:
            BadInput: `host_key` is something else.
        """
        self.file = Path(options.get("known_hosts") or "~/.ssh/known_hosts").expanduser()
        policy = options.get("host_key") or KNOWN
        if policy not in {KNOWN, NEW}:
            raise BadInput(
                f"TOCSIN_RUNNER_SSH_HOST_KEY is “{policy}”; give {KNOWN} or {NEW}.",
                details={"host_key": f"{KNOWN} or {NEW}"},
            )
        self.accepts_new = policy == NEW
        self._writing = asyncio.Lock()

    async def keys(self) -> Keys:
        """What the file says now.

        Raises:
            BadInput: It cannot be read.
        """
        return Keys(await asyncio.to_thread(self._read))

    def _read(self) -> asyncssh.SSHKnownHosts:
        from asyncssh import import_known_hosts  # noqa: PLC0415 - see RemoteCommand

        try:
            return import_known_hosts(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return import_known_hosts("")
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or error
            raise BadInput(
                f"The file of known hosts {self.file} cannot be read: {said}.",
                details={"known_hosts": "cannot be read"},
            ) from error

    async def add(self, host: Host, key: asyncssh.SSHKey) -> None:
        """Write a new host down.

        Raises:
            HostKeyRefused: Meanwhile it has become known by another key.
            BadInput: The file cannot be written.
        """
        async with self._writing:
            keys = await self.keys()
            if keys.knows(host) and not keys.has(host, key):
                raise self.refusal(host, key, keys)
            if not keys.knows(host):
                await asyncio.to_thread(self._append, host, key)

    def _append(self, host: Host, key: asyncssh.SSHKey) -> None:
        line = f"{_pattern(host)} {key.export_public_key().decode().strip()}\n"
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(
                os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "ab"
            ) as out:
                if out.tell() and not self.file.read_bytes().endswith(b"\n"):
                    out.write(b"\n")
                out.write(line.encode())
        except OSError as error:
            raise BadInput(
                f"The file of known hosts {self.file} cannot be written: {error.strerror}.",
                details={"known_hosts": "cannot be written"},
            ) from error

    def refusal(self, host: Host, key: asyncssh.SSHKey | None, keys: Keys) -> HostKeyRefused:
        """Why a host's key is not believed, and what to do."""
        shown = f"the key {key.get_fingerprint()}" if key is not None else "a key"
        if keys.revokes(host, key):
            said = f"shows {shown}, which {self.file} says is revoked."
        elif keys.knows(host):
            said = (
                f"shows {shown}, but {self.file} knows it by another one. Somebody may stand in "
                "between. If it was set up anew, remove what is known: "
                f"ssh-keygen -f {self.file} -R '{_pattern(host)}'"
            )
        else:
            said = (
                f"shows {shown} and is not in {self.file}. Compare the fingerprint with the "
                f"host's own, then add it: ssh-keyscan -p {host.port} {host.name} >> {self.file}"
            )
        return HostKeyRefused(f"{host.place} {said}")


class Keys:
    """What a file of known hosts said at one time."""

    def __init__(self, entries: asyncssh.SSHKnownHosts) -> None:
        self._entries = entries

    def match(self, host: str, _: str, port: int | None) -> Any:
        """What asyncssh asks for: keys, authorities, and what is revoked.

        The address is passed over: a host is known by its name alone, so that nobody who can
        change what a name resolves to can let another known host stand in for it.
        """
        return self._entries.match(host, "", port)

    def _of(self, host: Host) -> Any:
        return self.match(host.name, "", host.port if host.port != PORT else None)

    def knows(self, host: Host) -> bool:
        """Whether anything is said of a host."""
        return any(self._of(host))

    def has(self, host: Host, key: asyncssh.SSHKey) -> bool:
        """Whether a host is known by a key."""
        return key in self._of(host)[0]

    def revokes(self, host: Host, key: asyncssh.SSHKey | None) -> bool:
        """Whether a host must not be believed with a key."""
        return key in self._of(host)[2]


def _pattern(host: Host) -> str:
    return host.name if host.port == PORT else f"[{host.name}]:{host.port}"
