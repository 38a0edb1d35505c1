"""The command line, called in this process on a home of its own."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import run


@dataclass(frozen=True)
class Done:
    """What a command did.

    Attributes:
        code: Its exit code.
    """

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output, read as JSON."""
        return json.loads(self.out)


class Terminal:
    """Types commands."""

    def __init__(self, capture: pytest.CaptureFixture[str], home: Path) -> None:
        self._capture = capture
        self.home = home

    def type(self, *words: str) -> Done:
        """Run `tocsin` with those words."""
        self._capture.readouterr()
        code = run(words)
        told = self._capture.readouterr()
        return Done(code, told.out, told.err)

    def ok(self, *words: str) -> str:
        """Run one that must go well; its output without the last line end."""
        done = self.type(*words)
        assert done.code == 0, done.err or done.out
        assert done.err == ""
        return done.out.rstrip("\n")

    def refused(self, *words: str, code: int = 1) -> str:
        """Run one that must be refused; its one line on standard error."""
        done = self.type(*words)
        assert done.code == code, done
        assert done.out == ""
        assert done.err.startswith("tocsin: ")
        assert done.err.count("\n") == 1
        return done.err.strip()


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    """A terminal in an empty folder, with SQLite in the home."""
    for name in list(os.environ):
        if name.startswith("TOCSIN_"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_HOME", str(home))
    # Nobody listens at port 1, whatever runs on this machine.
    monkeypatch.setenv("TOCSIN_PORT", "1")
    log = logging.getLogger()
    handlers, level = log.handlers[:], log.level
    yield Terminal(capsys, home)
    log.handlers[:], log.level = handlers, level


@pytest.fixture
def both(terminal: Terminal, empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """The same on each database in turn."""
    monkeypatch.setenv("TOCSIN_DATABASE_URL", empty_database_url)
    return terminal
