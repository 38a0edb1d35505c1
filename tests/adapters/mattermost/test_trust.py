"""Whoever is not the server is refused: missing, forged, expired, used before, somebody else's."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, FormData

from adapters.mattermost.seal import Seal
from chat.address import Address
from chat.card import Actions, Button, Card
from chat.form import Form, FormField
from chat.person import Person
from chat.port import NewChannel
from storage.database import Database
from tests.adapters.marks import on_one_database
from tests.adapters.mattermost.limits import actions
from tests.adapters.mattermost.platform import KEY, MattermostPlatform
from tests.adapters.mattermost.standin import Json, identifier
from tests.clock import SetClock

pytestmark = on_one_database

PANEL = Card("Panel", (Actions((Button("step.check", "Check", "7"),)),))


@pytest.fixture
async def ana(chat: MattermostPlatform) -> Person:
    return await chat.someone("ana")


@pytest.fixture
async def room(chat: MattermostPlatform) -> Address:
    return await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as opened:
        yield opened


def registered(chat: MattermostPlatform) -> Json:
    return next(c for c in chat.server.commands.values() if c["trigger"] == "incident")


def form(chat: MattermostPlatform, ana: Person, room: Address, **changed: str) -> FormData:
    """A command as the server sends it, with some fields changed; an empty one is left out."""
    fields = {
        "token": registered(chat)["token"], "user_id": ana.id, "user_name": "ana",
        "channel_id": room.channel, "command": "/incident", "text": "list",
        "trigger_id": chat.server.trigger(ana.id), **changed,
    }  # fmt: skip
    return FormData({name: value for name, value in fields.items() if value})


async def test_a_command_needs_its_token(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession
) -> None:
    url = registered(chat)["url"]
    for data, headers in (
        (form(chat, ana, room, token=""), {}),
        (form(chat, ana, room, token=identifier("forged")), {}),
        (form(chat, ana, room), {"Authorization": f"Token {identifier('forged')}"}),
        (form(chat, ana, room, token="é" * 20), {}),
    ):
        async with session.post(url, data=data, headers=headers) as answer:
            assert answer.status == 401
    assert not chat.listener.heard
    async with session.post(url, data=form(chat, ana, room)) as answer:
        assert answer.status == 200
    assert len(chat.listener.heard) == 1


async def test_a_command_kept_by_somebody_is_refused_later_and_counts_once_before(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession, clock: SetClock
) -> None:
    url, same = registered(chat)["url"], chat.server.trigger(ana.id)
    for _ in range(3):
        async with session.post(url, data=form(chat, ana, room, trigger_id=same)) as answer:
            assert answer.status == 200
    assert len(chat.listener.heard) == 1

    clock.advance(minutes=6)
    async with session.post(url, data=form(chat, ana, room, trigger_id=same)) as answer:
        assert answer.status == 401


@pytest.mark.parametrize("trigger", ["", "x", "éé", base64.b64encode(b"a:b:c:d").decode()])
async def test_a_trigger_id_has_to_be_one(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession, trigger: str
) -> None:
    url = registered(chat)["url"]
    async with session.post(url, data=form(chat, ana, room, trigger_id=trigger)) as answer:
        assert answer.status == 401


async def test_a_trigger_id_of_somebody_else_is_refused(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession
) -> None:
    bo = await chat.someone("bo")
    theirs = chat.server.trigger(bo.id)
    url = registered(chat)["url"]
    async with session.post(url, data=form(chat, ana, room, trigger_id=theirs)) as answer:
        assert answer.status == 401


async def test_a_click_needs_what_only_we_can_seal(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession, clock: SetClock
) -> None:
    posted = await chat.adapter.post(room, PANEL, key="1")
    post = chat.server.posts[posted.message or ""]
    (action,) = actions(post)
    good = chat.people.click_request(ana.id, post, action)
    url = action["integration"]["url"]
    bo = await chat.someone("bo")
    facts = {"action": "step.check", "value": "7", "channel": room.channel}
    elsewhere = Seal(KEY).put("action", {**facts, "channel": identifier("other")})
    bad: list[Json] = [
        {**good, "context": {}},
        {**good, "context": {"tocsin": 7}},
        {**good, "context": {"tocsin": good["context"]["tocsin"][:-4] + "AAA="}},
        {**good, "context": {"tocsin": Seal(b"x" * 32).put("action", facts)}},
        # Sealed by us, and for something else.
        {**good, "context": {"tocsin": Seal(KEY).put("dialog", facts)}},
        {**good, "context": {"tocsin": elsewhere}},
        {**good, "user_id": bo.id},
        {**good, "trigger_id": ""},
    ]
    for body in bad:
        assert await _status(session, url, body) == 401
    assert not chat.listener.heard
    assert await _status(session, url, good) == 200

    clock.advance(minutes=6)
    assert await _status(session, url, good) == 401
    assert len(chat.listener.heard) == 1


async def test_a_form_is_for_whom_it_was_shown_to_and_for_a_day(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession, clock: SetClock
) -> None:
    bo = await chat.someone("bo")
    asked = Form("incident.start", "Start", (FormField("name", "Name"),))
    await chat.adapter.open_form(room, ana, asked, ticket=chat.server.trigger(ana.id))
    (shown,) = chat.server.dialogs[ana.id]
    url = shown["url"]
    good = chat.people.submission(ana.id, room.channel, shown, {"name": "db"})
    forged = Seal(b"x" * 32).put("dialog", Seal(KEY).open("dialog", good["state"]))
    for body in (
        {**good, "state": ""},
        {**good, "state": forged},
        {**good, "state": Seal(KEY).put("action", {"action": "incident.start"})},
        {**good, "user_id": bo.id},
    ):
        assert await _status(session, url, body) == 401

    clock.advance(hours=23)
    assert await _status(session, url, good) == 200
    clock.advance(hours=2)
    assert await _status(session, url, good) == 401
    assert len(chat.listener.heard) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"nonsense", b"[" * 100_000, b"\xff"])
async def test_nonsense_is_no_call_of_the_servers(
    chat: MattermostPlatform, session: ClientSession, body: bytes
) -> None:
    base = registered(chat)["url"].removesuffix("/command")
    for path in (f"action/{Seal(KEY).address()}", "dialog"):
        headers = {"Content-Type": "application/json"}
        async with session.post(f"{base}/{path}", data=body, headers=headers) as answer:
            assert answer.status in {400, 401}


@pytest.mark.parametrize("field", ["user_id", "channel_id"])
async def test_ids_that_are_none_do_not_come_in(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession, field: str
) -> None:
    odd = form(chat, ana, room, **{field: "../../evil"})
    async with session.post(registered(chat)["url"], data=odd) as answer:
        assert answer.status in {400, 401}
    assert not chat.listener.heard


async def test_tokens_are_kept_as_digests_only(
    chat: MattermostPlatform, database: Database
) -> None:
    kept = await database.acts.read(lambda to: to.settings.get("mattermost:command-tokens"))

    tokens = [each["token"] for each in chat.server.commands.values()]
    assert kept is not None
    assert len(json.loads(kept)) == len(tokens)
    assert not [token for token in tokens if token in kept]


async def _status(session: ClientSession, url: str, body: Any) -> int:
    async with session.post(url, json=body) as answer:
        return answer.status
