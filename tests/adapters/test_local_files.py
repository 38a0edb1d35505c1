"""Attachments on the local platform."""

from __future__ import annotations

import pytest

from adapters.local.inbound import LARGEST
from chat.errors import BadInput, NotFound
from chat.inbound import Command
from chat.message import Attachment
from chat.person import Person
from chat.rooms import ChannelKind
from tests.adapters.marks import on_one_database
from tests.adapters.platforms import LocalPlatform


def png(name: str = "graph.png", size: int = 10) -> Attachment:
    return Attachment(name, "image/png", b"\x89PNG\x00\xff" + b"\x00" * size)


async def test_a_file_comes_back_as_it_was_sent(
    local: LocalPlatform, ana: Person, bo: Person
) -> None:
    text = Attachment("log.txt", "text/plain", "späte Nacht".encode())
    said = (await local.rooms.say(ana, "general", "", files=(png(), text))).message
    assert said is not None

    assert [(f.name, f.content_type, f.size) for f in said.files] == [
        ("graph.png", "image/png", 16),
        ("log.txt", "text/plain", 12),
    ]
    assert [await local.rooms.file(bo, each.id) for each in said.files] == [png(), text]


@on_one_database
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.csv", "x.csv"),
        ("a\r\nb\u202e.txt", "ab.txt"),
        ("..", "file"),
        ("", "file"),
        ("x" * 300 + ".log", "x" * 116 + ".log"),
    ],
)
async def test_a_file_name_is_only_a_name(
    local: LocalPlatform, ana: Person, given: str, kept: str
) -> None:
    said = (await local.rooms.say(ana, "general", "", files=(png(given),))).message

    assert said is not None
    assert said.files[0].name == kept


async def test_ten_megabytes_are_the_most(local: LocalPlatform, ana: Person) -> None:
    fits = Attachment("fits.bin", "", b"x" * LARGEST)
    said = (await local.rooms.say(ana, "general", "", files=(fits,))).message
    assert said is not None
    assert (await local.rooms.file(ana, said.files[0].id)).content == fits.content
    assert said.files[0].content_type == "application/octet-stream"

    with pytest.raises(BadInput, match=r"“big\.bin” has 10\.0 MB; 10 MB are the most"):
        await local.rooms.say(
            ana, "general", "", files=(Attachment("big.bin", "", b"x" * (LARGEST + 1)),)
        )
    with pytest.raises(BadInput, match="11 files"):
        await local.rooms.say(ana, "general", "", files=(png(),) * 11)


async def test_a_file_comes_with_a_command(local: LocalPlatform, ana: Person) -> None:
    await local.rooms.say(ana, "general", "/playbook import", files=(png("../p.json"),))

    command = local.listener.heard[-1].payload
    assert isinstance(command, Command)
    assert command.files == (png("p.json"),)


async def test_a_file_is_for_who_may_read_its_message(
    local: LocalPlatform, ana: Person, cy: Person
) -> None:
    await local.rooms.create(ana, "secret", ChannelKind.PRIVATE)
    said = (await local.rooms.say(ana, "secret", "look", files=(png(),))).message
    assert said is not None

    for file in (said.files[0].id, "no-such-file"):
        with pytest.raises(NotFound, match="no such file"):
            await local.rooms.file(cy, file)
    with pytest.raises(NotFound):
        await local.rooms.message(cy, said.id)
