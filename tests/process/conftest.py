"""Where the product is started: a directory and, in turn, each database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.product import Place


@pytest.fixture
def place(tmp_path: Path, empty_database_url: str) -> Place:
    """A new installation on each database in turn."""
    home = tmp_path / "home"
    home.mkdir()
    return Place(home, empty_database_url)


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Place:
    """A new installation as it comes: everything in its home."""
    home = tmp_path / "home"
    home.mkdir()
    return Place(home)
