"""Files that the bot has for people: seen in a message, or put among somebody's own."""

from __future__ import annotations

from typing import Any

from chat.card import Card
from chat.message import Attachment
from chat.port import NewChannel
from tests.adapters.marks import on_one_database
from tests.adapters.teams.platform import TeamsPlatform, invoke, person, text
from tests.adapters.teams.standin import TENANT, Message, User, card_of, pressable

pytestmark = on_one_database


async def test_a_file_goes_among_somebodys_own_files_when_they_agree(
    teams: TeamsPlatform, ana: User, bo: User
) -> None:
    csv = Attachment("export.csv", "text/csv", b"a,b\r\n" * 1000)
    room = await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
    await teams.adapter.upload(room, csv, Card("The export"), key="f", only=person(ana))
    asked = teams.vendor.in_conversation(f"a:{ana.directory}")[-1].body["attachments"][0]
    assert asked["content"]["sizeInBytes"] == len(csv.content)

    upload = {"uploadUrl": f"{teams.vendor.url}/files/e", "contentUrl": "https://x/e", "name": "e",
              "uniqueId": "u", "fileType": "csv"}  # fmt: skip
    value = {"action": "accept", "context": asked["content"]["acceptContext"], "uploadInfo": upload}
    for who in (bo, ana):
        await invoke(teams, who, "fileConsent/invoke", value, conversation=f"a:{who.directory}")
        await teams.settle()
        assert ("e" in teams.vendor.files) is (who is ana)

    assert teams.vendor.files["e"] == csv.content
    told = teams.vendor.in_conversation(f"a:{ana.directory}")[-1].body["attachments"][0]
    assert told["contentType"].endswith("file.info")


async def test_what_is_done_with_a_file_is_done_once_however_often_it_is_brought(
    teams: TeamsPlatform, ana: User
) -> None:
    csv = Attachment("export.csv", "text/csv", b"a,b\r\n")
    room = await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
    await teams.adapter.upload(room, csv, Card("The export"), key="f")
    (button,) = pressable(card_of(teams.vendor.in_conversation(room.channel)[-1]))
    chat = f"a:{ana.directory}"

    async def brought_twice(conversation: str, name: str, value: Any) -> list[Message]:
        event = teams.vendor.event(ana, "invoke", conversation, name=name, value=value)
        for _ in range(2):
            assert (await teams.vendor.bring(event))[0] == 200
            await teams.settle()
        return teams.vendor.in_conversation(chat)

    pressed = {"action": {"data": button["data"]}}
    (offer,) = await brought_twice(room.channel, "adaptiveCard/action", pressed)

    context = offer.body["attachments"][0]["content"]["acceptContext"]
    upload = {"uploadUrl": f"{teams.vendor.url}/files/e", "contentUrl": "https://x/e", "name": "e"}
    taken = {"action": "accept", "context": context, "uploadInfo": upload}
    said = await brought_twice(chat, "fileConsent/invoke", taken)
    assert [
        each.body["attachments"][0]["contentType"].rpartition(".teams.")[2] for each in said
    ] == [
        "card.file.consent",
        "card.file.info",
    ]
    assert teams.vendor.calls.count(("PUT", "/files/e")) == 1


async def test_a_file_for_all_is_had_by_whoever_wants_it(
    teams: TeamsPlatform, ana: User, bo: User
) -> None:
    csv = Attachment("export.csv", "text/csv", b"a,b\r\n")
    room = await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
    await teams.adapter.upload(room, csv, Card("The export"), key="f")
    message = teams.vendor.in_conversation(room.channel)[-1]
    (button,) = pressable(card_of(message))

    await invoke(teams, bo, "adaptiveCard/action", {"action": {"data": button["data"]}})
    await teams.settle()

    offered = teams.vendor.in_conversation(f"a:{bo.directory}")[-1].body["attachments"][0]
    assert offered["name"] == "export.csv"
    assert teams.listener.heard == []


async def test_a_picture_is_seen_where_it_is_posted(teams: TeamsPlatform) -> None:
    room = await teams.adapter.create_channel(NewChannel(TENANT, "room", "k", private=False))
    await teams.adapter.upload(
        room, Attachment("chart.png", "image/png", b"\x89PNG" * 9_000), Card("Load"), key="f"
    )
    card, shown = teams.vendor.in_conversation(room.channel)[-1].body["attachments"]
    assert (shown["name"], shown["contentType"]) == ("chart.png", "image/png")
    assert shown["contentUrl"].startswith("data:image/png;base64,")
    assert card["contentType"].endswith("adaptive")

    await teams.adapter.upload(
        room, Attachment("big.png", "image/png", b"\x89PNG" * 90_000), Card("Load"), key="g"
    )
    assert "big.png" in text(teams.vendor.in_conversation(room.channel)[-1])
