"""Single actions in chat: listed, shown, completed, asked for what they need, run."""

from __future__ import annotations

from tests.bench import Bench


async def completed(bench: Bench, line: str, who: str = "admin") -> list[str]:
    """The lines that the composer suggests."""
    found = await bench.house.rooms.complete(await bench.person(who), "general", line)
    return [one.text for one in found]


async def test_an_action_is_found_shown_and_run(bench: Bench) -> None:
    listed = await bench.told("admin", "general", "/action list http")
    assert "core.http" in listed
    assert "core.noop" not in listed
    shown = await bench.told("admin", "general", "/action show core.local")
    assert "/action run core.local cmd=…" in shown

    begun = await bench.told("admin", "general", '/action run core.local cmd="echo $((6*7))"')

    assert "RUN-00001 has begun: core.local" in begun
    await bench.settle()
    done = await bench.house.desks.executions.detail(await bench.actor("admin"), "RUN-1")
    assert done.execution.status == "COMPLETED"
    assert done.execution.trigger == "CHATOPS"
    assert any("✅ RUN-00001" in one.text for one in await bench.messages("general"))
    _, printed = await bench.house.desks.executions.output(await bench.actor("admin"), "RUN-1")
    assert "".join(piece.text for piece in printed) == "42\n"


async def test_what_is_missing_is_asked_for_and_a_mistake_stays_in_the_form(bench: Bench) -> None:
    asked = await bench.say("admin", "general", "/action run core.local")
    assert asked.form is not None
    assert [field.name for field in asked.form.form.fields] == ["cmd"]

    refused = await bench.submit("admin", asked, cmd=" ")
    assert refused.errors == {"cmd": "Please fill this in."}
    await bench.submit("admin", asked, cmd="echo hi")

    done = await bench.house.desks.executions.detail(await bench.actor("admin"), "RUN-1")
    assert done.execution.parameters["cmd"] == "echo hi"


async def test_what_is_unknown_is_told_with_what_there_is(bench: Bench) -> None:
    wrong = await bench.told("admin", "general", "/action run core.loca")
    assert "Did you mean “core.local”?" in wrong
    assert "/action list shows them all" in wrong
    assert "cmdd is no parameter" in await bench.told(
        "admin", "general", "/action run core.local cmdd=1"
    )
    assert "No action has “zzz”" in await bench.told("admin", "general", "/action list zzz")
    assert "More: " in await bench.told("admin", "general", "/action list")


async def test_only_who_may_run_actions_runs_one(bench: Bench) -> None:
    await bench.hire("vera", "viewer")

    refused = await bench.told("vera", "general", "/action run core.noop")

    assert "action.run" in refused
    assert "core.noop" in await bench.told("vera", "general", "/action list noop")
    assert "/action run" not in await bench.told("vera", "general", "/action help")
    assert "Nothing has been executed yet" in await bench.told("vera", "general", "/runbook status")


async def test_an_action_begun_in_an_incidents_channel_is_the_incidents(bench: Bench) -> None:
    await bench.say("admin", "general", "/incident start --playbook outage --name db")

    await bench.say("admin", "inc-00001-db", "/action run core.noop")

    done = await bench.house.desks.executions.detail(await bench.actor("admin"), "RUN-1")
    assert done.execution.incident_id is not None


async def test_a_playbooks_step_runs_no_single_action(bench: Bench) -> None:
    """Whoever wrote the step need not hold the right that whoever presses it has."""
    await bench.say("admin", "general", "/incident start --playbook outage --name db")
    channel = "inc-00001-db"
    added = await bench.told(
        "admin", channel, '/incident step add "Do" --command "/action run core.noop"'
    )
    number = added.split("tep ")[1].split()[0]

    told = await bench.told("admin", channel, f"/incident run {number}")

    assert "Type that one yourself" in told
    assert "RUN-" not in await bench.told("admin", channel, "/runbook status")


async def test_actions_and_what_they_take_are_completed(bench: Bench) -> None:
    assert await completed(bench, "/action r") == ["/action run "]
    assert "/action run core.local " in await completed(bench, "/action run core.lo")
    assert (await completed(bench, "/action run core.local "))[0] == "/action run core.local cmd="
    await bench.hire("vera", "viewer")
    assert await completed(bench, "/action run core.lo", "vera") == []
