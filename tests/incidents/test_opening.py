"""Opening an incident's room: once, whole, and resumed after any failure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.local.adapter import LocalAdapter
from chat.address import Address
from chat.capabilities import Capabilities
from chat.errors import TocsinError
from chat.message import PostedMessage
from chat.outbox import DirectCard
from incidents.drive_opening import OpeningDriver
from incidents.incident import Incident
from incidents.opening import TaskName, TaskState
from incidents.timeline import EventKind
from playbooks.desk import PlaybookDesk
from playbooks.draft import PlaybookDraft
from playbooks.panel import PanelSource
from playbooks.start import StartWish
from security.actor import SYSTEM
from tests.incidents.conftest import Town


async def test_a_room_has_members_an_announcement_and_a_pinned_panel(town: Town) -> None:
    incident = await town.start()

    detail = await town.desk.detail(town["ana"], incident.key)
    facts = await town.adapter.channel(detail.rooms[0].address)
    texts = [message.text for message in await town.messages(incident)]
    assert detail.opened
    assert facts.name == "inc-00001-checkout-fails"
    assert "ana" in {person.name for person in facts.members}
    assert any("@ana started INC-00001" in text for text in texts)
    assert sum("Commander" in text for text in texts) == 1


async def test_the_creator_is_commander_and_first_member(town: Town) -> None:
    incident = await town.start("bo")

    detail = await town.desk.detail(town["bo"], incident.key)
    assert detail.commander is not None
    assert detail.commander.name == "bo"
    assert detail.participants[0].name == "bo"


async def test_the_text_of_the_message_it_came_from_is_quoted(town: Town) -> None:
    general = await general_channel(town)
    person = town["bo"].person
    assert person is not None
    source = PostedMessage(general.at("1"), person, "500s on checkout", town.clock.now())

    incident = await town.start(source=source)

    texts = [message.text for message in await town.messages(incident)]
    assert any("500s on checkout" in text for text in texts)


@pytest.mark.parametrize("method", ["create_channel", "invite", "post", "pin"])
async def test_what_fails_is_shown_and_done_later_and_nothing_twice(
    town: Town, method: str
) -> None:
    town.adapter.failing = frozenset({method})
    incident = await town.start()

    before = await town.desk.detail(town["ana"], incident.key)
    assert f"did not answer {method}" in before.problems[0].error
    assert await direct_messages_wait(town)

    town.adapter.failing = frozenset()
    town.clock.advance(seconds=5)
    assert await town.drive(town.opening, "opening", incident) is None

    after = await town.desk.detail(town["ana"], incident.key)
    assert after.opened
    assert len(after.rooms) == 1
    texts = [message.text for message in await town.messages(incident)]
    assert sum("@ana started INC-00001" in text for text in texts) == 1
    assert (await town.kinds(incident)).count(EventKind.CHANNEL_CREATED) == 1


async def test_somebody_whom_the_platform_keeps_out_does_not_hold_up_the_room(town: Town) -> None:
    town.adapter.gone = frozenset({"ana"})
    incident = await town.start()

    detail = await town.desk.detail(town["ana"], incident.key)
    told = [job.card.title for job in await direct_messages(town)]
    assert detail.opened
    assert not detail.problems
    assert any("did not let in: @ana" in title for title in told)


async def direct_messages(town: Town) -> list[DirectCard]:
    return [one.job for one in await town.waiting() if isinstance(one.job, DirectCard)]


async def direct_messages_wait(town: Town) -> bool:
    return any(isinstance(outgoing.job, DirectCard) for outgoing in await town.waiting())


@pytest.mark.parametrize("task", list(TaskName))
async def test_a_process_that_dies_after_the_platform_answered_leaves_no_second_thing(
    town: Town, task: TaskName
) -> None:
    class DiedError(BaseException):
        """The process is gone."""

    def die(name: TaskName) -> None:
        if name is task:
            raise DiedError

    incident = await town.start_desk.start(
        town["ana"], StartWish(playbook="outage", name="Checkout fails")
    )
    town.opening.after_call = die
    with pytest.raises(DiedError):
        await town.drive(town.opening, "opening", incident)
    town.opening.after_call = None

    town.clock.advance(seconds=60)  # the dead driver's lease has expired
    await town.drive(town.opening, "opening", incident)

    detail = await town.desk.detail(SYSTEM, incident.key)
    texts = [message.text for message in await town.messages(incident)]
    assert detail.opened
    assert len(detail.rooms) == 1
    assert sum("@ana started INC-00001" in text for text in texts) == 1
    assert sum("Commander" in text for text in texts) == 1
    assert (await town.kinds(incident)).count(EventKind.CHANNEL_CREATED) == 1


async def test_a_driver_that_lost_its_lease_writes_nothing(town: Town) -> None:
    incident = await town.start_desk.start(
        town["ana"], StartWish(playbook="outage", name="Checkout fails")
    )

    def overtaken(_: TaskName) -> None:
        town.clock.advance(seconds=60)

    town.opening.after_call = overtaken
    stale = await town.lease("opening", incident)
    town.clock.advance(seconds=60)
    fresh = await town.lease("opening", incident)
    assert stale is not None
    assert fresh is not None
    with pytest.raises(TocsinError, match="driven by somebody else"):
        await town.opening.drive(incident.id, stale)

    tasks = (await town.desk.detail(SYSTEM, incident.key)).opening
    assert {task.state for task in tasks} == {TaskState.WAITING}


async def test_a_private_incident_is_not_told_where_it_was_started(town: Town) -> None:
    general = await general_channel(town)

    secret = await town.start(playbook="security-breach", name="Leak", origin=general)
    open_one = await town.start(name="Slow", origin=general)

    assert not secret.public
    assert await told(town, secret) == []
    assert general in await told(town, open_one)


async def test_a_channel_the_playbook_names_in_vain_is_said(town: Town) -> None:
    playbooks = PlaybookDesk(town.database.acts, town.clock)
    draft = PlaybookDraft.of(await playbooks.find(SYSTEM, "outage"))
    elsewhere = replace(draft.settings, announce_in=("nosuch", "general"))
    await playbooks.edit(SYSTEM, "outage", replace(draft, settings=elsewhere))

    incident = await town.start()

    missed = [e for e in await town.story(incident) if e.kind is EventKind.ANNOUNCEMENT_MISSED]
    assert [event.summary for event in missed] == ["could not announce the incident in #nosuch"]
    direct = [o.job.card.title for o in await town.deliver() if isinstance(o.job, DirectCard)]
    assert any("is not announced in #nosuch" in title for title in direct)
    assert await told(town, incident) == [await general_channel(town)]


async def general_channel(town: Town) -> Address:
    found = await town.adapter.find_channel("main", "general")
    assert found is not None
    return found


async def told(town: Town, incident: Incident) -> list[Address]:
    """Channels with a living announcement of the incident."""
    living = await town.database.acts.read(
        lambda stores: stores.outbox.living(f"announcement:{incident.id}")
    )
    return [one.address.room for one in living]


async def test_a_private_incident_goes_where_it_can_be_kept_private(town: Town) -> None:
    class Open(LocalAdapter):
        """A platform on which everybody reads everything."""

        @property
        def platform(self) -> str:
            return "open"

        @property
        def capabilities(self) -> Capabilities:
            return replace(super().capabilities, private_channels=False)

    town.opening = OpeningDriver(
        town.database.acts,
        {"local": town.adapter, "open": Open(town.database.acts, town.clock)},
        PanelSource(town.database.acts, town.clock).card,
        town.clock,
        usual_platform="local",
        own_platform="local",
    )

    secret = await town.start(
        playbook="security-breach", name="Leak", origin=Address("open", "their-tenant", "somewhere")
    )

    rooms = (await town.desk.detail(SYSTEM, secret.key)).rooms
    assert [(room.address.platform, room.address.workspace) for room in rooms] == [
        ("local", "main")
    ]
    direct = [o.job.card.title for o in await town.deliver() if isinstance(o.job, DirectCard)]
    assert f"{secret.key} has its room in Tocsin's own chat" in direct
