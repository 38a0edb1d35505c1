"""People who call the API."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.api.caller import Caller, calling
from tests.bench import Bench


@pytest.fixture
async def admin(bench: Bench) -> AsyncGenerator[Caller]:
    """The administrator."""
    async with calling(bench, "admin") as caller:
        yield caller


@pytest.fixture
async def ana(bench: Bench) -> AsyncGenerator[Caller]:
    """A responder of the team `main`."""
    async with calling(bench, "ana") as caller:
        yield caller
