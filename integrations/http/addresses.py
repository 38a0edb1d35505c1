"""Which network addresses requests may go to.

Whoever writes a runbook chooses its URLs, so a request could be aimed at the machine
itself, its neighbours, or its cloud's metadata. Such addresses are refused unless the
operator has allowed their network.

Source: the IANA special-purpose address registries (RFC 6890); RFC 6598 (CGNAT), RFC 6052
(NAT64), RFC 3056 (6to4); the metadata addresses of AWS, Azure, Google, Oracle and Alibaba.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

from chat.errors import BadInput, Refused

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

SETTING = "TOCSIN_ALLOWED_NETWORKS"

# Azure's stands among public addresses; Alibaba's lies within CGNAT, Oracle's second one
# within what is reserved for protocols, and AWS's IPv6 one within the private ones.
_METADATA = frozenset(
    map(
        ip_address,
        ("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"),
    )
)
_CGNAT = IPv4Network("100.64.0.0/10")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_LOW_BITS = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
"""IPv6 networks whose addresses hold an IPv4 address in their last 32 bits."""
_SMALLEST_COMPATIBLE = 1 << 16
"""Below, `::/96` holds the unspecified and the loopback address and no IPv4 address."""


class AddressRefused(Refused):
    """A request was about to go to an address that the operator has not allowed."""

    code = "ADDRESS_REFUSED"

    def __init__(self, host: str, address: Address) -> None:
        shown = str(address) if host in {"", str(address)} else f"{host} is {address}, and that"
        super().__init__(
            f"{shown} is {kind(address)}, where no request may go. If it should, the operator "
            f"adds its network to {SETTING}."
        )
        self.address = address


def read_networks(networks: Iterable[str]) -> tuple[Network, ...]:
    """Networks from their CIDR notation; a single address is a network of one.

    Raises:
        BadInput: One is none.
    """
    found: list[Network] = []
    for text in networks:
        try:
            found.append(ip_network(text.strip(), strict=False))
        except ValueError:
            raise BadInput(
                f"{SETTING} holds “{text}”, which is no network; give networks such as "
                "10.1.0.0/16 or fd12::/64.",
                details={"allowed_networks": "networks in CIDR notation"},
            ) from None
    return tuple(found)


def read_address(text: str) -> Address:
    """An address as a socket spells it, with or without its zone.

    Raises:
        ValueError: It is none.
    """
    return ip_address(text.partition("%")[0])


def spelled(host: str) -> IPv4Address | None:
    """The address that a host of digits alone means, such as 2130706433 or 0177.0.0.1.

    Source: inet_aton(3): one to four parts in decimal, octal or hexadecimal.
    """
    try:
        return IPv4Address(socket.inet_aton(host)) if host[:1].isdigit() else None
    except (OSError, ValueError):
        return None


def meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to in the end, or else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.sixtofour is not None:
        return address.sixtofour
    if any(address in network for network in _LOW_BITS) and int(address) >= _SMALLEST_COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def kind(address: Address) -> str:
    """What makes an address special, as `a private address`; empty for a public one."""
    real = meant(address)
    if real in _METADATA:
        return "the address of a cloud's metadata"
    found = _special(real)
    return found and (found if real == address else f"{found} ({real})")


def _special(real: Address) -> str:
    if isinstance(real, IPv4Address) and real in _CGNAT:
        return "an address of a provider's own network"
    for is_so, words in (
        (real.is_unspecified, "an unspecified address"),
        (real.is_loopback, "a loopback address"),
        (real.is_link_local, "a link-local address"),
        (real.is_multicast, "a multicast address"),
        (real.is_private, "a private address"),
        (real.is_reserved or not real.is_global, "a reserved address"),
        (isinstance(real, IPv6Address) and real not in _GLOBAL_UNICAST, "no public address"),
    ):
        if is_so:
            return words
    return ""


def is_allowed(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether a request may go there: it is public, or its network is allowed."""
    real = meant(address)
    return not kind(address) or any(real in network for network in allowed)


def is_metadata_or_link_local(address: Address) -> bool:
    """Whether an address is one that is never a machine somebody means to log in to."""
    real = meant(address)
    return real in _METADATA or real.is_link_local or real.is_multicast or real.is_unspecified
