"""What the doctor says of Slack, and what is loaded when Slack is not used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from aiohttp import web
from click.testing import CliRunner

from adapters.slack.adapter import SlackAdapter
from adapters.slack.entry import connect
from adapters.slack.manifest import MENU
from adapters.slack.scopes import EVENTS, SCOPES
from adapters.slack.settings import SlackSettings, read
from bot.cli import tocsin
from chat.errors import BadInput
from chat.health import State
from chat.plugging import AdapterKit
from storage.database import Database
from tests.adapters.marks import on_one_database
from tests.adapters.slack.platform import KEY, settings
from tests.adapters.slack.standin import Slack, serving
from tests.clock import SetClock

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def slack(clock: SetClock) -> AsyncGenerator[Slack]:
    """A workspace, and no bot in it yet."""
    async with serving(clock) as opened:
        yield opened


@pytest.fixture
def setup(database: Database, clock: SetClock, slack: Slack) -> SlackSettings:
    """Settings that are right."""
    return settings(slack)


async def findings(
    database: Database, clock: SetClock, wanted: SlackSettings, url: str = "http://127.0.0.1:1"
) -> dict[str, tuple[State, str]]:
    """What an adapter that was never started says."""
    adapter = SlackAdapter(AdapterKit(database.acts, clock, {}, url, KEY), wanted)
    return {one.subject: (one.state, one.told) async for one in adapter.examine()}


@on_one_database
async def test_all_is_well(
    database: Database, clock: SetClock, slack: Slack, setup: SlackSettings
) -> None:
    slack.world.scopes |= {"channels:write", "groups:write"}
    slack.world.join(slack.world.named("general"), "U0BOT")
    app = web.Application()
    SlackAdapter(AdapterKit(database.acts, clock, {}, "", KEY), setup).install(app)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    found = await findings(
        database, clock, replace(setup, channels=("#general",)), f"http://127.0.0.1:{port}"
    )
    await runner.cleanup()

    assert {name: state for name, (state, _) in found.items()} == {
        "slack token": State.OK,
        "slack scopes": State.OK,
        "slack clock": State.OK,
        "slack socket": State.OK,
        # It answers, but not by https.
        "slack callback": State.WARNING,
        "slack user token": State.OK,
        "slack channels": State.OK,
    }
    assert "#general" in found["slack channels"][1]


@on_one_database
async def test_each_thing_that_is_wrong_is_named_with_what_to_do(
    database: Database, clock: SetClock, slack: Slack, setup: SlackSettings
) -> None:
    slack.world.scopes -= {"pins:write", "users:read.email"}
    wanted = replace(setup, app_token="xapp-wrong", channels=("incidents",))
    found = await findings(database, clock, wanted)

    assert found["slack scopes"][0] is State.WRONG
    assert "pins:write (to pin the panel)" in found["slack scopes"][1]
    assert "users:read.email" in found["slack scopes"][1]
    assert found["slack socket"][0] is State.WRONG
    assert "connections:write" in found["slack socket"][1]
    assert found["slack callback"][0] is State.WRONG
    assert "TOCSIN_PUBLIC_URL" in found["slack callback"][1]
    assert "/invite @tocsin" in found["slack #incidents"][1]
    assert "xapp-wrong" not in str(found)


@on_one_database
async def test_a_clock_that_is_wrong_is_told(
    database: Database, clock: SetClock, slack: Slack, setup: SlackSettings
) -> None:
    later = SetClock(clock.now() + timedelta(minutes=7))

    assert "420 s" in (await findings(database, later, setup))["slack clock"][1]


@on_one_database
async def test_a_token_that_is_no_good_is_all_that_is_told(
    database: Database, clock: SetClock, setup: SlackSettings
) -> None:
    found = await findings(database, clock, replace(setup, bot_token="xoxb-wrong"))

    assert list(found) == ["slack token"]
    assert found["slack token"][0] is State.WRONG


GOOD = {"bot_token": "xoxb-1", "app_token": "xapp-1"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"app_token": "xapp-1"}, "TOCSIN_SLACK_BOT_TOKEN is missing"),
        ({"bot_token": "xoxb-1"}, "TOCSIN_SLACK_SIGNING_SECRET"),
        ({**GOOD, "bot_token": "xapp-1"}, "begins with xoxb-"),
        ({**GOOD, "app_token": "xoxb-1"}, "begins with xapp-"),
        ({**GOOD, "user_token": "xoxb-1"}, "begins with xoxp-"),
        ({**GOOD, "api_url": "slack.com"}, "TOCSIN_SLACK_API_URL is “slack.com”"),
        ({**GOOD, "singing_secret": "x"}, "Did you mean TOCSIN_SLACK_SIGNING_SECRET?"),
    ],
)
def test_a_wrong_setting_is_named_and_no_token_is_shown(options: dict[str, str], says: str) -> None:
    with pytest.raises(BadInput) as wrong:
        read(options)
    assert says in wrong.value.message
    assert "xoxb-1" not in wrong.value.message


def test_settings_show_no_secret() -> None:
    shown = repr(read({**GOOD, "signing_secret": "s3cret", "channels": "#a, b"}))

    assert "xoxb" not in shown
    assert "s3cret" not in shown
    assert "('#a', 'b')" in shown


def test_without_a_setting_there_is_no_slack_and_nothing_of_it_is_loaded() -> None:
    assert connect(AdapterKit(None, SetClock(), {}, "")) is None
    script = (
        "import sys; from adapters.slack.entry import connect\n"
        "from chat.plugging import AdapterKit\n"
        "from chat.clock import SystemClock\n"
        "assert connect(AdapterKit(None, SystemClock(), {}, '')) is None\n"
        "print([name for name in sys.modules if name.startswith(('slack_', 'aiohttp'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("url", ["", "https://tocsin.example.org"])
def test_the_manifest_names_all_that_the_bot_needs(url: str) -> None:
    done = CliRunner().invoke(tocsin, ["slack", "manifest", *(["--url", url] if url else [])])
    made = yaml.safe_load(done.output)

    commands = {one["command"]: one for one in made["features"]["slash_commands"]}
    assert {"/incident", "/playbook", "/runbook", "/approve", "/reject"} <= set(commands)
    assert all(one["should_escape"] for one in commands.values())
    assert all(len(one["description"]) <= 2000 for one in commands.values())
    assert all(0 < len(one["usage_hint"]) <= 1000 for one in commands.values())
    assert [one["callback_id"] for one in made["features"]["shortcuts"]] == list(MENU)
    assert made["oauth_config"]["scopes"] == {"bot": list(SCOPES)}
    assert made["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    assert made["settings"]["socket_mode_enabled"] is (not url)
    where = {one.get("url") for one in commands.values()}
    assert where == {f"{url}/api/chat/slack/events" if url else None}
    assert made["settings"]["interactivity"].get("request_url") == next(iter(where))


def test_the_manifest_asks_a_person_only_for_archiving() -> None:
    done = CliRunner().invoke(tocsin, ["slack", "manifest", "--archive"])

    scopes = yaml.safe_load(done.output)["oauth_config"]["scopes"]
    assert scopes["user"] == ["channels:write", "groups:write"]


@pytest.mark.parametrize("url", ["http://x.example", "x.example", "https://", "https://x/?y"])
def test_an_address_that_slack_does_not_call_makes_no_manifest(url: str) -> None:
    done = CliRunner().invoke(tocsin, ["slack", "manifest", "--url", url])

    assert isinstance(done.exception, BadInput)
    assert "https://tocsin.example.org" in done.exception.message


def test_the_page_names_every_scope_and_event_with_its_reason() -> None:
    page = (ROOT / "docs" / "slack.md").read_text()

    for name, why in {**SCOPES, **EVENTS}.items():
        assert f"| `{name}` | {why} |" in page
