"""An incident from start to close in Teams, through a whole bot."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.message import Attachment
from tests.adapters.teams.journey import Team, team
from tests.adapters.teams.judging import shown
from tests.adapters.teams.platform import text
from tests.adapters.teams.standin import ROOMS, TEAM, card_of
from tests.journeys.test_runbooks import STEPS


@pytest.fixture(params=[False, True], ids=["threads", "channels"])
async def there(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> AsyncIterator[Team]:
    """A team with a bot, without Graph and with it."""
    async with team(database_url, tmp_path / "home", graph=bool(request.param)) as found:
        yield found


async def with_runbook(there: Team) -> None:
    """An active runbook with a step that needs approval."""
    parameters = [{"name": "whom", "required": True, "description": "Whom to greet"}]
    document = {"name": "Greet", "parameters": parameters, "steps": STEPS}
    file = Attachment("greet.json", "application/json", json.dumps(document).encode())
    await there.bench.say("admin", "general", "/runbook new", files=(file,))
    await there.bench.say("admin", "general", "/runbook mark greet active")


async def test_an_incident_from_start_to_close(there: Team) -> None:
    vendor = there.vendor
    ana, bo = await there.join("ana", "commander"), await there.join("bo", "approver")
    await with_runbook(there)

    # Start it; the room has one panel, on which a thread hangs where a room is a thread.
    await there.say(ana, ROOMS, 'incident start --playbook outage --name "Checkout 500"')
    room = there.room("Checkout 500")
    panel = there.panel(room)
    assert "INC-00001" in text(panel)
    if panel.channel == ROOMS:
        assert panel.id == panel.root
        assert "#inc-00001-checkout-500" not in text(panel)
    else:
        assert vendor.channels[panel.channel].name == "inc-00001-checkout-500"
    assert "INC-00001 is started" in there.told(ana)
    assert sum("End incident" in each for each in there.texts(room)) == 1

    # Check a step by its button, another one by its word.
    assert (await there.press(ana, panel, "Check"))["value"] == "Got it."
    await there.say(ana, room if panel.channel == ROOMS else panel.conversation, "incident check 2")
    assert "2/" in text(panel)
    assert text(panel).count("☑") == 2

    # The panel's own form opens in the same breath, and says what is wrong with it.
    reply = await there.press(ana, panel, "Update")
    assert reply["task"]["value"]["title"] == "Status update"
    refused = await there.submit(ana, panel, reply, text=" ")
    card = refused["task"]["value"]["card"]["content"]
    assert any(block.get("color") == "Attention" for block in card["body"])
    assert await there.submit(ana, panel, refused, text="We know *why*.") is None
    assert any("We know" in each for each in there.texts(room))

    # A runbook whose risky step bo approves by a button.
    await there.say(ana, panel.conversation, "incident invite @Bo", bo)
    await there.say(ana, panel.conversation, "runbook run greet whom=Zoe")
    request = next(m for m in vendor.messages if "needs approval" in text(m) and card_of(m))
    assert "echo done Zoe" in text(request)
    await there.press(ana, request, "Approve")
    assert "You asked for it yourself" in there.told(ana)
    await there.press(bo, request, "Approve")
    assert "was approved by @bo" in text(request).casefold()
    # Edits wait where the platform's pace demands it.
    await there.until(lambda: any("✅ RUN-00001" in each for each in there.texts(room)))

    # A rejection asks why, and closes.
    await there.say(ana, panel.conversation, "runbook run greet whom=Yan")
    second = next(
        m for m in vendor.messages if "needs approval" in text(m) and "done Yan" in text(m)
    )
    why = await there.press(bo, second, "Reject")
    await there.submit(bo, second, why, note="Not now")
    assert "Not now" in text(second)

    # Close it; from then on it refuses changes.
    await there.say(ana, panel.conversation, "incident end")
    await there.until(lambda: "Closed" in text(panel))
    await there.say(ana, panel.conversation, "incident severity LOW")
    assert "/incident restart" in there.told(ana)

    if panel.channel != ROOMS:
        await there.say(ana, panel.conversation, "incident export")
        consent = vendor.in_conversation(vendor.chat(ana) or "")[-1].body["attachments"][0]
        assert consent["contentType"].endswith("file.consent")


async def test_an_incident_offered_for_a_word_is_told_where_that_was_said(there: Team) -> None:
    vendor = there.vendor
    ana = await there.join("ana", "commander")

    said = vendor.spoken(ana, TEAM, "the checkout is down, it seems")
    assert await vendor.bring(said) == (200, None)
    await there.settle()
    offer = vendor.in_conversation(vendor.chat(ana) or "")[-1]
    assert "is this an incident?" in text(offer)

    form = await there.press(ana, offer, "Start incident")
    card = form["task"]["value"]["card"]["content"]
    assert "About @ana: “the checkout is down, it seems”" in shown(card)
    await there.submit(ana, offer, form, playbook="outage", name="Checkout 500")
    room = there.room("Checkout 500")
    assert any("INC-00001" in each for each in there.texts(TEAM))
    assert any("the checkout is down, it seems" in each for each in there.texts(room))
