"""What only Teams does with an incident, through a whole bot; the rest is the shared journey's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.teams.journey import Team, team
from tests.adapters.teams.judging import shown
from tests.adapters.teams.platform import text
from tests.adapters.teams.standin import TEAM


@pytest.fixture(params=[False, True], ids=["threads", "channels"])
async def there(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> AsyncIterator[Team]:
    """A team with a bot, without Graph and with it."""
    async with team(database_url, tmp_path / "home", graph=bool(request.param)) as found:
        yield found


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
