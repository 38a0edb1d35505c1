"""A runbook asks before it acts, and is answered by a button, on every platform."""

from __future__ import annotations

import struct
import zlib

from automation.execution import ExecutionStatus
from tests.adapters.marks import on_one_database
from tests.adapters.test_journey_opening import started
from tests.adapters.venue import Shown, Venue, said
from tests.automation.approving import RISKY
from tests.automation.runs import written
from tests.bench import eventually


async def asked(venue: Venue, runs: int = 1) -> tuple[str, Shown]:
    """The room, and the last of so many requests there, of which bo may answer each."""
    _, room = await started(venue)
    await venue.say("ana", room, "/incident invite @bo")
    await written(venue.bench, {**RISKY, "approval": {"role": "approver"}})
    for _ in range(runs):
        await venue.say("ana", room, "/runbook run try")
    await eventually(lambda: _waits(venue, room, f"APR-0000{runs}"))
    return room, await venue.find("bo", room, f"APR-0000{runs}")


async def _waits(venue: Venue, room: str, key: str) -> bool:
    found = [one.text for one in await venue.read("bo", room) if key in one.text]
    return any("Asked by: @ana" in each and "Approve" in each for each in found)


async def comes_to(venue: Venue, status: ExecutionStatus, key: str = "RUN-1") -> None:
    desk, admin = venue.bench.house.desks.executions, await venue.bench.actor("admin")

    async def is_so() -> bool:
        return (await desk.detail(admin, key)).execution.status is status

    await eventually(is_so)


async def comes_to_say(venue: Venue, message: Shown, words: str) -> str:
    async def says() -> bool:
        return words in (await venue.again("bo", message)).text

    await eventually(says)
    return (await venue.again("bo", message)).text


async def test_a_yes_by_a_button_and_the_message_says_so(venue: Venue) -> None:
    room, request = await asked(venue)
    assert "echo done" in request.text
    told = await venue.press("ana", request, "Approve")
    assert "You asked for it yourself" in said(told)
    await comes_to(venue, ExecutionStatus.WAITING)

    await venue.press("bo", request, "Approve")
    await comes_to(venue, ExecutionStatus.COMPLETED)
    shown = await comes_to_say(venue, request, "Was approved by @bo")
    assert "Reject" not in shown.split()
    assert len([one for one in await venue.read("bo", room) if "Was approved" in one.text]) == 1
    told = await venue.press("bo", request, "Approve")
    assert "nothing more can be said to it" in said(told)


@on_one_database
async def test_a_no_with_a_note_asked_for_by_a_form(venue: Venue) -> None:
    _, request = await asked(venue)
    await venue.press("bo", request, "Reject")
    assert await venue.form("bo") == "Reject APR-00001"
    assert await venue.fill("bo", note="Not before the backup") == ""

    await comes_to(venue, ExecutionStatus.FAILED)
    shown = await comes_to_say(venue, request, "Was rejected by @bo")
    assert "Not before the backup" in shown
    assert "Approve" not in shown.split()


@on_one_database
async def test_buttons_of_before_a_restart_still_count(venue: Venue) -> None:
    room, request = await asked(venue)
    panel = await venue.panel(room)
    await venue.restart()

    await venue.press("bo", request, "Approve")
    await comes_to(venue, ExecutionStatus.COMPLETED)
    await comes_to_say(venue, request, "Was approved by @bo")
    await venue.press("ana", panel, "Check")
    await comes_to_say(venue, panel, "1/5")
    assert (await venue.panel(room)).id == panel.id
    await venue.press("ana", panel, "Update")
    assert await venue.form("ana") == "Status update"
    assert await venue.fill("ana", text="We are back") == ""
    await eventually(lambda: _is_said(venue, room, "We are back"))


async def _is_said(venue: Venue, room: str, words: str) -> bool:
    return words in await venue.texts("bo", room)


def picture() -> bytes:
    """A PNG of one dark dot."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        whole = kind + body
        return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    )


@on_one_database
async def test_files_that_a_runbook_makes_arrive_whole(venue: Venue) -> None:
    _, room = await started(venue)
    await venue.say("ana", room, "/incident invite @bo")
    octal = "".join(f"\\{byte:03o}" for byte in picture())
    making = f"printf 'host,load\\r\\ndb,9\\r\\n' > load.csv; printf '{octal}' > load.png"
    posts = [
        {"name": f"Post {file}", "action": "chat.post", "parameters": {"title": file, "file": file}}
        for file in ("load.csv", "load.png")
    ]
    make = {"name": "Make", "action": "core.local", "parameters": {"cmd": making}}
    await written(venue.bench, make, *posts)
    await venue.say("ana", room, "/runbook run try")
    await comes_to(venue, ExecutionStatus.COMPLETED)
    await venue.quiet()

    for file, content in (("load.csv", b"host,load\r\ndb,9\r\n"), ("load.png", picture())):
        message = next(one for one in await venue.read("bo", room) if file in one.files)
        assert await venue.content("bo", message, file) == content
