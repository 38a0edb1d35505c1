"""Lines are added to a file that may be rotated at any time, and to standard output."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from integrations.audit import lines
from integrations.audit.lines import LogFile, StandardOutput
from integrations.audit.sink import SinkAway
from tests.integrations.audit.records import HASH, HOSTILE, hostile, sealed


def read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def test_a_line_is_the_whole_record(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"

    LogFile(path).send([sealed(7, new="HIGH"), hostile(8, huge=100_000)])

    first, second = read(path)
    assert first == {
        "id": 1007,
        "number": 7,
        "hash": HASH,
        "at": "2026-03-01T12:00:00.000000Z",
        "actor": "ana",
        "actor_id": "account-1",
        "via": "web",
        "action": "incident.started",
        "outcome": "ok",
        "object_kind": "incident",
        "object_id": "incident-1",
        "object_name": "INC-00001",
        "team_id": "main",
        "cause": None,
        "details": {"new": "HIGH"},
    }
    assert second["details"] == {**HOSTILE, "huge": "\U0001f6a8x" * 50_000}


def test_a_new_file_is_for_its_owner_only_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.touch()
    old.chmod(0o640)

    for path in (new, old):
        LogFile(path).send([sealed()])

    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_after_rotation_lines_are_in_the_new_file(tmp_path: Path) -> None:
    path, old = tmp_path / "audit.jsonl", tmp_path / "audit.jsonl.1"
    log = LogFile(path)
    log.send([sealed(1)])
    path.rename(old)
    log.send([sealed(2)])
    path.rename(tmp_path / "audit.jsonl.2")
    path.touch()
    log.send([sealed(3)])
    os.truncate(path, 0)  # what logrotate calls copytruncate
    log.send([sealed(4)])

    assert [it["number"] for it in read(old)] == [1]
    assert [it["number"] for it in read(tmp_path / "audit.jsonl.2")] == [2]
    assert [it["number"] for it in read(path)] == [4]


def test_a_torn_line_stays_and_its_record_follows_on_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b'{"id":1}\n{"id":2,"num')

    LogFile(path).send([sealed(2)])

    first, torn, again = path.read_bytes().splitlines()
    assert (first, torn) == (b'{"id":1}', b'{"id":2,"num')
    assert json.loads(again)["number"] == 2


def test_a_full_disk_is_away() -> None:
    with pytest.raises(SinkAway, match="/dev/full cannot be written: No space left"):
        LogFile(Path("/dev/full")).send([sealed()])


def test_a_folder_that_is_not_there_is_away_until_it_is(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "deep" / "audit.jsonl")
    with pytest.raises(SinkAway, match="No such file"):
        log.send([sealed()])
    with pytest.raises(SinkAway, match="Make this folder"):
        log.look()

    (tmp_path / "deep").mkdir()
    assert "is made at the first record" in log.look()
    log.send([sealed()])

    assert "can be written" in log.look()
    assert len(read(tmp_path / "deep" / "audit.jsonl")) == 1


def test_a_named_pipe_that_nobody_reads_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_PATIENCE", 200)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(SinkAway):
        LogFile(path).send([sealed()])

    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    LogFile(path).send([sealed()])
    assert json.loads(os.read(reader, 65536))["number"] == 1
    with pytest.raises(SinkAway, match="nobody reads"):
        LogFile(path).send([hostile(huge=100_000)])
    os.close(reader)


def test_standard_output_takes_lines_as_fast_as_they_are_read() -> None:
    reader, writer = os.pipe()
    out = StandardOutput(writer)
    records = [hostile(number, huge=30_000) for number in range(1, 21)]
    sending = threading.Thread(target=lambda: (out.send(records), os.close(writer)))
    sending.start()
    content = b""
    while more := os.read(reader, 65536):
        content += more
    sending.join()
    os.close(reader)

    assert [json.loads(line)["number"] for line in content.splitlines()] == [*range(1, 21)]


def test_standard_output_that_nobody_reads_is_away_and_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "_PATIENCE", 100)
    reader, writer = os.pipe()
    out = StandardOutput(writer)
    with pytest.raises(SinkAway, match="nobody reads"):
        out.send([hostile(1, huge=100_000)])
    torn = os.read(reader, 1024 * 1024)
    assert b"\n" not in torn

    out.send([sealed(1)])

    assert os.read(reader, 1) == b"\n"
    assert json.loads(os.read(reader, 65536))["number"] == 1
    os.close(reader)
    with pytest.raises(SinkAway, match="Broken pipe"):
        out.send([sealed(2)])
    os.close(writer)
