"""Status updates, reminders, announcements, exports."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from chat.address import Address
from chat.card import Card, say
from chat.errors import BadInput, Denied, NotFound, Refused
from chat.fit import controls, texts
from chat.outbox import Living, PostCard, PostLiving, Refresh
from chat.port import NewChannel
from incidents.export import HEADER
from incidents.incident import Incident
from incidents.timeline import EventKind
from playbooks.panel import PanelSource
from tests.incidents.conftest import Town


async def expecting_updates(town: Town) -> Incident:
    """An incident whose next update is expected in half an hour."""
    incident = await town.start()
    return await town.desk.post_update(
        town["ana"], incident.key, "Here we go", next_in=timedelta(minutes=30)
    )


async def reminders(town: Town, incident: Incident) -> int:
    return (await town.kinds(incident)).count(EventKind.UPDATE_REMINDED)


async def test_an_update_is_posted_and_the_next_one_expected(town: Town) -> None:
    incident = await expecting_updates(town)

    assert incident.update_due_at == town.clock.now() + timedelta(minutes=30)
    cards = [o.job.card for o in await town.deliver() if isinstance(o.job, PostCard)]
    assert any(card.title == "Status update by @ana" for card in cards)


async def test_a_due_update_is_reminded_of_once(town: Town) -> None:
    incident = await expecting_updates(town)

    town.clock.advance(minutes=31)
    await town.drive(town.reminder, "reminder", incident)
    await town.database.acts.run(
        lambda stores: stores.drives.wake("reminder", incident.id, town.clock.now())
    )
    await town.drive(town.reminder, "reminder", incident)

    assert await reminders(town, incident) == 1
    told = [o.job.subject for o in await town.deliver() if isinstance(o.job, PostLiving)]
    assert [subject.split(":")[0] for subject in told] == ["reminder"]


async def shown(town: Town, subject: str) -> Card:
    """What a living message shows in the channel #general."""
    place = Address("local", "main", "general")
    panels = PanelSource(town.database.acts, town.clock)
    return await panels.card(Living("1", subject, place), town.adapter.capabilities.limits)


@pytest.mark.parametrize("settle", ["update", "snooze", "end"])
async def test_a_reminder_follows_what_became_of_the_update(town: Town, settle: str) -> None:
    incident = await expecting_updates(town)
    town.clock.advance(minutes=31)
    await town.drive(town.reminder, "reminder", incident)
    (posted,) = [o for o in await town.deliver() if isinstance(o.job, PostLiving)]
    assert isinstance(posted.job, PostLiving)
    subject = posted.job.subject
    message = replace(posted.address, message="77")
    living = Living(posted.key, subject, message)
    await town.database.acts.run(lambda stores: stores.outbox.keep_alive(living))
    before = await shown(town, subject)
    assert before.title == "A status update is due"
    assert {control.action for control in controls(before)} == {
        "incident.update",
        "incident.snooze",
    }

    match settle:
        case "update":
            await town.desk.post_update(town["ana"], incident.key, "Better")
        case "snooze":
            await town.desk.snooze(town["ana"], incident.key, timedelta(hours=1))
        case _:
            await town.desk.end(town["ana"], incident.key)

    drawn = [o.address for o in await town.deliver() if isinstance(o.job, Refresh)]
    assert message in drawn
    assert list(controls(await shown(town, subject))) == []


async def test_an_update_in_time_is_not_reminded_of(town: Town) -> None:
    incident = await expecting_updates(town)
    town.clock.advance(minutes=20)
    await town.desk.post_update(town["ana"], incident.key, "Better", next_in=timedelta(minutes=30))

    town.clock.advance(minutes=11)
    await town.drive(town.reminder, "reminder", incident)

    assert await reminders(town, incident) == 0


async def test_a_snooze_puts_it_off_and_leaves_a_trace(town: Town) -> None:
    incident = await expecting_updates(town)

    await town.desk.snooze(town["ana"], incident.key, timedelta(hours=1))
    town.clock.advance(minutes=31)
    again = await town.drive(town.reminder, "reminder", incident)

    assert await reminders(town, incident) == 0
    assert again == town.clock.now() + timedelta(minutes=59)
    assert EventKind.UPDATE_SNOOZED in await town.kinds(incident)


async def test_a_closed_incident_is_left_in_peace(town: Town) -> None:
    incident = await expecting_updates(town)
    await town.desk.end(town["ana"], incident.key)

    town.clock.advance(hours=2)

    assert await town.drive(town.reminder, "reminder", incident) is None
    assert await reminders(town, incident) == 0


@pytest.mark.parametrize("wait", [timedelta(seconds=59), timedelta(days=8)])
async def test_a_time_that_makes_no_sense_is_refused(town: Town, wait: timedelta) -> None:
    incident = await town.start()

    with pytest.raises(BadInput, match="between 1 minute and 7 days"):
        await town.desk.snooze(town["ana"], incident.key, wait)


async def test_another_channel_is_told_once(town: Town) -> None:
    incident = await town.start()
    general = await town.adapter.find_channel("main", "general")
    assert general is not None

    facts = await town.adapter.channel(general)
    await town.desk.announce(town["ana"], incident.key, "#general", facts)
    (told,) = [o for o in await town.deliver() if isinstance(o.job, PostLiving)]

    assert told.address == general
    assert (await town.story(incident))[-1].details["channel"] == "general"

    living = Living(told.key, f"announcement:{incident.id}", replace(general, message="5"))
    await town.database.acts.run(lambda stores: stores.outbox.keep_alive(living))
    with pytest.raises(Refused, match="announced in #general already"):
        await town.desk.announce(town["ana"], incident.key, "#general", facts)


async def test_a_private_channel_of_others_looks_as_if_it_were_not_there(town: Town) -> None:
    incident = await town.start()
    wanted = NewChannel("main", "bos-den", "den", private=True)
    den = await town.adapter.channel(await town.adapter.create_channel(wanted))
    assert town["bo"].person is not None
    await town.adapter.invite(den.address, (town["bo"].person,))
    den = await town.adapter.channel(den.address)

    with pytest.raises(NotFound) as hidden:
        await town.desk.announce(town["ana"], incident.key, "#bos-den", den)
    with pytest.raises(NotFound) as missing:
        await town.desk.announce(town["ana"], incident.key, "#bos-den", None)
    assert hidden.value.message == missing.value.message

    await town.desk.join(town["bo"], incident.key)
    await town.desk.announce(town["bo"], incident.key, "#bos-den", den)


async def test_a_private_channel_that_a_role_reads_is_theirs_too(town: Town) -> None:
    incident = await town.start()
    wanted = NewChannel("main", "ops-den", "den", private=True)
    den = await town.adapter.channel(await town.adapter.create_channel(wanted))
    assert town["ana"].person is not None

    await town.desk.announce(
        town["ana"], incident.key, "#ops-den", replace(den, readers=(town["ana"].person,))
    )


async def test_of_a_private_incident_others_learn_how_bad_it_is_and_nothing_else(
    town: Town,
) -> None:
    leak = await town.start(playbook="security-breach", name="Leak", summary="Keys are public")
    general = await town.adapter.find_channel("main", "general")
    assert general is not None
    living = Living("a", f"announcement:{leak.id}", replace(general, message="5"))
    await town.database.acts.run(lambda stores: stores.outbox.keep_alive(living))
    await town.deliver()

    await town.desk.post_update(town["ana"], leak.key, "Mallory has the keys")

    letters = await town.deliver()
    assert not [o for o in letters if isinstance(o.job, PostCard) and o.address.room == general]
    card = await shown(town, living.subject)
    text = "\n".join(texts(card))
    assert "INC-00001" in text
    assert leak.severity in text
    assert "Leak" not in text
    assert "Keys" not in text
    assert list(controls(card)) == []


async def exported(town: Town, incident: Incident, who: str = "cora") -> list[list[str]]:
    file = await town.export.csv(town[who], incident.key)
    return list(csv.reader(io.StringIO(file.content.decode())))


async def test_the_export_has_the_header_system_messages_and_no_attachments(town: Town) -> None:
    incident = await town.start()
    home = (await town.desk.detail(town["ana"], incident.key)).rooms[0].address
    await town.adapter.post(home, say("=HYPERLINK(1)"), key="formula")
    await town.desk.join(town["cora"], incident.key)

    header, *rows = await exported(town, incident)

    assert tuple(header) == HEADER
    assert {"system", "message"} >= {row[8] for row in rows}
    assert "'=HYPERLINK(1)" in [row[7] for row in rows]
    times = [row[0] for row in rows]
    assert times == sorted(times, reverse=True)


async def test_exporting_needs_the_right(town: Town) -> None:
    incident = await town.start()

    assert "incident.export" in await town.export.why_not(town["ana"], incident.key)
    with pytest.raises(Denied, match=r"You need the right “incident\.export”"):
        await exported(town, incident, "ana")


async def test_exporting_may_be_switched_off_and_says_so(town: Town) -> None:
    incident = await town.start()
    town.exports = False

    assert "TOCSIN_EXPORT_ENABLED" in await town.export.why_not(town["cora"], incident.key)
    with pytest.raises(Refused, match="switched off"):
        await exported(town, incident)


async def test_an_export_is_in_the_timeline(town: Town) -> None:
    incident = await town.start()

    await exported(town, incident)

    assert EventKind.EXPORTED in await town.kinds(incident)


async def test_an_announcement_far_away_is_no_room(town: Town) -> None:
    await town.start()

    assert await town.desk.in_channel(town["ana"], Address("local", "main", "nowhere")) is None
