"""A pack on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from automation.packs.documents import Contents
from automation.packs.reading import read_pack

MANIFEST = "name: ops\ndescription: Small things\nversion: 1.2.0\nauthor: Maria\n"


@dataclass
class Folder:
    """A pack called `ops`."""

    path: Path

    def write(self, name: str, text: str = "") -> Path:
        """A file in it."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def read(self) -> Contents:
        """What it holds."""
        return read_pack(self.path)

    def good(self) -> Contents:
        """What it holds, with nothing wrong."""
        found = self.read()
        assert [str(each) for each in found.mistakes] == []
        return found

    def wrong(self) -> list[tuple[str, int, str, str]]:
        """File, line, key and problem of each mistake."""
        return [
            (str(each.file.relative_to(self.path)), each.line, each.key, each.problem)
            for each in self.read().mistakes
        ]


@pytest.fixture
def pack(tmp_path: Path) -> Folder:
    found = Folder(tmp_path / "ops")
    found.write("pack.yaml", MANIFEST)
    return found
