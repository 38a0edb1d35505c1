"""Buttons, lists, menus and forms on the local platform."""

from __future__ import annotations

import asyncio

import pytest

from chat.address import Address
from chat.card import Actions, Button, Card, Checklist, ChecklistItem, Option, Select
from chat.errors import BadInput, NotFound, Refused
from chat.form import Form, FormField
from chat.inbound import Click, FormSubmission, Inbound, MessageMenu
from chat.person import Person
from chat.port import NewChannel
from chat.reply import AskForm, FormErrors, Private, Reply
from chat.rooms import LocalForm
from tests.adapters.listener import private
from tests.adapters.marks import on_one_database
from tests.adapters.platforms import LocalPlatform


def panel(*open_steps: str, update: str = "INC-1") -> Card:
    """A card such as the incident panel, with a step for each id."""
    items = tuple(
        ChecklistItem(step, number, f"Step {step}", controls=(Button("step.check", "Check", step),))
        for number, step in enumerate(open_steps, start=1)
    )
    stages = (Option("s1", "Triage"), Option("s2", "Fix"))
    return Card(
        "INC-1",
        (
            Checklist("Triage", items, 0, len(items)),
            Actions(
                (
                    Button("incident.update", "Update", update),
                    Select("stage.view", "Stage", "INC-1", options=stages),
                    Select("incident.commander", "Commander", "INC-1", people=True),
                )
            ),
        ),
    )


async def posted(local: LocalPlatform, card: Card, *, private: bool = False) -> Address:
    where = await local.adapter.create_channel(NewChannel("main", "ops", "k", private=private))
    return await local.adapter.post(where, card, key="panel")


async def click(
    local: LocalPlatform, who: Person, where: Address, action: str, value: str | None
) -> Click:
    """Press, and give back what the bot heard."""
    await local.rooms.click(who, int(where.message or ""), action, value)
    heard = local.listener.heard[-1].payload
    assert isinstance(heard, Click)
    return heard


async def test_a_button_says_what_it_means_and_where_it_is(
    local: LocalPlatform, ana: Person
) -> None:
    where = await posted(local, panel("a", "b"))

    assert await click(local, ana, where, "step.check", "b") == Click("step.check", "b", where)
    only_one = await click(local, ana, where, "incident.update", None)
    assert only_one == Click("incident.update", "INC-1", where)
    assert local.listener.heard[-1].address == where.room


async def test_a_choice_is_an_option_or_somebody(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    where = await posted(local, panel("a"))

    assert await click(local, ana, where, "stage.view", "s2") == Click(
        "stage.view", "INC-1", where, choice="s2"
    )
    for typed in (bo.id, "bo", "@bo"):
        assert await click(local, ana, where, "incident.commander", typed) == Click(
            "incident.commander", "INC-1", where, choice=bo.id
        )


@on_one_database
@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("step.check", "z"),
        ("step.check", ""),
        ("step.check", None),
        ("stage.view", "s3"),
        ("stage.view", None),
        ("incident.commander", "nobody"),
        ("incident.commander", "tocsin"),
        ("incident.end", "INC-1"),
        ("incident.end", None),
        ("", ""),
    ],
)
async def test_what_the_message_does_not_have_cannot_be_pressed(
    local: LocalPlatform, ana: Person, action: str, value: str | None
) -> None:
    where = await posted(local, panel("a", "b"))

    with pytest.raises(BadInput):
        await local.rooms.click(ana, int(where.message or ""), action, value)
    assert not local.listener.heard


async def test_a_button_that_was_there_a_moment_ago_still_counts(
    local: LocalPlatform, ana: Person
) -> None:
    where = await posted(local, panel("a", "b"))
    await local.adapter.update(where, panel("b"))
    await local.adapter.update(where, panel())

    assert (await click(local, ana, where, "step.check", "a")).value == "a"
    with pytest.raises(BadInput):
        await local.rooms.click(ana, int(where.message or ""), "step.check", "c")


async def test_a_click_that_arrives_twice_acts_once(local: LocalPlatform, ana: Person) -> None:
    where = await posted(local, panel("a"))
    local.listener.answer = private("checked")
    answers = await asyncio.gather(
        *(
            local.rooms.click(ana, int(where.message or ""), "step.check", "a", key="k")
            for _ in range(3)
        )
    )

    assert len(local.listener.heard) == 1
    assert [[each.text for each in answer.replies] for answer in answers] == [["checked"]] * 3


async def test_only_who_sees_a_message_presses_its_buttons(
    local: LocalPlatform, ana: Person, cy: Person
) -> None:
    where = await posted(local, panel("a"), private=True)
    await local.adapter.invite(where, (ana,))
    await local.adapter.whisper(where, ana, panel("w"), key="w")
    whispered = (await local.messages(ana, where.channel))[-1]

    await local.rooms.click(ana, whispered.id, "step.check", "w")
    for message in (int(where.message or ""), whispered.id, 0, -1, 2**70):
        with pytest.raises(NotFound):
            await local.rooms.click(cy, message, "step.check", "a")
        with pytest.raises(NotFound):
            await local.rooms.menu(cy, message, "incident.start")


async def test_an_incident_starts_from_a_messages_menu(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    said = (await local.rooms.say(bo, "general", "db is down")).message
    assert said is not None
    await local.rooms.menu(ana, said.id, "incident.start")

    chosen = local.listener.heard[-1]
    assert isinstance(chosen.payload, MessageMenu)
    assert (chosen.payload.text, chosen.payload.author, chosen.person) == ("db is down", bo, ana)
    with pytest.raises(BadInput, match=r"It has: incident\.start"):
        await local.rooms.menu(ana, said.id, "incident.end")


FORM = Form(
    "incident.start",
    "Start an incident",
    (
        FormField("name", "Name", max_length=10),
        FormField(
            "severity", "Severity", "select", (Option("LOW", "Low"), Option("HIGH", "High")),
            value="LOW",
        ),
        FormField("commander", "Commander", "person", required=False),
        FormField("page", "Page", "switch"),
        FormField("due", "Due", "date", required=False),
    ),
    context="kept on our side",
)  # fmt: skip


async def ask(local: LocalPlatform, who: Person) -> LocalForm:
    """Have the form opened."""
    local.listener.answer = lambda _: AskForm(FORM)
    answered = await local.rooms.say(who, "general", "/incident start")
    assert answered.form is not None
    return answered.form


def submitted(local: LocalPlatform) -> list[FormSubmission]:
    heard = (each.payload for each in local.listener.heard)
    return [each for each in heard if isinstance(each, FormSubmission)]


async def test_a_form_comes_with_the_answer_and_is_filled_in(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    form = await ask(local, ana)
    assert (form.form, form.person, form.errors) == (FORM, ana, {})

    local.listener.answer = private("Started.")
    answered = await local.rooms.submit(
        ana, form.id, {"name": " db ", "commander": "@bo", "page": "on", "due": "2026-03-02"}
    )

    assert [each.text for each in answered.replies] == ["Started."]
    assert submitted(local) == [
        FormSubmission(
            "incident.start",
            "kept on our side",
            {
                "name": "db",
                "severity": "LOW",
                "commander": bo.id,
                "page": "true",
                "due": "2026-03-02",
            },
        )
    ]


@on_one_database
@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("name", "", "Please fill this in."),
        ("name", "x" * 11, "11 characters"),
        ("severity", "WORST", "from the list"),
        ("commander", "nobody", "nobody called “nobody”"),
        ("due", "tomorrow", "a date like"),
    ],
)
async def test_a_wrong_answer_keeps_the_form_open(
    local: LocalPlatform, ana: Person, field: str, value: str, wrong: str
) -> None:
    form = await ask(local, ana)
    refused = await local.rooms.submit(ana, form.id, {"name": "db", field: value})

    assert list(refused.errors) == [field]
    assert wrong in refused.errors[field]
    assert not submitted(local)
    await local.rooms.submit(ana, form.id, {"name": "db"})
    assert len(submitted(local)) == 1


async def test_a_field_that_is_not_asked_for_is_refused(local: LocalPlatform, ana: Person) -> None:
    form = await ask(local, ana)

    with pytest.raises(BadInput, match=r"no field “nmae”\. Its fields are: name, severity"):
        await local.rooms.submit(ana, form.id, {"nmae": "db"})


async def test_errors_of_the_domain_keep_the_form_open_too(
    local: LocalPlatform, ana: Person
) -> None:
    form = await ask(local, ana)

    def picky(inbound: Inbound) -> Reply | None:
        assert isinstance(inbound.payload, FormSubmission)
        if inbound.payload.values["name"] == "taken":
            return FormErrors({"name": "That name is taken."})
        return Private(Card("Started."))

    local.listener.answer = picky
    for _ in range(2):
        refused = await local.rooms.submit(ana, form.id, {"name": "taken"})
        assert refused.errors == {"name": "That name is taken."}
    assert (await local.rooms.submit(ana, form.id, {"name": "free"})).replies
    assert len(submitted(local)) == 3
    with pytest.raises(Refused, match="sent or closed already"):
        await local.rooms.submit(ana, form.id, {"name": "free"})


@pytest.mark.parametrize("pause", [0.0, 0.2])
async def test_a_form_sent_twice_at_once_counts_once(
    local: LocalPlatform, ana: Person, pause: float
) -> None:
    form = await ask(local, ana)
    local.listener.answer, local.listener.pause = private("Started."), pause

    outcomes = await asyncio.gather(
        *(local.rooms.submit(ana, form.id, {"name": "db"}) for _ in range(5)),
        return_exceptions=True,
    )

    assert len(submitted(local)) == 1
    answered = [each for each in outcomes if not isinstance(each, Refused)]
    assert answered
    assert not any(isinstance(each, BaseException) for each in answered)


async def test_a_form_is_settled_though_its_sender_hung_up(
    local: LocalPlatform, ana: Person
) -> None:
    form = await ask(local, ana)
    local.listener.answer = lambda _: FormErrors({"name": "Taken."})
    local.listener.pause = 0.2
    sending = asyncio.create_task(local.rooms.submit(ana, form.id, {"name": "db"}))
    await asyncio.sleep(0.1)
    sending.cancel()
    await asyncio.wait([sending])
    await local.listener.done()
    await local.rooms.close()

    assert (await local.rooms.submit(ana, form.id, {"name": "db"})).errors == {"name": "Taken."}
    assert len(submitted(local)) == 2


async def test_a_closed_form_takes_no_answers(local: LocalPlatform, ana: Person) -> None:
    form = await ask(local, ana)
    for _ in range(2):
        await local.rooms.dismiss(ana, form.id)

    with pytest.raises(Refused, match="Ask for it again"):
        await local.rooms.submit(ana, form.id, {"name": "db"})
    assert await local.forms(ana) == []


async def test_nobody_else_touches_a_form(local: LocalPlatform, ana: Person, bo: Person) -> None:
    form = await ask(local, ana)

    for form_id in (form.id, "no-such-form"):
        with pytest.raises(NotFound):
            await local.rooms.submit(bo, form_id, {"name": "db"})
        with pytest.raises(NotFound):
            await local.rooms.dismiss(bo, form_id)
    assert len(await local.forms(ana)) == 1
