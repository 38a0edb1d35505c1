"""Builds one environment: an interpreter of its own, and what pip puts into it."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from automation.actions.action import Action
from automation.actions.runner import Call, RunnerKit, Stream
from automation.packs.overrides import name_of
from integrations.process.run import Ran, run
from integrations.python.wanted import CLIENT, Wanted

_log = logging.getLogger("tocsin.packs")

_BUILD = Action("python.environment", "local-shell-cmd")
KIT = RunnerKit(output_limit=1024 * 1024)
_LONGEST = 900.0
"""Seconds that a step may take."""
_LINES = 20
_TAIL = 8000
"""Characters of them."""
_CALM = ("--no-input", "--disable-pip-version-check")
_LOGIN = re.compile(r"(?<=://)[^/@\s]+@")
_HANDED_ON = re.compile(
    r"PIP_.+|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE", re.IGNORECASE
)
_NEEDS = (
    "import importlib.metadata as about, json\nprint(json.dumps(about.requires('st2client') or []))"
)


class Builder:
    """Builds an environment.

    Attributes:
        python: Its interpreter, once it is built.
        missing: What it was to hold besides and had no room for, in words; empty when all fits.
    """

    def __init__(self, base: str, folder: Path, wanted: Wanted) -> None:
        """Get ready.

        Args:
            base: The interpreter that it is made from.
            folder: Where notes for pip are put.
            wanted: What it is to hold.
        """
        self._base = base
        self._folder = folder
        self._wanted = wanted
        self.python = ""
        self.missing = ""

    async def build(self, venv: Path) -> str:
        """Build it in a folder that is not there yet; what was printed when that went wrong."""
        self.python = str(venv / "bin" / "python")
        # Without pip: ours installs into it, and nothing that is not asked for is there.
        told = await self._told((self._base, "-I", "-m", "venv", "--without-pip", str(venv)))
        if not told and (asked := self._file()) is not None:
            told = await self._install("--requirement", str(asked))
        return told or await self._put_beside()

    def _file(self) -> Path | None:
        """What pip is given; None when nothing is required."""
        wanted = self._wanted
        if wanted.lines is None:
            return wanted.file if wanted.file.is_file() else None
        asked = self._folder / "requirements.txt"
        asked.write_text("".join(f"{line}\n" for line in wanted.lines), encoding="utf-8")
        return asked

    async def _put_beside(self) -> str:
        """Add what is wanted besides, which must leave alone what the pack requires."""
        libraries = self._wanted.fallbacks
        if not libraries:
            return ""
        ran = await self._run((*self._pip("list"), "--format=freeze"), _Tail())
        kept = self._folder / "constraints.txt"
        kept.write_text(ran.stdout, encoding="utf-8")
        missing = list[str]()
        told = await self._install("--constraint", str(kept), *libraries)
        if told:
            missing = [x for x in libraries if await self._install("--constraint", str(kept), x)]
            if len(missing) == len(libraries):
                return told
        if self._wanted.client and await self._install("--constraint", str(kept), CLIENT):
            missing += await self._client_beside(kept)
        self.missing = f"Left out for want of room: {', '.join(missing)}" if missing else ""
        return ""

    async def _client_beside(self, kept: Path) -> list[str]:
        """The client beside requirements that its own do not agree with; what is missing then.

        It names one version of all it uses, where others do as well.
        """
        if await self._install("--no-deps", CLIENT):
            return [CLIENT]
        ran = await self._run((self.python, "-I", "-c", _NEEDS), _Tail())
        needs: list[str] = [] if ran.why else json.loads(ran.stdout)
        names = [name_of(each) for each in needs if "python_version" not in each]
        if await self._install("--constraint", str(kept), *names):
            return [each for each in names if await self._install("--constraint", str(kept), each)]
        return []

    async def _install(self, *what: str) -> str:
        calm = ("--quiet", "--no-warn-script-location")
        return await self._told((*self._pip("install"), *calm, *what))

    def _pip(self, command: str) -> tuple[str, ...]:
        return (sys.executable, "-I", "-m", "pip", "--python", self.python, command, *_CALM)

    async def _told(self, argv: tuple[str, ...]) -> str:
        """The end of what a program printed; empty when it went well."""
        tail = _Tail()
        ran = await self._run(argv, tail)
        return tail.lines(ran) if ran.why else ""

    async def _run(self, argv: tuple[str, ...], tail: _Tail) -> Ran:
        call = building_call(self._folder)
        return await run(KIT, call, argv, tail.take, cwd=self._wanted.pack, env=_for_pip())


class _Tail:
    """The end of what is printed."""

    def __init__(self) -> None:
        self._text = ""

    def take(self, stream: Stream, text: str) -> None:
        """Keep it."""
        del stream
        self._text = (self._text + text)[-_TAIL:]

    def lines(self, ran: Ran) -> str:
        """The last lines; how it ended where nothing was printed. No passwords of addresses."""
        found = [line.rstrip() for line in self._text.splitlines() if line.strip()]
        if ran.timed_out or not found:
            found.append(ran.why)
        return _LOGIN.sub("***@", "\n".join(found[-_LINES:]))


def building_call(folder: Path) -> Call:
    """What the programs are run as."""
    return Call("build", _BUILD, {}, _LONGEST, folder)


def _for_pip() -> Mapping[str, str]:
    """What the operator says about where packages come from."""
    return {name: value for name, value in os.environ.items() if _HANDED_ON.fullmatch(name)}
