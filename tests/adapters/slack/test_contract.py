"""Each call that we make is one that Slack's own description of its methods knows.

The description is not ours to copy, so this is skipped where it is not at hand. It was
frozen in 2021: what Slack has added since is listed here.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from chat.card import Card
from chat.form import Form, FormField
from chat.message import Attachment
from chat.port import NewChannel
from storage.database import Database
from tests.adapters.marks import on_one_database
from tests.adapters.slack.platform import opened
from tests.adapters.slack.world import TEAM
from tests.clock import SetClock

ROOT = Path(__file__).parents[3]
CONTRACTS = Path(os.environ.get("TOCSIN_CONTRACTS") or ROOT.parent / "shared" / "contracts")
SPEC = CONTRACTS / "slack" / "slack_web_openapi_v2_without_examples.json"

SINCE_2021 = {
    "apps.connections.open": set[str](),
    "files.getUploadURLExternal": {"filename", "length"},
    "files.completeUploadExternal": {"files", "channel_id", "initial_comment", "thread_ts"},
}
NEW_ARGUMENTS = {
    "chat.postMessage": {"metadata"},
    "conversations.history": {"include_all_metadata"},
    "conversations.replies": {"include_all_metadata"},
    "conversations.invite": {"force"},
}


@on_one_database
@pytest.mark.skipif(not SPEC.exists(), reason="Slack's description of its methods is not here")
async def test_every_call_is_known_to_slacks_own_description(
    database: Database, clock: SetClock
) -> None:
    paths: dict[str, Any] = json.loads(SPEC.read_text())["paths"]
    async with opened(database, clock) as slack:
        ana, adapter = await slack.someone("ana"), slack.adapter
        where = await adapter.create_channel(
            NewChannel(TEAM, "inc-1", "room", private=True, topic="Topic")
        )
        await adapter.invite(where, (ana,))
        await adapter.channel(where)
        posted = await adapter.post(where, Card("x"), key="1")
        await adapter.update(posted, Card("y"))
        await adapter.pin(posted)
        await adapter.whisper(where, ana, Card("psst"), key="2")
        await adapter.direct(ana, Card("you"), key="3")
        file = Attachment("a.csv", "text/csv", b"a")
        await adapter.upload(where, file, Card("file"), key="4", only=ana)
        form = Form("incident.start", "Start", (FormField("name", "Name"),))
        await adapter.open_form(where, ana, form, ticket="ticket")
        assert [one async for one in adapter.history(where)]
        await adapter.message(adapter.link(posted), near=where)
        for typed in ("ana", "ana@example.org", "nobody", ana.id):
            await adapter.find_person(TEAM, typed)
        general = await adapter.find_channel(TEAM, "general")
        assert general is not None
        await adapter.pin(await adapter.post(general, Card("here too"), key="5"))
        await adapter.archive(where, archived=True)
        await adapter.archive(where, archived=False)
        calls = slack.world.calls

    assert len({method for method, _ in calls}) > 20
    for method, given in calls:
        if method in SINCE_2021:
            assert set(given) - {"token"} <= SINCE_2021[method], method
            continue
        (described,) = paths[f"/{method}"].values()
        known = {one["name"] for one in described.get("parameters", ())}
        known |= NEW_ARGUMENTS.get(method, set()) | {"token"}
        assert set(given) <= known, (method, set(given) - known)
