"""Approvals in direct messages: pressed there, and following what is said elsewhere."""

from __future__ import annotations

from dataclasses import replace

from automation.approval import ApprovalStatus
from automation.execution import ExecutionStatus
from chat.card import Actions, Button
from chat.rooms import LocalMessage
from tests.automation.approving import after, asked
from tests.bench import Bench, eventually

WITHIN = 10


async def direct(bench: Bench, who: str) -> LocalMessage:
    """The request in somebody's direct messages; there must be exactly one."""
    channels = await bench.house.rooms.channels(await bench.person(who))
    found = [
        message
        for each in channels
        if each.kind == "direct"
        for message in await bench.messages(each.id, who)
        if "APR-00001" in message.text
    ]
    assert len(found) == 1, found
    return found[0]


def buttons(message: LocalMessage) -> dict[str, str]:
    """What can be pressed under it: action to value."""
    sections = message.card.sections if message.card else ()
    return {
        control.action: control.value
        for section in sections
        if isinstance(section, Actions)
        for control in section.controls
        if isinstance(control, Button)
    }


async def test_a_button_in_a_direct_message_answers_and_all_the_others_follow(
    bench: Bench,
) -> None:
    for name in ("bo", "carl"):
        await bench.hire(name, "approver")
    detail, approval = await asked(bench)
    request = await direct(bench, "bo")
    assert {"approval.approve", "approval.reject"} <= buttons(request).keys()

    await bench.click("bo", request, "approval.approve")

    done = await after(bench, detail)
    assert done.execution.status is ExecutionStatus.COMPLETED
    assert done.approvals[0].status is ApprovalStatus.APPROVED
    for name in ("bo", "carl"):
        message = await direct(bench, name)
        assert "Was approved by @bo" in message.text
        assert buttons(message) == {}
    late = await bench.told("carl", "general", f"/approve {approval.key}")
    assert "was approved by @bo; nothing more can be said to it" in late


async def test_a_no_in_a_direct_message_asks_why(bench: Bench) -> None:
    await bench.hire("bo", "approver")
    detail, _ = await asked(bench)

    form = await bench.click("bo", await direct(bench, "bo"), "approval.reject")
    await bench.submit("bo", form, note="not at night")

    assert (await after(bench, detail)).execution.status is ExecutionStatus.FAILED
    assert "Was rejected by @bo: not at night" in (await direct(bench, "bo")).text


async def test_what_is_answered_on_a_page_is_soon_so_in_the_channel_and_in_direct_messages(
    bench: Bench,
) -> None:
    await bench.hire("bo", "approver")
    await bench.hire("carl", "approver")
    await asked(bench)
    old = await direct(bench, "carl")
    bo = replace(await bench.actor("bo"), via="web")

    await bench.house.desks.approvals.approve(bo, "APR-00001")

    async def follow() -> bool:
        told = [(await direct(bench, name)).text for name in ("bo", "carl")]
        return all("Was approved by @bo" in one for one in told)

    await eventually(follow, within=WITHIN)
    late = await bench.click("carl", old, "approval.approve", buttons(old)["approval.approve"])
    assert "nothing more can be said to it" in late.replies[0].text
