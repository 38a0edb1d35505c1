"""A pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.automation.actions.pack import Pack


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    found = Pack(tmp_path / "ops")
    (found.folder / "actions").mkdir(parents=True)
    (found.folder / "pack.yaml").write_text("name: ops\n")
    return found
