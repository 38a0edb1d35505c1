"""Starting an incident writes everything it begins with, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chat.address import Address
from chat.errors import BadInput, Denied, NotFound
from chat.message import PostedMessage
from chat.person import Person
from incidents.incident import Incident, Severity
from incidents.opening import OpeningTask, TaskName, TaskState
from incidents.timeline import Event, EventKind
from playbooks.draft import StageDraft, StepDraft
from playbooks.playbook import Playbook, Settings
from playbooks.progress import Progress
from playbooks.start import StartWish
from security.account import Grant
from security.actor import SYSTEM, Actor
from security.page import Slice
from storage.stores import Stores
from tests.playbooks.cast import ADMIN, ANA, BO, OUTAGE, STRANGER, TEAM, VIEWER, House

PLACE = Address("local", "main", "general", thread="7", message="9")


async def playbook(
    house: House, settings: Settings = OUTAGE.settings, **changes: object
) -> Playbook:
    draft = replace(OUTAGE, settings=settings, **changes)  # pyright: ignore[reportArgumentType]  # the fields of a draft
    return await house.playbooks.create(ANA, draft)


async def tasks_of(house: House, incident: Incident) -> dict[TaskName, OpeningTask]:
    tasks = await house.database.acts.read(lambda stores: stores.openings.of(incident.id))
    return {task.name: task for task in tasks}


async def story(house: House, incident: Incident) -> tuple[Event, ...]:
    page = await house.database.acts.read(
        lambda stores: stores.timeline.page(incident.id, (), Slice(limit=50))
    )
    return page.items


async def participants(house: House, incident: Incident) -> list[str]:
    joined = await house.database.acts.read(
        lambda stores: stores.incidents.participants(incident.id)
    )
    return sorted(participant.account_id for participant in joined)


async def due(house: House) -> set[tuple[str, str]]:
    now = house.clock.now()
    found = await house.database.acts.read(lambda stores: stores.drives.due(now, 50))
    return {(kind, subject) for kind, subject, _ in found}


async def progress_of(house: House, incident: Incident) -> Progress:
    return await house.steps.progress(ADMIN, incident.key)


async def test_an_incident_begins_as_its_playbook_says(house: House) -> None:
    settings = Settings(
        public=False,
        severity=Severity.HIGH,
        update_every=timedelta(minutes=30),
        summary="Who is affected?",
        welcome="Hello",
        announce_in=("ops", "town square"),
        channel_name="{name} ({key})",
    )
    source = await playbook(house, settings)

    incident = await house.start.start(ANA, StartWish("service-outage", "  db is slow "))

    assert incident.key == "INC-00001"
    assert (incident.name, incident.summary) == ("db is slow", "Who is affected?")
    assert (incident.severity, incident.public) == (Severity.HIGH, False)
    assert (incident.commander_id, incident.reporter_id) == ("id-ana", "id-ana")
    assert incident.update_due_at == house.clock.now() + timedelta(minutes=30)
    assert incident.welcome == "Hello"
    assert (incident.playbook_id, incident.playbook_revision) == (source.id, 1)
    assert await participants(house, incident) == ["id-ana"]
    tasks = await tasks_of(house, incident)
    assert {task.state for task in tasks.values()} == {TaskState.WAITING}
    assert tasks[TaskName.CHANNEL].result == {"name": "db is slow (INC-00001)"}
    assert tasks[TaskName.ANNOUNCEMENT].result == {"channels": "ops,town square"}
    assert await due(house) == {("opening", incident.id), ("following", incident.id)}
    house.clock.advance(minutes=30)
    assert await due(house) == {
        (kind, incident.id) for kind in ("opening", "following", "reminder")
    }


async def test_what_is_said_wins_over_the_playbook(house: House) -> None:
    await playbook(house, Settings(summary="Who?", severity=Severity.LOW))
    wish = StartWish("outage", "db", severity=Severity.EMERGENCY, summary="All of it")

    incident = await house.start.start(ANA, wish)

    assert (incident.severity, incident.summary) == (Severity.EMERGENCY, "All of it")


async def test_its_steps_are_its_own(house: House) -> None:
    source = await playbook(house)

    incident = await house.start.start(ANA, StartWish(source.id, "db"))
    await house.playbooks.edit(
        ANA, source.id, replace(OUTAGE, stages=(StageDraft("Other", (StepDraft("x"),)),))
    )

    progress = await progress_of(house, incident)
    assert [stage.name for stage in progress.stages] == ["Triage", "Mitigate"]
    assert progress.active_stage.name == "Triage"
    assert [step.assignee_id for step in progress.active_stage.steps] == [None, None, "id-ana"]
    await house.playbooks.delete(ANA, source.id)
    assert await progress_of(house, incident) == progress


async def test_the_playbook_may_name_commander_guests_and_assignees(house: House) -> None:
    stage = StageDraft("S", (StepDraft("a", assignee="vic"), StepDraft("b", assignee="reporter")))
    await playbook(house, Settings(default_commander="bo", invite=("chief", "bo")), stages=(stage,))

    incident = await house.start.start(ANA, StartWish("outage", "db"))

    assert (incident.commander_id, incident.reporter_id) == ("id-bo", "id-ana")
    assert await participants(house, incident) == ["id-ana", "id-bo", "id-chief", "id-vic"]
    steps = (await progress_of(house, incident)).active_stage.steps
    assert [step.assignee_id for step in steps] == ["id-vic", "id-ana"]


async def test_who_left_the_team_is_passed_over(house: House) -> None:
    stage = StageDraft("S", (StepDraft("a", assignee="bo"),))
    await playbook(house, Settings(default_commander="bo", invite=("bo",)), stages=(stage,))

    def leave(stores: Stores) -> None:
        stores.people.revoke(Grant("id-bo", "responder", TEAM))

    await house.database.acts.run(leave)
    incident = await house.start.start(ANA, StartWish("outage", "db"))

    assert incident.commander_id == "id-ana"
    assert await participants(house, incident) == ["id-ana"]
    assert (await progress_of(house, incident)).active_stage.steps[0].assignee_id is None


async def test_the_message_it_was_started_from_is_kept(house: House) -> None:
    await playbook(house)
    bo = Person("local", "main", "id-bo", "bo")
    message = PostedMessage(PLACE, bo, "the db is <!channel> on fire", house.clock.now())

    incident = await house.start.start(ANA, StartWish("outage", "db", source=message, origin=PLACE))

    told = (await tasks_of(house, incident))[TaskName.ANNOUNCEMENT].result
    assert told["quote"] == "the db is <!channel> on fire"
    assert Address.unpacked(told["origin"]) == Address("local", "main", "general")
    [begun] = await story(house, incident)
    assert begun.kind is EventKind.INCIDENT_STARTED
    assert begun.details["quoted"] == "bo"
    assert Address.unpacked(begun.details["message"]) == PLACE


async def test_it_leaves_a_record(house: House) -> None:
    await playbook(house)

    await house.start.start(ANA.caused_by("entry-1"), StartWish("outage", "secret"))

    [record] = await house.records("incident.started")
    assert (record.record.object_name, record.record.cause) == ("INC-00001", "entry-1")
    assert record.record.details["playbook"] == "service-outage"


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "bell\x07", "nul\x00"])
async def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(
    house: House, name: str
) -> None:
    await playbook(house)

    with pytest.raises(BadInput) as caught:
        await house.start.start(ANA, StartWish("outage", name))

    assert "name" in caught.value.details
    assert await house.records("incident.started") == ()
    assert (await house.start.start(ANA, StartWish("outage", "x"))).number == 1


async def test_only_members_of_a_playbook_start_from_it(house: House) -> None:
    source = await playbook(house)

    for outsider in (BO, STRANGER, VIEWER):
        with pytest.raises(NotFound):
            await house.start.start(outsider, StartWish(source.id, "db"))
    await house.playbooks.share_with_team(ANA, source.id, shared=True)
    with pytest.raises(Denied, match=r"incident\.start"):
        await house.start.start(VIEWER, StartWish(source.id, "db"))
    assert (await house.start.start(BO, StartWish(source.id, "db"))).commander_id == "id-bo"


async def test_the_team_may_be_said(house: House) -> None:
    await playbook(house)
    roaming = replace(ADMIN, team_id=None)

    incident = await house.start.start(roaming, StartWish("outage", "db", team_id=TEAM))

    assert incident.team_id == TEAM


async def test_tocsin_itself_needs_somebody_in_charge(house: House) -> None:
    source = await playbook(house)
    system: Actor = replace(SYSTEM, team_id=TEAM)

    with pytest.raises(BadInput, match="default commander"):
        await house.start.start(system, StartWish(source.id, "db"))
    await house.playbooks.edit(
        ANA, source.id, replace(OUTAGE, settings=Settings(default_commander="bo"))
    )

    incident = await house.start.start(system, StartWish(source.id, "db"))

    assert (incident.commander_id, incident.reporter_id) == ("id-bo", None)
