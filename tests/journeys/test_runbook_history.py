"""A runbook's versions, who sees it, and its end, by what people type in chat."""

from __future__ import annotations

from automation.runbooks.desk import Edit
from automation.runbooks.documents import read
from chat.card import Actions
from tests.automation.approving import asked
from tests.automation.runs import ECHO, executed, written
from tests.bench import Bench


async def test_it_goes_back_to_a_version_and_the_present_one_stays(bench: Bench) -> None:
    runbook = await written(bench, ECHO)
    content, _ = read({"name": "Try", "steps": [{**ECHO, "name": "Shout"}]})
    admin = await bench.actor("admin")
    await bench.house.desks.runbooks.edit(admin, runbook, Edit(content))

    listed = await bench.told("admin", "general", "/runbook versions try")
    assert "changed steps" in listed
    assert "/runbook restore try REVISION" in listed
    assert "Shout" in await bench.told("admin", "general", "/runbook show try")
    told = await bench.told("admin", "general", "/runbook restore try 1")

    assert "what it was at revision 1, as version 1.2" in told
    assert "Shout" not in await bench.told("admin", "general", "/runbook show try")
    assert "no revision 9" in await bench.told("admin", "general", "/runbook restore try 9")


async def test_it_is_shown_to_the_team_and_hidden_again(bench: Bench) -> None:
    await written(bench, ECHO)

    assert "is private" in await bench.told("admin", "general", "/runbook unshare try")
    assert "There is no runbook" in await bench.told("ana", "general", "/runbook show try")
    assert "The whole team sees" in await bench.told("admin", "general", "/runbook share try")
    assert "Say" in await bench.told("ana", "general", "/runbook show try")


async def test_it_is_deleted_only_when_that_is_meant_and_its_executions_stay(
    bench: Bench,
) -> None:
    runbook = await written(bench, ECHO)
    await executed(bench, runbook)

    sure = await bench.say("admin", "general", "/runbook delete try")
    assert "Say" in await bench.told("admin", "general", "/runbook show try")
    (message,) = sure.replies
    buttons = next(one for one in (message.card.sections if message.card else ())
                   if isinstance(one, Actions))  # fmt: skip
    assert [one.label for one in buttons.controls] == ["Delete"]
    await bench.click("admin", message, "runbook.delete")

    assert "There is no runbook" in await bench.told("admin", "general", "/runbook show try")
    assert "RUN-00001" in await bench.told("admin", "general", "/runbook status RUN-1")
    await written(bench, ECHO)
    assert "is deleted" in await bench.told("admin", "general", "/runbook delete try --yes")


async def test_only_who_writes_runbooks_does_any_of_it(bench: Bench) -> None:
    await written(bench, ECHO)

    for line in ("restore try 1", "share try", "unshare try", "delete try", "delete try --yes"):
        assert "runbook.edit" in await bench.told("ana", "general", f"/runbook {line}"), line
    assert "Revision" in await bench.told("ana", "general", "/runbook versions try")


async def test_all_of_a_runbook_is_shown(bench: Bench) -> None:
    policy = {"people": ["admin"], "role": "approver", "needed": 2, "reason_required": True}
    risky = {
        **ECHO,
        "approval": {"role": "approver", "expires_after": 600},
        "on_failure": "roll_back",
        "rollback": {"action": "core.noop"},
    }
    await written(
        bench,
        risky,
        approval=policy,
        trigger_type="AUTOMATIC",
        trigger_conditions={"severity": ["HIGH", "CRITICAL"]},
        tags=["web"],
        category="deploy",
    )

    told = await bench.told("admin", "general", "/runbook show try")

    assert 'severity: ["HIGH", "CRITICAL"]' in told
    assert "2 of @admin or role approver, with a reason" in told
    assert "needs approval: role approver, refused after 10 min" in told
    assert "on failure: roll back" in told
    assert "undone by core.noop" in told


async def test_the_list_is_narrowed(bench: Bench) -> None:
    await written(bench, ECHO, trigger_type="WEBHOOK", category="deploy", tags=["web"])

    for words in ("--trigger webhook", "--category deploy", "--tag web"):
        assert "1 runbook" in await bench.told("admin", "general", f"/runbook list try {words}")
    for words in ("--trigger manual", "--category other", "--tag db"):
        assert "No runbook fits" in await bench.told(
            "admin", "general", f"/runbook list try {words}"
        )
    assert "Did you mean WEBHOOK?" in await bench.told(
        "admin", "general", "/runbook list --trigger webhok"
    )


async def test_the_next_page_of_approvals_is_named(bench: Bench) -> None:
    await bench.hire("bo", "approver")
    _, approval = await asked(bench)
    assert "More: " not in await bench.told("bo", "general", "/approvals")
    runbook = (await bench.house.desks.runbooks.find(await bench.actor("admin"), "try")).runbook
    for _ in range(10):
        await executed(bench, runbook.id)

    first = await bench.told("bo", "general", "/approvals")

    assert "11 approvals wait" in first
    assert "/approvals --page 2" in first
    second = await bench.told("bo", "general", "/approvals --page 2")
    assert approval.key in first + second
    assert "More: " not in second
