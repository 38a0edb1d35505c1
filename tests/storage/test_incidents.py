"""Incidents, their rooms, participants and roles, their timelines and opening tasks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from chat.address import Address
from chat.errors import Refused, Stale
from incidents.incident import Participant, RoleHolder, Room, RoomKind, Severity
from incidents.opening import OpeningTask, TaskName, TaskState, plan
from incidents.timeline import Event, EventKind
from security.page import Slice
from storage.database import Database
from storage.stores import Stores
from tests.clock import START
from tests.make import channel, incident

MINUTE = timedelta(minutes=1)


async def test_an_incident_comes_back_as_it_went_in(peopled: Database) -> None:
    full = replace(
        incident(42),
        summary="Since “noon” — ünï",
        public=False,
        reporter_id=None,
        ended_at=START + MINUTE,
        restarted_at=START + 2 * MINUTE,
        update_every=timedelta(minutes=30, microseconds=5),
        update_due_at=START + 3 * MINUTE,
        updated_at=START + 4 * MINUTE,
        welcome="Hello",
    )

    def act(to: Stores) -> None:
        to.incidents.add(full)
        assert to.incidents.get(full.id) == full
        assert to.incidents.by_number(42, lock=True) == full
        assert to.incidents.get("none") is None
        assert to.incidents.by_number(999_999_999) is None

    await peopled.acts.run(act)


async def test_a_change_of_an_old_version_is_stale(peopled: Database) -> None:
    first = incident()
    await peopled.acts.run(lambda to: to.incidents.add(first))
    second = replace(first, severity=Severity.LOW, version=2)
    await peopled.acts.run(lambda to: to.incidents.save(second))

    with pytest.raises(Stale, match="INC-00001"):
        await peopled.acts.run(lambda to: to.incidents.save(second))
    assert await peopled.acts.read(lambda to: to.incidents.get(first.id)) == second


async def test_who_locks_an_incident_changes_it_alone(peopled: Database) -> None:
    await peopled.acts.run(lambda to: to.incidents.add(incident()))

    def count_up(to: Stores) -> None:
        found = to.incidents.get("incident-1", lock=True)
        assert found is not None
        to.incidents.save(
            replace(found, name=str(int(found.name or 0) + 1), version=found.version + 1)
        )

    await peopled.acts.run(lambda to: to.incidents.save(replace(incident(), name="0", version=2)))
    await asyncio.gather(*(peopled.acts.run(count_up) for _ in range(20)))

    found = await peopled.acts.read(lambda to: to.incidents.get("incident-1"))
    assert found is not None
    assert found.name == "20"


async def test_a_number_is_not_given_twice_even_when_its_act_fails(peopled: Database) -> None:
    assert await peopled.acts.run(lambda to: to.incidents.next_number()) == 1
    await peopled.acts.run(lambda to: to.incidents.add(incident(1)))

    with pytest.raises(Refused):
        await peopled.acts.run(lambda to: to.incidents.add(replace(incident(1), id="other")))
    assert await peopled.acts.run(lambda to: to.incidents.next_number()) == 2


async def test_an_incident_is_found_by_its_rooms(peopled: Database) -> None:
    home = Room("incident-1", channel("home"), "inc-1")
    linked = Room("incident-1", channel("other"), "general", RoomKind.LINKED)

    def act(to: Stores) -> None:
        to.incidents.add(incident())
        for room in (linked, home, home):
            to.incidents.add_room(room)
        assert to.incidents.rooms("incident-1") == (home, linked)
        found = to.incidents.in_channel(channel("home").at("7"))
        assert found is not None
        assert found.number == 1
        assert to.incidents.in_channel(Address("local", "main", "home", "thread")) == found
        assert to.incidents.in_channel(channel("home", "ops")) is None
        assert to.incidents.in_channel(channel("elsewhere")) is None

    await peopled.acts.run(act)


async def test_participants_join_and_leave(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.incidents.add(incident())
        bo = Participant("incident-1", "bo", START)
        ana = Participant("incident-1", "ana", START + MINUTE)
        assert to.incidents.join(ana)
        assert to.incidents.join(bo)
        assert not to.incidents.join(bo)
        assert to.incidents.participants("incident-1") == (bo, ana)
        assert to.incidents.is_participant("incident-1", "bo")
        assert to.incidents.leave("incident-1", "bo")
        assert not to.incidents.leave("incident-1", "bo")
        assert not to.incidents.is_participant("incident-1", "bo")

    await peopled.acts.run(act)


async def test_a_role_has_one_holder(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.incidents.add(incident())
        to.incidents.set_role("incident-1", "scribe", "ana")
        to.incidents.set_role("incident-1", "scribe", "bo")
        to.incidents.set_role("incident-1", "operations", "ana")
        to.incidents.set_role("incident-1", "communications", None)
        assert to.incidents.roles("incident-1") == (
            RoleHolder("incident-1", "operations", "ana"),
            RoleHolder("incident-1", "scribe", "bo"),
        )
        to.incidents.set_role("incident-1", "scribe", None)
        assert len(to.incidents.roles("incident-1")) == 1

    await peopled.acts.run(act)


# --- timeline ------------------------------------------------------------------------------


async def test_a_timeline_is_told_in_order(peopled: Database) -> None:
    def event(number: int, kind: EventKind, minutes: int) -> Event:
        return Event(
            f"e{number}",
            "incident-1",
            START + minutes * MINUTE,
            kind,
            "ana",
            "ana",
            "did it",
            {"old": "a"},
            channel().at("7") if number == 1 else None,
        )

    events = (
        event(1, EventKind.INCIDENT_STARTED, 0),
        event(2, EventKind.STEP_CHECKED, 2),
        event(3, EventKind.STEP_CHECKED, 1),
        event(4, EventKind.STEP_CHECKED, 2),
    )

    def act(to: Stores) -> None:
        to.incidents.add(incident(1))
        to.incidents.add(incident(2))
        for it in events:
            to.timeline.append(it)
        to.timeline.append(replace(events[1], id="x", incident_id="incident-2"))

        def ids(kinds: tuple[EventKind, ...], part: Slice) -> tuple[list[str], int]:
            page = to.timeline.page("incident-1", kinds, part)
            return [it.id for it in page.items], page.total

        assert ids((), Slice()) == (["e1", "e3", "e2", "e4"], 4)
        assert ids((), Slice(order="-at", limit=2)) == (["e4", "e2"], 4)
        assert ids((EventKind.STEP_CHECKED,), Slice(offset=1)) == (["e2", "e4"], 3)
        assert to.timeline.page("incident-1", (), Slice(limit=1)).items == events[:1]
        assert to.timeline.latest("incident-1", EventKind.STEP_CHECKED) == events[3]
        assert to.timeline.latest("incident-1", EventKind.EXPORTED) is None

    await peopled.acts.run(act)


# --- opening -------------------------------------------------------------------------------


async def test_opening_tasks_remember_how_far_they_are(peopled: Database) -> None:
    def act(to: Stores) -> None:
        to.incidents.add(incident())
        to.openings.add(plan("incident-1"))
        tasks = {task.name: task for task in to.openings.of("incident-1")}
        assert set(tasks) == set(TaskName)
        done = tasks[TaskName.CHANNEL].done(channel="c1")
        failed = tasks[TaskName.MEMBERS].failed("no answer", START)
        to.openings.save(done)
        to.openings.save(failed)
        kept = {task.name: task for task in to.openings.of("incident-1")}
        assert kept[TaskName.CHANNEL] == done
        assert kept[TaskName.MEMBERS] == failed
        assert kept[TaskName.PIN] == OpeningTask("incident-1", TaskName.PIN, TaskState.WAITING)

    await peopled.acts.run(act)
