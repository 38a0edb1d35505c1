"""Sites to be asked, and sessions that ask them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from automation.actions.runner import RunnerKit
from integrations.http.runner import HttpRequest
from integrations.http.session import HttpSession
from tests.clock import SetClock
from tests.integrations.http.asker import Asker
from tests.integrations.http.site import HOME, Site, site


@pytest.fixture
async def here() -> AsyncGenerator[Site]:
    """A site at the one address that `session` may ask."""
    async with site() as running:
        yield running


@pytest.fixture
async def elsewhere() -> AsyncGenerator[Site]:
    """A site at an address that nobody is allowed to ask."""
    async with site("127.0.0.1") as running:
        yield running


@pytest.fixture
async def session() -> AsyncGenerator[HttpSession]:
    """A session that may go to public addresses and to `here`."""
    opened = HttpSession((f"{HOME}/32",))
    yield opened
    await opened.close()


@pytest.fixture
async def asker(tmp_path: Path, clock: SetClock) -> AsyncGenerator[Asker]:
    """A runner that may go to this machine."""
    runner = HttpRequest(RunnerKit(allowed_networks=(f"{HOME}/32",)), clock)
    yield Asker(runner, tmp_path)
    await runner.close()
