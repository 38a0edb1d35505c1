"""The shipped runbooks, carried out for real in an incident of a whole bot."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from automation.actions.registry import SHIPPED
from automation.execution import ExecutionStatus, TaskKind
from automation.executions.desk import ExecuteWish, ExecutionDetail
from automation.runbook import Retry
from automation.runbooks.documents import read_text
from chat.rooms import LocalMessage
from tests.bench import Bench, eventually
from tests.integrations.http.certificates import issued
from tests.integrations.ssh.server import HOME, NoServer, Server, server
from tests.packs.dns_server import POINTER, answer, record, serving
from tests.packs.servers import listening, saying
from tests.packs.test_disk_cleanup import LATER
from tests.packs.test_prometheus import answering, row
from tests.packs.test_services import Units

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
"""What they do has nothing to do with where it is stored."""
CHANNEL = "inc-00001-db"


@pytest.fixture
def sshd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Server]:
    """An SSH server that a bot knows which is made later; skips where there is none."""
    folder = tmp_path / "sshd"
    folder.mkdir()
    try:
        with server(folder) as running:
            known = folder / "known_hosts"
            known.write_text(running.known_as(HOME))
            monkeypatch.setenv("TOCSIN_RUNNER_SSH_KNOWN_HOSTS", str(known))
            yield running
    except NoServer as missing:
        pytest.skip(str(missing))


@pytest.fixture
async def incident(bench: Bench) -> Bench:
    """A bot with an incident, and somebody who may answer approvals."""
    await bench.say("admin", "general", "/incident start --playbook outage --name db")
    await bench.hire("bo", "approver")
    return bench


async def executed(
    bench: Bench, runbook: str, /, *, in_incident: bool = True, **parameters: Any
) -> ExecutionDetail:
    """What has come of a runbook that every team is given, once nothing is under way."""
    (path,) = SHIPPED.glob(f"*/runbooks/{runbook}.yaml")
    content, _ = read_text(path.read_text(encoding="utf-8"))
    admin = await bench.actor("admin")
    wish = ExecuteWish(
        runbook=content.name,
        parameters=parameters,
        incident="INC-00001" if in_incident else None,
    )
    begun = await bench.house.desks.executions.start(admin, wish)
    await bench.settle()
    return await ended(bench, begun.id)


async def ended(bench: Bench, execution: str) -> ExecutionDetail:
    """An execution once it is over, or waits for somebody."""
    admin, desk = await bench.actor("admin"), bench.house.desks.executions

    async def over() -> bool:
        found = await desk.detail(admin, execution)
        waits = any(each.pending for each in found.approvals)
        return found.execution.ended or waits

    await eventually(over, within=60)
    await bench.settle()
    return await desk.detail(admin, execution)


async def approved(bench: Bench, detail: ExecutionDetail) -> ExecutionDetail:
    """The same after somebody has said yes."""
    assert detail.execution.status is ExecutionStatus.WAITING, detail.execution.error
    (pending,) = (each for each in detail.approvals if each.pending)
    await bench.house.desks.approvals.approve(await bench.actor("bo"), pending.key)
    await bench.settle()
    return await ended(bench, detail.execution.id)


async def posted(bench: Bench, words: str) -> LocalMessage:
    """The one message of the incident's channel with these words in its title."""
    (found,) = (
        message
        for message in await bench.messages(CHANNEL)
        if message.card is not None and words in message.card.title
    )
    return found


def complete(detail: ExecutionDetail) -> None:
    assert detail.execution.status is ExecutionStatus.COMPLETED, detail.execution.error


async def test_diagnostics_are_posted_with_the_whole_as_a_file(incident: Bench) -> None:
    complete(await executed(incident, "gather-diagnostics"))

    message = await posted(incident, "Diagnostics of")
    assert [file.name for file in message.files] == ["diagnostics.txt"]
    assert "• Memory: " in message.text


async def test_outside_of_an_incident_nothing_is_posted(incident: Bench) -> None:
    detail = await executed(incident, "gather-diagnostics", in_incident=False)

    complete(detail)
    assert [task.status.value for task in detail.tasks] == ["COMPLETED", "COMPLETED", "SKIPPED"]


async def test_a_web_address_is_probed(incident: Bench) -> None:
    with listening(saying("503 Service Unavailable")) as port:
        complete(await executed(incident, "http-probe", url=f"http://127.0.0.1:{port}/"))

    message = await posted(incident, "is not well")
    assert "answers 503 Service Unavailable" in message.text
    assert message.card is not None
    assert message.card.tone == "bad"


async def test_a_certificate_is_looked_at(incident: Bench, tmp_path: Path) -> None:
    own = issued(None, "localhost").server(tmp_path)
    with listening(None, own) as port:
        complete(await executed(incident, "tls-expiry", host="localhost", port=port))

    message = await posted(incident, "The certificate of localhost is not well")
    assert "It is not trusted" in message.text
    assert "CN=localhost, by CN=localhost" in message.text


async def test_certificates_of_several_hosts_are_one_message(
    incident: Bench, tmp_path: Path
) -> None:
    """Neither a bad certificate nor what is no host's name keeps the others from it."""
    own = issued(None, "localhost").server(tmp_path)
    with listening(None, own) as port:
        detail = await executed(
            incident, "tls-expiry-hosts", hosts="localhost,no/host,127.0.0.1", port=port
        )

    assert detail.execution.status is ExecutionStatus.COMPLETED, detail.execution.error
    items = [task for task in detail.tasks if task.kind is TaskKind.ITEM]
    assert [task.item for task in items] == ["localhost", "no/host", "127.0.0.1"]
    message = await posted(incident, "0 of 3 certificates are well")
    assert "❌ localhost: " in message.text
    assert "It is not trusted" in message.text
    assert "❌ no/host: " in message.text
    assert "❌ 127.0.0.1: " in message.text


async def test_a_name_is_looked_up(incident: Bench) -> None:
    with serving(lambda asked, _: [answer(asked, record(POINTER, "A", "192.0.2.1"))]) as dns:
        detail = await executed(
            incident, "dns-check", name="db.example", resolver=dns.place, expected=["192.0.2.1"]
        )

    complete(detail)
    assert "says NOERROR" in (await posted(incident, "A of db.example: as expected")).text


async def test_a_picture_of_prometheus_is_posted(incident: Bench) -> None:
    with answering(row([1, 2, 3], job="web")) as (server, stand_in):
        detail = await executed(
            incident, "prometheus-picture", server=server, query="up", bearer_token="very-secret"
        )

    complete(detail)
    message = await posted(incident, "up")
    assert [file.name for file in message.files] == ["picture.png"]
    assert "3" in message.text
    assert "Bearer very-secret" in stand_in.heads[0]
    assert "very-secret" not in repr(detail)


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Units:
    """Services of this machine, as the stand-in for systemd has them."""
    folder = tmp_path / "units"
    folder.mkdir()
    found = Units(folder)
    monkeypatch.setenv("PATH", found.env["PATH"])
    return found


def asked(units: Units) -> list[str]:
    """What was done with services, by verb."""
    lines = (units.folder / "asked").read_text().split("\n")
    verbs = [line.split()[0] for line in lines if line]
    return [verb for verb in verbs if verb in {"start", "stop", "restart"}]


async def test_a_service_is_restarted_once_somebody_agrees(incident: Bench, units: Units) -> None:
    units.has("web", "failed")
    with listening(saying("200 OK")) as port:
        url = f"http://127.0.0.1:{port}/health"
        before = await executed(
            incident, "service-restart", service="web", settle_seconds=0, url=url
        )
        assert asked(units) == []
        assert "web on " in (await posted(incident, "About to restart web")).text
        detail = await approved(incident, before)

    complete(detail)
    assert asked(units) == ["restart"]
    message = await posted(incident, "web was restarted")
    assert "is active" in message.text
    assert f"{url} answers 200 OK" in message.text


async def test_a_service_that_is_not_well_afterwards_is_started_once_more(
    incident: Bench, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process is up, but what it serves does not answer."""

    def at_once(retry: Retry, attempt: int) -> float:
        return 0.0

    monkeypatch.setattr(Retry, "wait", at_once)
    units.has("web", "active")
    before = await executed(
        incident, "service-restart", service="web", settle_seconds=0, url="http://127.0.0.1:1/"
    )
    detail = await approved(incident, before)

    assert detail.execution.status is ExecutionStatus.FAILED
    (undone,) = (task for task in detail.tasks if task.kind is TaskKind.ROLLBACK)
    assert undone.action == "linux.service_start"
    assert undone.status.value == "COMPLETED"
    assert asked(units) == ["restart", "start"]


@pytest.fixture
def elsewhere(bench: Bench, tmp_path: Path) -> Path:
    """A folder that the shipped cleaning takes for the whole machine."""
    root = tmp_path / "root"
    (root / "tmp").mkdir(parents=True)
    own = tmp_path / "home" / "packs" / "linux"
    shutil.copytree(SHIPPED / "linux", own)
    script = own / "actions" / "disk_cleanup.py"
    text = script.read_text().replace(
        "main(sys.argv[1:])", f"main(sys.argv[1:], {str(root)!r}, time.time() + {LATER})"
    )
    assert str(root) in text
    script.write_text(text.replace("/usr/bin/env python3", sys.executable))
    bench.house.automation.workshop.registry.reload()
    return root


async def test_disks_are_cleaned_once_somebody_agrees(incident: Bench, elsewhere: Path) -> None:
    old = elsewhere / "tmp" / "old"
    old.write_bytes(b"x" * 100_000)
    before = await executed(
        incident, "disk-cleanup", kinds=["temporary_files"], path=str(elsewhere)
    )

    assert old.exists()
    assert "would be removed" in (await posted(incident, "1 file could go")).text
    assert before.approvals[0].plan[0].parameters["dry_run"] is False
    complete(await approved(incident, before))
    assert not old.exists()
    message = await posted(incident, "Disk cleanup: done")
    assert "were removed" in message.text
    assert os.uname().nodename in message.text


async def test_where_there_is_nothing_to_clean_nobody_is_asked(
    incident: Bench, elsewhere: Path
) -> None:
    detail = await executed(incident, "disk-cleanup", path=str(elsewhere))

    complete(detail)
    assert detail.approvals == ()
    assert await posted(incident, "there was nothing to remove")


async def test_other_machines_are_looked_at_over_ssh(sshd: Server, incident: Bench) -> None:
    nobody = f"{HOME}:1"
    detail = await executed(
        incident,
        "gather-diagnostics-remote",
        hosts=[f"{HOME}:{sshd.port}", nobody],
        username=sshd.user,
        private_key=sshd.key,
    )

    complete(detail)
    text = (await posted(incident, "Diagnostics of")).text
    assert f"{os.uname().nodename}: load" in text
    assert nobody in text
    assert sshd.key not in repr(detail)


async def test_a_service_of_another_machine_that_is_unknown_is_not_restarted(
    sshd: Server, incident: Bench
) -> None:
    detail = await executed(
        incident,
        "service-restart-remote",
        hosts=[f"{HOME}:{sshd.port}"],
        username=sshd.user,
        private_key=sshd.key,
        service="tocsin-no-such-service",
    )

    assert detail.execution.status is ExecutionStatus.FAILED
    assert detail.execution.error.startswith("Look: ")
    assert detail.approvals == ()


async def test_what_was_asked_for_in_a_channel_is_told_there(bench: Bench) -> None:
    await bench.say("admin", "general", "/runbook run gather-diagnostics")
    await bench.settle()

    said = [message.text for message in await bench.messages("general")]

    assert any("load" in text and "Memory" in text for text in said), said


async def test_the_plan_in_a_channel_says_what_the_run_does(bench: Bench) -> None:
    told = await bench.told("admin", "general", "/runbook plan gather-diagnostics")
    assert "skipped" not in told


async def test_data_from_outside_is_no_channel(bench: Bench) -> None:
    admin = await bench.actor("admin")
    wish = ExecuteWish(runbook="gather-diagnostics", trigger_data={"channel": "general"})
    begun = await bench.house.desks.executions.start(admin, wish)
    await bench.settle()

    complete(await ended(bench, begun.id))
