"""A pack of Python actions, and a runner that leaves nothing behind."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.integrations.process.local import until
from tests.integrations.python.pythons import Pythons


@pytest.fixture
async def pythons(tmp_path: Path) -> AsyncGenerator[Pythons]:
    files = tmp_path / "files"
    files.mkdir()
    found = Pythons(files)
    yield found
    for runner in found.runners:
        await runner.close()
    await until(lambda: not found.servers())
