"""Cleaning disks, in trees made by somebody who means ill."""

from __future__ import annotations

import mmap
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from automation.actions.registry import SHIPPED
from chat.errors import BadInput
from tests.packs.acting import Acting, told

SCRIPT = SHIPPED / "linux" / "actions" / "disk_cleanup.py"
DAY = 86_400
LATER = 100 * DAY
"""The tests clean a hundred days from now, since no file can be made that is old."""


@dataclass
class Machine:
    """A machine's folders below one of ours, and the shipped script that cleans there."""

    root: Path
    script: Path
    act: Acting

    def file(self, path: str, size: int = 5000, days: float = 0) -> Path:
        """A file; its content was last written `days` before now."""
        found = self.root / path
        found.parent.mkdir(parents=True, exist_ok=True)
        found.write_bytes(b"x" * size)
        then = time.time() - days * DAY
        os.utime(found, (then, then))
        return found

    async def cleaned(self, **given: Any) -> dict[str, Any]:
        """What came of a cleaning that is none in earnest unless that is said."""
        return await self.act.well("linux.disk_cleanup", self.script, **given)


@pytest.fixture
def machine(act: Acting, tmp_path: Path) -> Machine:
    root = tmp_path / "root"
    for folder in ("tmp", "var/tmp", "var/log", "var/cache/apt/archives"):
        (root / folder).mkdir(parents=True)
    script = tmp_path / "clean.py"
    script.write_text(
        f"#!{sys.executable}\n"
        "import sys, time\n"
        f"sys.path.insert(0, {str(SCRIPT.parent)!r})\n"
        "sys.dont_write_bytecode = True\n"
        "import disk_cleanup\n"
        f"now = time.time() + {LATER}\n"
        f"sys.exit(disk_cleanup.main(sys.argv[1:], {str(root)!r}, now))\n"
    )
    return Machine(root, script, act)


async def test_a_dry_run_removes_nothing_and_is_what_is_done_unless_said(machine: Machine) -> None:
    old = machine.file("tmp/old", size=100_000)

    found = await machine.cleaned()

    assert found["dry_run"] is True
    assert found["files"] == 1
    assert found["bytes"] >= 100_000
    assert found["largest"][0]["path"] == str(old)
    assert "would be removed" in found["text"]
    assert old.exists()


async def test_what_is_old_is_removed_and_counted(machine: Machine) -> None:
    old = [
        machine.file(name)
        for name in (
            *("tmp/a", "tmp/deep/er/b", "tmp/.hidden", "var/tmp/c", "tmp/line\nend"),
            *("var/log/syslog.1", "var/log/app/app.log.2.gz", "var/log/dpkg.log-20260101"),
            *("var/log/boot.old", "var/log/x.log.xz", "var/cache/apt/archives/x_1_amd64.deb"),
        )
    ]

    found = await machine.cleaned(dry_run=False)

    assert [each for each in old if each.exists()] == []
    assert found["files"] == len(old)
    assert {name: each["files"] for name, each in found["kinds"].items()} == {
        "temporary_files": 5,
        "rotated_logs": 5,
        "package_caches": 1,
        "journal": 0,
    }
    assert "were removed" in found["text"]
    assert (machine.root / "tmp" / "deep" / "er").is_dir()


async def test_what_people_need_is_kept(machine: Machine) -> None:
    kept = [
        machine.file(name)
        for name in (
            *("var/log/syslog", "var/log/app.log", "var/log/audit/audit.log.1"),
            *("var/log/bin/mysql-bin.000123", "var/log/mysql/error.log.1", "var/log/notes.txt"),
            *("var/log/wtmp", "var/cache/apt/archives/lock", "var/cache/apt/pkgcache.bin"),
            *("tmp/systemd-private-1-web/tmp/x", "tmp/.X11-unix/x", "tmp/ssh-abc/agent"),
            *("home/ana/old", "var/lib/old.1", "var/log/journal/m/system@1.journal.1"),
        )
    ]
    sticky = machine.file("tmp/sticky")
    sticky.chmod(0o1600)

    found = await machine.cleaned(dry_run=False)

    assert [each for each in (*kept, sticky) if not each.exists()] == []
    assert found["files"] == 0


async def test_what_is_young_is_kept(machine: Machine) -> None:
    young = machine.file("tmp/read")
    log = machine.file("var/log/x.log.1", days=-LATER / DAY + 2)
    # Long written, but read not long before the cleaning.
    os.utime(young, (time.time() + LATER - 3 * DAY, time.time()))

    assert (await machine.cleaned(dry_run=False, older_than_days=7))["files"] == 0
    found = await machine.cleaned(dry_run=False, older_than_days=1)

    assert found["files"] == 2
    assert not young.exists()
    assert not log.exists()


async def test_only_the_kinds_that_are_named_are_cleaned(machine: Machine) -> None:
    kept, log = machine.file("tmp/a"), machine.file("var/log/a.1")

    await machine.cleaned(dry_run=False, kinds=["rotated_logs"])

    assert kept.exists()
    assert not log.exists()


async def test_links_lead_nowhere(machine: Machine) -> None:
    outside = machine.file("home/ana/precious")
    inside = machine.root / "tmp"
    (inside / "folder").symlink_to(outside.parent, target_is_directory=True)
    (inside / "file").symlink_to(outside)
    (inside / "up").symlink_to("../home/ana")
    (inside / "circle").symlink_to(".")
    hard = inside / "hard"
    hard.hardlink_to(outside)
    (machine.root / "var" / "tmp").rmdir()
    (machine.root / "var" / "tmp").symlink_to(outside.parent)

    found = await machine.cleaned(dry_run=False)

    assert outside.exists()
    assert hard.exists()
    assert found["files"] == 0
    assert "is passed over" in found["problems"][0]
    assert found["status"] == "warning"


SWAP = """
import os
real = os.open
def swapped(name, *rest, **more):
    if name == {name!r}:
        os.rename({place!r}, {aside!r})
        os.symlink({outside!r}, {place!r})
    return real(name, *rest, **more)
os.open = swapped
"""
"""Somebody swaps a thing for a link just when it was looked at and is about to be opened."""


@pytest.mark.parametrize(
    ("name", "target"), [("mine", "home/ana"), ("mine/file", "home/ana/precious")]
)
async def test_what_becomes_a_link_meanwhile_leads_nowhere(
    machine: Machine, name: str, target: str
) -> None:
    outside = machine.file("home/ana/precious")
    machine.file("tmp/mine/file")
    swap = SWAP.format(
        name=Path(name).name,
        place=str(machine.root / "tmp" / name),
        aside=str(machine.root / "aside"),
        outside=str(machine.root / target),
    )
    machine.script.write_text(machine.script.read_text().replace("now =", f"{swap}\nnow ="))

    found = await machine.cleaned(dry_run=False)

    assert (machine.root / "tmp" / name).is_symlink()
    assert outside.exists()
    assert found["files"] == 0
    assert "is passed over" in found["problems"][0]


async def test_open_files_stay(machine: Machine) -> None:
    opened, mapped, appended = (machine.file(f"tmp/{name}") for name in "abc")
    closed = machine.file("tmp/d")
    with opened.open("rb"), appended.open("ab"), mapped.open("r+b") as file:
        memory = mmap.mmap(file.fileno(), 0)
        file.close()
        found = await machine.cleaned(dry_run=False)
        memory.close()

    assert found["kept_open"] == 3
    assert found["files"] == 1
    assert not closed.exists()
    assert opened.exists()
    assert mapped.exists()
    assert appended.exists()


async def test_what_is_no_plain_file_stays(machine: Machine) -> None:
    fifo = machine.root / "tmp" / "fifo"
    os.mkfifo(fifo)
    path = machine.root / "tmp" / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    (machine.root / "tmp" / "nowhere").symlink_to("/nowhere")

    found = await machine.cleaned(dry_run=False)

    assert found["files"] == 0
    assert fifo.is_fifo()
    assert path.is_socket()
    assert (machine.root / "tmp" / "nowhere").is_symlink()


@pytest.fixture
def mounted(machine: Machine) -> Iterator[list[Path]]:
    """Old files on other mounts below /tmp: a filesystem of its own, and a folder of ours."""
    mine, other = machine.root / "tmp" / "other", machine.root / "tmp" / "bound"
    machine.file("srv/data")
    commands = (
        ["mount", "-t", "tmpfs", "none", str(mine)],
        ["mount", "--bind", str(machine.root / "srv"), str(other)],
    )
    done: list[Path] = []
    try:
        for command, place in zip(commands, (mine, other), strict=True):
            place.mkdir()
            if shutil.which("mount") is None or subprocess.run(command, check=False).returncode:
                pytest.skip("nothing can be mounted here")
            done.append(place)
        machine.file("tmp/other/file")
        yield [mine / "file", other / "data"]
    finally:
        for place in done:
            subprocess.run(["umount", str(place)], check=True)


async def test_other_mounts_are_not_entered(machine: Machine, mounted: list[Path]) -> None:
    here = machine.file("tmp/here")

    found = await machine.cleaned(dry_run=False)

    assert all(path.exists() for path in mounted)
    assert not here.exists()
    assert found["files"] == 1


async def test_a_tree_without_end_is_left_at_some_depth(machine: Machine) -> None:
    folder = os.open(machine.root / "tmp", os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d" * 100, dir_fd=folder)
        inner = os.open("d" * 100, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    old = machine.file("tmp/z")
    try:
        found = await machine.cleaned(dry_run=False)
    finally:
        shutil.rmtree(machine.root / "tmp")

    assert "too deep" in found["problems"][0]
    assert not old.exists()


async def test_names_may_be_any_bytes(machine: Machine) -> None:
    path = os.fsencode(machine.root / "tmp") + b"/\xff\xfe\x1b[31m"
    with open(path, "wb") as file:  # noqa: PTH123, ASYNC230 - pathlib takes no bytes
        file.write(b"x")

    found = await machine.cleaned()

    assert found["files"] == 1
    assert "\x1b" not in repr(found)


async def test_the_journal_forgets_what_is_old(machine: Machine) -> None:
    if shutil.which("journalctl") is None:
        pytest.skip("there is no journalctl here")
    folder = "var/log/journal/" + "a" * 32
    # When it was begun stands in its name, in microseconds, hexadecimal.
    name = f"system@{'b' * 32}-{1:016x}-{10**15:016x}.journal"
    archived, current = machine.file(f"{folder}/{name}"), machine.file(f"{folder}/system.journal")

    dry = await machine.cleaned(kinds=["journal"])
    assert dry["kinds"]["journal"]["files"] == 1
    assert archived.exists()
    found = await machine.cleaned(kinds=["journal"], dry_run=False)

    assert current.exists()
    assert found["kinds"]["journal"]["files"] == (not archived.exists())


@pytest.mark.parametrize(
    "given",
    [
        {"kinds": ["everything"]},
        {"kinds": []},
        {"kinds": ["/etc"]},
        {"older_than_days": 0},
        {"older_than_days": -1},
        {"paths": ["/etc"]},
        {"root": "/srv"},
    ],
)
async def test_nothing_else_can_be_cleaned(act: Acting, given: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        await act.outcome("linux.disk_cleanup", **given)


@pytest.mark.parametrize(
    "words", [[], ["--older_than_days=7"], ["2"], ["0", "--kinds=/etc"], ["0", "--root=/srv"]]
)
def test_by_hand_it_wants_to_be_told_whether_it_is_in_earnest(words: list[str]) -> None:
    ran = subprocess.run([sys.executable, str(SCRIPT), *words], check=False, capture_output=True)

    assert ran.returncode == 2
    assert ran.stdout == b""


async def test_this_machine_is_looked_through(act: Acting) -> None:
    found = told(await act.outcome("linux.disk_cleanup", older_than_days=3650))

    assert found["dry_run"] is True
    assert set(found["kinds"]) == {"temporary_files", "rotated_logs", "package_caches", "journal"}
