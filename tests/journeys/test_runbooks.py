"""Runbooks in chat: run, watch, approve, reject, all by what people type and press."""

from __future__ import annotations

import json
from typing import Any

from chat.message import Attachment
from tests.bench import Bench

STEPS = [
    {"name": "Say", "action": "core.echo", "parameters": {"message": "hi {{ parameters.whom }}"}},
    {
        "name": "Risky",
        "action": "core.local",
        "parameters": {"cmd": "echo done {{ parameters.whom }}"},
        "approval": {"role": "approver"},
    },
]


async def with_runbook(bench: Bench, **more: Any) -> None:
    """An ACTIVE runbook `greet`, written in chat by the administrator."""
    document = {
        "name": "Greet",
        "parameters": [{"name": "whom", "required": True, "description": "Whom to greet"}],
        "steps": STEPS,
        **more,
    }
    file = Attachment("greet.json", "application/json", json.dumps(document).encode())
    answered = await bench.say("admin", "general", "/runbook new", files=(file,))
    assert "saved as a draft" in answered.replies[0].text
    assert "is active now" in await bench.told("admin", "general", "/runbook mark greet active")


async def incident(bench: Bench) -> str:
    await bench.say("ana", "general", "/incident start --playbook outage --name db")
    return "inc-00001-db"


async def test_from_a_form_to_an_approval_to_the_end(bench: Bench) -> None:
    await with_runbook(bench)
    await bench.hire("bo", "approver")
    channel = await incident(bench)
    await bench.say("ana", channel, "/incident invite @bo")

    asked = await bench.say("ana", channel, "/runbook run greet")
    assert asked.form is not None
    assert [field.name for field in asked.form.form.fields] == ["whom"]
    await bench.submit("ana", asked, whom="Zoe")

    shown = [m for m in await bench.messages(channel) if "RUN-00001" in m.text and m.card]
    assert "waits for APR-00001" in shown[0].text
    request = next(m for m in await bench.messages(channel) if "needs approval" in m.text)
    assert "echo done Zoe" in request.text
    assert "Asked by: @ana" in request.text
    panel = await bench.panel_message(channel)
    assert "waits for APR-00001" in panel.text

    denied = await bench.click("ana", request, "approval.approve")
    assert "You asked for it yourself" in denied.replies[0].text
    await bench.click("bo", request, "approval.approve")

    after = {m.id: m for m in await bench.messages(channel)}
    assert "was approved by @bo" in after[request.id].text.casefold()
    assert "✅ RUN-00001" in after[shown[0].id].text
    assert "APR-00001" not in (await bench.panel_message(channel)).text
    again = await bench.told("bo", channel, "/approve APR-1")
    assert "was approved by @bo" in again


async def test_rejected_with_a_note(bench: Bench) -> None:
    await with_runbook(bench)
    await bench.hire("bo", "approver")
    begun = await bench.told(
        "ana", "general", '/runbook run greet whom="Zoe and Max" --reason "to be nice"'
    )
    assert "RUN-00001 has begun" in begun
    listed = await bench.told("bo", "general", "/approvals")
    assert "APR-00001" in listed
    assert "Zoe and Max" in listed
    assert "was rejected by @bo: not today" in await bench.told(
        "bo", "general", "/reject APR-00001 not today"
    )
    await bench.settle()
    status = await bench.told("ana", "general", "/runbook status RUN-1")
    assert "❌ RUN-00001" in status
    assert "not today" in status


async def test_what_it_would_do_is_shown_and_not_done(bench: Bench) -> None:
    await with_runbook(bench)

    told = await bench.told("ana", "general", "/runbook plan greet whom=Zoe")

    assert "nothing was done" in told
    assert "echo done Zoe" in told
    assert "Nothing has been executed yet" in await bench.told("ana", "general", "/runbook status")


async def test_a_responder_may_not_write_and_a_viewer_not_run(bench: Bench) -> None:
    await with_runbook(bench)
    await bench.hire("vi", "viewer")

    assert "runbook.edit" in await bench.told("ana", "general", "/runbook new")
    assert "runbook.run" in await bench.told("vi", "general", "/runbook run greet whom=a")


async def test_a_playbook_step_runs_a_runbook(bench: Bench) -> None:
    await with_runbook(bench, parameters=[], steps=[{"name": "Say", "action": "core.noop"}])
    channel = await incident(bench)
    await bench.say("ana", channel, '/incident step add "Greet" --command "/runbook run greet"')
    panel = await bench.panel_message(channel)
    step = next(
        control.value
        for section in (panel.card.sections if panel.card else ())
        for item in getattr(section, "items", ())
        for control in getattr(item, "controls", ())
        if control.action == "step.run" and "/runbook" in item.command
    )

    await bench.click("ana", panel, "step.run", step)

    assert any("✅ RUN-00001" in message.text for message in await bench.messages(channel))


async def test_a_step_whose_runbook_lacks_something_asks_for_it_and_runs_then(
    bench: Bench,
) -> None:
    whom = {"name": "whom", "required": True}
    tone = {"name": "tone", "required": True}
    say = {
        "name": "Say",
        "action": "core.echo",
        "parameters": {"message": "{{ parameters.tone }} {{ parameters.whom }}"},
    }
    await with_runbook(bench, parameters=[whom, tone], steps=[say])
    channel = await incident(bench)
    await bench.say(
        "ana", channel, '/incident step add "Greet" --command "/runbook run greet tone=hello"'
    )
    panel = await bench.panel_message(channel)
    step = next(
        control.value
        for section in (panel.card.sections if panel.card else ())
        for item in getattr(section, "items", ())
        for control in getattr(item, "controls", ())
        if control.action == "step.run" and "/runbook" in item.command
    )

    asked = await bench.click("ana", panel, "step.run", step)

    assert asked.form is not None
    fields = asked.form.form.fields
    assert [(field.name, field.value) for field in fields] == [("whom", ""), ("tone", "hello")]
    assert "ran /runbook" not in await bench.told("ana", channel, "/incident timeline")

    await bench.submit("ana", asked, whom="Zoe", tone="hullo")

    assert any("✅ RUN-00001" in message.text for message in await bench.messages(channel))
    done = await bench.house.desks.executions.detail(await bench.actor("ana"), "RUN-1")
    assert done.execution.parameters == {"whom": "Zoe", "tone": "hullo"}
    assert done.execution.incident_id is not None
    told = await bench.told("ana", channel, "/incident timeline")
    assert "ran /runbook run greet tone=hello" in told


async def test_what_a_runbook_does_not_take_is_told_before_it_asks(bench: Bench) -> None:
    await with_runbook(bench)

    answered = await bench.say("ana", "general", "/runbook run greet bogus=1")

    assert answered.form is None
    assert "bogus" in answered.replies[0].text
    assert "whom" in answered.replies[0].text


async def test_a_question_is_answered_by_a_button(bench: Bench) -> None:
    ask = {
        "name": "Ask",
        "action": "chat.ask",
        "parameters": {"question": "Really?", "options": ["Yes", "No"]},
    }
    post = {
        "name": "Post",
        "action": "chat.post",
        "parameters": {
            "text": "You said {{ steps.ask.output.answer }} by {{ steps.ask.output.by }}"
        },
    }
    await with_runbook(bench, parameters=[], steps=[ask, post])
    channel = await incident(bench)
    await bench.say("ana", channel, "/runbook run greet")
    question = next(m for m in await bench.messages(channel) if "Really?" in m.text)

    yes = next(
        control.value
        for section in (question.card.sections if question.card else ())
        for control in getattr(section, "controls", ())
        if control.label == "Yes"
    )
    await bench.click("ana", question, "question.answer", yes)

    texts = [message.text for message in await bench.messages(channel)]
    assert any("You said Yes by ana" in text for text in texts)
    assert any("✅ Really?" in text for text in texts)


async def test_a_wrong_document_says_where(bench: Bench) -> None:
    text = (
        "name: Bad\nsteps:\n- {name: A, action: core.local, parameters: {cmd: 'echo {{ nope }}'}}"
    )
    file = Attachment("bad.yaml", "application/yaml", text.encode())

    answered = await bench.say("admin", "general", "/runbook new", files=(file,))

    assert "Step 1" in answered.replies[0].text
    assert "nope" in answered.replies[0].text


async def test_an_automatic_runbook_begins_with_the_incident_once(bench: Bench) -> None:
    await with_runbook(
        bench,
        parameters=[],
        steps=[{"name": "Say", "action": "core.noop"}],
        trigger_type="AUTOMATIC",
        trigger_conditions={"severity": ["CRITICAL", "EMERGENCY"]},
    )
    channel = await incident(bench)
    assert not [m for m in await bench.messages(channel) if "RUN-" in m.text]

    await bench.say("ana", channel, "/incident severity CRITICAL")
    await bench.settle()
    await bench.say("ana", channel, "/incident severity EMERGENCY")
    await bench.settle()

    status = await bench.told("ana", channel, "/runbook status")
    assert status.count("RUN-") == 1
