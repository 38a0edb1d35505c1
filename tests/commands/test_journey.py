"""An incident from its start to its end, typed by people."""

from __future__ import annotations

import pytest

from chat.fit import texts
from chat.rooms import ChannelKind
from tests.commands.bench import Bench


async def test_an_incident_is_started_in_one_line_and_the_answer_links_its_channel(
    bench: Bench,
) -> None:
    told = await bench.told('/incident start --playbook outage --name "Checkout is down"')

    assert "INC-00001 is started: Checkout is down" in told
    assert "#inc-00001-checkout-is-down" in told


async def test_a_name_behind_the_handle_may_stand_in_quotes(bench: Bench) -> None:
    assert "is started: Quoted name" in await bench.told('/incident start outage "Quoted name"')


async def test_a_text_in_an_incidents_channel_may_begin_with_anothers_key(bench: Bench) -> None:
    room = await bench.opened()
    await bench.opened('/incident start --playbook outage --name "Another one"')

    told = await bench.told("/incident update INC-2 is related to this", channel=room)

    assert "following INC-00001" in told


async def test_a_private_channel_of_others_is_neither_told_nor_betrayed(bench: Bench) -> None:
    room = await bench.opened()
    await bench.rooms.create(bench.people["bo"], "den", ChannelKind.PRIVATE)

    hidden = await bench.told("/incident announce #den", channel=room)
    missing = await bench.told("/incident announce #dan", channel=room)

    assert hidden.replace("den", "dan") == missing
    assert "no channel “den”" in hidden


async def test_of_a_private_incident_the_announcement_shows_little_and_says_so(
    bench: Bench,
) -> None:
    room = await bench.opened("/incident start security-breach Stolen laptop")

    told = await bench.told("/incident announce #general", channel=room)

    assert "key, severity and status, and nothing else" in told
    await bench.say("/incident update Mallory has it", channel=room)
    await bench.quiet()
    said = await bench.rooms.messages(bench.people["vi"], "general")
    assert any("INC-00001 · private incident" in one.text for one in said)
    assert not [one for one in said if "laptop" in one.text or "Mallory" in one.text]


async def test_the_words_of_an_incident_from_start_to_export(bench: Bench) -> None:
    room = await bench.opened()

    async def said(line: str) -> str:
        return await bench.told(line, channel=room)

    assert "is checked (1 of 5 in Triage)" in await said("/incident check 1")
    assert "is skipped" in await said("/incident skip 2")
    assert "is open again" in await said("/incident uncheck 2")
    assert "is step 6 now" in await said("/incident step add Call the bank")
    assert "is step 1 now" in await said("/incident step move 6 1")
    assert "says “Call them”" in await said("/incident step rename 1 Call them")
    assert "is gone from Triage" in await said("/incident step remove 1")
    assert "is @ana's now" in await said("/incident assign 1 @ana")
    assert "is nobody's now" in await said("/incident assign 1 nobody")
    assert "HIGH → CRITICAL" in await said("/incident severity critical")
    assert "is changed" in await said("/incident summary The “db” is gone")
    assert "The “db” is gone" in await said("/incident summary")
    assert "due in 30 min" in await said("/incident update We are on it --next 30m")
    assert "due in 1 h" in await said("/incident snooze 1h")
    assert "announced in #incidents" in await said("/incident announce #incidents")
    assert "Invited to INC-00001: @bo" in await said("/incident invite @bo")
    assert "@bo is scribe" in await said("/incident role scribe @bo")
    assert "Scribe: @bo" in await said("/incident role")
    assert "@bo is the commander" in await said("/incident commander @bo")
    assert "@bo is the commander" in await said("/incident commander")
    assert "“Mitigate” is the active stage" in await said("/incident stage next")
    assert "Mitigate ◀ active" in await said("/incident stage")
    assert "Confirm the outage from outside" in await said("/incident steps Triage")
    assert "is called “Big trouble”" in await said("/incident rename Big trouble")
    assert "made @bo commander" in await said("/incident timeline")
    info = await said("/incident info")
    assert "Members: 2 (@ana, @bo)" in info
    assert "2/4 Mitigate" in info
    assert "is closed after" in await said("/incident end")
    assert "type /incident restart INC-00001" in await said("/incident check 3")
    export = await bench.say("/incident export", channel=room)
    (file,) = export.replies[0].files
    content = (await bench.rooms.file(bench.people["ana"], file.id)).content.decode()
    assert content.startswith("Post Creation Time,User Id,User Email,User Type,User Name,")
    assert "is ongoing again" in await said("/incident restart")


async def test_a_command_works_anywhere_with_the_incidents_key(bench: Bench) -> None:
    await bench.opened()

    assert "is checked" in await bench.told("/incident check 1 INC-1")
    assert "is checked" in await bench.told("/incident check INC-00001 2")
    assert "is closed" in await bench.told("/incident end 1")


async def test_outside_of_an_incident_the_answer_says_how_to_name_one(bench: Bench) -> None:
    assert "/incident list --ongoing shows the keys" in await bench.told("/incident check 1")


async def test_the_list_shows_a_table_and_turns_pages(bench: Bench) -> None:
    for number in range(12):
        await bench.say(f"/incident start --playbook general --name 'Number {number}'")
    await bench.say("/incident end 12")

    first = await bench.told("/incident list")
    assert first.startswith("12 incidents, page 1 of 2")
    assert "Key Name Severity Status Commander Duration" in first
    assert "INC-00012 Number 11" in first
    assert "/incident list --page 2" in first
    assert "INC-00001 Number 0" in await bench.told("/incident list --page 2")
    assert (await bench.told("/incident list --ongoing")).startswith("11 incidents")
    assert "No incident fits" in await bench.told("/incident list --mine", by="bo")
    assert "There is no page 9" in await bench.told("/incident list --page 9")


async def test_the_words_of_playbooks(bench: Bench) -> None:
    assert "My way is made" not in await bench.told("/playbook list")
    made = await bench.told('/playbook new --template outage --name "My way"')
    assert "The playbook My way is made" in made
    assert "Tea" in await bench.told("/playbook stage add my-way Tea")
    assert "is a step" in await bench.told("/playbook step add my-way --stage Tea Boil water")
    assert "is moved" in await bench.told("/playbook step move my-way 5.1 1 --stage 1")
    assert "is changed" in await bench.told("/playbook step rename my-way 1.1 Boil more water")
    assert "Boil more water" in await bench.told("/playbook show my-way")
    assert "is gone" in await bench.told("/playbook step remove my-way 1.1")
    assert "is called “Rest”" in await bench.told("/playbook stage rename my-way Tea Rest")
    assert "It is stage 1" in await bench.told("/playbook stage move my-way Rest 1")
    assert "is gone" in await bench.told("/playbook stage remove my-way 1")
    assert "revision" in await bench.told("/playbook edit my-way --severity LOW --keywords a,b")
    assert "Keywords: a, b" in await bench.told("/playbook show my-way")
    assert "@ana changed severity, keywords" in await bench.told("/playbook revisions my-way")
    assert "as revision" in await bench.told("/playbook restore my-way 1")
    assert "has no revision 99" in await bench.told("/playbook restore my-way 99")
    assert "no playbook “my-way”" in await bench.told("/playbook show my-way", by="bo")
    assert "shared with @bo" in await bench.told("/playbook share my-way @bo")
    assert "My way" in await bench.told("/playbook show my-way", by="bo")
    assert "no longer shared" in await bench.told("/playbook unshare my-way @bo")
    assert "My way (copy) is made" in await bench.told("/playbook duplicate my-way")
    assert "Delete My way (copy)?" in await bench.told("/playbook delete my-way-copy")
    assert "is deleted" in await bench.told("/playbook delete my-way-copy --yes")


async def test_a_playbook_is_exported_and_imported_again(bench: Bench) -> None:
    exported = await bench.say("/playbook export outage")
    file = await bench.rooms.file(bench.people["ana"], exported.replies[0].files[0].id)

    attached = await bench.say("/playbook import", files=(file,))
    assert "Service outage is imported" in "\n".join(
        texts(attached.replies[0].card) if attached.replies[0].card else ()
    )
    pasted = file.content.decode().replace("Service outage", "Pasted “quote”", 1)
    assert "Pasted “quote” is imported" in await bench.told(f"/playbook import {pasted}")
    assert "Attach a playbook's JSON" in await bench.told("/playbook import")


async def test_what_an_import_loses_is_listed(bench: Bench) -> None:
    told = await bench.told(
        '/playbook import {"version": 1, "title": "T", "checklists": [{"title": "A", '
        '"items": [{"title": "x", "condition_id": "c"}]}]}'
    )

    assert "condition_id" in told


async def test_a_steps_command_runs_as_who_runs_it(bench: Bench) -> None:
    room = await bench.opened()
    await bench.say(
        "/incident step add Raise --command '/incident severity CRITICAL'", channel=room
    )

    assert "HIGH → CRITICAL" in await bench.told("/incident run 6", channel=room)
    assert "ran" in await bench.told("/incident timeline", channel=room)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("/deploy api", "begin with /incident, /playbook, /runbook"),
        ("/incident run 6", "cannot run another"),
    ],
)
async def test_a_step_runs_nothing_but_our_own_commands_and_no_other_step(
    bench: Bench, command: str, says: str
) -> None:
    room = await bench.opened()
    await bench.say(f"/incident step add Try --command '{command}'", channel=room)

    assert says in await bench.told("/incident run 6", channel=room)


MISTYPED = (
    ("/incident strat", "Did you mean /incident start?"),
    ("/incident resolve", "Did you mean /incident end?"),
    ("/incidnet list", "Did you mean /incident?"),
    ("/playbook lst", "Did you mean /playbook list?"),
    ("/incident step", "/incident step goes on with one of: add, rename, move, remove"),
    ("/incident start --playbook outge --name x", "Did you mean outage?"),
    ("/incident start --playbook outage --name x --severity critcal", "Did you mean CRITICAL?"),
    ("/playbook new --template outge --name x", "outage"),
    ("/incident start outage x --name y", "There are two names"),
    ('/incident start --name "x', "without its partner"),
    ("/incident list --onging", "Did you mean --ongoing?"),
    ("/incident list now", "cannot use “now”"),
)


async def test_a_mistyped_word_gets_the_nearest_one(bench: Bench) -> None:
    for line, says in MISTYPED:
        assert says in await bench.told(line)


async def test_a_mistyped_person_gets_the_nearest_one(bench: Bench) -> None:
    room = await bench.opened()

    assert "Did you mean @ana?" in await bench.told("/incident commander @anna", channel=room)


async def test_a_line_of_ten_thousand_characters_is_an_update(bench: Bench) -> None:
    room = await bench.opened()

    told = await bench.told("/incident update " + "x" * 10_000, channel=room)

    assert "at most 4000 are accepted" in told


async def test_nothing_typed_pings_anybody(bench: Bench) -> None:
    room = await bench.opened()
    await bench.say("/incident update @channel @bo is on it", channel=room)
    await bench.quiet()

    messages = await bench.rooms.messages(bench.people["ana"], room)
    update = next(m for m in messages if "is on it" in m.text)
    assert update.mentions == ()
