"""Every command behind a step that ships with Tocsin does something when it is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from playbooks.template import Template, shipped
from storage.database import Database
from tests.clock import SetClock
from tests.commands.bench import read, running


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("template", shipped(), ids=lambda template: template.id)
async def test_each_command_runs(
    database: Database, clock: SetClock, template: Template, tmp_path: Path
) -> None:
    async with running(database, clock, tmp_path) as bench:
        channel = await bench.opened(f'/incident start --playbook {template.id} --name "it"')
        for number, stage in enumerate(template.draft.stages, start=1):
            for place, step in enumerate(stage.steps, start=1):
                if not step.command:
                    continue
                answered = await bench.say(f"/incident run {number}.{place}", channel=channel)

                tones = {reply.card.tone for reply in answered.replies if reply.card}
                assert answered.form is not None or tones <= {"good", "neutral"}, read(answered)
                assert answered.form is not None or answered.replies, step.command
