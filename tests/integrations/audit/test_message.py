"""Messages keep the grammar of RFC 5424, whatever is in a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.audit.message import ended, message, octet_counted
from security.audit import Outcome, Sealed
from tests.clock import START
from tests.integrations.audit import reading
from tests.integrations.audit.reading import Message
from tests.integrations.audit.records import HASH, HOSTILE, hostile, sealed

LIMITS = (2048, 8192)


def read(record: Sealed, limit: int = 8192) -> Message:
    return reading.read(message(record, limit))


def test_a_message_carries_the_record_twice() -> None:
    made = read(sealed(7, new="HIGH"))

    assert (made.facility, made.severity) == (13, 5)
    assert (made.app, made.kind, made.at) == ("tocsin", "incident.started", START)
    assert made.data == {
        "tocsin@32473": {
            "id": "1007",
            "number": "7",
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
        },
        "details@32473": {"new": "HIGH"},
    }
    assert made.body == {
        **made.data["tocsin@32473"],
        "id": 1007,
        "number": 7,
        "cause": None,
        "details": {"new": "HIGH"},
    }


@pytest.mark.parametrize(
    ("outcome", "severity"), [(Outcome.OK, 5), (Outcome.DENIED, 4), (Outcome.FAILED, 4)]
)
def test_what_did_not_go_well_is_a_warning(outcome: Outcome, severity: int) -> None:
    assert read(sealed(outcome=outcome)).severity == severity


def test_times_are_told_in_utc() -> None:
    east = datetime(2026, 3, 1, 14, 30, 0, 123456, timezone(timedelta(hours=2)))
    record = sealed()

    made = read(replace(record, record=replace(record.record, at=east)))

    assert made.at == datetime(2026, 3, 1, 12, 30, 0, 123456, UTC)
    assert made.body["at"] == "2026-03-01T12:30:00.123456Z"


def test_hostile_values_arrive_as_they_are_in_the_json() -> None:
    made = read(hostile())

    assert made.body["details"] == {**HOSTILE, "huge": ""}
    assert "truncated" not in made.body
    assert made.kind == "odd]__action"


def test_control_characters_are_shown_as_pictures_in_structured_data() -> None:
    content = message(hostile(), 8192)
    details = reading.read(content).data["details@32473"]

    assert all(byte >= 0x20 for byte in content)
    assert details["newline"] == "one␍␊two␊<0>1 - - - - - - forged"
    assert details["quotes"] == HOSTILE["quotes"]
    assert details["nul_and_escape"] == "␀␛[31mred␡��"
    assert details["_n_____"] == "Größe 🚨 日本"
    assert details["_"] == "no name"


@pytest.mark.parametrize("limit", LIMITS)
def test_a_huge_value_is_cut_and_the_message_stays_whole(limit: int) -> None:
    content = message(hostile(huge=100_000), limit)

    made = reading.read(content)
    assert len(content) <= limit
    assert made.body["truncated"] is True
    assert made.body["details"]["huge"].startswith("\U0001f6a8x")
    assert made.body["details"]["huge"].endswith("…")
    assert (made.body["number"], made.body["hash"]) == (1, HASH)
    assert made.data["tocsin@32473"]["outcome"] == "failed"


@pytest.mark.parametrize("limit", LIMITS)
def test_a_thousand_details_leave_what_tells_a_record_apart(limit: int) -> None:
    many = {f"{number}": "🚨" * 40 for number in range(1000)}

    content = message(sealed(3, "🚨" * 100, Outcome.OK, **many), limit)

    made = reading.read(content)
    assert len(content) <= limit
    assert set(made.body) == {"id", "number", "hash", "at", "action", "outcome", "truncated"}
    assert made.data["tocsin@32473"]["number"] == "3"


TEXTS = st.text(max_size=300)


@given(action=TEXTS, actor=TEXTS, name=TEXTS, details=st.dictionaries(TEXTS, TEXTS, max_size=12))
def test_no_text_breaks_a_message(
    action: str, actor: str, name: str, details: dict[str, str]
) -> None:
    record = sealed()
    changed = replace(
        record.record, action=action, actor_name=actor, object_name=name, details=details
    )
    odd = replace(record, record=changed)

    for limit in LIMITS:
        content = message(odd, limit)
        made = reading.read(content)
        assert len(content) <= limit
        assert made.body["number"] == 1
        if "truncated" not in made.body:
            assert (made.body["action"], made.body["details"]) == (action, details)


def test_framed_messages_are_told_apart() -> None:
    contents = [message(hostile(number), 8192) for number in range(1, 4)]

    assert reading.octet_counted(b"".join(map(octet_counted, contents))) == contents
    assert b"".join(map(ended, contents)).splitlines() == contents
