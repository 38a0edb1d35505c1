"""Every address that is not public is refused, however it is spelled."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadInput
from integrations.http.addresses import AddressRefused, is_allowed, kind, read_networks


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1", "a loopback address"),
        ("127.255.255.254", "a loopback address"),
        ("::1", "a loopback address"),
        ("0.0.0.0", "an unspecified address"),  # noqa: S104 - it is to be refused
        ("::", "an unspecified address"),
        ("0.1.2.3", "a private address"),
        ("10.0.0.1", "a private address"),
        ("172.16.0.1", "a private address"),
        ("172.31.255.255", "a private address"),
        ("192.168.1.1", "a private address"),
        ("198.18.0.1", "a private address"),
        ("240.0.0.1", "a private address"),
        ("255.255.255.255", "a private address"),
        ("fd00::1", "a private address"),
        ("169.254.1.1", "a link-local address"),
        ("fe80::1", "a link-local address"),
        ("169.254.169.254", "the address of a cloud's metadata"),
        ("168.63.129.16", "the address of a cloud's metadata"),
        ("100.100.100.200", "the address of a cloud's metadata"),
        ("fd00:ec2::254", "the address of a cloud's metadata"),
        ("100.64.0.1", "an address of a provider's own network"),
        ("224.0.0.1", "a multicast address"),
        ("ff02::1", "a multicast address"),
        ("fec0::1", "no public address"),
        ("5f00::1", "a reserved address"),
        ("64:ff9b:1::a00:1", "a reserved address"),
        ("::ffff:10.0.0.1", "a private address (10.0.0.1)"),
        ("::10.0.0.1", "a private address (10.0.0.1)"),
        ("::ffff:0:10.0.0.1", "a private address (10.0.0.1)"),
        ("64:ff9b::10.0.0.1", "a private address (10.0.0.1)"),
        ("2002:a00:1::1", "a private address (10.0.0.1)"),
        ("64:ff9b::a9fe:a9fe", "the address of a cloud's metadata"),
    ],
)
def test_what_is_not_public_is_named(address: str, words: str) -> None:
    assert kind(ip_address(address)) == words


@pytest.mark.parametrize(
    "address",
    [
        *("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"),
        *("2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
    ],
)
def test_what_is_public_may_be_asked(address: str) -> None:
    assert kind(ip_address(address)) == ""
    assert is_allowed(ip_address(address), ())


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_address_within_an_ipv6_address_is_judged_as_what_it_is(address: IPv4Address) -> None:
    number = int(address)
    wrapped = (
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0xFFFF << 48 | number),
        IPv6Address(0x64FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80 | 1),
    )
    for each in wrapped:
        assert is_allowed(each, ()) == is_allowed(address, ()), each


def test_an_allowed_network_may_be_asked_in_every_spelling_and_its_neighbour_in_none() -> None:
    allowed = read_networks(["10.1.2.3/16", " fd12::/64", "192.0.2.7"])

    for address in ("10.1.255.1", "::ffff:10.1.0.1", "64:ff9b::a01:1", "fd12::5", "192.0.2.7"):
        assert is_allowed(ip_address(address), allowed), address
    for address in ("10.2.0.1", "::ffff:10.2.0.1", "fd13::5", "192.0.2.8", "169.254.169.254"):
        assert not is_allowed(ip_address(address), allowed), address


def test_allowing_all_of_ipv6_allows_no_ipv4_address_in_disguise() -> None:
    allowed = read_networks(["::/0"])

    assert is_allowed(ip_address("fd00::1"), allowed)
    assert not is_allowed(ip_address("::ffff:127.0.0.1"), allowed)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "intranet", "", "10.0.0.0-10.0.0.9"])
def test_what_is_no_network_is_refused_by_the_name_of_the_setting(text: str) -> None:
    with pytest.raises(BadInput, match="TOCSIN_ALLOWED_NETWORKS") as refused:
        read_networks([text])

    assert f"“{text}”" in refused.value.message


def test_a_refusal_says_which_address_and_what_allows_it() -> None:
    assert AddressRefused("db.example", ip_address("10.0.0.5")).message == (
        "db.example is 10.0.0.5, and that is a private address, where no request may go. "
        "If it should, the operator adds its network to TOCSIN_ALLOWED_NETWORKS."
    )
    assert AddressRefused("10.0.0.5", ip_address("10.0.0.5")).message.startswith(
        "10.0.0.5 is a private address"
    )
