"""A product that is killed leaves no record out of its sinks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench import eventually
from tests.integrations.audit import reading
from tests.integrations.audit.receivers import HOME, free_port, tcp
from tests.process.product import Place

pytestmark = pytest.mark.process


def read(path: Path) -> list[Any]:
    """The lines that are whole."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().splitlines() if line.endswith(b"}")]


async def sealed(place: Place) -> list[Any]:
    """The newest 200 records, as soon as all of them are sealed."""
    while True:
        listed = await place.command("audit", "list", "--limit", "200", "--json")
        trail = json.loads(listed)
        if all(it["number"] for it in trail):
            return trail
        await asyncio.sleep(0.2)


async def test_what_a_killed_product_had_not_sent_is_sent_by_the_next(place: Place) -> None:
    log, port = place.home / "audit.jsonl", free_port()
    given = {"TOCSIN_AUDIT_LOG": str(log), "TOCSIN_AUDIT_SYSLOG": f"tcp://{HOME}:{port}"}
    for life in range(3):
        async with place.running(given=given) as product:
            for number in range(10):
                await product.ask("POST", "/api/teams/", name=f"team-{life}-{number}")
            await asyncio.sleep(0.3 * life)
            await product.kill()

    with tcp(port) as taking:
        async with place.running(given=given) as product:
            trail = await sealed(place)
            last = max(it["number"] for it in trail)
            await eventually(lambda: last in {it["number"] for it in read(log)}, within=30)
            await eventually(lambda: f'"number":{last},'.encode() in taking.stream, within=30)
        contents = reading.octet_counted(taking.stream)

    hashes = {it["number"]: it["hash"] for it in trail}
    sent = [reading.read(content).body for content in contents]
    for found in (read(log), sent):
        once = list(dict.fromkeys(it["number"] for it in found))
        assert once == [*range(1, len(once) + 1)]
        assert last in once
        assert hashes.items() <= {it["number"]: it["hash"] for it in found}.items()


async def test_records_are_on_standard_output_where_that_is_set(sqlite_place: Place) -> None:
    async with sqlite_place.running(given={"TOCSIN_AUDIT_LOG": "-"}) as product:

        def printed() -> list[Any]:
            return [
                json.loads(line) for line in product.output.splitlines() if line.startswith("{")
            ]

        await product.ask("POST", "/api/teams/", name="printed")
        await eventually(lambda: "printed" in {it["object_name"] for it in printed()})
        numbers = [it["number"] for it in printed()]

    assert numbers == [*range(1, len(numbers) + 1)]
