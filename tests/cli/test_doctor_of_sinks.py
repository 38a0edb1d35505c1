"""`tocsin doctor` looks whether the audit trail can be sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.integrations.audit.receivers import HOME, free_port, tcp


def told(terminal: Terminal) -> dict[str, tuple[str, str]]:
    found = terminal.type("doctor", "--json").json
    return {it["subject"]: (it["state"], it["told"]) for it in found}


def test_sinks_that_are_not_set_are_not_looked_at(terminal: Terminal) -> None:
    assert not any(name.startswith("audit") for name in told(terminal))


def test_sinks_that_can_be_reached_are_well(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "audit.jsonl"
    with tcp() as taking:
        place = f"tcp://{HOME}:{taking.port}"
        monkeypatch.setenv("TOCSIN_AUDIT_LOG", str(log))
        monkeypatch.setenv("TOCSIN_AUDIT_SYSLOG", place)
        monkeypatch.setenv("TOCSIN_AUDIT_STATSD", "localhost:8125")
        found = told(terminal)

    assert found["audit_log"] == ("ok", f"{log} is made at the first record.")
    assert found["audit_syslog"] == ("ok", f"{place} can be reached.")
    assert found["audit_statsd"][0] == "ok"
    assert not log.exists()
    assert taking.stream == b""


def test_sinks_that_cannot_be_reached_are_told(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOCSIN_AUDIT_LOG", str(tmp_path / "nowhere" / "audit.jsonl"))
    monkeypatch.setenv("TOCSIN_AUDIT_SYSLOG", f"tcp://{HOME}:{free_port()}")
    monkeypatch.setenv("TOCSIN_AUDIT_STATSD", "nowhere.invalid:8125")

    found = told(terminal)

    assert terminal.type("doctor").code == 1
    assert found["audit_log"] == ("wrong", f"{tmp_path}/nowhere is not there. Make this folder.")
    assert found["audit_syslog"][0] == "wrong"
    assert "refused" in found["audit_syslog"][1]
    assert found["audit_statsd"][0] == "wrong"
    assert "cannot be found" in found["audit_statsd"][1]
