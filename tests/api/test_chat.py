"""The local chat platform over HTTP: the token says who speaks."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.api.caller import Caller, Json, calling
from tests.bench import Bench

CHAT = "chat/local"


async def say(caller: Caller, text: str, channel: str = "general", **more: Any) -> Json:
    return (await caller.post(f"{CHAT}/messages/", channel=channel, text=text, **more)).ok()


async def test_an_incident_is_run_from_chat_over_http(bench: Bench, ana: Caller) -> None:
    asked = await ana.post(f"{CHAT}/messages/", channel="general", text="/incident start")
    assert asked.status == 200
    form = asked.body["form"]
    assert asked.body["message"] is None
    assert {field["name"] for field in form["fields"]} >= {"playbook", "name"}

    empty = await ana.post(f"{CHAT}/forms/{form['id']}/", name="")
    assert (empty.status, empty.code) == (400, "VALIDATION_ERROR")
    assert {"name", "playbook"} <= set(empty.body["details"])
    assert all(f"`{field}`: " in empty.body["error"] for field in empty.body["details"])
    wrong = await ana.post(f"{CHAT}/forms/{form['id']}/", name=3, summary="x" * 17_000)
    assert (wrong.status, wrong.code) == (400, "VALIDATION_ERROR")
    assert wrong.body["details"] == {
        "name": "give text, or true or false",
        "summary": "give at most 16383 characters",
    }
    playbook = next(field for field in form["fields"] if field["name"] == "playbook")
    answers = {"playbook": playbook["options"][0]["value"], "name": "Checkout"}
    filled = (await ana.post(f"{CHAT}/forms/{form['id']}/", **answers)).ok()
    assert "INC-00001" in filled["replies"][0]["text"]
    assert filled["replies"][0]["ephemeral"] is True
    await bench.settle()

    channel = (await ana.get(f"{CHAT}/channels/inc-00001-checkout/")).ok()
    panel = (await ana.get(f"{CHAT}/messages/{channel['pinned']}/")).ok()
    assert panel["card"]["title"].startswith("INC-00001") or "INC-00001" in panel["text"]
    assert panel["channel"] == "inc-00001-checkout"
    check = next(action for action in panel["actions"] if action["action"] == "step.check")
    pressed = await ana.post(
        f"{CHAT}/actions/", message=panel["id"], action="step.check", value=check["value"]
    )
    assert pressed.ok()["errors"] == {}
    await bench.settle()
    after = (await ana.get(f"{CHAT}/messages/{channel['pinned']}/")).ok()
    assert after["edited_at"] is not None

    unknown = await ana.post(f"{CHAT}/actions/", message=panel["id"], action="step.explode")
    assert (unknown.status, unknown.code) == (400, "VALIDATION_ERROR")


async def test_messages_are_read_page_by_page_in_both_directions(ana: Caller) -> None:
    said = [(await say(ana, f"line {number}"))["message"]["id"] for number in range(7)]
    path = f"{CHAT}/channels/general/messages/"

    newest = (await ana.get(path, limit=3)).ok()
    assert [message["id"] for message in newest["results"]] == said[-3:]
    assert newest["next"] is None
    older = (await ana.get(newest["previous"])).ok()
    assert [message["id"] for message in older["results"]] == said[-6:-3]
    assert [m["id"] for m in (await ana.get(older["next"])).ok()["results"]] == said[-3:]

    forward = (await ana.get(path, after=said[0], limit=4)).ok()
    assert [message["id"] for message in forward["results"]] == said[1:5]
    rest = (await ana.get(forward["next"])).ok()
    assert [message["id"] for message in rest["results"]] == said[5:]
    assert rest["next"] is None


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_thread_has_its_own_messages(ana: Caller) -> None:
    root = (await say(ana, "what is wrong?"))["message"]["id"]
    reply = (await say(ana, "the disk", thread=root))["message"]
    assert reply["thread"] == root

    read = (await ana.get(f"{CHAT}/channels/general/messages/", thread=root)).ok()["results"]

    assert [message["text"] for message in read] == ["what is wrong?", "the disk"]
    assert (await ana.get(f"{CHAT}/messages/{root}/")).ok()["replies"] == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_the_same_key_counts_once(ana: Caller) -> None:
    sent = {"json": {"channel": "general", "text": "once"}, "headers": {"Idempotency-Key": "k1"}}

    first = await ana.call("POST", f"{CHAT}/messages/", **sent)
    second = await ana.call("POST", f"{CHAT}/messages/", **sent)

    assert first.status == second.status == 201
    assert first.body["message"]["id"] == second.body["message"]["id"]
    wrong = await ana.call(
        "POST", f"{CHAT}/messages/", json=sent["json"], headers={"Idempotency-Key": "a b"}
    )
    assert wrong.status == 400


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_file_comes_back_as_it_was_and_never_runs(ana: Caller) -> None:
    page = b"<script>alert(1)</script>"
    file = {
        "name": "r\u00e9sum\u00e9.html",
        "content_type": "text/html",
        "content": base64.b64encode(page).decode(),
    }
    message = (await say(ana, "look", files=[file]))["message"]

    got = await ana.get(f"{CHAT}/files/{message['files'][0]['id']}/")

    assert got.body == page
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert "r%C3%A9sum%C3%A9.html" in got.headers["Content-Disposition"]
    assert "sandbox" in got.headers["Content-Security-Policy"]
    wrong = {**file, "content": "***"}
    refused = await ana.post(f"{CHAT}/messages/", channel="general", text="x", files=[wrong])
    assert (refused.status, refused.code) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_channels_are_made_entered_and_left(bench: Bench, ana: Caller) -> None:
    made = await ana.post(f"{CHAT}/channels/", name="ops", people=[])
    assert made.status == 201
    async with calling(bench, "bo") as bo:
        (await bo.post(f"{CHAT}/channels/ops/join/")).ok()
        members = (await ana.get(f"{CHAT}/channels/ops/members/")).ok()["results"]
        assert [person["name"] for person in members] == ["ana", "bo"]
        said = (await say(bo, "hello @ana", "ops"))["message"]
        assert [person["name"] for person in said["mentions"]] == ["ana"]
        assert (await ana.get(f"{CHAT}/channels/ops/")).ok()["unread"] >= 1
        await ana.post(f"{CHAT}/channels/ops/seen/", message=said["id"])
        assert (await ana.get(f"{CHAT}/channels/ops/")).ok()["unread"] == 0
        assert (await bo.post(f"{CHAT}/channels/ops/leave/")).status == 204
        direct = (await bo.post(f"{CHAT}/channels/", kind="direct", people=["ana"])).ok()
        assert direct["kind"] == "direct"
    taken = await ana.post(f"{CHAT}/channels/", name="ops")
    assert (taken.status, taken.code) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_line_is_completed_with_what_one_may_do(ana: Caller) -> None:
    got = await ana.get(f"{CHAT}/completion/", channel="general", text="/incident st")

    texts = [suggestion["text"] for suggestion in got.ok()["results"]]
    assert any(text.startswith("/incident start") for text in texts)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_an_incident_begins_from_a_messages_menu(ana: Caller) -> None:
    message = (await say(ana, "the shop is down"))["message"]

    chosen = await ana.post(f"{CHAT}/menu/", message=message["id"], action="incident.start")

    assert chosen.ok()["form"]["action"] == "incident.start"
    assert (await ana.delete(f"{CHAT}/forms/{chosen.body['form']['id']}/")).status == 204


async def events(response: ClientResponse) -> AsyncIterator[dict[str, Json]]:
    """Events of a stream; a comment is an event without a kind."""
    event: dict[str, Json] = {}
    async for raw in response.content:
        line = raw.decode().rstrip("\n")
        if not line:
            if event:
                yield event
            event = {}
            continue
        name, _, value = line.partition(": ")
        event[name] = json.loads(value) if name == "data" else value


async def next_event(stream: AsyncIterator[dict[str, Json]], kind: str) -> dict[str, Json]:
    async with asyncio.timeout(10):
        async for event in stream:
            if event.get("event") == kind:
                return event
    raise AssertionError("the stream ended")


async def test_a_reader_that_reconnects_misses_nothing(ana: Caller) -> None:
    path = f"/api/{CHAT}/events/"
    async with ana.session.get(path) as response:
        assert response.content_type == "text/event-stream"
        stream = events(response)
        assert "retry" in await anext(stream)
        await say(ana, "one")
        first = await next_event(stream, "message")
        assert first["data"]["message"]["text"] == "one"
        assert first["data"]["channel"] == "general"

    await say(ana, "two")
    await say(ana, "three")

    async with ana.session.get(path, headers={"Last-Event-ID": first["id"]}) as response:
        stream = events(response)
        missed = [await next_event(stream, "message") for _ in range(2)]
    assert [event["data"]["message"]["text"] for event in missed] == ["two", "three"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_stream_shows_only_what_its_reader_may_see(bench: Bench, ana: Caller) -> None:
    async with calling(bench, "bo") as bo:
        (await bo.post(f"{CHAT}/channels/", name="secret", kind="private")).ok()
        async with ana.session.get(f"/api/{CHAT}/events/") as response:
            stream = events(response)
            await anext(stream)
            await say(bo, "hush", "secret")
            await say(bo, "/incident list", "general")
            await say(bo, "hello", "general")

            event = await next_event(stream, "message")

        assert event["data"]["message"]["text"] == "hello"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_stream_ends_when_its_reader_may_not_read_any_more(
    bench: Bench, ana: Caller, admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.chat_events.PING_SECONDS", 0.1)
    async with calling(bench, "bo") as bo, bo.session.get(f"/api/{CHAT}/events/") as response:
        stream = events(response)
        await anext(stream)
        assert "" in await anext(stream)
        (await admin.patch("users/bo/", active=False)).ok()
        async with asyncio.timeout(10):
            rest = [event async for event in stream]
        assert all("event" not in event for event in rest)
    del ana


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_open_streams_do_not_hold_up_the_end(bench: Bench, ana: Caller) -> None:
    async with ana.session.get(f"/api/{CHAT}/events/") as response:
        stream = events(response)
        await anext(stream)

        async with asyncio.timeout(4):
            await bench.close()
            assert [event async for event in stream] == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_place_that_is_no_number_is_refused(ana: Caller) -> None:
    got = await ana.call("GET", f"{CHAT}/events/", headers={"Last-Event-ID": "x"})

    assert (got.status, got.code) == (400, "VALIDATION_ERROR")
