"""An incident from start to close over HTTP alone."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from incidents.export import HEADER
from tests.bench import Bench, on_the_bench


@pytest.fixture
async def bench(database_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """A whole bot on each database in turn."""
    async with on_the_bench(database_url, tmp_path) as running:
        yield running


class Client:
    """Somebody who only knows the API."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def ask(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """Call, check the status, and read the JSON."""
        async with self._session.request(method, path, json=body) as answer:
            text = await answer.text()
            assert answer.status == status, (method, path, answer.status, text)
            return await answer.json() if text else None

    async def say(self, channel: str, text: str, status: int = 200) -> Any:
        """Type a command."""
        body = {"channel": channel, "text": text}
        return await self.ask("POST", "/api/chat/local/messages/", body, status)

    async def panel(self, channel: str) -> Any:
        """The pinned panel of an incident's channel."""
        page = await self.ask("GET", f"/api/chat/local/channels/{channel}/messages/?limit=200")
        pinned = [message for message in page["results"] if message["pinned"]]
        assert len(pinned) == 1
        return pinned[0]


def control(message: Any, action: str) -> Any:
    """The first control of a message with that action."""
    return next(found for found in message["actions"] if found["action"] == action)


async def test_an_incident_from_start_to_close(bench: Bench) -> None:
    await bench.hire("ana", "commander")
    await bench.hire("bo")
    async with bench.http("ana") as session:
        ana = Client(session)

        # Start it through the form, since words are missing.
        asked = await ana.say("general", "/incident start --playbook outage")
        form = asked["form"]
        fields = {field["name"]: field["value"] for field in form["fields"]}
        refused = await ana.ask(
            "POST", f"/api/chat/local/forms/{form['id']}/", fields | {"name": " "}, 400
        )
        assert "name" in refused["details"]
        await ana.ask(
            "POST", f"/api/chat/local/forms/{form['id']}/", fields | {"name": "Checkout 500"}
        )
        await bench.settle()
        listed = await ana.ask("GET", "/api/incidents/?ongoing=true")
        assert listed["count"] == 1
        incident = listed["results"][0]
        room = "inc-00001-checkout-500"
        assert incident["key"] == "INC-00001"

        # Check a step by its button, another one by its word.
        panel = await ana.panel(room)
        press = control(panel, "step.check")
        body = {"message": panel["id"], "action": "step.check", "value": press["value"]}
        await ana.ask("POST", "/api/chat/local/actions/", body)
        await ana.say(room, "/incident check 2")
        await bench.settle()
        checklist = next(
            part
            for part in (await ana.panel(room))["card"]["sections"]
            if part["section"] == "checklist"
        )
        assert [item["state"] for item in checklist["items"][:3]] == ["done", "done", "open"]
        assert checklist["done"] == 2

        # Run a step's command.
        await ana.say(room, '/incident step add "Tell people" --command "/incident update Hello"')
        await bench.settle()
        number = next(
            item["number"]
            for section in (await ana.panel(room))["card"]["sections"]
            if section["section"] == "checklist"
            for item in section["items"]
            if item["text"] == "Tell people"
        )
        await ana.say(room, f"/incident run {number}")
        await bench.settle()
        timeline = await ana.ask("GET", "/api/incidents/INC-00001/timeline/?limit=200")
        kinds = [event["kind"] for event in timeline["results"]]
        assert "step_command_ran" in kinds
        assert "status_updated" in kinds

        # Change the commander, who has to be in the channel.
        refused = await ana.say(room, "/incident commander @bo")
        assert "/incident invite @bo" in refused["replies"][0]["text"]
        await ana.say(room, "/incident invite @bo")
        await ana.say(room, "/incident commander @bo")
        detail = await ana.ask("GET", "/api/incidents/INC-00001/")
        assert detail["commander"]["name"] == "bo"

        # End it; from then on it refuses changes.
        await ana.say(room, "/incident end")
        refused = await ana.say(room, "/incident severity LOW")
        assert "/incident restart" in refused["replies"][0]["text"]
        assert (await ana.ask("GET", "/api/incidents/INC-00001/"))["status"] == "CLOSED"

        await exported(session)


async def exported(session: ClientSession) -> None:
    """Export the channel and look at the file."""
    async with session.get("/api/incidents/INC-00001/export/") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/csv")
        rows = list(csv.reader(io.StringIO(await answer.text())))
    assert tuple(rows[0]) == HEADER
    assert {row[8] for row in rows[1:]} == {"message", "system"}
    assert any("started INC-00001" in row[7] for row in rows)


async def test_two_people_check_the_same_step_at_once(bench: Bench) -> None:
    await bench.hire("bo")
    await bench.say("ana", "general", "/incident start --playbook outage --name db")
    await bench.say("ana", "inc-00001-db", "/incident invite @bo")
    message = await bench.panel_message("inc-00001-db")
    async with bench.http("ana") as one, bench.http("bo") as other:
        panel = await Client(one).panel("inc-00001-db")
        body = {
            "message": message.id,
            "action": "step.check",
            "value": control(panel, "step.check")["value"],
        }
        answers = await asyncio.gather(
            Client(one).ask("POST", "/api/chat/local/actions/", body),
            Client(other).ask("POST", "/api/chat/local/actions/", body),
        )
        await bench.settle()

        told = [reply["text"] for answer in answers for reply in answer["replies"]]
        assert len([text for text in told if "already checked" in text]) == 1
        timeline = await Client(one).ask("GET", "/api/incidents/1/timeline/?limit=200")
        kinds = [event["kind"] for event in timeline["results"]]
        assert kinds.count("step_checked") == 1


@pytest.mark.parametrize("typed", ["@channel", "@here", "@all", "@everyone"])
async def test_nothing_typed_reaches_everybody(bench: Bench, typed: str) -> None:
    await bench.hire("ana")
    await bench.hire("bo")
    await bench.say("bo", "general", "hello")

    await bench.say("ana", "general", f"{typed} look at this")
    await bench.say("ana", "general", f'/incident start --playbook outage --name "{typed} down"')

    async with bench.http("bo") as session:
        page = await Client(session).ask("GET", "/api/chat/local/channels/")
        general = next(one for one in page["results"] if one["name"] == "general")
    assert general["unread"] > 0
    assert general["mentions"] == 0
    assert f"{typed} down" in (await bench.panel(f"inc-00001-{typed[1:]}-down")).title
