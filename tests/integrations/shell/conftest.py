"""Packs with scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integrations.shell.shells import Shells


@pytest.fixture
def shells(tmp_path: Path) -> Shells:
    return Shells(tmp_path)
