"""Sites to be asked, and sessions that ask them."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from integrations.http.session import HttpSession
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
