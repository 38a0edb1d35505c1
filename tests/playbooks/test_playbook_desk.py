"""Playbooks are made, shared, changed and deleted by whom that is for, and by nobody else."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from chat.errors import BadInput, Denied, NotFound, Refused, Stale
from incidents.incident import Severity
from playbooks.draft import PlaybookDraft, StageDraft, StepDraft
from playbooks.playbook import Playbook, Settings
from security.actor import Actor
from security.page import Slice
from security.permissions import Permission
from tests.playbooks.cast import (
    ADMIN,
    ANA,
    BO,
    CHIEF,
    OUTAGE,
    STRANGER,
    TEAM,
    VIEWER,
    House,
    scoped,
)

ALL = Slice(limit=50)


async def handles(house: House, who: Actor, search: str | None = None) -> list[str]:
    page = await house.playbooks.page(who, search, ALL)
    assert page.total == len(page.items)
    return [playbook.handle for playbook in page.items]


async def made(house: House, who: Actor = ANA, **changes: object) -> Playbook:
    draft = replace(OUTAGE, **changes)  # pyright: ignore[reportArgumentType]  # the fields of a draft
    return await house.playbooks.create(who, draft)


async def test_who_makes_a_playbook_is_its_admin(house: House) -> None:
    playbook = await made(house)

    assert (playbook.handle, playbook.revision, playbook.team_id) == ("service-outage", 1, TEAM)
    assert await house.playbooks.find(ANA, playbook.id) == playbook
    assert [(a.name, admin) for a, admin in await house.playbooks.members(ANA, playbook.id)] == [
        ("ana", True)
    ]
    [record] = await house.records("playbook.created")
    assert record.record.object_id == playbook.id
    assert await house.tracked() == [
        (
            "Playbook created",
            {
                "PlaybookID": playbook.id,
                "TeamID": TEAM,
                "NumChecklists": 2,
                "TotalChecklistItems": 4,
            },
        )
    ]


async def test_a_wrong_draft_leaves_nothing(house: House) -> None:
    with pytest.raises(BadInput):
        await made(house, stages=(StageDraft(""),))

    assert await handles(house, ADMIN) == []
    assert await house.records("playbook.created") == ()


async def test_a_viewer_makes_none_and_that_is_noted(house: House) -> None:
    with pytest.raises(Denied, match=r"playbook\.create"):
        await made(house, VIEWER)
    with pytest.raises(Denied, match=r"playbook\.create"):
        await house.playbooks.may_create(VIEWER)
    await house.playbooks.may_create(ANA)

    assert await handles(house, ADMIN) == []


async def test_editing_keeps_every_revision(house: House) -> None:
    playbook = await made(house)
    draft = PlaybookDraft.of(playbook)

    edited = await house.playbooks.edit(ANA, playbook.id, replace(draft, name="Second"), revision=1)
    assert (edited.revision, edited.name, edited.handle) == (2, "Second", playbook.handle)
    assert edited.stages == playbook.stages, "stages that stay keep their ids"

    with pytest.raises(Stale, match="at revision 2, and you edited revision 1"):
        await house.playbooks.edit(ANA, playbook.id, replace(draft, name="Late"), revision=1)
    restored = await house.playbooks.restore(ANA, playbook.id, 1)
    assert (restored.revision, restored.name) == (3, "Service outage")
    with pytest.raises(Refused, match="how it is now"):
        await house.playbooks.restore(ANA, playbook.id, 3)
    with pytest.raises(NotFound, match="no revision 9"):
        await house.playbooks.restore(ANA, playbook.id, 9)

    kept = await house.playbooks.revisions(ANA, playbook.id)
    assert [(one.playbook.revision, one.playbook.name, one.note, one.by_name) for one in kept] == [
        (3, "Service outage", "restored revision 1", "ana"),
        (2, "Second", "renamed to “Second”", "ana"),
        (1, "Service outage", "created", "ana"),
    ]


async def test_the_history_says_what_was_changed(house: House) -> None:
    playbook = await made(house)
    draft = PlaybookDraft.of(playbook)
    first, second = draft.stages

    async def told(after: PlaybookDraft) -> str:
        await house.playbooks.edit(ANA, playbook.id, after)
        newest = (await house.playbooks.revisions(ANA, playbook.id))[0].note
        await house.playbooks.edit(ANA, playbook.id, draft)
        return newest

    def with_first(**changes: object) -> PlaybookDraft:
        return replace(draft, stages=(replace(first, **changes), second))  # pyright: ignore[reportArgumentType]  # the fields of a stage

    settings = replace(draft.settings, severity=Severity.LOW, keywords=("x",))
    assert await told(replace(draft, settings=settings)) == "changed severity, keywords"
    assert await told(replace(draft, description="New")) == "changed description"
    assert await told(replace(draft, handle="other")) == "gave it the handle other"
    steps = (*first.steps, StepDraft("Call legal"))
    assert await told(with_first(steps=steps)) == "added the step “Call legal”"
    assert await told(with_first(steps=(*steps, StepDraft("b")))) == "added 2 steps"
    assert await told(with_first(name="Begin")) == (f"renamed the stage “{first.name}” to “Begin”")
    assert await told(replace(draft, stages=(second, first))) == "moved stages"
    assert await told(with_first(steps=first.steps[::-1])) == "moved steps"
    better = replace(first.steps[0], title="Better")
    assert await told(with_first(steps=(better, *first.steps[1:]))) == "changed the step “Better”"
    assert await told(replace(draft, stages=(first,))) == f"removed the stage “{second.name}”"
    one_less = with_first(steps=first.steps[1:])
    assert f"removed the step “{first.steps[0].title}”" in await told(one_less)


async def test_an_edit_that_changes_nothing_leaves_no_trace(house: House) -> None:
    playbook = await made(house)

    again = await house.playbooks.edit(ANA, playbook.id, PlaybookDraft.of(playbook))

    assert again == playbook
    assert await house.records("playbook.edited") == ()


async def test_stages_and_steps_are_reordered_without_losing_who_they_are(house: House) -> None:
    playbook = await made(house)
    draft = PlaybookDraft.of(playbook)
    first, second = draft.stages
    turned = replace(
        draft, stages=(second, replace(first, steps=(StepDraft("New"), *first.steps[::-1])))
    )

    edited = await house.playbooks.edit(ANA, playbook.id, turned)

    assert [stage.id for stage in edited.stages] == [s.id for s in playbook.stages[::-1]]
    old = [step.id for step in playbook.stages[0].steps]
    new, *rest = [step.id for step in edited.stages[1].steps]
    assert rest == old[::-1]
    assert new not in old


async def test_ids_of_another_playbook_are_not_taken_over(house: House) -> None:
    one = await made(house)
    two = await made(house, name="Two")

    edited = await house.playbooks.edit(ANA, two.id, replace(PlaybookDraft.of(one), handle="two"))

    ids = {stage.id for stage in edited.stages}
    assert not ids & {stage.id for stage in one.stages}


async def test_two_who_edit_at_once_do_not_overwrite_each_other(house: House) -> None:
    playbook = await made(house)
    await house.playbooks.share(ANA, playbook.id, "bo")

    done = await asyncio.gather(
        *(
            house.playbooks.edit(who, playbook.id, replace(OUTAGE, name=who.name), revision=1)
            for who in (ANA, BO)
        ),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in done) == ["Playbook", "Stale"]


async def test_handles_are_unique_in_a_team(house: House) -> None:
    one = await made(house)
    two = await made(house)
    await house.playbooks.create(STRANGER, OUTAGE)

    assert (one.handle, two.handle) == ("service-outage", "service-outage-2")
    with pytest.raises(BadInput) as caught:
        await made(house, handle="service-outage")
    assert "handle" in caught.value.details
    with pytest.raises(BadInput, match="has the handle"):
        await house.playbooks.edit(ANA, two.id, replace(OUTAGE, handle=one.handle))
    assert (await house.playbooks.edit(ANA, two.id, replace(OUTAGE, handle="db"))).handle == "db"


async def test_people_named_must_be_in_the_team(house: House) -> None:
    stage = StageDraft("S", (StepDraft("a", assignee="bo"), StepDraft("b", assignee="sam")))
    settings = Settings(default_commander="ghost", invite=("ana", "ghost"))

    with pytest.raises(BadInput) as caught:
        await made(house, stages=(stage,), settings=settings)

    assert set(caught.value.details) == {
        "stages[0].steps[1].assignee",
        "settings.default_commander",
        "settings.invite[1]",
    }


async def test_a_copy_is_ones_own(house: House) -> None:
    playbook = await made(house)
    await house.playbooks.share_with_team(ANA, playbook.id, shared=True)

    copy = await house.playbooks.duplicate(BO, "service-outage", "Mine")

    assert (copy.handle, copy.name, copy.shared_with_team) == ("mine", "Mine", False)
    assert [(a.name, admin) for a, admin in await house.playbooks.members(BO, copy.id)] == [
        ("bo", True)
    ]
    mine = [[step.title for step in stage.steps] for stage in copy.stages]
    assert mine == [[step.title for step in stage.steps] for stage in playbook.stages]
    assert copy.stages[0].id != playbook.stages[0].id
    with pytest.raises(Denied):
        await house.playbooks.duplicate(VIEWER, playbook.id, "Mine")


async def test_a_deleted_playbook_is_gone_and_its_handle_free(house: House) -> None:
    playbook = await made(house)

    gone = await house.playbooks.delete(ANA, playbook.handle)

    assert gone.deleted_at == house.clock.now()
    assert await handles(house, ADMIN) == []
    with pytest.raises(NotFound):
        await house.playbooks.find(ADMIN, playbook.id)
    assert (await made(house)).handle == playbook.handle
    names = [name for name, _ in await house.tracked()]
    assert names == ["Playbook created", "Playbook deleted", "Playbook created"]
    assert len(await house.records("playbook.deleted")) == 1


async def test_a_commander_may_delete_what_the_team_shares(house: House) -> None:
    playbook = await made(house)
    await house.playbooks.share_with_team(ANA, playbook.id, shared=True)

    with pytest.raises(Denied, match=r"playbook\.delete"):
        await house.playbooks.delete(BO, playbook.id)
    assert (await house.playbooks.delete(CHIEF, playbook.id)).deleted_at


async def test_a_token_does_only_what_it_is_for(house: House) -> None:
    playbook = await made(house)
    token = scoped(ANA, Permission.PLAYBOOK_VIEW, Permission.PLAYBOOK_EDIT)

    assert await handles(house, token) == [playbook.handle]
    for attempt in (
        house.playbooks.delete(token, playbook.id),
        house.playbooks.create(token, OUTAGE),
    ):
        with pytest.raises(Denied, match="scope"):
            await attempt


@pytest.mark.parametrize(
    "ref", ["service-outage", "SERVICE-outage", " service outage ", "Service", "out", "vice"]
)
async def test_a_playbook_is_found_by_what_people_type(house: House, ref: str) -> None:
    playbook = await made(house)
    await made(house, name="Data loss")

    assert await house.playbooks.find(ANA, ref) == playbook


async def test_what_changes_a_playbook_wants_its_whole_name(house: House) -> None:
    playbook = await made(house)

    for part in ("service", "outage", "serv"):
        for attempt in (
            house.playbooks.delete(ANA, part),
            house.playbooks.edit(ANA, part, OUTAGE),
            house.playbooks.restore(ANA, part, 1),
            house.playbooks.share_with_team(ANA, part, shared=True),
            house.playbooks.unshare(ANA, part, "ana"),
            house.playbooks.find(ANA, part, exact=True),
        ):
            with pytest.raises(NotFound, match="Did you mean service-outage"):
                await attempt
    assert await house.playbooks.find(ANA, "SERVICE Outage", exact=True) == playbook
    assert (await house.playbooks.delete(ANA, "Service outage")).deleted_at


async def test_a_name_that_fits_several_is_not_guessed(house: House) -> None:
    await made(house, name="Database one")
    await made(house, name="Database two")
    exact = await made(house, name="Data", handle="d")

    with pytest.raises(BadInput, match="database-one, database-two"):
        await house.playbooks.find(ANA, "database")
    assert await house.playbooks.find(ANA, "data") == exact


@pytest.mark.parametrize("ref", ["", " ", "%", "_", "nothing like it", "x" * 5000])
async def test_what_is_not_there_is_not_found(house: House, ref: str) -> None:
    await made(house)

    with pytest.raises(NotFound, match="/playbook list"):
        await house.playbooks.find(ANA, ref)


async def test_a_mistyped_handle_gets_the_nearest_that_one_may_see(house: House) -> None:
    await made(house)

    with pytest.raises(NotFound, match="Did you mean service-outage"):
        await house.playbooks.find(ANA, "servcie-outage")
    with pytest.raises(NotFound) as caught:
        await house.playbooks.find(BO, "servcie-outage")
    assert "Did you mean" not in caught.value.message


async def test_the_list_is_searched_and_paged(house: House) -> None:
    for name in ("Beta", "alpha", "Gamma 50%"):
        await made(house, name=name)

    assert await handles(house, ANA) == ["alpha", "beta", "gamma-50"]
    assert await handles(house, ANA, "%") == ["gamma-50"]
    page = await house.playbooks.page(ANA, "", Slice(limit=1, offset=1))
    assert ([one.name for one in page.items], page.total) == (["Beta"], 3)
    with pytest.raises(NotFound, match="no team"):
        await house.playbooks.page(ANA, None, ALL, team="mars")


async def test_a_template_becomes_a_playbook_of_ones_own(house: House) -> None:
    ids = [template.id for template in house.playbooks.templates()]
    assert {"outage", "data-loss", "security-breach", "capacity"} <= set(ids)

    made_one = await house.playbooks.from_template(ANA, "security-breach")
    named = await house.playbooks.from_template(ANA, "security-breach", "Our way")

    assert (made_one.name, made_one.template) == ("Security breach", "security-breach")
    assert (named.name, named.handle) == ("Our way", "our-way")
    assert not made_one.settings.public
    assert await handles(house, BO) == []


async def test_an_import_is_public_with_the_importer_as_its_only_admin(house: House) -> None:
    document = {
        "version": 1,
        "title": "From Mattermost",
        "checklists": [{"title": "Do", "items": [{"title": "It", "condition_id": "c"}]}],
        "members": [{"user_id": "u1"}, {"user_id": "u2"}],
    }

    imported = await house.playbooks.import_json(ANA, document)

    assert imported.playbook.shared_with_team
    members = await house.playbooks.members(ANA, imported.playbook.id)
    assert [(a.name, admin) for a, admin in members] == [("ana", True)]
    assert [lost.split(":")[0] for lost in imported.losses] == [
        "checklists[0].items[0].condition_id",
        "members",
    ]
    assert await handles(house, VIEWER) == ["from-mattermost"]
    with pytest.raises(Denied):
        await house.playbooks.import_json(VIEWER, document)
    with pytest.raises(BadInput, match="version"):
        await house.playbooks.import_json(ANA, document | {"version": 3})


async def test_an_export_goes_home_whole_and_elsewhere_without_its_people(house: House) -> None:
    stage = StageDraft("S", (StepDraft("a", assignee="bo"),))
    settings = Settings(default_commander="chief", invite=("bo",), announce_in=("ops",))
    playbook = await made(house, stages=(stage,), settings=settings, handle="known")
    text = json.dumps(await house.playbooks.export_json(ANA, playbook.id))

    home = await house.playbooks.import_json(ANA, text)
    away = await house.playbooks.import_json(STRANGER, text)

    assert home.losses == ("handle: known is taken in this team, so the playbook got another one.",)
    assert home.playbook.settings == settings
    assert home.playbook.stages[0].steps[0].assignee == "bo"
    assert away.playbook.handle == "known"
    assert away.playbook.settings == Settings(announce_in=("ops",))
    assert away.playbook.stages[0].steps[0].assignee == ""
    assert len(away.losses) == 3
