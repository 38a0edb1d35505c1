"""What people do, as Teams delivers it, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from adapters.teams import ids
from chat.address import Address
from chat.card import Actions, Button, Card, Option, Select
from chat.errors import Refused
from chat.form import Form, FormField
from chat.inbound import Click, Command, FormSubmission, Inbound, Membership, MessageMenu, Said
from chat.message import Attachment
from chat.port import NewChannel, Receipt
from chat.reply import AskForm, FormErrors, Private, Quiet, Reply
from tests.adapters.marks import on_one_database
from tests.adapters.teams.platform import TeamsPlatform, form_in, invoke, person, text
from tests.adapters.teams.standin import APP, ROOMS, TEAM, TENANT, Message, User, card_of, pressable
from tests.bench import eventually

pytestmark = on_one_database

FORM = Form(
    "incident.start",
    "Start an incident",
    (
        FormField("name", "Name"),
        FormField("severity", "Severity", "select", (Option("HIGH", "High"),)),
        FormField("page", "Page people", "switch", required=False),
    ),
    context="kept",
)


def last(teams: TeamsPlatform) -> Inbound:
    return teams.listener.heard[-1]


async def posted(teams: TeamsPlatform, *controls: Any) -> Message:
    """A card with controls in a room."""
    room = await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
    where = await teams.adapter.post(room, Card("panel", (Actions(controls),)), key="panel")
    return teams.vendor.message(where.message or "")


# words


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("incident start --name db", "/incident start --name db"),
        ("/incident list", "/incident list"),
        ("", "/help"),
        ("incident update a &lt; b &amp;&amp; c", "/incident update a < b && c"),
        ("incident update first<br>second", "/incident update first\nsecond"),
    ],
)
async def test_a_mention_of_the_bot_is_a_command(
    teams: TeamsPlatform, ana: User, typed: str, line: str
) -> None:
    await teams.vendor.bring(teams.vendor.to_bot(ana, ROOMS, typed))

    assert last(teams).payload == Command(line)
    assert last(teams).person == person(ana) or last(teams).person.id == ana.directory


async def test_in_their_chat_with_the_bot_every_line_is_a_command(
    teams: TeamsPlatform, ana: User
) -> None:
    await teams.vendor.bring(teams.vendor.spoken(ana, f"a:{ana.directory}", "incident list"))

    assert last(teams).payload == Command("/incident list")


@pytest.mark.parametrize(
    ("typed", "payload"),
    [("/incident list", Command), ("/etc/passwd is odd", Said), ("it is down", Said)],
)
async def test_without_a_mention_only_our_own_words_after_a_slash_are_commands(
    teams: TeamsPlatform, ana: User, typed: str, payload: type
) -> None:
    await teams.vendor.bring(teams.vendor.spoken(ana, ROOMS, typed))

    assert isinstance(last(teams).payload, payload)


async def test_people_who_are_mentioned_are_known(
    teams: TeamsPlatform, ana: User, bo: User
) -> None:
    event = teams.vendor.to_bot(ana, ROOMS, "incident invite @Bo Björk", bo)
    await teams.vendor.bring(event)

    assert last(teams).payload == Command("/incident invite @bo", (person(bo),))


async def test_of_two_with_one_handle_neither_is_taken_for_the_other(
    teams: TeamsPlatform,
) -> None:
    bo = teams.vendor.hire("bo")
    other = teams.vendor.hire("bo", login="bo@elsewhere.org", mail="bo@elsewhere.org")

    with pytest.raises(Refused, match=r"bo@elsewhere\.org, bo@example\.org") as told:
        await teams.adapter.find_person(TENANT, "@bo")
    assert told.value.code == "AMBIGUOUS"
    for each in (bo, other):
        found = await teams.adapter.find_person(TENANT, each.login)
        assert found is not None
        assert found.id == each.directory


async def test_what_only_looks_like_a_mention_mentions_nobody(
    teams: TeamsPlatform, ana: User, bo: User
) -> None:
    event = teams.vendor.to_bot(ana, ROOMS, "incident invite &lt;at&gt;Bo&lt;/at&gt; <at>Bo</at>")
    await teams.vendor.bring(event)

    assert last(teams).payload == Command("/incident invite <at>Bo</at> Bo")


async def test_what_bots_say_is_not_heard(teams: TeamsPlatform, ana: User) -> None:
    event = teams.vendor.spoken(ana, ROOMS, "hello")
    event["from"] = {"id": f"28:{APP}", "name": "Tocsin"}
    await teams.vendor.bring(event)

    assert teams.listener.heard == []


async def test_a_thread_of_another_channel_is_answered_in_it(
    teams: TeamsPlatform, ana: User
) -> None:
    event = teams.vendor.to_bot(ana, TEAM, "incident list")
    await teams.vendor.bring(event)
    place = last(teams).address

    assert (place.channel, place.thread) == (TEAM, event["id"])
    answer = await teams.adapter.post(place, Card("here"), key="1")
    assert teams.vendor.message(answer.message or "").root == event["id"]


async def test_a_room_in_another_channel_is_a_place_of_its_own(
    teams: TeamsPlatform, ana: User
) -> None:
    other = Address("teams", TENANT, TEAM)
    room = await teams.adapter.create_channel(
        NewChannel(TENANT, "room", "k", private=False, within=other)
    )
    assert (ids.base(room.channel), teams.teams.within(room)) == (TEAM, other)

    await teams.vendor.bring(teams.vendor.spoken(ana, room.channel, "it is down"))
    assert last(teams).address.room == room
    assert last(teams).address.thread is None
    said = last(teams).payload
    assert isinstance(said, Said)
    assert said.message.room == room


async def test_an_event_brought_twice_is_heard_once(teams: TeamsPlatform, ana: User) -> None:
    event = teams.vendor.to_bot(ana, ROOMS, "incident list")
    for _ in range(3):
        assert (await teams.vendor.bring(event))[0] == 200

    assert len(teams.listener.heard) == 1
    assert last(teams).dedupe_key == f"teams:{TENANT}:{event['conversation']['id']}:{event['id']}"


async def test_a_file_sent_with_a_line_comes_with_it(teams: TeamsPlatform, ana: User) -> None:
    teams.vendor.files["plan.json"] = b"{}"
    kind = "application/vnd.microsoft.teams.file.download.info"
    content = {"downloadUrl": f"{teams.vendor.url}/files/plan.json"}
    files = [{"contentType": kind, "name": "plan.json", "content": content}]
    await teams.vendor.bring(
        teams.vendor.spoken(ana, f"a:{ana.directory}", "playbook import", attachments=files)
    )

    assert last(teams).payload == Command(
        "/playbook import",
        files=(Attachment("plan.json", "application/octet-stream", b"{}"),),
    )


async def test_coming_and_going_in_a_private_channel(teams: TeamsPlatform, ana: User) -> None:
    for what in ("Added", "Removed"):
        kind, name = f"channelMember{what}", f"members{what}"
        event = teams.vendor.event(ana, "conversationUpdate", "19:secret@thread.tacv2")
        event["channelData"]["eventType"] = kind
        await teams.vendor.bring({**event, name: [ana.account()]})
    team = teams.vendor.event(ana, "conversationUpdate", TEAM, membersAdded=[ana.account()])
    team["channelData"]["eventType"] = "teamMemberAdded"
    await teams.vendor.bring(team)

    heard = [(each.payload, each.person.id) for each in teams.listener.heard]
    assert heard == [
        (Membership(joined=True), ana.directory),
        (Membership(joined=False), ana.directory),
    ]
    assert last(teams).address.channel == "19:secret@thread.tacv2"


# buttons and menus


async def test_a_button_that_is_pressed(teams: TeamsPlatform, ana: User) -> None:
    message = await posted(teams, Button("step.check", "Check", "step-1"))
    (button,) = pressable(card_of(message))
    for _ in range(2):
        reply = await invoke(
            teams, ana, "adaptiveCard/action", {"action": {"data": button["data"]}},
            replyToId=message.id, conversation=message.conversation,
        )  # fmt: skip
        assert reply["statusCode"] == 200

    clicks = [each.payload for each in teams.listener.heard]
    assert all(isinstance(each, Click) for each in clicks)
    assert len(clicks) == 2  # pressed twice by somebody; state is asked again each time
    first = clicks[0]
    assert isinstance(first, Click)
    assert (first.action, first.value, first.choice) == ("step.check", "step-1", "")
    assert (first.message.channel, first.message.message) == (message.conversation, message.id)


async def test_an_option_that_is_chosen(teams: TeamsPlatform, ana: User) -> None:
    select = Select("stage.view", "View", "inc", (Option("s1", "One"), Option("s2", "Two")))
    message = await posted(teams, select, Select("x", "Who", people=True))
    choose, who = pressable(card_of(message))

    for button, given in ((choose, {"menu1": "s2"}), (who, {"menu2": ana.directory})):
        data = {**button["data"], "menu1": "s1", **given}
        await invoke(teams, ana, "adaptiveCard/action", {"action": {"data": data}})

    clicks = [each.payload for each in teams.listener.heard]
    assert [(c.action, c.choice) for c in clicks if isinstance(c, Click)] == [
        ("stage.view", "s2"),
        ("x", ana.directory),
    ]


async def test_a_button_that_somebody_made_up_does_nothing(teams: TeamsPlatform, ana: User) -> None:
    message = await posted(teams, Button("step.check", "Check", "step-1"))
    (button,) = pressable(card_of(message))
    token = button["data"]["t"]
    for made in ({"t": token[:-2] + "xx"}, {"t": "step.check"}, {"t": 5}, {}):
        await invoke(teams, ana, "adaptiveCard/action", {"action": {"data": made}})

    for each in teams.listener.heard:
        assert isinstance(each.payload, Click)
        assert (each.payload.action, each.payload.value) == ("lost", "")


async def test_sureness_is_asked_for_within_the_card(teams: TeamsPlatform) -> None:
    message = await posted(teams, Button("incident.end", "End", "inc", confirm="Really?"))

    assert "Really?" in text(message)


# forms


def form_then(*replies: Reply) -> Callable[[Inbound], Reply]:
    """Answers with these, one after another."""
    waiting = list(replies)

    def answer(inbound: Inbound) -> Reply:
        return waiting.pop(0)

    return answer


async def test_a_button_that_asks_opens_a_dialog_which_says_what_is_wrong(
    teams: TeamsPlatform, ana: User
) -> None:
    teams.listener.answer = form_then(AskForm(FORM), FormErrors({"name": "Too short."}), Quiet())
    message = await posted(teams, Button("incident.update", "Update", "inc", asks=True))
    (button,) = pressable(card_of(message))
    assert button["type"] == "Action.Submit"

    reply = await invoke(teams, ana, "task/fetch", {"data": button["data"]}, replyToId=message.id)
    assert form_in(reply) == FORM
    card = reply["task"]["value"]["card"]["content"]
    filled = {"field_name": "x", "field_severity": "HIGH"}
    data = {**card["actions"][0]["data"], **filled}
    again = await invoke(teams, ana, "task/submit", {"data": data})
    body = again["task"]["value"]["card"]["content"]["body"]
    inputs = {each["id"]: each for each in body if "id" in each}
    texts = [each.get("text") for each in body]
    assert (inputs["field_name"]["value"], inputs["field_severity"]["value"]) == ("x", "HIGH")
    assert "Too short." in texts

    assert await invoke(teams, ana, "task/submit", {"data": data}) is None
    assert last(teams).payload == FormSubmission(
        "incident.start", "kept", {"name": "x", "severity": "HIGH", "page": "false"}
    )


async def test_what_the_journal_takes_counts_for_the_dialogs_deadline(
    teams: TeamsPlatform, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = teams.listener.receive

    async def slow(inbound: Inbound) -> Receipt:
        await asyncio.sleep(0.5)
        return await receive(inbound)

    monkeypatch.setattr("adapters.teams.receiving._PATIENCE", 0.4)
    monkeypatch.setattr(teams.listener, "receive", slow)
    teams.listener.pause = 0.2
    message = await posted(teams, Button("incident.update", "Update", "inc", asks=True))
    (button,) = pressable(card_of(message))

    reply = await invoke(teams, ana, "task/fetch", {"data": button["data"]}, replyToId=message.id)

    assert "takes a moment" in reply["task"]["value"]


async def test_what_is_wrong_with_a_form_is_told_also_when_its_dialog_is_closed(
    teams: TeamsPlatform, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    teams.listener.answer = form_then(AskForm(FORM), FormErrors({"name": "Too short."}))
    message = await posted(teams, Button("incident.update", "Update", "inc", asks=True))
    (button,) = pressable(card_of(message))
    reply = await invoke(teams, ana, "task/fetch", {"data": button["data"]}, replyToId=message.id)
    card = reply["task"]["value"]["card"]["content"]
    monkeypatch.setattr("adapters.teams.receiving._PATIENCE", 0.1)
    teams.listener.pause = 0.4

    closed = await invoke(teams, ana, "task/submit", {"data": card["actions"][0]["data"]})

    assert "takes a moment" in closed["task"]["value"]
    chat = teams.vendor.chat
    await eventually(lambda: bool(chat(ana) and teams.vendor.in_conversation(chat(ana) or "")))
    (told,) = teams.vendor.in_conversation(chat(ana) or "")
    assert "name: Too short." in text(told)


async def test_a_dialog_that_leads_to_no_form_says_so(teams: TeamsPlatform, ana: User) -> None:
    teams.listener.answer = form_then(Private(Card("Nothing to ask.")), Quiet())
    message = await posted(teams, Button("incident.update", "Update", "inc", asks=True))
    (button,) = pressable(card_of(message))

    for said in ("Nothing to ask.", "Done."):
        reply = await invoke(teams, ana, "task/fetch", {"data": button["data"]})
        assert reply == {"task": {"type": "message", "value": said}}


async def test_a_typed_command_asks_by_a_message_that_only_its_person_can_open(
    teams: TeamsPlatform, ana: User, bo: User
) -> None:
    teams.listener.answer = form_then(AskForm(FORM), Quiet())
    typed = teams.vendor.to_bot(ana, ROOMS, "incident start")
    await teams.vendor.bring(typed)
    await teams.listener.done()
    notice = teams.vendor.in_conversation(typed["conversation"]["id"])[-1]
    (button,) = pressable(card_of(notice))

    refused = await teams.fetch(person(bo), notice, button)
    assert refused["task"]["value"] == "This form is for Ana."
    reply = await teams.fetch(person(ana), notice, button)
    card = reply["task"]["value"]["card"]["content"]
    data = {**card["actions"][0]["data"], "field_name": "db"}
    stolen = await invoke(teams, bo, "task/submit", {"data": data})
    assert stolen["task"]["value"] == "This form is for Ana."
    assert await invoke(teams, ana, "task/submit", {"data": data}) is None

    assert last(teams).address.channel == typed["conversation"]["id"]
    await teams.settle()
    assert "filled in by Ana" in text(notice)
    assert pressable(card_of(notice)) == []


async def test_a_form_of_elsewhere_is_refused(teams: TeamsPlatform, ana: User) -> None:
    reply = await invoke(teams, ana, "task/submit", {"data": {"t": "made-up", "field_name": "x"}})

    assert "Ask for it again" in reply["task"]["value"]
    assert teams.listener.heard == []


async def test_an_incident_is_started_from_a_message(
    teams: TeamsPlatform, ana: User, bo: User
) -> None:
    teams.listener.answer = form_then(AskForm(FORM))
    message = {
        "id": "1700",
        "body": {"contentType": "html", "content": "<p>the <b>db</b> is down &amp; out</p>"},
        "from": {"user": {"id": bo.directory, "displayName": bo.name}},
    }
    value = {"commandId": "startIncident", "messagePayload": message}

    reply = await invoke(teams, ana, "composeExtension/fetchTask", value, conversation=TEAM)

    assert form_in(reply) == FORM
    menu = last(teams).payload
    assert isinstance(menu, MessageMenu)
    assert (menu.action, menu.text) == ("incident.start", "the db is down & out")
    assert (menu.message.channel, menu.message.message) == (TEAM, "1700")
    assert menu.author.id == bo.directory
