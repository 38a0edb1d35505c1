"""The chain shows what was changed, cut out, put in, swapped or, with an anchor, cut off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.audit import GENESIS, Outcome, Record, Sealed, link, verify

KEY = b"k" * 32
START = datetime(2026, 11, 2, 12, 0, 0, 123456, tzinfo=UTC)


def entry(number: int) -> Record:
    return Record(
        at=START + timedelta(seconds=number),
        actor_id=f"account-{number}",
        actor_name="ana",
        via="api",
        action="incident.started",
        object_kind="incident",
        object_id=str(number),
        object_name=f"INC-{number:05d}",
        team_id="team-1",
        details={"severity": "HIGH", "name": "Größe “äö” 🚨"},
    )


def chain_of(count: int) -> list[Sealed]:
    sealed: list[Sealed] = []
    before = GENESIS
    for number in range(1, count + 1):
        before = link(KEY, before, number, entry(number))
        sealed.append(Sealed(number, number, entry(number), before))
    return sealed


def test_an_untouched_chain_is_whole() -> None:
    chain = chain_of(20)

    verdict = verify(KEY, chain)

    assert verdict.broken_at is None
    assert verdict.checked == 20
    assert verdict.head == chain[-1].hash
    assert verify(KEY, []).head == GENESIS


@pytest.mark.parametrize(
    "changed",
    [
        {"actor_name": "bo"},
        {"actor_id": None},
        {"via": "web"},
        {"action": "incident.ended"},
        {"outcome": Outcome.DENIED},
        {"object_kind": "playbook"},
        {"object_id": "x"},
        {"object_name": "INC-1"},
        {"team_id": None},
        {"cause": "x"},
        {"details": {}},
        {"at": START},
    ],
)
def test_changing_anything_in_a_record_shows(changed: dict[str, object]) -> None:
    chain = chain_of(9)
    chain[4] = replace(chain[4], record=replace(chain[4].record, **changed))  # pyright: ignore[reportArgumentType] - each field has its own type

    verdict = verify(KEY, chain)

    assert verdict.broken_at == 5
    assert verdict.why == "Record 5 was changed."


def test_the_same_moment_in_another_zone_is_no_change() -> None:
    chain = chain_of(3)
    elsewhere = chain[1].record.at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    chain[1] = replace(chain[1], record=replace(chain[1].record, at=elsewhere))

    assert verify(KEY, chain).broken_at is None


def test_a_record_cut_out_shows() -> None:
    chain = chain_of(9)
    del chain[4]

    assert verify(KEY, chain).why == "Record 5 is missing."


def test_a_record_cut_out_and_the_rest_renumbered_shows() -> None:
    chain = [
        replace(it, number=it.number - (it.number > 5)) for it in chain_of(9) if it.number != 5
    ]

    assert verify(KEY, chain).broken_at == 5


def test_records_that_changed_places_show() -> None:
    chain = chain_of(9)
    chain[3], chain[4] = (
        replace(chain[3], record=chain[4].record),
        replace(chain[4], record=chain[3].record),
    )

    assert verify(KEY, chain).broken_at == 4


def test_a_chain_made_with_another_key_shows() -> None:
    assert verify(b"x" * 32, chain_of(3)).broken_at == 1


def test_a_cut_tail_shows_with_an_anchor_only() -> None:
    chain = chain_of(9)
    anchor = (9, chain[-1].hash)

    assert verify(KEY, chain[:6]).broken_at is None
    assert verify(KEY, chain[:6], anchor=anchor).why == "The chain ends before record 9."
    assert verify(KEY, chain, anchor=anchor).broken_at is None
    assert verify(KEY, chain + chain_of(12)[9:], anchor=anchor).broken_at is None


def test_a_chain_forged_from_the_start_shows_with_an_anchor() -> None:
    anchor = (4, chain_of(9)[3].hash)
    forged: list[Sealed] = []
    before = GENESIS
    for number in range(1, 10):
        record = replace(entry(number), actor_name="somebody else")
        before = link(KEY, before, number, record)
        forged.append(Sealed(number, number, record, before))

    assert verify(KEY, forged, anchor=anchor).why == "Record 4 is not the anchored one."


def test_the_anchor_of_an_empty_chain_holds_for_every_chain() -> None:
    assert verify(KEY, [], anchor=(0, GENESIS)).broken_at is None
    assert verify(KEY, chain_of(3), anchor=(0, GENESIS)).broken_at is None


@given(st.lists(st.integers(0, 11), max_size=12))
def test_only_a_beginning_of_the_chain_passes(positions: list[int]) -> None:
    """Any pick of records, in any order, passes only if it is the first ones in their order."""
    whole = chain_of(12)
    picked = [whole[position] for position in positions]

    passes = verify(KEY, picked).broken_at is None

    assert passes is (positions == list(range(len(positions))))
