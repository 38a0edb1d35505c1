"""Runbooks that come with packs: every team has them, theirs once they edit them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from automation.actions.registry import SHIPPED
from automation.runbook import RunbookFilter, RunbookStatus
from automation.runbooks.desk import Edit, Seen
from automation.runbooks.shipped import shipped
from bot.beginnings import begin
from security.actor import SYSTEM
from security.page import Slice
from tests.bench import Bench

WRITTEN = "name: Mine\nsteps:\n- {name: Say, action: core.echo, parameters: {message: hi}}\n"


def pack(bench: Bench, text: str = WRITTEN) -> Path:
    """A pack of the installation's own with a runbook in it."""
    folder = bench.house.settings.home / "packs" / "mine" / "runbooks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "pack.yaml").write_text("ref: mine\nname: mine\nversion: 1.0.0\n")
    (folder / "mine.yaml").write_text(text)
    return folder


async def found(bench: Bench, search: str) -> list[Seen]:
    admin = await bench.actor("admin")
    desk = bench.house.desks.runbooks
    return list((await desk.page(admin, RunbookFilter(search=search), Slice(50))).items)


async def test_every_shipped_one_can_be_executed_in_every_team(bench: Bench) -> None:
    names = [one.content.name for one in shipped(path for path in sorted(SHIPPED.iterdir()))]
    other = await bench.house.desks.people.create_team(SYSTEM, "other", "")
    main = await bench.house.acts.read(lambda to: to.people.team_named("main"))
    assert main is not None

    for team in (main, other):
        wanted = RunbookFilter(team_ids=frozenset({team.id}))
        page = await bench.house.desks.runbooks.page(SYSTEM, wanted, Slice(100))
        assert {seen.runbook.name for seen in page.items} >= set(names)
        assert [seen.mistakes for seen in page.items if seen.mistakes] == []
        assert {seen.runbook.status for seen in page.items} == {RunbookStatus.ACTIVE}


async def test_one_that_nobody_edited_follows_its_pack(bench: Bench) -> None:
    pack(bench)
    await begin(bench.house, "")
    (first,) = await found(bench, "mine")
    assert first.runbook.shipped == "mine/mine"

    pack(bench, WRITTEN.replace("hi", "hello"))
    await begin(bench.house, "")
    await begin(bench.house, "")

    (second,) = await found(bench, "mine")
    assert second.runbook.id == first.runbook.id
    assert second.runbook.revision == 2
    assert second.runbook.content.steps[0].parameters["message"] == "hello"


async def test_one_that_somebody_edited_is_theirs(bench: Bench) -> None:
    pack(bench)
    await begin(bench.house, "")
    (first,) = await found(bench, "mine")
    content = replace(first.runbook.content, description="Ours")
    admin = await bench.actor("admin")
    await bench.house.desks.runbooks.edit(admin, first.runbook.id, Edit(content=content))

    pack(bench, WRITTEN.replace("hi", "hello"))
    await begin(bench.house, "")

    (second,) = await found(bench, "mine")
    assert second.runbook.content.description == "Ours"
    assert second.runbook.content.steps[0].parameters["message"] == "hi"


async def test_what_somebody_deleted_does_not_come_back(bench: Bench) -> None:
    pack(bench)
    await begin(bench.house, "")
    await bench.house.desks.runbooks.delete(await bench.actor("admin"), "mine")

    await begin(bench.house, "")

    assert await found(bench, "mine") == []


async def test_a_wrong_one_is_left_out_and_the_others_are_there(bench: Bench) -> None:
    folder = pack(bench)
    (folder / "a.yaml").write_text("name: [")
    (folder / "b.yaml").write_text("name: B\nsteps:\n- {name: x, action: core.echo, when: '{{'}\n")
    (folder / "c.txt").write_text("no runbook")

    await begin(bench.house, "")

    assert [one.runbook.name for one in await found(bench, "mine")] == ["Mine"]
