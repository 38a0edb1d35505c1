"""Settings of audit sinks that are wrong are told with what would be right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.settings_check import load
from chat.errors import BadInput


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("TOCSIN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_there_are_no_sinks_unless_they_are_set() -> None:
    settings = load()

    assert (settings.audit_log, settings.audit_syslog, settings.audit_statsd) == ("", "", "")
    assert not settings.audit_statsd_tags


def test_sinks_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("LOG", "-"),
        ("SYSLOG", "tls://logs.example.org:6514"),
        ("STATSD", "localhost:8125"),
        ("STATSD_TAGS", "true"),
    ):
        monkeypatch.setenv(f"TOCSIN_AUDIT_{name}", value)

    settings = load()

    assert (settings.audit_log, settings.audit_statsd) == ("-", "localhost:8125")
    assert settings.audit_syslog == "tls://logs.example.org:6514"
    assert settings.audit_statsd_tags


@pytest.mark.parametrize(
    ("name", "given", "accepted"),
    [
        ("LOG", "/", "a file to add lines to, or - for standard output."),
        ("SYSLOG", "logs:514", "udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH"),
        ("SYSLOG", "udp://logs:99999", "udp://HOST:PORT"),
        ("STATSD", "localhost", "HOST:PORT, such as localhost:8125."),
        ("STATSD_TAGS", "perhaps", "true or false."),
    ],
)
def test_a_bad_value_is_told_with_what_is_accepted(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, accepted: str
) -> None:
    monkeypatch.setenv(f"TOCSIN_AUDIT_{name}", given)

    with pytest.raises(BadInput) as refused:
        load()

    told = f"TOCSIN_AUDIT_{name} is “{given}”, but must be {accepted}"
    assert refused.value.message.startswith(told)


def test_a_password_in_a_url_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_AUDIT_SYSLOG", "tcp://ana:hunter2@logs")

    with pytest.raises(BadInput) as refused:
        load()

    assert "hunter2" not in refused.value.message
