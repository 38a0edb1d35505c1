"""Messages reach real receivers, and we know when they did not."""

from __future__ import annotations

import socket
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from integrations.audit import network
from integrations.audit.sink import SinkAway
from integrations.audit.syslog import Syslog
from integrations.audit.targets import receiver
from tests.integrations.audit import reading
from tests.integrations.audit.receivers import (
    HOME,
    Streams,
    free_port,
    tcp,
    udp,
    unix_datagrams,
    unix_streams,
)
from tests.integrations.audit.records import HOSTILE, hostile, sealed
from tests.integrations.http.certificates import Identity, authority, issued

RECORDS = [sealed(1), hostile(2), hostile(3, huge=100_000), sealed(4, old="a\nb")]


def syslog(url: str) -> Syslog:
    return Syslog(receiver(url))


def numbers(contents: list[bytes]) -> list[int]:
    """The records in messages, each of which must keep the grammar."""
    return [reading.read(content).body["number"] for content in contents]


def counted(taking: Streams) -> list[int]:
    return numbers(reading.octet_counted(taking.stream))


def test_udp_has_one_message_in_a_datagram() -> None:
    with udp() as taking:
        syslog(f"udp://{HOME}:{taking.port}").send(RECORDS)
        taken = taking.take(4)

    assert numbers(taken) == [1, 2, 3, 4]
    assert max(map(len, taken)) <= 2048
    assert reading.read(taken[1]).body["details"] == {**HOSTILE, "huge": ""}


def test_a_name_with_several_addresses_is_tried_until_nobody_refuses() -> None:
    """`localhost` is ::1 and 127.0.0.1 on many machines, and the daemon is at one of them."""
    with udp() as taking:
        syslog(f"udp://localhost:{taking.port}").send(RECORDS)

        assert numbers(taking.take(4)) == [1, 2, 3, 4]


def test_udp_that_is_refused_on_this_machine_is_noticed() -> None:
    port = free_port(socket.SOCK_DGRAM)

    with pytest.raises(SinkAway, match=rf"udp://{HOME}:{port} does not take.*refused"):
        syslog(f"udp://{HOME}:{port}").send([sealed()])


def test_tcp_counts_octets() -> None:
    with tcp() as taking:
        sink = syslog(f"tcp://{HOME}:{taking.port}")
        sink.send(RECORDS)
        sink.send([sealed(5)])

        # No waiting: when `send` returns, the receiver has read everything.
        assert counted(taking) == [1, 2, 3, 4, 5]


def test_a_receiver_that_breaks_off_gets_everything_again() -> None:
    with tcp() as taking:
        sink = syslog(f"tcp://{HOME}:{taking.port}")
        taking.resets = 1
        many = [hostile(number, huge=100_000) for number in range(1, 201)]
        with pytest.raises(SinkAway):
            sink.send(many)
        sink.send(many)

        assert counted(taking) == [*range(1, 201)]


def test_a_receiver_that_reads_nothing_has_taken_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_CLOSING", 0.3)
    with tcp() as taking:
        taking.deaf = True
        with pytest.raises(SinkAway, match="did not end the connection"):
            syslog(f"tcp://{HOME}:{taking.port}").send([sealed()])


def test_away_and_back() -> None:
    port = free_port()
    sink = syslog(f"tcp://{HOME}:{port}")
    with pytest.raises(SinkAway, match=f"tcp://{HOME}:{port} .*refused"):
        sink.send([sealed()])

    with tcp(port) as taking:
        sink.send([sealed()])

        assert counted(taking) == [1]


def test_a_host_that_nobody_knows_is_away() -> None:
    for transport in ("udp", "tcp", "tls"):
        with pytest.raises(SinkAway, match=r"nowhere\.invalid"):
            syslog(f"{transport}://nowhere.invalid").send([sealed()])


@pytest.fixture(scope="module")
def trusted() -> Identity:
    """Who vouches for receivers."""
    return authority()


@pytest.fixture
def ca(trusted: Identity, tmp_path: Path) -> Path:
    """The file that says so."""
    file = tmp_path / "ca.pem"
    file.write_bytes(trusted.pem(with_key=False))
    return file


@pytest.mark.parametrize("tickets", [0, 2])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_counts_octets_too(
    trusted: Identity, ca: Path, tmp_path: Path, version: ssl.TLSVersion, tickets: int
) -> None:
    context = issued(trusted, HOME).server(tmp_path)
    context.maximum_version = version
    context.num_tickets = tickets
    with tcp(context=context) as taking:
        sink = syslog(f"tls://{HOME}:{taking.port}?ca={ca}")
        sink.send(RECORDS)
        sink.send([hostile(number, huge=100_000) for number in range(5, 205)])

        assert counted(taking) == [*range(1, 205)]


@pytest.mark.parametrize(
    ("names", "until", "why"),
    [
        (("127.0.0.2",), timedelta(days=1), "IP address mismatch"),
        ((HOME,), timedelta(hours=-1), "expired"),
    ],
)
def test_a_certificate_that_is_not_right_is_refused(
    trusted: Identity, ca: Path, tmp_path: Path, names: tuple[str, ...], until: timedelta, why: str
) -> None:
    with tcp(context=issued(trusted, *names, until=until).server(tmp_path)) as taking:
        with pytest.raises(SinkAway, match=f"certificate is not accepted.*{why}"):
            syslog(f"tls://{HOME}:{taking.port}?ca={ca}").send([sealed()])

        assert taking.taken == []


def test_only_the_named_authority_is_trusted(trusted: Identity, ca: Path, tmp_path: Path) -> None:
    stranger = issued(authority("Somebody else"), HOME).server(tmp_path)
    with (
        tcp(context=stranger) as taking,
        pytest.raises(SinkAway, match="certificate is not accepted"),
    ):
        syslog(f"tls://{HOME}:{taking.port}?ca={ca}").send([sealed()])


def test_a_receiver_may_ask_who_we_are(trusted: Identity, ca: Path, tmp_path: Path) -> None:
    context = issued(trusted, HOME).server(tmp_path)
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_REQUIRED
    own = tmp_path / "own.pem"
    own.write_bytes(issued(trusted, "tocsin").pem())
    with tcp(context=context) as taking:
        url = f"tls://{HOME}:{taking.port}?ca={ca}"
        # TLS 1.3 says so only after the handshake: what was sent by then is not taken.
        with pytest.raises(SinkAway):
            syslog(url).send([sealed()])
        with pytest.raises(SinkAway):
            syslog(url).look()
        syslog(f"{url}&cert={own}").send([sealed()])

        assert counted(taking) == [1]


def test_files_that_cannot_be_used_are_named(ca: Path, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("hello")
    missing = tmp_path / "missing"
    for query, told in (
        (f"ca={missing}", f"{missing} cannot be used, there is no such file"),
        (f"ca={text}", f"{text} cannot be used, it is no PEM"),
        (f"ca={ca}&cert={text}", f"{text} cannot be used, it is no PEM"),
    ):
        with pytest.raises(SinkAway, match=told):
            syslog(f"tls://{HOME}:1?{query}").send([sealed()])


def test_tls_to_who_does_not_speak_it_is_told(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_CONNECTING", 0.3)
    with tcp() as taking, pytest.raises(SinkAway):
        syslog(f"tls://{HOME}:{taking.port}?ca={ca}").send([sealed()])


def test_a_socket_of_this_machine_takes_datagrams(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with unix_datagrams(path) as taking:
        syslog(f"unix://{path}").send(RECORDS)

        assert numbers(taking.take(4)) == [1, 2, 3, 4]


def test_a_socket_of_this_machine_takes_a_stream_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with unix_streams(path) as taking:
        syslog(f"unix://{path}").send(RECORDS)

        assert taking.stream.endswith(b"\n")
        assert numbers(taking.stream.splitlines()) == [1, 2, 3, 4]


def test_a_socket_that_is_not_there_is_away(tmp_path: Path) -> None:
    with pytest.raises(SinkAway, match="No such file"):
        syslog(f"unix://{tmp_path / 'log'}").send([sealed()])
