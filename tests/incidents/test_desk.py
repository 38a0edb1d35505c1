"""What people do with an incident, and what is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from chat.errors import BadInput, Denied, NotFound, Refused, Stale
from chat.outbox import InvitePeople, PostCard, Whisper
from incidents.desk import IncidentDesk
from incidents.incident import Severity, Status
from incidents.ports import IncidentFilter
from incidents.timeline import EventKind
from security.actor import SYSTEM, Actor
from security.audit import Outcome
from security.page import Slice
from security.ports import AuditFilter
from tests.incidents.conftest import Town


async def test_an_incident_has_a_key_and_counts_on(town: Town) -> None:
    first, second = await town.start(), await town.start(name="Again")

    assert (first.key, second.key) == ("INC-00001", "INC-00002")


@pytest.mark.parametrize("ref", ["INC-00001", "inc-1", "1", "#1"])
async def test_it_is_found_by_what_people_call_it(town: Town, ref: str) -> None:
    incident = await town.start()

    assert (await town.desk.find(town["ana"], ref)).id == incident.id


async def test_what_is_not_there_is_said_with_a_way_on(town: Town) -> None:
    with pytest.raises(NotFound, match=r"no incident “INC-77”.*/incident list"):
        await town.desk.find(town["ana"], "INC-77")


async def test_ending_closes_it_and_says_how_to_reopen(town: Town) -> None:
    incident = await town.start()
    town.clock.advance(minutes=20)

    ended = await town.desk.end(town["ana"], incident.key)

    assert ended.status is Status.CLOSED
    assert ended.duration(town.clock.now()) == timedelta(minutes=20)
    with pytest.raises(Refused, match=r"INC-00001 is closed.*/incident restart INC-00001"):
        await town.desk.end(town["ana"], incident.key)


Change = Callable[[IncidentDesk, Actor, str], Awaitable[object]]
CHANGES: tuple[Change, ...] = (
    lambda desk, ana, key: desk.set_severity(ana, key, Severity.LOW),
    lambda desk, ana, key: desk.set_summary(ana, key, "x"),
    lambda desk, ana, key: desk.rename(ana, key, "x"),
    lambda desk, ana, key: desk.change_commander(ana, key, "bo"),
    lambda desk, ana, key: desk.set_role(ana, key, "scribe", "ana"),
    lambda desk, ana, key: desk.invite(ana, key, ["bo"]),
    lambda desk, ana, key: desk.post_update(ana, key, "x"),
    lambda desk, ana, key: desk.snooze(ana, key, timedelta(minutes=5)),
)


@pytest.mark.parametrize("change", CHANGES)
async def test_a_closed_incident_refuses_every_change(town: Town, change: Change) -> None:
    incident = await town.start()
    await town.desk.end(town["ana"], incident.key)
    before = await town.desk.find(SYSTEM, incident.key)

    with pytest.raises(Refused, match="is closed"):
        await change(town.desk, town["ana"], incident.key)

    assert await town.desk.find(SYSTEM, incident.key) == before


async def test_a_closed_one_is_restarted_on_purpose(town: Town) -> None:
    incident = await town.start()
    await town.desk.end(town["ana"], incident.key)

    again = await town.desk.restart(town["ana"], incident.key)

    assert again.ongoing
    assert again.ended_at is None
    with pytest.raises(Refused, match="is ongoing already"):
        await town.desk.restart(town["ana"], incident.key)


async def test_only_somebody_in_the_channel_becomes_commander(town: Town) -> None:
    incident = await town.start()

    with pytest.raises(Refused, match=r"@bo is not in the channel.*/incident invite @bo"):
        await town.desk.change_commander(town["ana"], incident.key, "@bo")
    await town.desk.invite(town["ana"], incident.key, ["@bo"])
    changed = await town.desk.change_commander(town["ana"], incident.key, "@bo")

    assert changed.commander_id == town["bo"].account_id
    with pytest.raises(Refused, match="@bo is the commander already"):
        await town.desk.change_commander(town["ana"], incident.key, "@bo")


async def test_an_unknown_person_is_named(town: Town) -> None:
    incident = await town.start()

    with pytest.raises(NotFound, match="Nobody called “zed” is in this team"):
        await town.desk.change_commander(town["ana"], incident.key, "@zed")


async def test_inviting_lets_the_platform_add_them(town: Town) -> None:
    incident = await town.start()

    await town.desk.invite(town["ana"], incident.key, ["bo", "vic"])

    jobs = [outgoing.job for outgoing in await town.deliver()]
    invited = next(job for job in jobs if isinstance(job, InvitePeople))
    assert {person.name for person in invited.people} == {"bo", "vic"}


async def test_who_does_not_take_part_is_told_to_join(town: Town) -> None:
    incident = await town.start()

    with pytest.raises(Denied, match="/incident join INC-00001"):
        await town.desk.set_severity(town["bo"], incident.key, Severity.LOW)
    await town.desk.join(town["bo"], incident.key)

    assert (await town.desk.set_severity(town["bo"], incident.key, Severity.LOW)).severity == "LOW"


async def test_a_viewer_who_joined_may_still_only_look(town: Town) -> None:
    incident = await town.start()
    await town.desk.join(town["vic"], incident.key)

    with pytest.raises(Denied, match=r"You need the right “incident\.end”"):
        await town.desk.end(town["vic"], incident.key)


async def test_a_private_incident_is_there_for_participants_and_administrators_only(
    town: Town,
) -> None:
    incident = await town.start(playbook="security-breach", name="Leak")

    for outsider in ("bo", "cora", "vic"):
        with pytest.raises(NotFound):
            await town.desk.find(town[outsider], incident.key)
        page = await town.desk.page(town[outsider], IncidentFilter(), Slice())
        assert page.total == 0
        with pytest.raises(NotFound):
            await town.desk.join(town[outsider], incident.key)
    for insider in ("ana", "admin"):
        assert (await town.desk.page(town[insider], IncidentFilter(), Slice())).total == 1


async def test_a_denial_is_audited(town: Town) -> None:
    incident = await town.start()
    with pytest.raises(Denied):
        await town.desk.end(town["vic"], incident.key)

    wanted = AuditFilter(outcome=Outcome.DENIED)
    page = await town.database.acts.read(lambda stores: stores.audit.page(wanted, Slice()))

    denied = page.items[0].record
    assert (denied.actor_name, denied.outcome) == ("vic", Outcome.DENIED)
    assert "incident.end" in str(denied)


async def test_a_severity_change_is_told_with_old_and_new(town: Town) -> None:
    incident = await town.start(severity=Severity.HIGH)
    await town.deliver()

    await town.desk.set_severity(town["ana"], incident.key, Severity.CRITICAL)

    titles = [o.job.card.title for o in await town.deliver() if isinstance(o.job, PostCard)]
    assert "⬆️ Severity: HIGH → CRITICAL" in titles
    event = (await town.story(incident))[-1]
    assert event.kind is EventKind.SEVERITY_CHANGED
    assert event.details == {"old": "HIGH", "new": "CRITICAL"}


async def test_setting_what_is_so_already_leaves_no_trace(town: Town) -> None:
    incident = await town.start(severity=Severity.HIGH)
    before = await town.kinds(incident)

    same = await town.desk.edit(town["ana"], incident.key, severity=Severity.HIGH)
    with pytest.raises(Refused, match="is HIGH already"):
        await town.desk.set_severity(town["ana"], incident.key, Severity.HIGH)

    assert same.version == incident.version
    assert await town.kinds(incident) == before


async def test_inviting_who_takes_part_already_is_refused(town: Town) -> None:
    incident = await town.start()
    await town.desk.join(town["bo"], incident.key)

    with pytest.raises(Refused, match=r"@ana, @bo take part in INC-00001 already"):
        await town.desk.invite(town["ana"], incident.key, ["ana", "bo"])


async def test_who_may_only_look_is_given_no_part(town: Town) -> None:
    incident = await town.start("cora")
    await town.desk.invite(town["cora"], incident.key, ["vic"])

    with pytest.raises(Refused, match=r"@vic may only look .* cannot be commander"):
        await town.desk.change_commander(town["cora"], incident.key, "vic")
    with pytest.raises(Refused, match=r"cannot be scribe .* “incident\.work” is missing"):
        await town.desk.set_role(town["cora"], incident.key, "scribe", "vic")


async def test_a_mistyped_role_is_not_made_up(town: Town) -> None:
    incident = await town.start()

    with pytest.raises(BadInput, match=r"Did you mean scribe\? .* --new"):
        await town.desk.set_role(town["ana"], incident.key, "scibe", "ana")
    await town.desk.set_role(town["ana"], incident.key, "scibe", "ana", new=True)
    await town.desk.set_role(town["ana"], incident.key, "tea-maker", "ana")

    held = (await town.desk.detail(town["ana"], incident.key)).roles
    assert set(held) == {"scibe", "tea-maker"}


async def test_an_edit_of_an_old_version_is_refused(town: Town) -> None:
    incident = await town.start()
    await town.desk.rename(town["ana"], incident.key, "First")

    with pytest.raises(Stale, match="has changed since you read it"):
        await town.desk.edit(town["ana"], incident.key, name="Second", version=incident.version)


@pytest.mark.parametrize(
    ("name", "why"), [("  ", "may not be empty"), ("x" * 81, "at most 80"), ("a\x07b", "cannot be")]
)
async def test_a_name_that_cannot_be_is_refused(town: Town, name: str, why: str) -> None:
    incident = await town.start()

    with pytest.raises(BadInput, match=why):
        await town.desk.rename(town["ana"], incident.key, name)


async def test_roles_are_claimed_and_left(town: Town) -> None:
    incident = await town.start()

    await town.desk.set_role(town["ana"], incident.key, "Scribe", "@ana")
    held = (await town.desk.detail(town["ana"], incident.key)).roles
    await town.desk.set_role(town["ana"], incident.key, "scribe", None)
    left = (await town.desk.detail(town["ana"], incident.key)).roles

    assert {role: account.name for role, account in held.items()} == {"scribe": "ana"}
    assert left == {}
    with pytest.raises(BadInput, match="cannot be a role"):
        await town.desk.set_role(town["ana"], incident.key, "commander", "@ana")


async def test_entering_the_channel_makes_a_participant_who_is_welcomed(town: Town) -> None:
    incident = await town.start()
    home = (await town.desk.detail(SYSTEM, incident.key)).rooms[0].address

    await town.desk.came_into(town["bo"], home)
    await town.desk.came_into(town["bo"], home)

    names = [one.name for one in (await town.desk.detail(SYSTEM, incident.key)).participants]
    assert names == ["ana", "bo"]
    joined = [event for event in await town.story(incident) if event.by_name == "bo"]
    assert [event.kind for event in joined] == [EventKind.PARTICIPANT_JOINED]
    if incident.welcome:
        assert any(isinstance(o.job, Whisper) for o in await town.deliver())


async def test_when_the_commander_leaves_the_channel_asks_for_another(town: Town) -> None:
    incident = await town.start()
    home = (await town.desk.detail(SYSTEM, incident.key)).rooms[0].address
    await town.deliver()

    await town.desk.went_out_of(town["ana"], home)

    titles = [o.job.card.title for o in await town.deliver() if isinstance(o.job, PostCard)]
    assert titles == ["The commander left the channel"]


async def test_lists_are_filtered(town: Town) -> None:
    mine = await town.start("ana", name="Mail is slow", severity=Severity.LOW)
    other = await town.start("bo", name="Disk full", severity=Severity.CRITICAL)
    await town.desk.end(town["ana"], mine.key)

    async def names(**wanted: object) -> list[str]:
        chosen = IncidentFilter(**wanted)  # pyright: ignore[reportArgumentType]  # fields by name
        page = await town.desk.page(town["cora"], chosen, Slice())
        assert page.total == len(page.items)
        return [incident.name for incident in page.items]

    assert await names() == ["Disk full", "Mail is slow"]
    assert await names(status=Status.ONGOING) == ["Disk full"]
    assert await names(severities=(Severity.LOW, Severity.HIGH)) == ["Mail is slow"]
    assert await names(commander_id=town["bo"].account_id) == ["Disk full"]
    assert await names(member_id=town["ana"].account_id) == ["Mail is slow"]
    assert await names(search="DISK") == ["Disk full"]
    assert await names(search="100%_") == []
    assert await names(search=other.key) == ["Disk full"]


async def test_the_timeline_tells_the_story_in_order(town: Town) -> None:
    incident = await town.start()
    await town.desk.post_update(town["ana"], incident.key, "Looking into it")
    await town.desk.end(town["ana"], incident.key)

    kinds = await town.kinds(incident)

    assert kinds[0] is EventKind.INCIDENT_STARTED
    assert kinds[-2:] == [EventKind.STATUS_UPDATED, EventKind.INCIDENT_ENDED]


async def test_telemetry_holds_ids_and_counts_only(town: Town) -> None:
    incident = await town.start(name="Secret name")
    await town.desk.end(town["ana"], incident.key)

    waiting = await town.database.acts.read(lambda stores: stores.telemetry.waiting(50))

    sent = {event.name: event.properties for event in waiting}
    room = (await town.desk.detail(SYSTEM, incident.key)).rooms[0].address
    created = {
        "ID": incident.id,
        "IsActive": True,
        "CommanderUserID": town["ana"].account_id,
        "TeamID": incident.team_id,
        "CreatedAt": incident.started_at.isoformat(),
        "ChannelIDs": [room.channel],
        "PostID": "",
        "NumChecklists": 1,
        "TotalChecklistItems": 0,
    }
    assert sent["Incident created"] == created
    assert sent["Incident finished"] == created | {
        "IsActive": False,
        "UserID": town["ana"].account_id,
    }
    assert "Secret name" not in str(waiting)
