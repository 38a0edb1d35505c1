"""The actions of the pack linux on another machine: over a real SSH server."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from automation.actions.registry import Registry
from integrations.ssh.entry import runners
from tests.integrations.ssh.remote import Remote, only
from tests.integrations.ssh.server import HOME, NoServer, Server, server


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A server; skips where there is none to be had."""
    try:
        with server(tmp_path_factory.mktemp("sshd")) as running:
            yield running
    except NoServer as missing:
        pytest.skip(str(missing))


@pytest.fixture
def remote(sshd: Server, tmp_path: Path) -> Remote:
    found = Remote(sshd, tmp_path)
    found.known.write_text(sshd.known_as(HOME, "localhost"))
    return found


async def told(remote: Remote, ref: str, **given: Any) -> dict[str, Any]:
    """What a shipped action says about the one host that it is done on."""
    takes = {each.name: each.parameters for each in runners(remote.kit)}
    outcome = await remote.run(Registry(takes).find(ref), 60, **given)
    assert outcome.ok, outcome
    found = only(outcome)["stdout"]
    assert isinstance(found, dict), outcome
    return found  # pyright: ignore[reportUnknownVariableType] - JSON


async def test_the_health_of_another_machine(remote: Remote) -> None:
    found = await told(remote, "linux.check_status_remote", disk_warning=0, disk_critical=1000)

    assert found["status"] == "warning"
    assert found["memory"]["total"] > 0


async def test_diagnostics_of_another_machine_leave_no_file_there(remote: Remote) -> None:
    found = await told(remote, "linux.gather_diagnostics_remote", top=3)

    assert len(found["parts"]["top_cpu"]["lines"]) == 4
    assert found["file"] is None


async def test_the_largest_folders_of_another_machine(remote: Remote, tmp_path: Path) -> None:
    (tmp_path / "big" / "inner").mkdir(parents=True)
    found = await told(remote, "linux.disk_usage_remote", path=str(tmp_path), depth=1)

    assert f"{tmp_path}/big" in [each["path"] for each in found["folders"]]


async def test_another_machine_is_looked_through(remote: Remote) -> None:
    found = await told(remote, "linux.disk_cleanup_remote", older_than_days=3650)

    assert found["dry_run"] is True


async def test_a_service_of_another_machine(remote: Remote) -> None:
    takes = {each.name: each.parameters for each in runners(remote.kit)}
    action = Registry(takes).find("linux.service_status_remote")

    outcome = await remote.run(action, 60, service="tocsin-no-such-service")

    assert not outcome.ok
    assert "tocsin-no-such-service" in outcome.error or "systemd" in outcome.error
