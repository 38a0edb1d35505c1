"""An approval that is answered while nobody serves, and one that outlives kills."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench import eventually
from tests.process.product import Place, Product

pytestmark = pytest.mark.process

API = "/api/automation"
RISKY = {
    "name": "Risky",
    "action": "core.local",
    "parameters": {"cmd": "echo done"},
    "approval": {"role": "approver"},
}


async def waiting(product: Product) -> str:
    """An execution that waits for APR-00001; its id."""
    made = await product.ask(
        "POST", f"{API}/runbooks/", name="Risky", steps=[RISKY], status="ACTIVE"
    )
    begun = await product.ask("POST", f"{API}/runbooks/{made['id']}/execute/")

    async def asked() -> bool:
        return bool((await product.ask("GET", f"{API}/approvals/"))["count"])

    await eventually(asked)
    return str(begun["id"])


async def look(product: Product, execution: str) -> Any:
    return await product.ask("GET", f"{API}/executions/{execution}/")


async def test_answered_while_nobody_serves_it_goes_on_at_the_next_start(place: Place) -> None:
    await place.command("user", "create", "bo", "--role", "approver")
    async with place.running() as product:
        execution = await waiting(product)
        await product.stop()

    await place.command("approval", "approve", "APR-1", "from a phone", "--as", "bo")

    async with place.running() as product:

        async def completed() -> bool:
            return (await look(product, execution))["status"] == "COMPLETED"

        await eventually(completed, within=20)
        found = await look(product, execution)
    assert len(found["steps"][0]["attempts"]) == 1


async def test_it_outlives_being_killed_again_and_again(place: Place) -> None:
    await place.command("user", "create", "bo", "--role", "approver")
    async with place.running() as product:
        execution = await waiting(product)
        await product.kill()
    for _ in range(2):
        async with place.running() as product:
            assert (await look(product, execution))["status"] == "WAITING"
            listed = await product.ask("GET", f"{API}/approvals/")
            assert [one["status"] for one in listed["results"]] == ["PENDING"]
            await product.kill()

    async with place.running() as product:
        await place.command("approval", "approve", "APR-1", "--as", "bo")

        async def completed() -> bool:
            return (await look(product, execution))["status"] == "COMPLETED"

        await eventually(completed, within=20)
