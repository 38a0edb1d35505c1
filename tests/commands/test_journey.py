"""An incident from its start to its end, typed by people."""

from __future__ import annotations

from tests.commands.bench import Bench, read


async def test_an_incident_is_started_in_one_line(bench: Bench) -> None:
    told = await bench.told('/incident start --playbook outage --name "Checkout is down"')

    assert "INC-00001 is started: Checkout is down" in told
    assert "#inc-00001-checkout-is-down" in told
