"""What answers say: only what is so now, and only what the asker may do next."""

from __future__ import annotations

from tests.commands.bench import Bench


async def test_steps_that_were_opened_again_are_not_called_resolved(bench: Bench) -> None:
    room = await bench.opened()
    for line in ("check 1", "skip 2", "uncheck 1"):
        await bench.say(f"/incident {line}", channel=room)

    info = await bench.told("/incident info", channel=room)

    assert info.count("checked “") == 0
    assert info.count("skipped “") == 1


async def test_an_export_is_advised_only_where_it_works(bench: Bench) -> None:
    room = await bench.opened()
    assert "/incident export" in await bench.told("/incident end", channel=room)

    await bench.say("/incident restart", channel=room)
    bench.export_enabled = False
    assert "/incident export" not in await bench.told("/incident end", channel=room)


async def test_help_is_silent_about_what_is_switched_off(bench: Bench) -> None:
    assert "/incident export" in await bench.told("/incident help", by="adam")

    bench.export_enabled = False
    assert "/incident export" not in await bench.told("/incident help", by="adam")
    room = await bench.opened()
    assert "switched off" in await bench.told("/incident export", by="ana", channel=room)


async def test_somebody_unknown_is_answered_with_who_there_is(bench: Bench) -> None:
    room = await bench.opened()

    assert "@ana, @bo" in await bench.told("/incident invite @qqqqq", channel=room)


async def test_of_a_closed_incident_no_change_is_advised(bench: Bench) -> None:
    room = await bench.opened()
    await bench.say("/incident end", channel=room)

    for word in ("stage", "summary", "commander", "severity"):
        told = await bench.told(f"/incident {word}", channel=room)
        assert f"/incident {word} " not in told, told


async def test_a_mistyped_stage_is_answered_with_the_nearest(bench: Bench) -> None:
    room = await bench.opened()

    told = await bench.told("/incident stage Mitigat3", channel=room)

    assert "Did you mean “Mitigate”?" in told


async def test_help_for_a_word_that_is_like_no_other_makes_nothing_up(bench: Bench) -> None:
    assert "Did you mean" not in await bench.told("/incident help nosuch")
    assert "Did you mean /help incident snooze?" in await bench.told("/incident help snoze")


async def test_helps_last_line_names_a_command_that_the_asker_has(bench: Bench) -> None:
    told = await bench.told("/incident help", by="vi")

    assert "/help incident start" not in told
    assert "/help incident list" in told


async def test_a_page_that_is_not_there_is_said_to_be_so(bench: Bench) -> None:
    assert "There is no page 2." in await bench.told("/playbook list --page 2")


async def test_a_playbook_is_shown_as_a_plan_and_counted_in_proper_words(bench: Bench) -> None:
    assert "It has 1 stage and 0 steps" in await bench.told("/playbook new Tea")
    shown = await bench.told("/playbook show outage")
    assert "1 Triage" in shown
    assert "(0/5)" not in shown
    assert "1. " in shown


async def test_channels_that_are_not_there_are_said_when_a_playbook_names_them(
    bench: Bench,
) -> None:
    told = await bench.told("/playbook edit outage --announce-in #nosuch,#general", by="adam")

    assert "Nobody is told in #nosuch until" in told


async def test_nobody_is_asked_to_delete_what_they_may_not(bench: Bench) -> None:
    told = await bench.told("/playbook delete outage", by="bo")

    assert "Its incidents stay" not in told
