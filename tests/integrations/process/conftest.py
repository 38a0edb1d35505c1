"""Programs run on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integrations.process.local import Local


@pytest.fixture
def local(tmp_path: Path) -> Local:
    return Local(tmp_path)
