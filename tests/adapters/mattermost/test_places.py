"""Where something was done is what we sealed or looked up, never what a request says of itself."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession

from chat.address import Address
from chat.card import Actions, Button, Card
from chat.form import Form, FormField
from chat.inbound import Click, FormSubmission
from chat.person import Person
from chat.port import NewChannel
from chat.reply import AskForm, Quiet
from tests.adapters.marks import on_one_database
from tests.adapters.mattermost.limits import actions
from tests.adapters.mattermost.platform import MattermostPlatform
from tests.adapters.mattermost.standin import Json, identifier
from tests.bench import eventually

pytestmark = on_one_database

PANEL = Card(
    "Panel",
    (Actions((Button("step.check", "Check", "7"), Button("end", "End", "1", confirm="Sure?"))),),
)
FORM = Form("incident.start", "Start", (FormField("name", "Name"),))


@pytest.fixture
async def ana(chat: MattermostPlatform) -> Person:
    return await chat.someone("ana")


@pytest.fixture
async def room(chat: MattermostPlatform) -> Address:
    return await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))


@pytest.fixture
async def secret(chat: MattermostPlatform) -> Address:
    """A private channel that Ana is not in."""
    return await chat.adapter.create_channel(NewChannel("main", "board", "s", private=True))


async def posted(chat: MattermostPlatform, room: Address) -> Json:
    there = await chat.adapter.post(room, PANEL, key="1")
    return chat.server.posts[there.message or ""]


async def test_a_form_comes_from_where_it_was_opened_whatever_its_sender_says(
    chat: MattermostPlatform, ana: Person, room: Address, secret: Address
) -> None:
    root = await chat.adapter.post(room, Card("root"), key="root")
    chat.listener.answer = lambda _: AskForm(FORM)
    await chat.people.command(ana.id, room.channel, "/incident start", root=root.message or "")
    await chat.listener.done()

    chat.listener.answer = lambda _: Quiet()
    await chat.people.submit(ana.id, secret.channel, name="db")

    event = chat.listener.heard[-1]
    assert isinstance(event.payload, FormSubmission)
    assert event.address == Address("mattermost", "main", room.channel, thread=root.message)


async def test_a_yes_comes_from_where_the_button_is_whatever_its_sender_says(
    chat: MattermostPlatform, ana: Person, room: Address, secret: Address
) -> None:
    post = await posted(chat, room)
    await chat.people.click(ana.id, post, "End")
    await eventually(lambda: bool(chat.server.dialogs.get(ana.id)))

    await chat.people.submit(ana.id, secret.channel)

    (event,) = chat.listener.heard
    assert event.address == room
    assert event.payload == Click("end", "1", room.at(post["id"]))


async def test_a_click_comes_to_an_address_that_only_the_server_is_told(
    chat: MattermostPlatform, ana: Person, room: Address
) -> None:
    post = await posted(chat, room)
    action = next(actions(post))
    body = chat.people.click_request(ana.id, post, action)
    url = action["integration"]["url"]
    base, _, told = url.rpartition("/")
    assert len(told) == 64
    other = "0" if told[-1] != "0" else "1"

    for wrong in ("", "0" * 64, told[:-1], told + "0", told[:-1] + other, "%C3%A9", "%FF"):
        assert await status(f"{base}/{wrong}", body) in ({401} if wrong else {404})
    assert await status(base, body) == 404
    assert not chat.listener.heard
    assert await status(url, body) == 200
    assert len(chat.listener.heard) == 1

    # Clients are told the address of a dialog, and whoever may see commands theirs.
    await chat.adapter.open_form(room, ana, FORM, ticket=chat.server.trigger(ana.id))
    seen = [chat.server.dialogs[ana.id][0], *chat.server.commands.values()]
    assert told not in str(seen)


async def test_a_click_is_on_a_post_of_ours_in_its_own_channel(
    chat: MattermostPlatform, ana: Person, room: Address, secret: Address
) -> None:
    post = await posted(chat, room)
    action = next(actions(post))
    good = chat.people.click_request(ana.id, post, action)
    url = action["integration"]["url"]
    theirs = chat.server.put(room.channel, ana.id, "mine")
    elsewhere = await chat.adapter.post(secret, Card("secret"), key="2")
    heard = len(chat.listener.heard)

    for wrong in (theirs["id"], elsewhere.message, elsewhere.message):
        assert await status(url, {**good, "post_id": wrong}) == 401
    assert await status(url, {**good, "channel_id": secret.channel}) == 401
    assert clicks(chat, heard) == []

    # What was shown to Ana alone is kept nowhere.
    alone = identifier("shown to ana alone")
    for right in (post["id"], alone):
        body = {**good, "post_id": right, "trigger_id": chat.server.trigger(ana.id)}
        assert await status(url, body) == 200
    assert clicks(chat, heard) == [
        Click("step.check", "7", room.at(post["id"])),
        Click("step.check", "7", room.at(alone)),
    ]


async def test_a_click_that_cannot_be_looked_up_is_told_so(
    chat: MattermostPlatform, ana: Person, room: Address
) -> None:
    post = await posted(chat, room)
    chat.server.fail(500, path=f"/posts/{post['id']}", times=20)

    told = await chat.people.click(ana.id, post, "Check")

    assert "Nothing was done" in told["ephemeral_text"]
    assert not chat.listener.heard


def clicks(chat: MattermostPlatform, after: int) -> list[Any]:
    heard = [event.payload for event in chat.listener.heard[after:]]
    return [payload for payload in heard if isinstance(payload, Click)]


async def status(url: str, body: Json) -> int:
    async with ClientSession() as session, session.post(url, json=body) as answer:
        return answer.status
