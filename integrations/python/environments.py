"""The Pythons that packs run in: built at first need from what they require, and shared."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from automation.actions.runner import Stream
from automation.packs.overrides import read_overrides
from chat.errors import Unavailable
from integrations.process.environment import environment
from integrations.process.run import run
from integrations.python.building import KIT, Builder, building_call
from integrations.python.place import Condition, Place, State
from integrations.python.wanted import Wanted, wanted_of

_log = logging.getLogger("tocsin.packs")

_LOOK_EVERY = 0.2
_ABOUT = (
    "import sys, sysconfig\n"
    "print(sys.implementation.cache_tag, sys.base_prefix, sysconfig.get_platform())"
)

Say = Callable[[str], None]


class Environments:
    """Keeps one for each set of requirements, and builds it once, whoever needs it first."""

    def __init__(self, python: str, folder: Path | None, overrides: Path | None = None) -> None:
        """Get ready.

        Args:
            python: What packs without requirements run in, and what the others' are made from.
            folder: Where they are kept; None keeps none, so that all packs run in `python`.
            overrides: The operator's file of what stands in for packs' requirements; it is
                looked at anew each time.
        """
        self._overrides = overrides
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
            wanted = await self._asked(pack)
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
        while (wanted := await self._asked(pack)) is not None and self._folder is not None:
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
        wanted = await self._asked(pack)
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

    async def _asked(self, pack: Path | None) -> Wanted | None:
        # In a thread: a pack may have thousands of files.
        return await asyncio.to_thread(self._wanted, pack) if pack is not None else None

    def _wanted(self, pack: Path) -> Wanted | None:
        try:
            overrides, mistakes = read_overrides(self._overrides)
            if mistakes:
                raise Unavailable(f"{mistakes[0]}. Mend it, or remove it.")
            return wanted_of(pack, overrides)
        except OSError as error:
            raise Unavailable(f"{error.filename} cannot be read: {error.strerror}.") from error

    async def _place(self, wanted: Wanted) -> Place:
        """Where the environment is, or will be: one for each Python and set of requirements."""
        folder = self._folder or Path()
        if not self._about:
            _made(folder)
            ran = await run(KIT, building_call(folder), (self.python, "-I", "-c", _ABOUT), _forget)
            if ran.why:
                raise Unavailable(f"{self.python} cannot be asked which Python it is: {ran.why}.")
            self._about = ran.stdout
        key = hashlib.sha256(f"{self._about}\0{wanted.digest}".encode()).hexdigest()
        return Place(folder / key[:32])

    async def _built(self, place: Place, wanted: Wanted, *, again: bool) -> Condition:
        """Wait until it is built, here or by another process.

        Carried through, whoever is cancelled: others may wait for it, or will need it.
        """
        task = self._building.get(place.folder)
        if task is None:
            task = asyncio.create_task(self._build(place, wanted, again=again))
            self._building[place.folder] = task
            task.add_done_callback(lambda _: self._building.pop(place.folder))
        return await asyncio.shield(task)

    async def _build(self, place: Place, wanted: Wanted, *, again: bool) -> Condition:
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

    async def _attempt(self, place: Place, wanted: Wanted) -> Condition:
        """Build it; NOT_BUILT when what was asked for has changed meanwhile."""
        _log.info("building the environment of the pack %s", wanted.pack.name)
        builder = Builder(self.python, place.folder, wanted)
        told = await builder.build(place.anew())
        if told:
            _log.warning("%s", _broken(wanted.pack.name, told))
            return place.settle(Condition(State.FAILED, told=told))
        if await self._asked(wanted.pack) != wanted:
            return Condition(State.NOT_BUILT)
        return place.settle(Condition(State.READY, builder.python, builder.missing))


def _made(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{folder} cannot be made: {error.strerror}.") from error


def _broken(pack: str, told: str) -> str:
    last = next(iter(reversed(told.splitlines())), "").strip().rstrip(".")
    return (
        f"The environment of the pack {pack} could not be built: {last[:300]}. "
        f"tocsin pack show {pack} tells more; tocsin pack prepare {pack} tries again."
    )


def _forget(stream: Stream, text: str) -> None:
    del stream, text
