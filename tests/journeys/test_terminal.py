"""An incident from start to close in a terminal, with nothing but `tocsin chat`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.process.product import Place

pytestmark = pytest.mark.process
ROOM = "inc-00001-checkout-returns-500"


@pytest.fixture
def place(tmp_path: Path, empty_database_url: str) -> Place:
    """A new installation on each database in turn."""
    home = tmp_path / "home"
    home.mkdir()
    return Place(home, empty_database_url)


async def chat(place: Place, who: str, channel: str, *words: str, port: str) -> str:
    """Say a line; what is printed."""
    given = {"TOCSIN_PORT": port}
    line = ("chat", "--as", who, "--channel", channel, *words)
    return await place.command(*line, given=given)


async def answers(place: Place, who: str, channel: str, *words: str, port: str) -> Any:
    """Say a line; what is answered, for programs."""
    return json.loads(await chat(place, who, channel, *words, "--json", port=port))


async def test_an_incident_from_start_to_close(place: Place) -> None:
    await place.command("user", "create", "ana", "--role", "commander")
    await place.command("user", "create", "bo", "--role", "responder")
    async with place.running() as product:
        port = product.url.rpartition(":")[2]

        async def ana(text: str, channel: str = ROOM) -> str:
            return await chat(place, "ana", channel, text, port=port)

        # Words are missing: a form comes, and is filled in.
        asked = await answers(place, "ana", "general", "/incident start", port=port)
        form = asked["form"]
        filled = await chat(
            place, "ana", "general", "--form", form["id"],
            "--set", "playbook=outage", "--set", "name=Checkout returns 500",
            port=port,
        )  # fmt: skip
        assert "INC-00001" in filled

        assert "is checked (1 of" in await ana("/incident check 1")
        assert "already checked" in (await place.attempt(
            "chat", "--as", "ana", "--channel", ROOM, "/incident check 1",
            given={"TOCSIN_PORT": port},
        ))[1]  # fmt: skip
        await ana('/incident step add "Tell everybody" --command "/incident update Hello"')
        steps = await ana("/incident steps")
        number = next(
            line.split(".")[0].split()[-1] for line in steps.splitlines() if "Tell" in line
        )
        await ana(f"/incident run {number}")
        await ana("/incident invite @bo")
        await ana("/incident commander @bo")
        info = await ana("/incident info")
        assert "@bo" in info
        timeline = await ana("/incident timeline")
        assert "Hello" in timeline or "status update" in timeline
        await ana("/incident end")
        status, out, err = await place.attempt(
            "chat", "--as", "ana", "--channel", ROOM, "/incident severity LOW",
            given={"TOCSIN_PORT": port},
        )  # fmt: skip
        assert status == 1
        assert "/incident restart" in out + err
        assert f"File: {ROOM}.csv" in await ana("/incident export")
