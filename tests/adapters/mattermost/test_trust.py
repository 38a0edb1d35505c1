"""Whoever is not the server is refused: missing, forged, expired, used before, somebody else's."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, FormData
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

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
from tests.adapters.mattermost.standin import Json, identifier, signed
from tests.clock import SetClock

pytestmark = on_one_database

TWO = Card("Panel", (Actions((Button("step.check", "Check"), Button("step.skip", "Skip"))),))
ED25519 = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
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


async def test_a_trigger_id_is_signed_by_this_server(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession
) -> None:
    url, ms = registered(chat)["url"], int(chat.server.clock.now().timestamp() * 1000)
    bo = await chat.someone("bo")
    own = chat.server.trigger(bo.id)
    facts = f"{identifier('t')}:{ana.id}:{ms}:"
    signature = base64.b64decode(own).rpartition(b":")[2]
    forged = (
        signed(facts, generate_private_key(SECP256R1())),
        # A real signature, of something else; none; no base64; too much of it.
        base64.b64encode(facts.encode() + signature).decode(),
        base64.b64encode(facts.encode()).decode(),
        base64.b64encode(f"{facts}éé".encode("latin-1")).decode(),
        base64.b64encode(facts.encode() + signature + b"AAAA").decode(),
    )
    for trigger in forged:
        async with session.post(url, data=form(chat, ana, room, trigger_id=trigger)) as answer:
            assert answer.status == 401
    posted = await chat.adapter.post(room, PANEL, key="1")
    post = chat.server.posts[posted.message or ""]
    (action,) = actions(post)
    clicked = chat.people.click_request(ana.id, post, action, trigger=forged[0])
    assert await _status(session, action["integration"]["url"], clicked) == 401
    assert not chat.listener.heard

    fresh = signed(facts, chat.server.key)
    async with session.post(url, data=form(chat, ana, room, trigger_id=fresh)) as answer:
        assert answer.status == 200


async def test_a_server_set_up_anew_is_believed_again(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession, clock: SetClock
) -> None:
    url = registered(chat)["url"]
    async with session.post(url, data=form(chat, ana, room)) as answer:
        assert answer.status == 200
    asked = chat.server.requests.copy()
    chat.server.key = generate_private_key(SECP256R1())
    for _ in range(3):
        # Whoever sends forged ones does not have the server asked each time.
        async with session.post(url, data=form(chat, ana, room)) as answer:
            assert answer.status == 401
    assert chat.server.requests == asked

    clock.advance(minutes=1)
    async with session.post(url, data=form(chat, ana, room)) as answer:
        assert answer.status == 200


async def test_a_server_without_a_key_signs_nothing(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession
) -> None:
    url, chat.server.config = registered(chat)["url"], {"AsymmetricSigningPublicKey": ""}
    stranger = generate_private_key(SECP256R1())
    ms = int(chat.server.clock.now().timestamp() * 1000)
    trigger = signed(f"{identifier('t')}:{ana.id}:{ms}:", stranger)
    async with session.post(url, data=form(chat, ana, room, trigger_id=trigger)) as answer:
        assert answer.status == 200
    assert len(chat.listener.heard) == 1


@pytest.mark.parametrize("key", ["nonsense", "AAAA", ED25519])
async def test_while_the_key_cannot_be_had_nothing_comes_in(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession, key: str
) -> None:
    url = registered(chat)["url"]
    chat.server.config["AsymmetricSigningPublicKey"] = key
    async with session.post(url, data=form(chat, ana, room)) as answer:
        assert "try again" in (await answer.json())["text"]
    del chat.server.config["AsymmetricSigningPublicKey"]
    chat.server.fail(503, path="/config/client")
    async with session.post(url, data=form(chat, ana, room)) as answer:
        assert "try again" in (await answer.json())["text"]
    assert not chat.listener.heard

    async with session.post(url, data=form(chat, ana, room)) as answer:
        assert await answer.json() == {}


async def test_a_trigger_id_used_again_for_something_else_is_refused(
    chat: MattermostPlatform, ana: Person, room: Address, session: ClientSession
) -> None:
    url, same = registered(chat)["url"], chat.server.trigger(ana.id)
    async with session.post(url, data=form(chat, ana, room, trigger_id=same)) as answer:
        assert answer.status == 200
    altered = form(chat, ana, room, trigger_id=same, text="end INC-1")
    async with session.post(url, data=altered) as answer:
        assert answer.status == 401
    assert len(chat.listener.heard) == 1

    posted = await chat.adapter.post(room, TWO, key="1")
    post = chat.server.posts[posted.message or ""]
    check, skip = actions(post)
    trigger = chat.server.trigger(ana.id)
    statuses: list[int] = []
    for action in (check, check, skip):
        body = chat.people.click_request(ana.id, post, action, trigger=trigger)
        statuses.append(await _status(session, action["integration"]["url"], body))
    assert statuses == [200, 200, 401]
    assert len(chat.listener.heard) == 2


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
