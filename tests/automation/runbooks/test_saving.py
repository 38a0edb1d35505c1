"""What is refused when a runbook is saved, whatever its status is to be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automation.approval import OnExpiry, Policy
from automation.runbook import RunbookStatus
from automation.runbooks.desk import Edit
from automation.runbooks.documents import read
from chat.errors import BadInput
from tests.automation.runs import ECHO, written
from tests.bench import Bench

BAD: dict[str, dict[str, Any]] = {
    "url": {
        "action": "core.http",
        "parameters": {"url": "https://ana:hunter22@example.org/"},
    },
    "token": {
        "action": "core.local",
        "parameters": {"cmd": "curl -H 'Authorization: Bearer abcdefgh' x.org"},
    },
    "parameter": {"action": "core.echo", "parameters": {"massage": "x"}},
    "name": {"action": "core.echo", "parameters": {"message": "{{ paremeters.x }}"}},
}


@pytest.mark.parametrize("status", RunbookStatus)
@pytest.mark.parametrize("step", BAD.values(), ids=BAD.keys())
async def test_a_mistake_is_refused_for_every_status(
    bench: Bench, status: RunbookStatus, step: dict[str, Any]
) -> None:
    admin, desk = await bench.actor("admin"), bench.house.desks.runbooks
    content, _ = read({"name": "Bad", "steps": [{"name": "Do", **step}]})

    with pytest.raises(BadInput) as wrong:
        await desk.create(admin, content, Edit(status=status))

    assert any(place.startswith("steps[0].parameters") for place in wrong.value.details)
    good = await written(bench, ECHO)
    with pytest.raises(BadInput):
        await desk.edit(admin, good, Edit(content=content, status=status))
    assert (await desk.find(admin, good)).runbook.content.name == "Try"


async def test_what_has_a_mistake_by_now_may_still_be_taken_out_of_use(bench: Bench) -> None:
    """It was saved when less was refused; a whole document comes back as it was shown."""
    admin, desk = await bench.actor("admin"), bench.house.desks.runbooks
    log_in = {
        "name": "Ask",
        "action": "core.http",
        "parameters": {"url": "https://example.org/", "bearer_token": "a-secret-token"},
    }
    runbook = await written(bench, log_in)

    def spoil(stores: Any) -> None:
        kept = stores.runbooks.get(runbook)
        given = {**kept.content.steps[0].parameters, "massage": "x"}
        step = replace(kept.content.steps[0], parameters=given)
        after = replace(kept, content=replace(kept.content, steps=(step,)))
        stores.runbooks.save(after, was=1)

    await bench.house.acts.run(spoil)
    seen = (await desk.find(admin, runbook)).runbook

    off = await desk.edit(admin, runbook, Edit(content=seen.content, status=RunbookStatus.INACTIVE))
    assert off.runbook.status is RunbookStatus.INACTIVE
    assert off.runbook.revision == 1
    old = await desk.edit(admin, runbook, Edit(status=RunbookStatus.DEPRECATED))
    assert old.runbook.status is RunbookStatus.DEPRECATED
    with pytest.raises(BadInput):
        await desk.edit(admin, runbook, Edit(status=RunbookStatus.ACTIVE))
    described = replace(seen.content, description="Other")
    with pytest.raises(BadInput):
        await desk.edit(admin, runbook, Edit(content=described))


@pytest.mark.parametrize("whole", [True, False])
async def test_time_that_passes_is_no_second_factor(bench: Bench, whole: bool) -> None:
    policy = {"role": "approver", "second_factor": True, "on_expiry": "approve"}
    asks: dict[str, Any] = {"approval": policy}
    place = "approval" if whole else "steps[0].approval"

    with pytest.raises(BadInput) as wrong:
        await written(bench, ECHO if whole else {**ECHO, **asks}, **(asks if whole else {}))

    assert f"{place}.on_expiry" in wrong.value.details
    earlier = Policy(second_factor=True, on_expiry=OnExpiry.APPROVE)
    assert earlier.expired_as is OnExpiry.REJECT


async def test_more_yes_than_people_is_told_when_it_is_saved(bench: Bench) -> None:
    admin, desk = await bench.actor("admin"), bench.house.desks.runbooks
    await bench.hire("bo", "approver")
    content, _ = read(
        {"name": "Two", "steps": [{**ECHO, "approval": {"role": "approver", "needed": 2}}]}
    )

    seen = await desk.create(admin, content, Edit(status=RunbookStatus.ACTIVE))

    assert list(seen.mistakes) == ["steps[0].approval.needed"]
    assert "only 1 of the team" in seen.mistakes["steps[0].approval.needed"]
    await bench.hire("cy", "approver")
    assert not (await desk.find(admin, seen.runbook.id)).mistakes


async def test_a_pattern_that_cannot_be_searched_for_is_refused(bench: Bench) -> None:
    for pattern in ("(", "(x{1000}){1000}"):
        with pytest.raises(BadInput) as wrong:
            await written(bench, ECHO, parameters=[{"name": "p", "pattern": pattern}])
        assert "parameters[0].pattern" in wrong.value.details
