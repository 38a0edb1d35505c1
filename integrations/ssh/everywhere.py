"""Does a job on the hosts that a call names."""

from __future__ import annotations

from collections.abc import Mapping

from automation.actions.runner import Call, Emit, Outcome, RunnerKit
from automation.values import Json
from integrations.http.addresses import Network
from integrations.ssh.connecting import Way
from integrations.ssh.hosts import on_hosts
from integrations.ssh.known_hosts import KnownHosts
from integrations.ssh.login import read_login
from integrations.ssh.parameters import BASTION, PORT, read_host, read_hosts
from integrations.ssh.program import Job


async def everywhere(
    kit: RunnerKit,
    call: Call,
    emit: Emit,
    job: Job,
    known: KnownHosts,
    allowed: tuple[Network, ...],
) -> Outcome:
    """Do a job on the hosts of a call.

    Raises:
        BadInput: The call's values are not accepted.
    """
    given: Mapping[str, Json] = call.parameters
    port = int(given.get("port") or PORT)
    hosts = read_hosts(given.get("hosts"), port)
    bastion = given.get(BASTION)
    way = Way(
        await read_login(given, kit.options),
        known,
        allowed,
        read_host(str(bastion).strip(), PORT, BASTION) if bastion else None,
    )
    parallel = given.get("parallel") is not False
    return await on_hosts(kit, call, emit, hosts, way, job, parallel=parallel)
