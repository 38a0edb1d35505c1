"""How long a proof of Teams' is remembered, and what makes it forgotten."""

from __future__ import annotations

import pytest

from adapters.teams.cures.proven import MOST, Proven, proof
from tests.clock import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def test_what_is_proven_is_good_for_a_minute_or_until_it_is_over(clock: SetClock) -> None:
    proven, now = Proven(clock), clock.now().timestamp()
    long, short, old = (proof(each, "msteams", "https://x/") for each in ("long", "short", "old"))
    proven.keep(long, now + 3600, 1)
    proven.keep(short, now + 20, 1)
    # Within the five minutes that clocks may differ by, the SDK is asked each time.
    proven.keep(old, now - 20, 1)
    assert [proven.has(each, 1) for each in (long, short, old)] == [True, True, False]
    assert not proven.has(proof("long", "msteams", "https://y/"), 1)
    assert not proven.has(proof("long", "webchat", "https://x/"), 1)

    clock.advance(seconds=20)
    assert [proven.has(each, 1) for each in (long, short)] == [True, False]
    clock.advance(seconds=40)
    assert not proven.has(long, 1)


def test_what_is_proven_is_forgotten_with_its_keys_and_by_a_clock_set_back(clock: SetClock) -> None:
    proven, now = Proven(clock), clock.now().timestamp()
    one = proof("one", "msteams", "https://x/")
    proven.keep(one, now + 3600, 1)
    assert not proven.has(one, 2)
    assert not proven.has(one, 1)

    proven.keep(one, now + 3600, 1)
    clock.advance(hours=-1)
    assert not proven.has(one, 1)


def test_only_so_much_is_remembered(clock: SetClock) -> None:
    proven, later = Proven(clock), clock.now().timestamp() + 3600
    proofs = [proof(str(number), "msteams", "https://x/") for number in range(MOST + 1)]
    for each in proofs[:-1]:
        proven.keep(each, later, 1)
    assert proven.has(proofs[0], 1)
    proven.keep(proofs[-1], later, 1)

    assert [proven.has(proofs[at], 1) for at in (0, 1, 2, -1)] == [True, False, True, True]
