"""Names in DNS, asked of a real server over UDP and TCP."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadInput
from packs.net.actions.lib import dns_message
from tests.packs.acting import Acting, told
from tests.packs.dns_server import POINTER, TYPES, Dns, answer, name, record, serving

VALUES = {
    "A": ["192.0.2.1", "192.0.2.2"],
    "AAAA": ["2001:db8::1"],
    "MX": ["10 mail.example.org", "20 backup.example.org"],
    "TXT": ["v=spf1 -all", "long " * 100],
    "NS": ["ns1.example.org"],
    "CNAME": ["www.example.org"],
    "PTR": ["host.example.org"],
}


@contextlib.contextmanager
def zone() -> Generator[Dns]:
    """A server that knows `VALUES` of every name."""

    def reply(asked: bytes, way: str) -> list[bytes]:
        del way
        kind = next(
            each
            for each, number in TYPES.items()
            if asked.find(struct.pack("!HH", number, 1), 12) > 0
        )
        return [answer(asked, *(record(POINTER, kind, value) for value in VALUES[kind]))]

    with serving(reply) as server:
        yield server


@pytest.mark.parametrize("kind", sorted(VALUES))
async def test_every_type_is_asked_and_read(act: Acting, kind: str) -> None:
    with zone() as server:
        found = await act.well(
            "net.dns_check",
            name="Example.org.",
            type=kind,
            resolver=server.place,
            expected=VALUES[kind][:1],
        )

    assert found["values"] == VALUES[kind]
    assert len(found["text"]) < 200
    assert (found["status"], found["code"], found["over"]) == ("ok", "NOERROR", "udp")
    assert found["records"][0]["ttl"] == 300
    assert found["resolver"] == server.place


@pytest.mark.parametrize(
    ("expected", "exact", "status"),
    [
        (["192.0.2.2"], False, "ok"),
        (["192.0.2.9"], False, "critical"),
        (["192.0.2.1", "192.0.2.9"], False, "critical"),
        (["192.0.2.1"], True, "critical"),
        (["192.0.2.2", "192.0.2.1"], True, "ok"),
    ],
)
async def test_what_is_expected_is_compared(
    act: Acting, expected: list[str], exact: bool, status: str
) -> None:
    with zone() as server:
        given: dict[str, Any] = {
            "name": "example.org",
            "resolver": server.place,
            "expected": expected,
        }
        found = await act.well("net.dns_check", exact=exact, **given)
        given["fail_on"] = "critical"
        strict = await act.outcome("net.dns_check", exact=exact, **given)

    assert found["status"] == status
    assert strict.ok == (status == "ok")
    assert bool(found["error"]) != strict.ok
    assert told(strict)["status"] == status


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("AAAA", "2001:0DB8:0::1"),
        ("MX", "10  Mail.Example.org."),
        ("CNAME", "WWW.example.org."),
    ],
)
async def test_values_may_be_written_in_other_ways(act: Acting, kind: str, expected: str) -> None:
    with zone() as server:
        found = await act.well(
            "net.dns_check", name="x", type=kind, resolver=server.place, expected=[expected]
        )

    assert found["status"] == "ok"


async def asked(act: Acting, server: Dns, tries: int = 1, patience: float = 10) -> dict[str, Any]:
    """What comes of asking for the addresses of example.org."""
    return await act.well(
        "net.dns_check",
        name="example.org",
        resolver=server.place,
        attempts=tries,
        wait_seconds=patience,
    )


async def test_aliases_are_followed_and_strangers_left_out(act: Acting) -> None:
    def reply(message: bytes, way: str) -> list[bytes]:
        del way
        return [
            answer(
                message,
                record(name("evil.org"), "A", "203.0.113.6"),
                record(name("b.org"), "A", "192.0.2.7"),
                record(POINTER, "CNAME", "a.org"),
                record(name("A.org"), "CNAME", "b.org"),
            )
        ]

    with serving(reply) as server:
        found = await asked(act, server)

    assert found["values"] == ["192.0.2.7"]
    assert [each["type"] for each in found["records"]] == ["CNAME", "CNAME", "A"]


async def test_aliases_that_go_in_circles_come_to_an_end(act: Acting) -> None:
    def reply(message: bytes, way: str) -> list[bytes]:
        del way
        there = record(POINTER, "CNAME", "a.org")
        return [answer(message, there, record(name("a.org"), "CNAME", "example.org"))]

    with serving(reply) as server:
        found = await asked(act, server)

    assert found["status"] == "critical"
    assert found["error"] == "example.org has no A record."


async def test_what_does_not_fit_is_asked_for_over_tcp(act: Acting) -> None:
    def reply(message: bytes, way: str) -> list[bytes]:
        if way == "udp":
            return [answer(message, record(POINTER, "A", "192.0.2.1")[:-3], flags=0x8380, count=9)]
        return [answer(message, *(record(POINTER, "A", f"192.0.2.{n}") for n in range(200)))]

    with serving(reply) as server:
        found = await asked(act, server)

    assert server.asked == ["udp", "tcp"]
    assert (found["over"], len(found["values"])) == ("tcp", 200)


@pytest.mark.parametrize(
    ("flags", "code"), [(0x8183, "NXDOMAIN"), (0x8182, "SERVFAIL"), (0x8185, "REFUSED")]
)
async def test_a_refusal_is_told(act: Acting, flags: int, code: str) -> None:
    with serving(lambda message, _: [answer(message, flags=flags)]) as server:
        found = await asked(act, server)

    assert (found["status"], found["code"]) == ("critical", code)
    assert code in str(found["error"])


async def test_an_answer_to_something_else_is_not_believed(act: Acting) -> None:
    def reply(message: bytes, way: str) -> list[bytes]:
        del way
        good = answer(message, record(POINTER, "A", "192.0.2.1"))
        bad = answer(message, record(POINTER, "A", "203.0.113.6"))
        other = bad[:12] + bad[12:].replace(b"example", b"exampie")
        number = bytes((bad[0] ^ 1,)) + bad[1:]
        return [number, other, b"", b"\0" * 5, bad[:-2], message, good]

    with serving(reply) as server:
        found = await asked(act, server)

    assert found["values"] == ["192.0.2.1"]


async def test_silence_is_told(act: Acting) -> None:
    with serving(lambda _message, _way: []) as server:
        found = await asked(act, server, tries=2, patience=0.1)

    assert server.asked == ["udp", "udp"]
    assert found["status"] == "critical"
    assert "nothing came in time" in str(found["error"])


@pytest.mark.parametrize("bad", ["a..b", "x" * 64 + ".org", "ab." * 84 + "ab"])
async def test_what_can_be_no_name_is_an_error(act: Acting, bad: str) -> None:
    outcome = await act.outcome("net.dns_check", name=bad, resolver="127.0.0.1:9")

    assert not outcome.ok
    assert "name" in outcome.error


@pytest.mark.parametrize("resolver", ["127.0.0.1:x", ":53", "127.0.0.1:999999", "no.invalid"])
async def test_what_can_be_no_resolver_is_told(act: Acting, resolver: str) -> None:
    found = await act.well("net.dns_check", name="example.org", resolver=resolver)

    assert found["status"] == "critical"
    assert "resolver" in found["error"]


async def test_a_type_that_is_unknown_is_refused(act: Acting) -> None:
    with pytest.raises(BadInput):
        await act.outcome("net.dns_check", name="example.org", type="ANY")


def test_letters_of_the_world_are_asked_for_in_their_own_coding() -> None:
    assert dns_message.packed_name("bücher.example") == name("xn--bcher-kva.example")
    assert dns_message.packed_name(".") == b"\0"


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(noise: bytes) -> None:
    with contextlib.suppress(dns_message.Malformed):
        dns_message.read(noise)


@given(st.data())
def test_an_answer_that_was_tampered_with_is_read_or_refused(data: st.DataObject) -> None:
    whole = answer(
        dns_message.question(7, "example.org", "MX"),
        record(POINTER, "MX", "10 mail.example.org"),
        record(POINTER, "TXT", "text"),
        record(name("a.b"), "A", "192.0.2.1"),
    )
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + 1 :]
    with contextlib.suppress(dns_message.Malformed):
        dns_message.read(changed)


@pytest.mark.parametrize("pointer", [b"\xc0\x0c", b"\xc0\x1d", b"\xff\xff", b"\x40a"])
def test_a_name_that_points_to_itself_is_refused(pointer: bytes) -> None:
    head = struct.pack("!6H", 1, 0x8180, 1, 0, 0, 0)
    with pytest.raises(dns_message.Malformed):
        dns_message.read(head + pointer + b"\0\1\0\1")
