"""What people type, press and fill in arrives once, as it was meant."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from chat.card import Actions, Button, Card, Option, Select
from chat.form import Form, FormField
from chat.inbound import Click, Command, FormSubmission, Said
from chat.port import NewChannel
from chat.reply import AskForm, FormErrors, Quiet
from tests.adapters.listener import private
from tests.adapters.marks import on_one_database
from tests.adapters.mattermost import seen
from tests.adapters.mattermost.platform import MattermostPlatform
from tests.bench import eventually
from tests.clock import SetClock

FORM = Form(
    "incident.start",
    "Start an incident",
    (
        FormField("name", "Name"),
        FormField("severity", "Severity", "select", (Option("HIGH", "High"),), required=False),
        FormField("wake", "Wake people", "switch", required=False),
    ),
    context="kept",
)
PANEL = Card(
    "Panel",
    (
        Actions(
            (
                Button("step.check", "Check", "7"),
                Button("incident.end", "End", "INC-1", style="danger", confirm="End INC-1?"),
                Select("stage.choose", "Stage", "INC-1", (Option("s2", "Mitigate"),)),
                Select("incident.commander", "Commander", "INC-1", people=True),
            )
        ),
    ),
)


async def test_a_command_arrives_with_whom_it_mentions_and_is_answered_at_its_place(
    chat: MattermostPlatform,
) -> None:
    ana, bo = await chat.someone("ana"), await chat.someone("bo")
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=True))
    await chat.adapter.invite(where, (ana, bo))
    chat.listener.answer = private("No incidents.")

    answer = await chat.people.command(
        ana.id, where.channel, '/incident assign 1 @bo --name "x"', mentions=(bo.id,)
    )

    assert answer == {}
    (event,) = chat.listener.heard
    assert isinstance(event.payload, Command)
    assert event.payload.text == '/incident assign 1 @bo --name "x"'
    assert [(each.id, each.name) for each in event.payload.mentioned] == [(bo.id, "bo")]
    assert (event.person.id, event.person.name) == (ana.id, "ana")
    assert event.address.room == where
    assert event.dedupe_key.startswith("mattermost:")
    await chat.listener.done()
    assert (await chat.read(ana, where))[-1] == "No incidents."
    assert "No incidents." not in await chat.read(bo, where)


async def test_a_command_in_a_thread_knows_its_thread(chat: MattermostPlatform) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    root = await chat.adapter.post(where, Card("root"), key="1")

    await chat.people.command(ana.id, where.channel, "/incident info", root=root.message or "")

    assert chat.listener.heard[-1].address.thread == root.message


@on_one_database
async def test_words_that_mattermost_has_itself_come_behind_our_own(
    chat: MattermostPlatform,
) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    await chat.people.command(ana.id, where.channel, "/tocsin help incident")

    event = chat.listener.heard[-1]
    assert isinstance(event.payload, Command)
    assert event.payload.text == "/help incident"


async def test_a_press_arrives_once_however_often_it_is_told(chat: MattermostPlatform) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    posted = await chat.adapter.post(where, PANEL, key="1")
    post = chat.server.posts[posted.message or ""]
    same = chat.server.trigger(ana.id)

    await asyncio.gather(*(chat.people.click(ana.id, post, "Check", trigger=same) for _ in "12"))
    await chat.people.click(ana.id, post, "Check")

    heard = [event.payload for event in chat.listener.heard]
    assert heard == [Click("step.check", "7", posted)] * 2


async def test_a_press_in_a_thread_is_answered_in_it(chat: MattermostPlatform) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    root = await chat.adapter.post(where, Card("hello"), key="1")
    thread = replace(where, thread=root.message)
    inside = await chat.adapter.post(thread, PANEL, key="2")
    beside = await chat.adapter.post(where, PANEL, key="3")

    for posted in (inside, beside):
        await chat.people.click(ana.id, chat.server.posts[posted.message or ""], "Check")

    assert [event.address for event in chat.listener.heard] == [thread, where]


async def test_choices_arrive_as_their_values(chat: MattermostPlatform) -> None:
    ana, bo = await chat.someone("ana"), await chat.someone("bo")
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    posted = await chat.adapter.post(where, PANEL, key="1")
    post = chat.server.posts[posted.message or ""]

    await chat.people.click(ana.id, post, "Stage", "s2")
    await chat.people.click(ana.id, post, "Commander", bo.id)

    heard = [event.payload for event in chat.listener.heard]
    assert heard == [
        Click("stage.choose", "INC-1", posted, choice="s2"),
        Click("incident.commander", "INC-1", posted, choice=bo.id),
    ]


async def test_a_button_with_a_question_counts_after_the_yes_and_once(
    chat: MattermostPlatform,
) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    posted = await chat.adapter.post(where, PANEL, key="1")
    await chat.people.click(ana.id, chat.server.posts[posted.message or ""], "End")
    await eventually(lambda: bool(chat.server.dialogs.get(ana.id)))

    assert not chat.listener.heard
    asked = chat.server.dialogs[ana.id][0]
    assert "End INC-1?" in seen.text(asked["dialog"]["introduction_text"])
    for _ in range(2):
        chat.server.dialogs[ana.id] = [asked]
        await chat.people.submit(ana.id, where.channel)

    heard = [event.payload for event in chat.listener.heard]
    assert heard == [Click("incident.end", "INC-1", posted)]


async def test_a_form_is_asked_for_refused_at_its_field_and_accepted(
    chat: MattermostPlatform,
) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    chat.listener.answer = lambda _: AskForm(FORM)
    await chat.people.command(ana.id, where.channel, "/incident start")
    await chat.listener.done()
    shown = chat.server.dialogs[ana.id][0]

    chat.listener.answer = lambda _: FormErrors({"name": "Is taken.", "other": "Is odd."})
    refused = await chat.people.submit(ana.id, where.channel, name="db", wake="true")
    assert refused == {"errors": {"name": "Is taken."}, "error": "Is odd."}

    chat.listener.answer = lambda _: Quiet()
    assert await chat.people.submit(ana.id, where.channel, name="db", wake="true") == {}
    chat.server.dialogs[ana.id] = [shown]
    assert await chat.people.submit(ana.id, where.channel, name="db", wake="true") == {}

    forms = [e.payload for e in chat.listener.heard if isinstance(e.payload, FormSubmission)]
    values = {"name": "db", "severity": "", "wake": "true"}
    # Refused once, accepted once; the third was the second delivered again.
    assert forms == [FormSubmission("incident.start", "kept", values)] * 2
    assert {e.person.name for e in chat.listener.heard} == {"ana"}


@on_one_database
async def test_what_cannot_be_kept_is_told_at_once(chat: MattermostPlatform) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    posted = await chat.adapter.post(where, PANEL, key="1")

    chat.listener.away = True
    typed = await chat.people.command(ana.id, where.channel, "/incident list")
    pressed = await chat.people.click(ana.id, chat.server.posts[posted.message or ""], "Check")

    assert "Nothing was done" in typed["text"]
    assert typed["response_type"] == "ephemeral"
    assert "Nothing was done" in pressed["ephemeral_text"]


@on_one_database
async def test_the_server_is_answered_before_the_work_is_done(chat: MattermostPlatform) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    chat.listener.gate.clear()
    chat.listener.answer = private("done")

    assert await chat.people.command(ana.id, where.channel, "/incident list") == {}
    assert not chat.server.ephemeral
    chat.listener.gate.set()
    await chat.listener.done()
    assert chat.server.ephemeral


async def test_without_the_right_to_whisper_an_answer_comes_directly(
    chat: MattermostPlatform,
) -> None:
    ana = await chat.someone("ana")
    chat.server.rights -= {"create_post_ephemeral"}
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    posted = await chat.adapter.post(where, PANEL, key="1")
    chat.listener.answer = private("You may not.")
    await chat.people.click(ana.id, chat.server.posts[posted.message or ""], "Check")
    await chat.listener.done()

    direct = await chat.adapter.direct(ana, Card("look"), key="look")
    (told, _) = await chat.read(ana, direct.room)
    assert told.startswith("You may not.")
    assert "directly" in told


@on_one_database
async def test_an_answer_long_after_its_command_goes_another_way(
    chat: MattermostPlatform, clock: SetClock
) -> None:
    ana = await chat.someone("ana")
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    await chat.adapter.invite(where, (ana,))
    await chat.people.command(ana.id, where.channel, "/incident list")
    ticket = chat.listener.heard[-1].ticket
    chat.server.hooks.clear()

    await chat.adapter.whisper(where, ana, Card("hook is gone"), key="1", ticket=ticket)
    clock.advance(hours=1)
    await chat.adapter.whisper(where, ana, Card("late"), key="2", ticket=ticket)

    assert (await chat.read(ana, where))[-2:] == ["hook is gone", "late"]


async def test_programs_are_known_as_such_and_the_bot_does_not_hear_itself(
    chat: MattermostPlatform,
) -> None:
    other = chat.server.user("jenkins", is_bot=True)
    where = await chat.adapter.create_channel(NewChannel("main", "ops", "k", private=False))
    await chat.adapter.post(where, Card("from the bot itself"), key="1")
    chat.server.put(where.channel, other["id"], "built", props={"from_bot": "true"})

    await eventually(lambda: bool(chat.listener.heard))
    (event,) = chat.listener.heard
    assert isinstance(event.payload, Said)
    assert (event.payload.text, event.person.is_bot) == ("built", True)
