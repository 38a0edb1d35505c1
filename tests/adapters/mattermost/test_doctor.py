"""What `tocsin doctor` says of Mattermost, each thing with what to do."""

from __future__ import annotations

import pytest

from adapters.mattermost.entry import connect
from chat.health import Finding, State
from chat.port import Examined, Listens, Serves
from storage.database import Database
from tests.adapters.marks import on_one_database
from tests.adapters.mattermost.platform import MattermostPlatform, kit
from tests.clock import SetClock

pytestmark = on_one_database


async def findings(adapter: object) -> dict[str, Finding]:
    assert isinstance(adapter, Examined)
    return {each.subject: each async for each in adapter.examine()}


async def test_all_is_well(chat: MattermostPlatform) -> None:
    found = await findings(chat.adapter)

    # The callback is at an inner address here, which the server has to be told of.
    odd = {subject for subject, each in found.items() if each.state is not State.OK}
    assert odd == {"mattermost callback"}
    assert "AllowedUntrustedInternalConnections" in found["mattermost callback"].told
    assert "/incident" in found["mattermost commands"].told
    assert isinstance(chat.adapter, Listens)
    assert isinstance(chat.adapter, Serves)


async def test_looking_changes_nothing(chat: MattermostPlatform) -> None:
    before = len(chat.server.requests)
    await findings(chat.adapter)

    reads = {("POST", "/roles/names")}
    made = [r[:2] for r in chat.server.requests[before:]]
    assert [r for r in made if r[0] != "GET" and r not in reads] == []


async def test_each_permission_is_named_with_its_reason(chat: MattermostPlatform) -> None:
    chat.server.rights -= {"create_private_channel", "create_post_ephemeral"}
    found = await findings(chat.adapter)

    told = found["mattermost permissions"]
    assert told.state is State.WRONG
    assert "create_private_channel (to make a channel for each private incident)" in told.told
    assert "team admin" in told.told
    assert found["mattermost private answers"].state is State.WARNING


@pytest.mark.parametrize(
    ("changed", "subject", "says"),
    [
        ({"token": "wrong"}, "mattermost token", "does not accept Tocsin's token"),
        ({"team": "other"}, "mattermost team", "TOCSIN_MATTERMOST_TEAM"),
        ({"url": "http://127.0.0.1:1"}, "mattermost server", "TOCSIN_MATTERMOST_URL"),
        ({"channels": "incidents"}, "mattermost channels", "/invite @tocsin"),
        ({"callback_url": "http://127.0.0.1:1"}, "mattermost callback", "TOCSIN_PUBLIC_URL"),
        ({"trust_email": "true"}, "mattermost e-mail", "verify"),
        ({"callback_url": "http://elsewhere.example"}, "mattermost commands", "tocsin up"),
    ],
)
async def test_what_is_wrong_is_said_with_what_to_do(
    chat: MattermostPlatform,
    database: Database,
    clock: SetClock,
    changed: dict[str, str],
    subject: str,
    says: str,
) -> None:
    adapter = connect(kit(database, clock, chat.server, **changed))
    assert adapter is not None
    found = await findings(adapter)
    await adapter.stop()

    assert found[subject].state is not State.OK
    assert says in found[subject].told


async def test_clocks_apart_are_seen(
    chat: MattermostPlatform, database: Database, clock: SetClock
) -> None:
    ours = SetClock(clock.now())
    adapter = connect(kit(database, ours, chat.server))
    assert adapter is not None
    for minutes, state in ((0, State.OK), (2, State.WARNING), (30, State.WRONG)):
        ours.advance(minutes=minutes)
        assert (await findings(adapter))["mattermost server"].state is state
    await adapter.stop()


async def test_a_limit_of_edits_is_seen(chat: MattermostPlatform) -> None:
    chat.server.config["PostEditTimeLimit"] = "300"

    assert "300 s" in (await findings(chat.adapter))["mattermost editing"].told
