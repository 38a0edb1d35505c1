"""When Slack is slow, asks for less, breaks, or is away."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from adapters.slack.adapter import SlackAdapter
from chat.address import Address
from chat.card import Card
from chat.delivery import Deliverer
from chat.errors import NotFound, Refused, TocsinError, Unavailable
from chat.form import Form, FormField
from chat.inbound import Inbound
from chat.message import Attachment
from chat.outbox import Outgoing, PostCard
from chat.person import Person
from chat.plugging import AdapterKit
from chat.port import NewChannel, Receipt
from chat.reply import AskForm, FormErrors, Private
from storage.database import Database
from tests.adapters.listener import listening
from tests.adapters.marks import on_one_database
from tests.adapters.slack.platform import KEY, SlackPlatform, opened, settings
from tests.adapters.slack.standin import Fault
from tests.adapters.slack.world import TEAM
from tests.bench import eventually
from tests.clock import SetClock

pytestmark = on_one_database


async def room(slack: SlackPlatform, *people: Person) -> Address:
    """An incident channel."""
    made = await slack.adapter.create_channel(NewChannel(TEAM, "inc-1", "room", private=True))
    await slack.adapter.invite(made, people)
    return made


async def test_slacks_word_on_when_to_come_again_is_passed_on(slack: SlackPlatform) -> None:
    where = await room(slack)
    slack.slack.fail("chat.postMessage", Fault(429, retry_after="30"))

    with pytest.raises(Unavailable) as asked:
        await slack.adapter.post(where, Card("x"), key="1")
    assert asked.value.retry_after == 30


@pytest.mark.parametrize("fault", [Fault(500), Fault(503), Fault(0)])
async def test_trouble_is_told_as_something_to_try_again(
    slack: SlackPlatform, fault: Fault
) -> None:
    where = await room(slack)
    slack.slack.fail("chat.postMessage", fault)

    with pytest.raises(Unavailable):
        await slack.adapter.post(where, Card("x"), key="1")
    await slack.adapter.post(where, Card("x"), key="1")
    assert await texts(slack, where) == ["x"]


async def texts(slack: SlackPlatform, where: Address) -> list[str]:
    """What the bot posted in a channel, oldest first."""
    return [one["text"] for one in slack.world.channels[where.channel].messages if "blocks" in one]


async def test_a_post_whose_answer_was_lost_is_found_and_not_repeated(
    slack: SlackPlatform,
) -> None:
    where = await room(slack)
    root = await slack.adapter.post(where, Card("root"), key="0")
    thread = Address("slack", TEAM, where.channel, thread=root.message)
    for number, place in enumerate((where, thread)):
        slack.slack.fail("chat.postMessage", Fault(0, after=True))
        key = f"lost:{number}"
        with pytest.raises(Unavailable):
            await slack.adapter.post(place, Card(key), key=key)
        again = await slack.adapter.post(place, Card(key), key=key)
        assert again.thread == place.thread

    assert await texts(slack, where) == ["root", "lost:0", "lost:1"]


async def test_a_channel_whose_answer_was_lost_is_found_and_not_made_again(
    slack: SlackPlatform,
) -> None:
    wanted = NewChannel(TEAM, "inc-2-db", "saga", private=False)
    for method in ("conversations.create", "conversations.setPurpose"):
        slack.slack.fail(method, Fault(500, after=True))
        with suppress(Unavailable):
            await slack.adapter.create_channel(wanted)
    made = await slack.adapter.create_channel(wanted)

    assert [one.id for one in slack.world.channels.values() if one.name.startswith("inc-2")] == [
        made.channel
    ]


async def test_a_file_whose_answer_was_lost_is_found_and_not_sent_again(
    slack: SlackPlatform,
) -> None:
    where, file = await room(slack), Attachment("a.png", "image/png", b"\x89PNG")
    slack.slack.fail("files.completeUploadExternal", Fault(0, after=True))
    with pytest.raises(Unavailable):
        await slack.adapter.upload(where, file, Card("look"), key="f")
    await slack.adapter.upload(where, file, Card("look"), key="f")

    sent = [one for one in slack.world.channels[where.channel].messages if one.get("files")]
    assert len(sent) == 1


async def test_the_outbox_drains_in_order_after_an_hour_without_slack(
    slack: SlackPlatform, database: Database, clock: SetClock
) -> None:
    where = await room(slack)
    acts = database.acts
    slack.slack.away = True
    for number in range(8):
        letter = Outgoing(where, PostCard(Card(f"m{number}")), key=f"k{number}")
        await acts.run(lambda to, letter=letter: to.outbox.put(letter))

    async def nobody(*_: object) -> Card:
        raise NotFound("nothing lives here")

    deliverer = Deliverer(acts, {"slack": slack.adapter}, nobody, clock)
    for _ in range(61):
        await deliverer.settle()
        clock.advance(minutes=1)
    assert await texts(slack, where) == []

    slack.slack.away = False
    slack.slack.fail(
        "chat.postMessage", Fault(429, retry_after="1"), Fault(503), Fault(0, after=True)
    )
    for _ in range(20):
        await deliverer.settle()
        clock.advance(minutes=2)
    assert await texts(slack, where) == [f"m{number}" for number in range(8)]


async def test_a_dropped_socket_is_opened_again(slack: SlackPlatform, ana: Person) -> None:
    where = await room(slack, ana)
    await slack.slack.drop()
    await eventually(lambda: slack.slack.connections >= 2 and bool(slack.slack.sockets))
    await slack.say(ana, where, "are you there", "k")

    assert len(slack.listener.heard) >= 1


async def test_posts_keep_slacks_pace(database: Database, clock: SetClock) -> None:
    async with opened(database, clock, paced=True) as slack:
        where = await room(slack)
        with pytest.raises(Unavailable) as asked:
            await asyncio.gather(
                *(slack.adapter.post(where, Card(f"{n}"), key=f"{n}") for n in range(30))
            )
        assert asked.value.retry_after is not None
        posted = [one for one in slack.world.calls if one[0] == "chat.postMessage"]
        assert len(posted) <= 4


async def test_blocks_that_slack_does_not_take_after_all_are_sent_as_text(
    slack: SlackPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = await room(slack)
    monkeypatch.setattr("tests.adapters.slack.rules.LONGEST_MESSAGE", 3)
    await slack.adapter.post(where, Card("said <nevertheless>"), key="1")

    (message,) = [one for one in slack.world.channels[where.channel].messages if "blocks" in one]
    assert (message["text"], message["blocks"]) == ("said &lt;nevertheless&gt;", [])


REFUSALS = (
    ("account_inactive", Unavailable, "token"),
    ("missing_scope", Refused, "pins:write"),
    ("not_in_channel", Refused, "/invite @tocsin"),
    ("something_new", Refused, "something_new"),
    *((word, Unavailable, "token") for word in ("access_denied", "accesslimited")),
    *((word, Unavailable, "token") for word in ("org_login_required", "upgrade_required")),
    *((word, Unavailable, "less often") for word in ("rate_limited", "message_limit_exceeded")),
    ("team_added_to_org", Unavailable, "trouble"),
    ("internal_error", Unavailable, "trouble"),
    ("channel_not_found", NotFound, "gone"),
)


@pytest.mark.parametrize(("word", "kind", "told"), REFUSALS)
async def test_each_refusal_is_one_of_our_errors(
    slack: SlackPlatform,
    monkeypatch: pytest.MonkeyPatch,
    word: str,
    kind: type[TocsinError],
    told: str,
) -> None:
    from tests.adapters.slack import methods  # noqa: PLC0415 - patched here
    from tests.adapters.slack.world import No  # noqa: PLC0415 - beside it

    def refuse(*_: object) -> dict[str, object]:
        raise No(word, needed="pins:write")

    where = await room(slack)
    monkeypatch.setitem(methods.METHODS, "pins.add", refuse)
    with pytest.raises(kind, match=told):
        await slack.adapter.pin(where.at("1.000001"))


async def test_an_archived_channel_is_not_brought_back_without_a_persons_token(
    slack: SlackPlatform, database: Database, clock: SetClock
) -> None:
    where = await room(slack)
    await slack.adapter.archive(where, archived=True)
    kit = AdapterKit(database.acts, clock, {}, "http://tocsin.example", KEY)
    given = settings(slack.slack)
    plain = SlackAdapter(kit, type(given)(given.bot_token, given.app_token, api_url=given.api_url))
    assert slack.adapter.capabilities.archive
    assert not plain.capabilities.archive
    with pytest.raises(Refused, match="Unarchive"):
        await plain.archive(where, archived=False)
    await slack.adapter.archive(where, archived=False)
    await plain.archive(where, archived=False)


async def test_an_answer_reaches_whoever_asked_where_the_bot_is_not(
    slack: SlackPlatform, ana: Person
) -> None:
    den = slack.world.add_channel("den", creator=ana.id, private=True)
    where = Address("slack", TEAM, den.id)
    ticket = inbound_ticket(slack, ana, den.id)
    for number in range(6):
        await slack.adapter.whisper(where, ana, Card(f"a{number}"), key=f"w{number}", ticket=ticket)

    # Slack takes five answers; the sixth goes to them directly.
    assert [text.split("\n")[0] for text in (await slack.read(ana, where))[1:]] == [
        f"a{number}" for number in range(5)
    ]
    direct = slack.world.direct(ana.id)
    assert "a5" in direct.messages[-1]["text"]


def inbound_ticket(slack: SlackPlatform, who: Person, channel: str) -> str:
    """The ticket of a command typed there."""
    from adapters.slack.inbound import command  # noqa: PLC0415 - only here

    return command(slack.slack.slash(who.id, channel, "/incident list")).ticket


FORM = Form("incident.start", "Start", (FormField("name", "Name"),), context="kept")


async def asked(slack: SlackPlatform, who: Person) -> dict[str, object]:
    """The view of a form that a command opened."""
    slack.listener.answer = lambda _: AskForm(FORM)
    general = slack.world.named("general")
    await slack.slack.send(slack.slack.slash(who.id, general.id, "/incident start"))
    await slack.listener.done()
    return slack.world.views[-1][1]


async def test_mistakes_stand_in_the_form_itself(slack: SlackPlatform, ana: Person) -> None:
    view = await asked(slack, ana)
    slack.listener.answer = lambda _: FormErrors({"name": "Please fill this in."})
    for _ in range(2):
        answer = await slack.slack.send(slack.slack.filled(ana.id, view, {"name": "x"}))
        assert answer == {
            "response_action": "errors",
            "errors": {"name": "Please fill this in."},
        }
    slack.listener.answer = lambda _: Private(Card("done"))
    assert await slack.slack.send(slack.slack.filled(ana.id, view, {"name": "db"})) == {}


async def test_a_second_form_takes_the_place_of_the_first(
    slack: SlackPlatform, ana: Person
) -> None:
    view = await asked(slack, ana)
    answer = await slack.slack.send(slack.slack.filled(ana.id, view, {"name": "db"}))

    assert answer is not None
    assert answer["response_action"] == "update"


async def test_mistakes_found_too_late_are_told_nevertheless(
    slack: SlackPlatform, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.slack.bolt._PATIENCE", 0.05)
    general = slack.world.named("general")
    slack.world.join(general, "U0BOT")
    slack.world.join(general, ana.id)
    view = await asked(slack, ana)
    slack.listener.pause = 0.3
    slack.listener.answer = lambda _: FormErrors({"name": "There is one already."})

    assert await slack.slack.send(slack.slack.filled(ana.id, view, {"name": "db"})) == {}
    await eventually(lambda: bool(slack.world.ephemeral))
    assert "There is one already." in str(slack.world.ephemeral[-1])


async def test_what_the_journal_takes_counts_for_slacks_deadline(
    slack: SlackPlatform, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    general = slack.world.named("general")
    slack.world.join(general, "U0BOT")
    slack.world.join(general, ana.id)
    view = await asked(slack, ana)
    receive = slack.listener.receive

    async def slow(inbound: Inbound) -> Receipt:
        await asyncio.sleep(0.5)
        return await receive(inbound)

    monkeypatch.setattr("adapters.slack.bolt._PATIENCE", 0.4)
    monkeypatch.setattr(slack.listener, "receive", slow)
    slack.listener.pause = 0.2
    slack.listener.answer = lambda _: FormErrors({"name": "There is one already."})

    assert await slack.slack.send(slack.slack.filled(ana.id, view, {"name": "db"})) == {}
    await eventually(lambda: bool(slack.world.ephemeral))


async def test_a_button_and_a_form_of_an_earlier_life_still_count(
    database: Database, clock: SetClock
) -> None:
    """Nothing of them is kept in memory: another process of ours knows them too."""
    async with opened(database, clock) as slack:
        ana = await slack.someone("ana")
        view = await asked(slack, ana)
        again = SlackAdapter(
            AdapterKit(database.acts, clock, {}, "http://tocsin.example", KEY),
            settings(slack.slack),
        )
        heard: list[Inbound] = slack.listener.heard
        await again.start(slack.listener)
        async with listening(again):
            await eventually(lambda: len(slack.slack.sockets) == 2)
            slack.listener.answer = lambda _: None
            assert await slack.slack.send(slack.slack.filled(ana.id, view, {"name": "db"})) == {}
            assert heard[-1].dedupe_key.startswith("slack:form:")
        await again.stop()
