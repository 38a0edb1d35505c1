"""Steps are worked on by those who take part, each change once and with its traces."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest

from chat.address import Address
from chat.errors import BadInput, Denied, NotFound, Refused, TocsinError
from chat.outbox import DirectCard, Living, Refresh
from chat.text import plain
from incidents.desk import IncidentDesk
from incidents.incident import Incident, Participant, Room, Status
from incidents.timeline import Event, EventKind
from playbooks.draft import StageDraft, StepDraft
from playbooks.panel import panel_view
from playbooks.playbook import Settings
from playbooks.progress import StepState
from playbooks.start import StartWish
from playbooks.step_edit import StepEdit
from security.actor import Actor
from security.permissions import Permission
from storage.stores import Stores
from tests.playbooks.cast import ANA, BO, CHIEF, OUTAGE, STRANGER, VIEWER, House, actor, scoped

HOME = Address("local", "main", "inc")


async def begun(house: House, *, public: bool = True) -> Incident:
    """An ongoing incident of ana's in which bo takes part, with a channel and a panel."""
    draft = replace(OUTAGE, settings=Settings(public=public))
    playbook = await house.playbooks.create(ANA, draft)
    incident = await house.start.start(ANA, StartWish(playbook.id, "db"))

    def open_up(stores: Stores) -> None:
        stores.incidents.join(Participant(incident.id, "id-bo", house.clock.now()))
        stores.incidents.add_room(Room(incident.id, HOME, "inc"))
        panel = Living("panel", f"incident:{incident.id}", HOME.at("1"))
        stores.outbox.keep_alive(panel)

    await house.database.acts.run(open_up)
    return incident


async def refreshes(house: House) -> int:
    """Panels waiting to be shown anew."""
    queued = await house.database.acts.read(
        lambda stores: stores.outbox.due(house.clock.now(), "local", 50)
    )
    return sum(isinstance(one.outgoing.job, Refresh) for one in queued)


async def latest(house: House, incident: Incident, kind: EventKind) -> Event | None:
    return await house.database.acts.read(lambda stores: stores.timeline.latest(incident.id, kind))


async def titles(house: House, incident: Incident) -> list[list[str]]:
    progress = await house.steps.progress(ANA, incident.key)
    return [[step.title for step in stage.steps] for stage in progress.stages]


async def test_checking_a_step_leaves_every_trace_in_one_act(house: House) -> None:
    incident = await begun(house)
    house.clock.advance(minutes=3)

    changed = await house.steps.check(BO, incident.key, "1")

    assert (changed.step.title, changed.step.state) == ("Confirm it", StepState.DONE)
    assert (changed.step.changed_by, changed.step.changed_at) == ("id-bo", house.clock.now())
    assert (changed.label, changed.stage.name, changed.incident.id) == ("1", "Triage", incident.id)
    event = await latest(house, incident, EventKind.STEP_CHECKED)
    assert event is not None
    assert (event.by_name, event.summary) == ("bo", "checked “Confirm it”")
    assert event.details == {
        "step": "Confirm it",
        "step_id": changed.step.id,
        "stage": "Triage",
    }
    assert len(await house.records("incident.step_checked")) == 1
    assert await refreshes(house) == 1
    assert (await house.tracked())[-1] == (
        "Unchecked checklist item checked",
        {"IncidentID": incident.id, "UserID": "id-bo"},
    )
    stored = await house.steps.progress(ANA, incident.id)
    assert stored == changed.progress


async def test_of_two_who_check_at_once_one_is_told_who_was_first(house: House) -> None:
    incident = await begun(house)

    done = await asyncio.gather(
        house.steps.check(ANA, incident.key, "1"),
        house.steps.check(BO, incident.key, "1"),
        return_exceptions=True,
    )

    [refused] = [one for one in done if isinstance(one, TocsinError)]
    assert refused.code == "ALREADY"
    first = (await house.steps.progress(ANA, incident.key)).active_stage.steps[0].changed_by
    assert refused.message == (
        f"Step 1 is already checked, by @{(first or '').removeprefix('id-')} at 12:00 UTC."
    )
    assert len(await house.records("incident.step_checked")) == 1


async def test_a_step_is_unchecked_and_skipped(house: House) -> None:
    incident = await begun(house)

    await house.steps.check(ANA, incident.key, "1")
    opened = await house.steps.uncheck(ANA, incident.key, "1")
    skipped = await house.steps.skip(ANA, incident.key, "2.1")
    await house.steps.uncheck(ANA, incident.key, "2.1")

    assert opened.step.state is StepState.OPEN
    assert (skipped.step.state, skipped.label) == (StepState.SKIPPED, "2.1")
    assert [name for name, _ in await house.tracked()][-2:] == [
        "Unchecked checklist item checked",
        "Checked checklist item unchecked",
    ]


async def test_nothing_is_due_any_more_once_it_is_closed(house: House) -> None:
    late = StageDraft("Triage", (StepDraft("Confirm it", due_after=timedelta(minutes=1)),))
    playbook = await house.playbooks.create(ANA, replace(OUTAGE, stages=(late,)))
    incident = await house.start.start(ANA, StartWish(playbook.id, "db"))
    house.clock.advance(minutes=2)

    def shown(stores: Stores, found: Incident) -> tuple[int, str]:
        view = panel_view(stores, found, HOME.at("1"), house.clock.now())
        return view.overdue, plain(view.items[0].note)

    acts = house.database.acts
    closed = replace(incident, status=Status.CLOSED)
    since = "⚠ overdue since 2026-03-01 12:01 UTC"
    assert await acts.read(lambda to: shown(to, incident)) == (1, since)
    assert await acts.read(lambda to: shown(to, closed)) == (0, "")


async def test_a_button_needs_only_the_steps_id(house: House) -> None:
    incident = await begun(house)
    step = (await house.steps.progress(ANA, incident.key)).stages[1].steps[0]

    assert (await house.steps.check(ANA, None, step.id)).incident.id == incident.id
    await house.steps.remove(ANA, None, step.id)
    with pytest.raises(NotFound, match="not there any more"):
        await house.steps.check(ANA, None, step.id)


async def test_a_step_of_another_incident_is_not_reached_through_this_one(house: House) -> None:
    one, two = await begun(house), await begun(house)
    step = (await house.steps.progress(ANA, two.key)).stages[0].steps[0]

    with pytest.raises(NotFound):
        await house.steps.check(ANA, one.key, step.id)


async def test_steps_are_added_renamed_moved_and_removed_while_it_runs(house: House) -> None:
    incident = await begun(house)
    key = incident.key

    added = await house.steps.add(
        ANA, key, " Call the bank ", stage="mitigate", description="*now*", command="/incident info"
    )
    await house.steps.rename(ANA, key, added.step.id, "Call both banks")
    moved = await house.steps.move(ANA, key, added.step.id, 1, "1")
    await house.steps.remove(ANA, key, "2")

    assert (added.step.title, added.label) == ("Call the bank", "2.2")
    assert moved.label == "1"
    assert await titles(house, incident) == [
        ["Call both banks", "Set the severity", "Tell people"],
        ["Roll back"],
    ]
    assert [name for name, _ in await house.tracked()][-4:] == [
        "Checklist item created",
        "Checklist item renamed",
        "Checklist item moved",
        "Checklist item removed",
    ]
    renamed = await latest(house, incident, EventKind.STEP_RENAMED)
    assert renamed is not None
    assert renamed.summary == "renamed “Call the bank” to “Call both banks”"
    removed = await latest(house, incident, EventKind.STEP_REMOVED)
    assert removed is not None
    assert removed.summary == "removed “Confirm it”"


async def test_renaming_to_the_same_leaves_no_trace(house: House) -> None:
    incident = await begun(house)

    await house.steps.rename(ANA, incident.key, "1", " Confirm it ")

    assert await latest(house, incident, EventKind.STEP_RENAMED) is None


async def test_a_step_is_given_to_a_participant_who_hears_of_it(house: House) -> None:
    incident = await begun(house)

    given = await house.steps.assign(ANA, incident.key, "1", "@bo")

    assert given.step.assignee_id == "id-bo"
    queued = await house.database.acts.read(
        lambda stores: stores.outbox.due(house.clock.now(), "local", 50)
    )
    [told] = [one.outgoing.job for one in queued if isinstance(one.outgoing.job, DirectCard)]
    assert told.person.name == "bo"
    assert told.card.title == "@ana gave you step 1 of INC-00001: Confirm it"
    with pytest.raises(Refused, match="@bo's already"):
        await house.steps.assign(ANA, incident.key, "1", "bo")
    assert (await house.steps.assign(ANA, incident.key, "1", None)).step.assignee_id is None
    with pytest.raises(Refused, match="/incident invite @chief"):
        await house.steps.assign(ANA, incident.key, "1", "chief")
    with pytest.raises(NotFound):
        await house.steps.assign(ANA, incident.key, "1", "sam")


async def test_changing_the_stage_posts_nothing_and_refreshes_the_panel(house: House) -> None:
    incident = await begun(house)

    _, progress = await house.steps.activate(BO, incident.key, "next")

    assert progress.active_stage.name == "Mitigate"
    queued = await house.database.acts.read(
        lambda stores: stores.outbox.due(house.clock.now(), "local", 50)
    )
    assert [type(one.outgoing.job) for one in queued] == [Refresh]
    event = await latest(house, incident, EventKind.STAGE_CHANGED)
    assert event is not None
    assert event.details == {"old": "Triage", "new": "Mitigate"}
    back = progress.stages[0].id
    assert (await house.steps.activate(BO, None, back))[1].active == back


async def test_a_steps_command_is_handed_out_and_noted(house: House) -> None:
    incident = await begun(house)

    found, step = await house.steps.command(ANA, incident.key, "2")
    ran = await house.steps.ran(ANA, incident.key, "2")

    assert (found.id, step.command) == (incident.id, "/incident severity CRITICAL")
    assert ran.step.ran_at == house.clock.now()
    event = await latest(house, incident, EventKind.STEP_COMMAND_RAN)
    assert event is not None
    assert event.summary == "ran /incident severity CRITICAL of “Set the severity”"
    with pytest.raises(Refused) as caught:
        await house.steps.command(ANA, incident.key, "1")
    assert caught.value.code == "NO_COMMAND"


def everything(house: House, who: Actor, key: str) -> list[Awaitable[object]]:
    """Each way to change the steps of an incident."""
    steps = house.steps
    return [
        steps.check(who, key, "1"),
        steps.uncheck(who, key, "1"),
        steps.skip(who, key, "1"),
        steps.add(who, key, "x"),
        steps.rename(who, key, "1", "x"),
        steps.move(who, key, "1", 2),
        steps.remove(who, key, "1"),
        steps.assign(who, key, "1", "ana"),
        steps.activate(who, key, "next"),
        steps.command(who, key, "2"),
        steps.ran(who, key, "2"),
    ]


@pytest.mark.parametrize(
    ("who", "error", "told"),
    [
        (CHIEF, Denied, "Only participants of INC-00001"),
        (VIEWER, Denied, r"incident\.work"),
        (STRANGER, NotFound, "no incident"),
        (scoped(ANA, Permission.INCIDENT_VIEW), Denied, "scope"),
    ],
    ids=["not in it", "viewer", "other team", "narrow token"],
)
async def test_who_may_not_changes_nothing(
    house: House, who: Actor, error: type[TocsinError], told: str
) -> None:
    incident = await begun(house)
    before = await house.steps.progress(ANA, incident.key)

    for attempt in everything(house, who, incident.key):
        with pytest.raises(error, match=told):
            await attempt

    assert await house.steps.progress(ANA, incident.key) == before


async def test_an_automation_works_on_any_incident_of_its_team(house: House) -> None:
    incident = await begun(house, public=False)

    robot = actor("robot", "automation")

    assert (await house.steps.check(robot, incident.key, "1")).step.changed_by == "id-robot"


async def test_a_private_incident_is_not_there_for_others(house: House) -> None:
    incident = await begun(house, public=False)

    with pytest.raises(NotFound):
        await house.steps.progress(CHIEF, incident.key)
    for attempt in everything(house, CHIEF, incident.key):
        with pytest.raises(NotFound):
            await attempt


async def test_a_closed_incident_refuses_and_says_how_to_go_on(house: House) -> None:
    incident = await begun(house)
    await IncidentDesk(house.database.acts, house.clock).end(ANA, incident.key)

    for attempt in everything(house, ANA, incident.key):
        with pytest.raises(Refused, match="/incident restart INC-00001"):
            await attempt
    assert (await house.steps.progress(ANA, incident.key)).stages


async def test_wrong_words_change_nothing(house: House) -> None:
    incident = await begun(house)
    before = await house.steps.progress(ANA, incident.key)

    for attempt in (
        house.steps.check(ANA, incident.key, "ninth"),
        house.steps.add(ANA, incident.key, ""),
        house.steps.add(ANA, incident.key, "x", command="no slash"),
        house.steps.move(ANA, incident.key, "1", 77),
    ):
        with pytest.raises(BadInput):
            await attempt
    assert await house.steps.progress(ANA, incident.key) == before


async def test_a_step_is_edited_in_one_act_and_twice_does_no_harm(house: House) -> None:
    incident = await begun(house)
    step = (await house.steps.progress(ANA, incident.key)).active_stage.steps[0]
    wish = StepEdit(title="Confirm twice", stage="Mitigate", position=1, assignee="bo")

    edited = await house.steps.edit(ANA, incident.key, step.id, wish)
    again = await house.steps.edit(ANA, incident.key, step.id, wish)

    assert (edited.step.title, edited.label, edited.step.assignee_id) == (
        "Confirm twice",
        "2.1",
        "id-bo",
    )
    assert again.progress == edited.progress
    assert len(await house.records("incident.step_moved")) == 1
    with pytest.raises(Refused):
        await house.steps.edit(
            ANA, incident.key, step.id, StepEdit(title="Not kept", assignee="chief")
        )
    assert await house.steps.progress(ANA, incident.key) == edited.progress
