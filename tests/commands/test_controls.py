"""Buttons, selects, forms and the message menu; each also as typed words."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.local.inbound import MENU
from chat.errors import BadInput
from chat.rooms import ChannelKind
from commands.arguments import parse
from commands.command import Ask
from commands.looking_up import Lookup
from commands.wiring import dispatch
from tests.commands.bench import Bench, read

ROOT = Path(__file__).parents[2]
TYPED = {
    "step.check": "/incident check",
    "step.uncheck": "/incident uncheck",
    "step.skip": "/incident skip",
    "step.run": "/incident run",
    "stage.view": "/incident steps",
    "stage.activate": "/incident stage",
    "panel.page": "/incident steps",
    "identity.link": "/link",
    "incident.start": "/incident start",
    "incident.update": "/incident update",
    "incident.severity": "/incident severity",
    "incident.timeline": "/incident timeline",
    "incident.end": "/incident end",
    "incident.restart": "/incident restart",
    "incident.commander": "/incident commander",
    "incident.join": "/incident join",
    "incident.snooze": "/incident snooze",
    "playbook.new": "/playbook new",
    "playbook.edit": "/playbook edit",
    "playbook.delete": "/playbook delete",
    "runbook.delete": "/runbook delete",
    "execution.cancel": "/runbook cancel",
    "execution.pause": "/runbook pause",
    "execution.resume": "/runbook resume",
    "execution.rerun": "/runbook rerun",
    "execution.done": "/runbook settle",
    "execution.again": "/runbook settle",
    "execution.failed": "/runbook settle",
    "approval.approve": "/approve",
    "approval.reject": "/reject",
    "question.answer": "/runbook answer",
    "question.ask": "/runbook answer",
}


def named(kind: str, keyword: str = "action") -> set[str]:
    """First arguments of every `Button(…)`, `Select(…)` or `Form(…)` in the house.

    Or what stands behind a keyword, wherever that is.
    """
    found: set[str] = set()
    for room in ("incidents", "playbooks", "automation", "commands", "bot"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                    continue
                if node.func.id != kind:
                    continue
                given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == keyword)]
                found |= {str(one.value) for one in given if isinstance(one, ast.Constant)}
    return found


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_every_control_there_is_has_an_answer_and_a_typed_command(bench: Bench) -> None:
    made = dispatch(bench.acts, bench.clock, bench.desks)
    actor = await bench.actor("adam")
    typed = {verb.name for verb in made.phrases.allowed(actor)}

    clicks = {action for kind, action in made.actions if kind == "click"}
    assert named("Button") | named("Select") <= clicks
    # Any form that a step's command asks for comes back by way of its step.
    by_step = {"step.run"}
    # What is run asks for its parameters in a form that bears its own name.
    to_run = named("Subject", "form")
    assert named("Form") | by_step | to_run == {
        action for kind, action in made.actions if kind == "form"
    }
    assert set(MENU) == {action for kind, action in made.actions if kind == "menu"}
    # A form that came too late is opened again by its button alone: its words are typed anew.
    assert clicks == set(TYPED) | {"form.open"}
    assert set(TYPED.values()) <= typed


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_every_command_of_the_shipped_playbooks_can_be_run(bench: Bench) -> None:
    phrases = dispatch(bench.acts, bench.clock, bench.desks).phrases
    actor = await bench.actor("ana")

    for template in bench.desks.playbooks.templates():
        for stage in template.draft.stages:
            for step in stage.steps:
                if step.command:
                    found = phrases.find(actor, step.command)
                    parse(found.verb.name, step.command, found.start, found.verb.args)


async def test_the_start_form_keeps_what_was_given(bench: Bench) -> None:
    answered = await bench.say('/incident start --name "Disk full" --severity high --summary x')

    assert answered.form is not None
    held = {field.name: field.value for field in answered.form.form.fields}
    assert held["name"] == "Disk full"
    assert held["severity"] == "HIGH"
    assert held["summary"] == "x"
    outage = await bench.desks.playbooks.find(await bench.actor("ana"), "outage")
    started = await bench.fill(answered, playbook=outage.handle)
    assert "INC-00001 is started: Disk full" in read(started)


@pytest.mark.parametrize("line", ["/incident start", "/incident start Checkout is down"])
async def test_missing_words_open_the_form(bench: Bench, line: str) -> None:
    answered = await bench.say(line)

    assert answered.form is not None
    assert answered.form.form.action == "incident.start"


async def test_a_playbooks_handle_may_stand_in_front_of_the_name(bench: Bench) -> None:
    assert "is started: Checkout is down" in await bench.told(
        "/incident start outage Checkout is down"
    )
    with_name = await bench.say("/incident start outage")
    assert with_name.form is not None
    assert with_name.form.form.fields[0].value


async def test_a_form_stays_open_until_its_fields_are_right(bench: Bench) -> None:
    answered = await bench.say("/incident start --playbook outage")

    wrong = await bench.fill(answered, name=" \u2063 ", severity="HIGH")
    assert "name" in wrong.errors
    right = await bench.fill(answered, name="Now it is right", severity="HIGH")
    assert "is started: Now it is right" in read(right)


async def test_a_messages_menu_puts_its_text_into_the_announcement(bench: Bench) -> None:
    posted = await bench.say("The database is gone, all of it", by="bo")
    assert posted.message is not None
    form = await bench.rooms.menu(bench.people["ana"], posted.message.id, "incident.start")
    outage = await bench.desks.playbooks.find(await bench.actor("ana"), "outage")

    await bench.fill(form, playbook=outage.handle, name="From a message")
    await bench.quiet()

    general = await bench.rooms.messages(bench.people["ana"], "general")
    assert any("INC-00001" in m.text and "all of it" in m.text for m in general)


async def test_a_message_is_quoted_by_its_id_too(bench: Bench) -> None:
    posted = await bench.say("The database is gone, all of it", by="bo")
    assert posted.message is not None

    await bench.opened(f"/incident start outage Quoted --from {posted.message.id}")

    general = await bench.rooms.messages(bench.people["ana"], "general")
    assert any("INC-00001" in m.text and "all of it" in m.text for m in general)
    told = await bench.told("/incident start outage x --from 99999")
    assert "There is no message “99999” that you can read" in told


async def test_a_message_elsewhere_is_quoted_to_whoever_sees_its_channel(bench: Bench) -> None:
    for name, kind in (("ops", ChannelKind.PUBLIC), ("den", ChannelKind.PRIVATE)):
        await bench.rooms.create(bench.people["bo"], name, kind)
    said = [await bench.say(f"said in {name}", channel=name, by="bo") for name in ("ops", "den")]
    public, private = (one.message.id for one in said if one.message is not None)
    lookup, general = Lookup(bench.desks), await bench.adapter.find_channel("main", "general")
    assert general is not None
    ask = Ask(await bench.actor("ana"), bench.people["ana"], general, "e1")
    guest = replace(ask, person=replace(ask.person, workspace="elsewhere"))

    assert (await lookup.message(ask, str(public))).text == "said in ops"
    for who, number in ((ask, private), (guest, public)):
        with pytest.raises(BadInput, match="that you can read"):
            await lookup.message(who, str(number))


async def test_the_panels_buttons_work(bench: Bench) -> None:
    room = await bench.opened()
    panel = await bench.panel(room)
    progress = await bench.desks.steps.progress(await bench.actor("ana"), "INC-1")
    first, second = progress.active_stage.steps[:2]

    await bench.click(panel, "step.check", first.id)
    assert "1/5" in (await bench.panel(room)).text
    await bench.click(await bench.panel(room), "step.uncheck", first.id)
    assert "0/5" in (await bench.panel(room)).text
    assert "Summary of" in read(await bench.click(panel, "step.run", second.id))
    learn = progress.stages[3]
    assert "Save the channel" in read(await bench.click(panel, "stage.view", learn.id))
    await bench.click(panel, "stage.activate", progress.stages[1].id)
    assert "Mitigate" in (await bench.panel(room)).text
    assert "events" in read(await bench.click(panel, "incident.timeline"))


async def test_the_panels_forms_work(bench: Bench) -> None:
    room = await bench.opened()
    panel = await bench.panel(room)
    commander = await bench.click(panel, "incident.commander")
    outside = await bench.fill(commander, person="bo")
    assert "is not in the channel" in outside.errors["person"]
    await bench.say("/incident invite @bo", channel=room)

    await bench.fill(commander, person="bo")
    await bench.fill(await bench.click(panel, "incident.severity"), severity="EMERGENCY")
    await bench.fill(await bench.click(panel, "incident.update"), text="All hands", next_in="1h")
    await bench.click(panel, "incident.end")

    incident = await bench.desks.incidents.find(await bench.actor("ana"), "1")
    assert incident.severity == "EMERGENCY"
    assert incident.commander_id == bench.people["bo"].id
    assert not incident.ongoing
    refused = await bench.click(panel, "incident.update")
    assert "is closed" in read(refused)
    await bench.click(await bench.panel(room), "incident.restart")
    assert (await bench.desks.incidents.find(await bench.actor("ana"), "1")).ongoing


async def test_a_select_changes_severity_and_commander(bench: Bench) -> None:
    room = await bench.opened()
    severity = (await bench.say("/incident severity", channel=room)).replies[0]
    await bench.click(severity, "incident.severity", "LOW")
    commander = (await bench.say("/incident commander", channel=room)).replies[0]
    refused = await bench.click(commander, "incident.commander", "bo")

    assert "must be" in read(refused)
    await bench.say("/incident invite @bo", channel=room)
    await bench.click(commander, "incident.commander", "bo")
    incident = await bench.desks.incidents.find(await bench.actor("ana"), "1")
    assert (incident.severity, incident.commander_id) == ("LOW", bench.people["bo"].id)


async def test_pages_of_steps_are_turned_for_everybody(bench: Bench) -> None:
    room = await bench.opened()
    for number in range(8):
        await bench.say(f"/incident step add Extra {number}", channel=room)
    panel = await bench.panel(room)
    assert "Extra 7" not in panel.text

    await bench.click(panel, "panel.page")

    assert "Extra 7" in (await bench.panel(room)).text


async def test_the_announcements_button_lets_people_in(bench: Bench) -> None:
    await bench.opened()
    general = await bench.rooms.messages(bench.people["bo"], "general")
    announced = next(m for m in general if "INC-00001" in m.text and m.only_for is None)

    told = read(await bench.click(announced, "incident.join", by="bo"))

    assert "You take part in INC-00001. Go to #inc-00001" in told


async def test_playbooks_are_made_edited_and_deleted_by_form_and_button(bench: Bench) -> None:
    new = await bench.say("/playbook new")
    assert "name" in (await bench.fill(new, template="scratch")).errors
    assert "Tea time is made" in read(await bench.fill(new, template="scratch", name="Tea time"))
    edit = await bench.say("/playbook edit tea-time")
    edited = read(await bench.fill(edit, name="Tea", severity="LOW", keywords="tea"))
    assert "Tea is at revision 2" in edited
    asked = (await bench.say("/playbook delete tea-time")).replies[0]
    assert "is deleted" in read(await bench.click(asked, "playbook.delete"))


async def test_a_form_filled_in_too_late_overwrites_nobody(bench: Bench) -> None:
    await bench.say("/playbook new Tea")
    edit = await bench.say("/playbook edit tea")
    await bench.say("/playbook edit tea --description Green")

    late = await bench.fill(edit, name="Coffee")

    assert "Somebody changed" in read(late)
