"""Reaches a host and logs in, by way of a bastion perhaps."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import asyncssh

from chat.errors import Unavailable
from integrations.http.addresses import (
    Address,
    AddressRefused,
    Network,
    is_allowed,
    is_metadata_or_link_local,
    read_address,
)
from integrations.ssh.known_hosts import Keys, KnownHosts
from integrations.ssh.login import Login
from integrations.ssh.parameters import Host

PATIENCE = 15.0
"""Seconds in which a host must have let us in."""
_ALIVE_EVERY = 15.0
"""Seconds after which a silent host is asked whether it is still there; three times in vain
and the connection is given up."""


class NotReached(Unavailable):
    """A host cannot be reached, or does not let us in."""

    code = "NOT_REACHED"


@dataclass(frozen=True, slots=True)
class Way:
    """What every connection of an action needs.

    Attributes:
        allowed: Networks that may be reached although they are link-local or hold metadata.
    """

    login: Login
    known: KnownHosts
    allowed: tuple[Network, ...] = ()
    bastion: Host | None = None


@asynccontextmanager
async def connected(
    host: Host, way: Way, until: float
) -> AsyncGenerator[asyncssh.SSHClientConnection]:
    """A connection to a host, logged in; closed afterwards.

    Args:
        host: Which one.
        way: How it is reached.
        until: By the loop's clock, when it must have let us in.

    Raises:
        AddressRefused: The host's address is none of a machine.
        HostKeyRefused: The host, or the bastion, is not known by the key it shows.
        NotReached: It does not answer, or does not let us in.
        BadInput: The file of known hosts cannot be read.
    """
    if way.bastion is None:
        async with _connection(host, way, until) as connection:
            yield connection
        return
    async with (
        _connection(way.bastion, way, until) as bastion,
        _connection(host, way, until, bastion) as connection,
    ):
        yield connection


@asynccontextmanager
async def _connection(
    host: Host, way: Way, until: float, tunnel: asyncssh.SSHClientConnection | None = None
) -> AsyncGenerator[asyncssh.SSHClientConnection]:
    now = asyncio.get_running_loop().time()
    patience = max(0.0, min(PATIENCE, until - now))
    try:
        async with asyncio.timeout(patience):
            connection = await _opened(host, way, tunnel)
    except TimeoutError:
        raise NotReached(f"{host.place} did not let us in within {patience:.3g} seconds.") from None
    try:
        yield connection
    finally:
        connection.abort()
        await connection.wait_closed()


async def _opened(
    host: Host, way: Way, tunnel: asyncssh.SSHClientConnection | None
) -> asyncssh.SSHClientConnection:
    keys = await way.known.keys()
    shown = _Shown(keys, host, accepts_new=way.known.accepts_new)
    error: Exception | None = None
    for address in await _addresses(host, way, by_name=tunnel is not None):
        try:
            connection = await _logged_in(address, host, way, shown, tunnel)
        except asyncssh.HostKeyNotVerifiable:
            raise way.known.refusal(host, shown.key, keys) from None
        except OSError as failed:
            error = failed
        except (asyncssh.Error, ValueError) as failed:
            error = failed
            break
        else:
            if shown.key is not None:
                try:
                    await way.known.add(host, shown.key)
                except BaseException:
                    connection.abort()
                    raise
            return connection
    raise NotReached(f"{host.place} {_why(error, way)}.") from error


async def _logged_in(
    address: str,
    host: Host,
    way: Way,
    shown: _Shown,
    tunnel: asyncssh.SSHClientConnection | None,
) -> asyncssh.SSHClientConnection:
    login = way.login
    return await asyncssh.connect(
        address,
        host.port,
        tunnel=tunnel,
        # Nothing of the account that Tocsin runs as has a say: no configuration, which may
        # run commands, no agent, no keys or tickets of its own.
        config=None,
        agent_path=None,
        gss_kex=False,
        gss_auth=False,
        host_based_auth=False,
        x509_trusted_certs=None,
        client_keys=[login.key] if login.key is not None else None,
        username=login.username,
        password=login.password,
        known_hosts=shown.keys.match,
        host_key_alias=host.name,
        client_factory=lambda: shown,
        keepalive_interval=_ALIVE_EVERY,
        encoding=None,
    )


class _Shown(asyncssh.SSHClient):
    """Looks at a host's key when it is none of those it is known by.

    Attributes:
        key: The one it showed; None when it is known by it.
    """

    def __init__(self, keys: Keys, host: Host, *, accepts_new: bool) -> None:
        self.keys = keys
        self.key: asyncssh.SSHKey | None = None
        self._accepted = accepts_new and not keys.knows(host)

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        del host, addr, port
        self.key = key
        return self._accepted


async def _addresses(host: Host, way: Way, *, by_name: bool) -> tuple[str, ...]:
    """Where a host may be, looked up once, so that what is looked at is what is connected to.

    Args:
        host: Which one.
        way: Says what is allowed.
        by_name: Whether somebody else looks the name up.
    """
    try:
        found = [ip_address(host.name)]
    except ValueError:
        if by_name:
            return (host.name,)
        found = await _looked_up(host)
    good = tuple(address for address in found if _may_be_reached(address, way.allowed))
    if not good:
        raise AddressRefused(host.name, found[0])
    return tuple(map(str, good))


async def _looked_up(host: Host) -> list[Address]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host.name, host.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or "its name is none"
        raise NotReached(f"{host.name} cannot be found: {said}.") from None
    return [read_address(str(each[4][0])) for each in found]


def _may_be_reached(address: Address, allowed: Iterable[Network]) -> bool:
    # That a machine to log in to has a private address is the normal case.
    return not is_metadata_or_link_local(address) or is_allowed(address, allowed)


def _why(error: Exception | None, way: Way) -> str:
    """What went wrong, as the rest of a sentence."""
    said = _said(error)
    match error:
        case asyncssh.PermissionDenied():
            words = f"does not let {way.login.username} in with {way.login.offered}"
        case ConnectionRefusedError():
            words = "refused the connection"
        case asyncssh.ChannelOpenError():
            words = f"cannot be reached from the bastion: {said}"
        case asyncssh.KeyExchangeFailed():
            words = f"has no way to speak in common with us: {said}"
        case asyncssh.ConnectionLost():
            words = "closed the connection before it let us in"
        case OSError():
            words = f"cannot be reached: {error.strerror or said}"
        case _:
            words = f"does not let us in: {said}"
    return words


def _said(error: Exception | None) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:300]
