"""Nobody does, or is shown, what they may not."""

from __future__ import annotations

from chat.address import Address
from chat.inbound import Command, Inbound
from chat.person import Person
from chat.reply import Private
from security.page import Slice
from security.ports import AuditFilter
from tests.commands.bench import Bench, shown


async def test_help_shows_only_what_the_asker_may_do(bench: Bench) -> None:
    everything = await bench.told("/help")
    little = await bench.told("/help", by="vi")

    for line in ("/incident start", "/incident check", "/incident export", "/playbook delete"):
        assert line in everything
        assert line not in little
    assert "/incident list" in little


async def test_a_noun_alone_shows_its_help(bench: Bench) -> None:
    assert "/incident start" in await bench.told("/incident")
    assert "/incident start" not in await bench.told("/playbook")


async def test_help_about_one_command_shows_its_words(bench: Bench) -> None:
    told = await bench.told("/help incident start")

    assert "--severity LOW to EMERGENCY" in told
    assert told == await bench.told("/incident help start")
    assert told == await bench.told("/help start")
    assert "Did you mean /help playbook list" in await bench.told("/help playbook lits")


async def test_help_about_what_one_may_not_do_says_nothing_of_it(bench: Bench) -> None:
    assert "no /incident start that you may use" in await bench.told(
        "/incident help start", by="vi"
    )


async def test_a_denial_says_what_is_missing_before_a_word_is_read(bench: Bench) -> None:
    for line in (
        "/incident start --playbook outage --name x",
        "/incident start --nonsense",
        "/incident check 1",
        "/incident export",
        "/playbook new x",
    ):
        told = await bench.told(line, by="vi")

        assert "You need the right" in told
        assert "Ask an administrator" in told


async def test_a_denial_is_audited(bench: Bench) -> None:
    await bench.say("/incident start --playbook outage --name x", by="vi")

    page = await bench.acts.read(lambda s: s.audit.page(AuditFilter(), Slice(limit=5)))
    (denial,) = [one.record for one in page.items if one.record.outcome == "denied"]
    assert denial.actor_name == "vi"
    assert denial.details["permission"] == "incident.start"


async def test_a_word_one_may_not_use_is_not_suggested(bench: Bench) -> None:
    assert "/incident start" not in await bench.told("/incident strat", by="vi")


async def test_a_stranger_is_told_how_to_be_known(bench: Bench) -> None:
    place = (await bench.say("/help")).replies[0]
    stranger = Person("local", "main", "nobody-we-know", "eve")
    inbound = Inbound(
        "x", stranger, Address("local", "main", place.channel), Command("/incident list")
    )

    reply = await (await bench.router.receive(inbound)).reply

    assert isinstance(reply, Private)
    assert "I do not know you yet, @eve" in shown(reply.card)
    assert "nobody-we-know" in shown(reply.card)


async def test_somebody_outside_an_incident_may_look_but_not_work(bench: Bench) -> None:
    room = await bench.opened()

    assert "Only participants" in await bench.told("/incident check 1", by="bo", channel=room)
    assert "You take part" in await bench.told("/incident join INC-1", by="bo")
    assert "is checked" in await bench.told("/incident check 1", by="bo", channel=room)


async def test_export_says_why_not(bench: Bench) -> None:
    room = await bench.opened()
    bench.export_enabled = False

    assert "switched off" in await bench.told("/incident export", channel=room)
    assert "switched off" in await bench.told("/incident info", channel=room)


async def test_completion_offers_only_what_one_may_do(bench: Bench) -> None:
    async def offered(line: str, by: str) -> list[str]:
        found = await bench.rooms.complete(bench.people[by], "general", line)
        return [one.text for one in found]

    assert "/incident start " in await offered("/incident st", "ana")
    assert "/incident start " not in await offered("/incident st", "vi")
    assert await offered("/incident start --", "vi") == []
    assert "/incident start --playbook outage " in await offered(
        "/incident start --playbook ou", "ana"
    )
    assert await offered("/incident severity cr", "ana") == ["/incident severity CRITICAL "]
    assert "/incident assign 1 @bo " in await offered("/incident assign 1 ", "ana")
    assert await offered("/incident start --na", "ana") == ["/incident start --name "]
