"""Slack's requests over HTTP: only what Slack signed, now and for the first time, counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from adapters.slack.adapter import SlackAdapter
from chat.inbound import Click, Command, Said
from chat.person import Person
from chat.plugging import AdapterKit
from storage.database import Database
from tests.adapters.marks import on_one_database
from tests.adapters.slack.platform import KEY, SlackPlatform, opened, settings
from tests.adapters.slack.standin import SECRET, encoded, signed
from tests.adapters.slack.world import BOT, Json
from tests.clock import SetClock

pytestmark = on_one_database


@asynccontextmanager
async def served(adapter: SlackAdapter) -> AsyncGenerator[str]:
    """Where an adapter's door is."""
    app = web.Application()
    adapter.install(app)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


@pytest.fixture
async def slack(database: Database, clock: SetClock) -> AsyncGenerator[SlackPlatform]:
    """An adapter that is served over HTTP too."""
    async with opened(database, clock) as platform, served(platform.slack_adapter) as url:
        platform.slack.bot_url = url
        yield platform


def typed(slack: SlackPlatform, who: Person) -> Json:
    """A command as Slack sends it."""
    return slack.slack.slash(who.id, slack.world.named("general").id, "/incident list")


async def test_what_slack_signed_is_taken(slack: SlackPlatform, ana: Person) -> None:
    status, answer = await slack.slack.call(typed(slack, ana))

    assert (status, answer) == (200, "")
    (event,) = slack.listener.heard
    assert event.payload == Command("/incident list")


async def test_what_is_meant_for_another_workspace_is_refused(
    slack: SlackPlatform, ana: Person
) -> None:
    elsewhere = {**typed(slack, ana), "team_id": "T0OTHER"}
    status, _ = await slack.slack.call(elsewhere)
    assert status == 401

    pressed = {"type": "block_actions", "team": {"id": "T0OTHER"}, "user": {"id": ana.id}}
    status, _ = await slack.slack.call(pressed)
    assert status == 401
    assert slack.listener.heard == []


async def test_nobody_else_is_let_in(slack: SlackPlatform, ana: Person) -> None:
    body = encoded(typed(slack, ana))
    now = str(int(slack.world.clock.now().timestamp()))
    good = signed(SECRET, now, body)
    old = str(int(now) - 301)
    ahead = str(int(now) + 301)
    wrong: dict[str, dict[str, str]] = {
        "no proof at all": {},
        "no signature": {"X-Slack-Request-Timestamp": now},
        "no time": {"X-Slack-Signature": good["X-Slack-Signature"]},
        "another secret": signed("0" * 32, now, body),
        "another body": signed(SECRET, now, body + "&x=1"),
        "another time": {**good, "X-Slack-Request-Timestamp": str(int(now) - 1)},
        "too old": signed(SECRET, old, body),
        "from the future": signed(SECRET, ahead, body),
        "no number": signed(SECRET, "soon", body),
        "no version": {**good, "X-Slack-Signature": good["X-Slack-Signature"][3:]},
        "not ASCII": {**good, "X-Slack-Signature": "v0=é"},
    }
    for why, headers in wrong.items():
        status, _ = await slack.slack.call_raw(body, headers)
        assert status == 401, why
    assert slack.listener.heard == []


async def test_a_request_that_is_sent_again_is_refused(slack: SlackPlatform, ana: Person) -> None:
    body = encoded(typed(slack, ana))
    headers = signed(SECRET, str(int(slack.world.clock.now().timestamp())), body)
    statuses = [(await slack.slack.call_raw(body, headers))[0] for _ in range(3)]

    assert statuses == [200, 401, 401]
    assert len(slack.listener.heard) == 1


async def test_a_request_that_is_sent_again_to_another_process_is_refused(
    slack: SlackPlatform, ana: Person, database: Database, clock: SetClock
) -> None:
    kit = AdapterKit(database.acts, clock, {}, "http://tocsin.example", KEY)
    other = SlackAdapter(kit, settings(slack.slack), paced=False)
    await other.start(slack.listener)
    channel = slack.world.named("general")
    message = slack.world.add_message(channel, {"type": "message", "user": BOT, "text": "x"})
    control = {"type": "button", "action_id": "0|step.check|1"}
    event = slack.slack.event({
        **slack.world.add_message(channel, {"type": "message", "user": ana.id, "text": "down"}),
        "channel": channel.id,
    })  # fmt: skip
    pressed = slack.slack.press(ana.id, channel.id, message["ts"], control)
    now, first = str(int(clock.now().timestamp())), slack.slack.bot_url
    async with served(other) as second:
        for payload in (typed(slack, ana), pressed, event):
            body = encoded(payload)
            for url, status in ((first, 200), (second, 401), (second, 401)):
                slack.slack.bot_url = url
                assert (await slack.slack.call_raw(body, signed(SECRET, now, body)))[0] == status
        # Slack itself says when it delivers again, and signs that anew.
        clock.advance(seconds=60)
        assert (await slack.slack.call(event, {"X-Slack-Retry-Num": "1"}))[0] == 200
    await other.stop()

    assert [type(one.payload) for one in slack.listener.heard] == [Command, Click, Said]


async def test_an_event_that_slack_delivers_again_is_done_once(
    slack: SlackPlatform, ana: Person, clock: SetClock
) -> None:
    channel = slack.world.named("general")
    said = slack.world.add_message(channel, {"type": "message", "user": ana.id, "text": "down"})
    event = slack.slack.event({**said, "channel": channel.id})
    for number in range(3):
        clock.advance(seconds=60)
        retry = {"X-Slack-Retry-Num": str(number)} if number else {}
        status, _ = await slack.slack.call(event, retry)
        assert status == 200

    assert len(slack.listener.heard) == 1


async def test_slacks_question_whether_we_are_there_is_answered(slack: SlackPlatform) -> None:
    status, answer = await slack.slack.call({"type": "url_verification", "challenge": "3eZbrw1a"})

    assert status == 200
    assert "3eZbrw1a" in json.dumps(answer)


async def test_what_could_not_be_written_down_may_come_again(
    slack: SlackPlatform, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same signature too: nothing was done with it."""
    payload = typed(slack, ana)
    await slack.slack_adapter.stop()
    status, _ = await slack.slack.call(payload)
    assert status == 500

    await slack.slack_adapter.start(slack.listener)
    status, _ = await slack.slack.call(payload)
    assert status == 200
    assert len(slack.listener.heard) == 1


async def test_a_double_click_is_two_presses_and_a_redelivery_is_none(
    slack: SlackPlatform, ana: Person
) -> None:
    channel = slack.world.named("general")
    message = slack.world.add_message(channel, {"type": "message", "user": BOT, "text": "x"})
    control = {"type": "button", "action_id": "0|step.check|1"}
    first, second = (
        slack.slack.press(ana.id, channel.id, message["ts"], control) for _ in range(2)
    )
    await asyncio.gather(*(slack.slack.send(one) for one in (first, second, first, first)))

    assert [type(one.payload) for one in slack.listener.heard] == [Click, Click]


async def test_a_stranger_to_the_payload_is_acknowledged_and_not_heard(
    slack: SlackPlatform,
) -> None:
    event = slack.slack.event({"type": "app_home_opened", "user": "U1"})

    assert (await slack.slack.call(event))[0] == 200
    assert slack.listener.heard == []
