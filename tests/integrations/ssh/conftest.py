"""A real sshd, and runners that may log in to it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from tests.integrations.ssh.remote import Remote, until
from tests.integrations.ssh.server import HOME, NoServer, Server, server


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A server for the whole run; skips where there is none to be had."""
    try:
        with server(tmp_path_factory.mktemp("sshd")) as running:
            yield running
    except NoServer as missing:
        pytest.skip(str(missing))


@pytest.fixture
async def remote(sshd: Server, tmp_path: Path) -> AsyncGenerator[Remote]:
    """Runners that know the server by its key, and leave nothing behind there."""
    found = Remote(sshd, tmp_path)
    found.known.write_text(sshd.known_as(HOME, "localhost"))
    yield found
    await until(lambda: not sshd.processes() and not sshd.connections())
