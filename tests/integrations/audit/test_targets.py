"""What the settings may say, and what is told when they say something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.errors import BadInput
from integrations.audit import targets
from integrations.audit.targets import Place, Receiver


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("udp://logs", Receiver("udp", Place("logs", 514))),
        ("udp://10.0.0.7:5514", Receiver("udp", Place("10.0.0.7", 5514))),
        ("tls://logs.example.org.", Receiver("tls", Place("logs.example.org.", 6514))),
        (" tcp://logs:601/ ", Receiver("tcp", Place("logs", 601))),
        ("TLS://Logs.Example.org", Receiver("tls", Place("logs.example.org", 6514))),
        ("tcp://[::1]:1514", Receiver("tcp", Place("::1", 1514))),
        ("unix:///dev/log", Receiver("unix", path="/dev/log")),
        (
            "tls://logs?ca=/etc/ca.pem&cert=/etc/own.pem",
            Receiver(
                "tls", Place("logs", 6514), ca=Path("/etc/ca.pem"), certificate=Path("/etc/own.pem")
            ),
        ),
    ],
)
def test_a_receiver_is_understood(url: str, found: Receiver) -> None:
    assert targets.receiver(url) == found


@pytest.mark.parametrize(
    "url",
    [
        "logs:514",
        "logs",
        "http://logs",
        "udp://",
        "udp://logs:0",
        "udp://logs:70000",
        "udp://logs:x",
        "tcp://logs/path",
        "tcp://ana:pw@logs",
        "tcp://logs#x",
        "tcp://lo gs",
        "tcp://a..b",
        "tcp://.logs",
        "tcp://-logs",
        "tcp://" + "a" * 64,
        "tcp://[::x]",
        "tcp://[::1",
        "tcp://logs?ca=/x",
        "tls://logs?key=/x",
        "tls://logs?ca",
        "unix://dev/log",
        "unix:///",
        "unix:///a\0b",
        "unix:///dev/log?ca=/x",
    ],
)
def test_what_is_no_receiver_is_refused_with_what_would_be_one(url: str) -> None:
    with pytest.raises(BadInput, match=r"must be udp://HOST:PORT, tcp://.*unix:///PATH"):
        targets.receiver(url)


def test_a_receiver_is_named_without_its_files() -> None:
    """So that a new file of authorities does not send the whole trail again."""
    assert str(targets.receiver("tls://logs?ca=/x")) == "tls://logs:6514"
    assert str(targets.receiver("tcp://[::1]:9")) == "tcp://[::1]:9"
    assert str(targets.receiver("unix:///dev/log")) == "unix:///dev/log"


def test_a_daemon_is_understood() -> None:
    assert targets.place(" localhost:8125 ") == Place("localhost", 8125)
    assert targets.place("[::1]:8125") == Place("::1", 8125)


@pytest.mark.parametrize(
    "text", ["", "localhost", ":8125", "udp://x:1", "x:0", "x:y", "a:1/b", "a@b:1", "[::1"]
)
def test_what_is_no_daemon_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"must be HOST:PORT"):
        targets.place(text)
