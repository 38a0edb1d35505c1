"""What may be set, and what an installation without Mattermost loads: nothing of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from adapters.mattermost.entry import connect
from adapters.mattermost.settings import read
from bot.plugins import platforms
from chat.clock import SystemClock
from chat.errors import BadInput
from chat.plugging import AdapterKit

GOOD = {"url": "https://chat.example.org", "token": "abc", "team": "main"}


def test_the_settings_as_they_are_given() -> None:
    given = read({**GOOD, "channels": "incidents, ops"}, "https://tocsin.example")

    assert given.server.url == "https://chat.example.org"
    assert (given.server.port, given.callback) == (443, "https://tocsin.example")
    assert (given.team, given.channels, given.trust_email) == ("main", ("incidents", "ops"), False)


@pytest.mark.parametrize(
    ("url", "expected", "port"),
    [
        ("http://127.0.0.1:8065", "http://127.0.0.1:8065", 8065),
        ("https://example.org/chat/", "https://example.org/chat", 443),
        ("https://example.org/api/v4", "https://example.org", 443),
        ("http://[::1]:8065", "http://[::1]:8065", 8065),
    ],
)
def test_addresses(url: str, expected: str, port: int) -> None:
    server = read({**GOOD, "url": url}, "http://x").server

    assert (server.url, server.port) == (expected, port)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", "chat.example.org"), ("url", "ftp://x"), ("url", "https://u:p@x"),
        ("url", "https://x:port"), ("token", ""), ("token", "two words"), ("team", ""),
        ("team", "My Team"), ("trust_email", "perhaps"), ("ca_file", "/nowhere.pem"),
        ("callback_url", "tocsin"), ("tokn", "abc"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_no_secret_shown(name: str, value: str) -> None:
    with pytest.raises(BadInput) as wrong:
        read({**GOOD, name: value}, "http://x")

    assert f"TOCSIN_MATTERMOST_{name.upper()}" in wrong.value.message
    assert "two words" not in wrong.value.message


def test_without_an_address_there_is_no_mattermost() -> None:
    assert connect(AdapterKit(None, SystemClock(), {}, "http://x")) is None


def test_it_is_found_by_its_settings(tmp_path: Path) -> None:
    environment = {f"TOCSIN_MATTERMOST_{name.upper()}": value for name, value in GOOD.items()}
    secret = tmp_path / "token"
    secret.write_text("abc\n")
    environment["TOCSIN_MATTERMOST_TOKEN_FILE"] = str(secret)
    del environment["TOCSIN_MATTERMOST_TOKEN"]
    found = platforms(None, SystemClock(), "http://x", lambda _: b"k" * 32, environment)

    assert found.adapters["mattermost"].platform == "mattermost"
    assert not found.broken


def test_nothing_of_the_library_is_loaded_where_it_is_not_set() -> None:
    program = (
        "import sys; from bot.plugins import platforms; from chat.clock import SystemClock; "
        "platforms(None, SystemClock(), 'http://x', lambda _: b'', {}); "
        "print([n for n in sys.modules if n.split('.')[0] in "
        "{'mattermostdriver', 'requests', 'websockets'} or n.startswith('adapters.mattermost.')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "['adapters.mattermost.entry']"
