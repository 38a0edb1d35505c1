"""What the pack linux says about the machine that the tests run on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from chat.errors import BadInput
from tests.packs.acting import Acting, told


async def test_the_health_of_this_machine(act: Acting) -> None:
    found = await act.well("linux.check_status")

    assert found["status"] in {"ok", "warning", "critical"}
    assert found["load"]["cores"] >= 1
    assert 0 < found["memory"]["available"] <= found["memory"]["total"]
    assert any(disk["mount"] == "/" for disk in found["disks"])
    assert found["host"] == os.uname().nodename
    assert found["host"] in found["text"]


@pytest.mark.parametrize(
    ("bound", "what"), [("disk", "disk"), ("memory", "memory"), ("load", "load")]
)
async def test_what_passes_a_bound_is_found(act: Acting, bound: str, what: str) -> None:
    given = {f"{bound}_warning": 0, f"{bound}_critical": 0}

    found = await act.well("linux.check_status", **given)

    assert found["status"] == "critical"
    assert what in {each["what"] for each in found["findings"] if each["level"] == "critical"}


async def test_a_bad_health_fails_the_step_only_if_that_is_wanted(act: Acting) -> None:
    given = {"disk_warning": 0, "disk_critical": 1000, "fail_on": "warning"}

    outcome = await act.outcome("linux.check_status", **given)
    assert not outcome.ok
    assert "full" in outcome.error
    assert told(outcome)["status"] == "warning"
    assert (await act.outcome("linux.check_status", **given | {"fail_on": "critical"})).ok


async def test_diagnostics_are_gathered_and_what_is_missing_is_named(act: Acting) -> None:
    found = await act.well("linux.gather_diagnostics", service="tocsin-no-such-service")

    assert {"top_cpu", "top_memory", "disks", "inodes"} <= found["parts"].keys()
    assert "PID" in found["parts"]["top_cpu"]["lines"][0]
    assert len(found["parts"]["top_memory"]["lines"]) > 1
    assert "log" in {each["part"] for each in found["missing"]}
    assert "is missing" in found["text"]
    whole = (act.files / "diagnostics.txt").read_text()
    assert "== top_cpu" in whole
    assert "log is missing" in whole


async def test_diagnostics_need_next_to_nothing(act: Acting, tmp_path: Path) -> None:
    """Only what POSIX has; neither ss nor journalctl, dmesg, timeout or df."""
    there = tmp_path / "bin"
    there.mkdir()
    for name in (
        *("sh", "awk", "sed", "tr", "cut", "tail", "head", "sort", "cat", "grep", "date", "sleep"),
        *("uname", "stat", "getconf"),
    ):
        found = shutil.which(name)
        assert found, name
        (there / name).symlink_to(found)
    script = tmp_path / "gather.sh"
    shipped = act.registry.find("linux.gather_diagnostics").entry_point
    assert shipped is not None
    # The folders of programs that the script adds are taken out.
    text = shipped.read_text().replace(":/usr/local/sbin:/usr/sbin:/sbin", "")
    script.write_text(text)

    found = await act.well("linux.gather_diagnostics", script, report="", env={"PATH": str(there)})

    missing = {each["part"]: each["why"] for each in found["missing"]}
    assert {"disks", "inodes", "failed_units"} <= missing.keys()
    assert all(missing.values())
    assert found["parts"]["top_cpu"]["lines"]
    assert found["file"] is None


async def test_command_lines_are_shown_only_if_that_is_wanted(act: Acting) -> None:
    plain = await act.well("linux.gather_diagnostics", report="", top=15)
    whole = await act.well("linux.gather_diagnostics", report="", top=15, command_lines=True)

    assert "/pytest" not in repr(plain["parts"]["top_memory"])
    assert "pytest" in repr(whole["parts"])


async def test_the_report_is_left_in_the_folder_of_the_execution_alone(act: Acting) -> None:
    for name in ("../up.txt", "/tmp/x.txt", ".hidden", "a/b", "x\n"):  # noqa: S108 - not written to
        with pytest.raises(BadInput):
            await act.outcome("linux.gather_diagnostics", report=name)


async def test_the_largest_folders_are_shown(act: Acting, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    for name, size in (("small", 10), ('big "one" \\ü', 300), ("line\nend\ttab", 100)):
        (root / name / "inner").mkdir(parents=True)
        (root / name / "inner" / "file").write_bytes(b"x" * size * 1024)
    (root / "link").symlink_to("/usr")

    found = await act.well("linux.disk_usage", path=str(root), depth=2, limit=4)

    names = [each["path"] for each in found["folders"]]
    assert names[0] == f'{root}/big "one" \\ü'
    assert len(names) == 4
    assert found["folders"][0]["bytes"] >= 300 * 1024
    assert found["total_bytes"] < 10 * 1024 * 1024
    assert not any("link" in name for name in names)
    assert any("line?end" in name for name in names)


async def test_a_path_that_is_no_folder_is_an_error(act: Acting, tmp_path: Path) -> None:
    outcome = await act.outcome("linux.disk_usage", path=str(tmp_path / "none"))

    assert not outcome.ok
    assert "is no folder" in outcome.error
    with pytest.raises(BadInput):
        await act.outcome("linux.disk_usage", path="relative")
