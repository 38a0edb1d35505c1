"""Services: asked about, started, stopped and restarted by the shipped script for real.

systemd itself is stood in for, since it wants to be the first process of a machine.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from chat.errors import BadInput
from tests.packs.acting import Acting, told

STAND_IN = Path(__file__).with_name("systemctl.sh")


class Units:
    """Services that the stand-in knows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        shutil.copy(STAND_IN, folder / "bin" / "systemctl")
        # The stand-in moves on with each look, and not with time.
        sleep = folder / "bin" / "sleep"
        sleep.write_text(f"#!/bin/sh\necho \"$1\" >>'{folder}/slept'\n")
        sleep.chmod(0o755)

    @property
    def env(self) -> dict[str, str]:
        return {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "UNITS": str(self.folder)}

    def has(self, name: str, state: str) -> None:
        (self.folder / name).write_text(f"{state}\n")

    def state(self, name: str) -> str:
        return (self.folder / name).read_text().strip()

    def slept(self) -> list[str]:
        """For how many seconds it was waited, each time."""
        return (self.folder / "slept").read_text().split()


@pytest.fixture
def units(tmp_path: Path) -> Units:
    folder = tmp_path / "units"
    folder.mkdir()
    return Units(folder)


async def test_a_service_is_asked_about(act: Acting, units: Units) -> None:
    units.has("web", "active")

    found = await act.well("linux.service_status", service="web", env=units.env)

    assert (found["status"], found["active"], found["state"]) == ("ok", True, "active")
    assert found["by"] == "systemd"
    assert "web on " in found["text"]


async def test_a_service_at_rest_fails_the_step_only_if_that_is_wanted(
    act: Acting, units: Units
) -> None:
    units.has("web", "failed")

    calm = await act.outcome("linux.service_status", service="web", env=units.env)
    strict = await act.outcome(
        "linux.service_status", service="web", fail_on="critical", env=units.env
    )

    assert calm.ok
    assert told(calm)["status"] == "critical"
    assert not strict.ok
    assert "is failed" in strict.error


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        ("start", "inactive", "active"),
        ("restart", "active", "active"),
        ("restart", "failed", "active"),
        ("stop", "active", "inactive"),
        ("stop", "inactive", "inactive"),
    ],
)
async def test_a_service_is_brought_to_be_as_wanted(
    act: Acting, units: Units, verb: str, before: str, after: str
) -> None:
    units.has("web", before)
    more: dict[str, Any] = {} if verb == "stop" else {"steady_seconds": 0}

    found = await act.well(f"linux.service_{verb}", service="web", env=units.env, **more)

    assert units.state("web") == after
    assert (found["before"], found["state"], found["status"]) == (before, after, "ok")


async def test_one_that_needs_a_moment_is_waited_for(act: Acting, units: Units) -> None:
    units.has("slow", "inactive")

    found = await act.well("linux.service_start", service="slow", steady_seconds=3, env=units.env)

    assert found["state"] == "active"
    assert units.slept() == ["1", "3"]


async def test_a_job_that_ends_well_counts_as_started(act: Acting, units: Units) -> None:
    units.has("once", "inactive")

    assert (await act.well("linux.service_start", service="once", env=units.env))["status"] == "ok"


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ("broken", "is failed after the restart"),
        ("refused", "could not restart: Job for refused failed."),
        ("flapping", "does not stay up"),
        ("masked", "is masked"),
        ("stranger", "There is no service stranger"),
    ],
)
async def test_what_did_not_come_about_is_an_error(
    act: Acting, units: Units, service: str, why: str
) -> None:
    if service != "stranger":
        units.has(service, "inactive")

    outcome = await act.outcome(
        "linux.service_restart", service=service, steady_seconds=1, env=units.env
    )

    assert not outcome.ok
    assert why in outcome.error
    assert told(outcome)["status"] == "critical"


@pytest.mark.parametrize("name", ["", "-x", "a b", "web;id", "web\n", "$(id)", "../web", "a" * 300])
async def test_what_can_be_no_service_is_refused(act: Acting, units: Units, name: str) -> None:
    with pytest.raises(BadInput) as caught:
        await act.outcome("linux.service_stop", service=name, env=units.env)
    assert "parameters.service" in caught.value.details
    assert not (units.folder / "asked").exists()


async def test_the_verb_cannot_be_chosen(act: Acting, units: Units) -> None:
    with pytest.raises(BadInput):
        await act.outcome("linux.service_status", service="web", verb="stop", env=units.env)


async def test_without_systemd_the_error_says_so(act: Acting, units: Units) -> None:
    env = units.env | {"RUNNING": "offline"}

    outcome = await act.outcome("linux.service_status", service="tocsin-no-such", env=env)

    assert not outcome.ok
    assert "systemd" in outcome.error
    assert "/etc/init.d" in outcome.error


async def test_a_script_of_init_d_is_used_where_there_is_no_systemd(
    act: Acting, units: Units
) -> None:
    script = next((each for each in ("postgresql", "ssh", "dbus") if _has(each)), None)
    if script is None:
        pytest.skip("there is no script in /etc/init.d here")

    found = await act.well(
        "linux.service_status", service=script, env=units.env | {"RUNNING": "offline"}
    )

    assert found["by"] == "sysv"
    assert found["state"] in {"active", "inactive"}


def _has(name: str) -> bool:
    return os.access(f"/etc/init.d/{name}", os.X_OK)


async def test_the_health_of_a_machine_names_what_has_failed(act: Acting, units: Units) -> None:
    units.has("web", "failed")
    (units.folder / "failed").write_text("backup.service loaded failed failed Backup\n")

    found = await act.well("linux.check_status", service="web", env=units.env)

    assert found["status"] == "critical"
    assert found["failed_units"] == ["backup.service"]
    assert found["service"] == {"name": "web", "state": "failed"}
    assert {each["what"] for each in found["findings"]} >= {"unit", "service"}
