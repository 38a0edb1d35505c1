"""The Pythons that packs run in: built at first need from what they require, and shared."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from automation.actions.action import Action
from automation.actions.requirements import Requirements, requirements_of
from automation.actions.runner import Call, RunnerKit, Stream
from chat.errors import Unavailable
from integrations.process.environment import environment
from integrations.process.run import Ran, run
from integrations.python.place import Condition, Place, State

_log = logging.getLogger("tocsin.packs")

_BUILD = Action("python.environment", "local-shell-cmd")
_KIT = RunnerKit(output_limit=1024 * 1024)
_LONGEST = 900.0
"""Seconds that an environment may take to be built."""
_LOOK_EVERY = 0.2
_LINES = 20
_TAIL = 8000
"""Characters of them."""
_ABOUT = (
    "import sys, sysconfig\n"
    "print(sys.implementation.cache_tag, sys.base_prefix, sysconfig.get_platform())"
)
_QUIET = ("--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-script-location")
_LOGIN = re.compile(r"(?<=://)[^/@\s]+@")
_HANDED_ON = re.compile(
    r"PIP_.+|(https?|all|no)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE", re.IGNORECASE
)

Say = Callable[[str], None]


class Environments:
    """Keeps one for each set of requirements, and builds it once, whoever needs it first."""

    def __init__(self, python: str, folder: Path | None) -> None:
        """Get ready.

        Args:
            python: What packs without requirements run in, and what the others' are made from.
            folder: Where they are kept; None keeps none, so that all packs run in `python`.
        """
        self.python = python
        self._folder = folder.absolute() if folder is not None else None
        self._about = ""
        self._building: dict[Path, asyncio.Task[Condition]] = {}

    async def python_of(self, pack: Path | None, say: Say) -> str:
        """The interpreter for a pack's actions; waits for it to be built where it is not.

        Args:
            pack: The pack's folder; None for an action without one.
            say: Is told when that takes a while.

        Raises:
            Unavailable: It could not be built, or its file cannot be read.
        """
        said = False
        while True:
            wanted = _asked(pack)
            if pack is None or wanted is None or self._folder is None:
                return self.python
            place = await self._place(wanted)
            condition = place.condition()
            if condition.state in {State.NOT_BUILT, State.BUILDING}:
                if not said:
                    say(f"The environment of the pack {pack.name} is being built, once.\n")
                said = True
                condition = await self._built(place, wanted, again=False)
            if condition.state is State.READY:
                return condition.python
            if condition.state is State.FAILED:
                raise Unavailable(_broken(pack.name, condition.told))

    async def prepare(self, pack: Path) -> Condition | None:
        """Build a pack's environment now, also when that went wrong before.

        Returns:
            How it is then; None when the pack requires nothing.

        Raises:
            Unavailable: The interpreter cannot be started, or the pack's file not be read.
        """
        while (wanted := _asked(pack)) is not None and self._folder is not None:
            place = await self._place(wanted)
            condition = place.known()
            if condition.state is not State.READY:
                condition = await self._built(place, wanted, again=True)
            if condition.state is not State.NOT_BUILT:
                return condition
        return None

    async def condition(self, pack: Path) -> Condition | None:
        """How a pack's environment is; None when the pack requires nothing.

        Raises:
            Unavailable: The interpreter cannot be started, or the pack's file not be read.
        """
        wanted = _asked(pack)
        if wanted is None or self._folder is None:
            return None
        return (await self._place(wanted)).condition()

    async def close(self) -> None:
        """End what is being built here; whoever needs it next begins anew."""
        tasks = tuple(self._building.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def around(self, python: str) -> dict[str, str]:
        """The variables by which programs of an environment are found; none for our own."""
        if python == self.python:
            return {}
        programs = Path(python).parent
        return {
            "PATH": f"{programs}{os.pathsep}{environment()['PATH']}",
            "VIRTUAL_ENV": str(programs.parent),
        }

    async def _place(self, wanted: Requirements) -> Place:
        """Where the environment is, or will be: one for each Python and set of requirements."""
        folder = self._folder or Path()
        if not self._about:
            _made(folder)
            ran = await run(_KIT, _call(folder), (self.python, "-I", "-c", _ABOUT), _forget)
            if ran.why:
                raise Unavailable(f"{self.python} cannot be asked which Python it is: {ran.why}.")
            self._about = ran.stdout
        key = hashlib.sha256(f"{self._about}\0{wanted.digest}".encode()).hexdigest()
        return Place(folder / key[:32])

    async def _built(self, place: Place, wanted: Requirements, *, again: bool) -> Condition:
        """Wait until it is built, here or by another process.

        Carried through, whoever is cancelled: others may wait for it, or will need it.
        """
        task = self._building.get(place.folder)
        if task is None:
            task = asyncio.create_task(self._build(place, wanted, again=again))
            self._building[place.folder] = task
            task.add_done_callback(lambda _: self._building.pop(place.folder))
        return await asyncio.shield(task)

    async def _build(self, place: Place, wanted: Requirements, *, again: bool) -> Condition:
        try:
            while True:
                with place.held() as ours:
                    if ours:
                        known = place.known()
                        if known.state is State.READY or (
                            known.state is State.FAILED and not again
                        ):
                            return known
                        return await self._attempt(place, wanted)
                # What another process is doing now is as new as it could be here.
                again = False
                await asyncio.sleep(_LOOK_EVERY)
        except (OSError, Unavailable) as error:
            _log.warning("%s cannot be built: %s", place.folder, error)
            return Condition(State.FAILED, told=str(error))

    async def _attempt(self, place: Place, wanted: Requirements) -> Condition:
        """Build it; NOT_BUILT when what was asked for has changed meanwhile."""
        _log.info("building the environment of the pack %s", wanted.pack.name)
        venv = place.anew()
        python = str(venv / "bin" / "python")
        pip = (sys.executable, "-I", "-m", "pip", "--python", python, "install", *_QUIET)
        for argv in (
            # Without pip: ours installs into it, and nothing that is not asked for is there.
            (self.python, "-I", "-m", "venv", "--without-pip", str(venv)),
            (*pip, "--requirement", str(wanted.file)),
        ):
            tail = _Tail()
            ran = await run(
                _KIT, _call(place.folder), argv, tail.take, cwd=wanted.pack, env=_for_pip()
            )
            if ran.why:
                told = tail.lines(ran)
                _log.warning("%s", _broken(wanted.pack.name, told))
                return place.settle(Condition(State.FAILED, told=told))
        if _asked(wanted.pack) != wanted:
            return Condition(State.NOT_BUILT)
        return place.settle(Condition(State.READY, python))


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


def _asked(pack: Path | None) -> Requirements | None:
    try:
        return requirements_of(pack) if pack is not None else None
    except OSError as error:
        raise Unavailable(f"{error.filename} cannot be read: {error.strerror}.") from error


def _made(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be made: {error.strerror}.") from error


def _call(folder: Path) -> Call:
    return Call("build", _BUILD, {}, _LONGEST, folder)


def _for_pip() -> dict[str, str]:
    """What the operator says about where packages come from."""
    return {name: value for name, value in os.environ.items() if _HANDED_ON.fullmatch(name)}


def _broken(pack: str, told: str) -> str:
    last = next(iter(reversed(told.splitlines())), "").strip().rstrip(".")
    return (
        f"The environment of the pack {pack} could not be built: {last[:300]}. "
        f"tocsin pack show {pack} tells more; tocsin pack prepare {pack} tries again."
    )


def _forget(stream: Stream, text: str) -> None:
    del stream, text
