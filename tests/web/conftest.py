"""Browsers of people who are signed in, without a browser."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.bench import Bench
from tests.web.visitor import Visitor, visiting
from web.assets import Assets
from web.pages import Pages


@pytest.fixture(scope="session")
def pages() -> Pages:
    """The templates."""
    return Pages(Assets(), "0")


@pytest.fixture
async def ana(bench: Bench) -> AsyncGenerator[Visitor]:
    """A responder of the team `main`."""
    async with visiting(bench, "ana") as visitor:
        yield visitor


@pytest.fixture
async def admin(bench: Bench) -> AsyncGenerator[Visitor]:
    """The administrator."""
    async with visiting(bench, "admin") as visitor:
        yield visitor
