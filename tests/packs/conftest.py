"""What the tests of the shipped packs share."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.packs.acting import Acting, acting


@pytest.fixture
async def act(tmp_path: Path) -> AsyncGenerator[Acting]:
    """Actions can be done; what they leave lies in a folder of its own."""
    files = tmp_path / "files"
    files.mkdir()
    async with acting(files) as ready:
        yield ready
