"""The one registry of actions: every pack's, from the folders they lie in."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from automation.actions.action import Action, Parameter
from automation.actions.freshness import library
from automation.actions.lines import FileMistake
from automation.actions.metadata import Surroundings, read_action
from automation.actions.requirements import FILE as REQUIREMENTS
from automation.templates.mistake import near
from chat.errors import BadInput, NotFound

_log = logging.getLogger("tocsin.actions")

SHIPPED = Path(__file__).resolve().parent.parent.parent / "packs"
"""The packs that come with the product."""
_Mark: TypeAlias = tuple[int, int, int, int] | None
"""Inode, bytes, and nanoseconds of the last write and the last change; None for no file."""
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


class Registry:
    """Every action there is.

    Attributes:
        mistakes: What is wrong in the packs' files.
    """

    def __init__(
        self,
        runners: Mapping[str, tuple[Parameter, ...]],
        folders: Iterable[Path] = (SHIPPED,),
        actions: Iterable[Action] = (),
    ) -> None:
        """Read every pack.

        Args:
            runners: What each runner takes, by its name.
            folders: Folders with a folder for each pack; of two packs of one name the
                later one counts.
            actions: Given in code.
        """
        self._runners = dict(runners)
        self._folders = tuple(folders)
        self._given = tuple(actions)
        self._actions: dict[str, Action] = {}
        self._described_in: Mapping[str, Path] = {}
        self._seen: Mapping[Path, _Mark] = {}
        self.mistakes: tuple[FileMistake, ...] = ()
        self.reload()

    def reload(self) -> None:
        """Read everything anew."""
        found: dict[str, Action] = {}
        described: dict[str, Path] = {}
        wrong: list[FileMistake] = []
        seen = self._marks()
        for pack in self._packs():
            around = Surroundings(pack.name, pack, self._runners, library(pack))
            for path in _files(pack):
                action, mistakes = read_action(path, around)
                wrong += mistakes
                if action is not None:
                    found[action.ref], described[action.ref] = action, path
        found.update((action.ref, action) for action in self._given)
        # All at once and with the marks from before: of two threads that read at the same
        # time the slower one may win, and that is then seen at the next look.
        self._seen, self._described_in = seen, described
        self._actions, self.mistakes = found, tuple(wrong)
        for mistake in wrong:
            _log.warning("%s", mistake)

    def reload_if_changed(self) -> bool:
        """Read everything anew when a file has come, gone or changed; whether that was so."""
        if self._marks() == self._seen:
            return False
        self.reload()
        return True

    def current(self, ref: str) -> Action:
        """As `find`, of the file as it is at this moment.

        For what is about to be approved or done, where a look every few seconds is too late.

        Raises:
            NotFound, BadInput: As `find`.
        """
        action = self.find(ref)
        path = self._described_in.get(action.ref)
        if path is None or _mark(path) == self._seen.get(path):
            return action
        self.reload()
        return self.find(ref)

    def find(self, ref: str) -> Action:
        """An action by its ref, or by its name where only one pack has such a one.

        Raises:
            NotFound: There is none.
            BadInput: Several packs have one of that name.
        """
        wanted = ref.strip()
        if wanted in self._actions:
            return self._actions[wanted]
        fitting = [action for action in self._actions.values() if action.name == wanted]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            refs = ", ".join(sorted(action.ref for action in fitting))
            raise BadInput(
                f"Several packs have an action “{wanted[:60]}”: {refs}. Give one of these.",
                code="AMBIGUOUS",
                details={"action": f"one of {refs}"},
            )
        words = {word for action in self._actions.values() for word in (action.ref, action.name)}
        raise NotFound(
            f"There is no action “{wanted[:60]}”.{near(wanted, words)} "
            "/action list shows them all.",
            details={"action": "is unknown"},
        )

    def all(self) -> tuple[Action, ...]:
        """Every action, by ref."""
        return tuple(self._actions[ref] for ref in sorted(self._actions))

    def packs(self) -> tuple[Path, ...]:
        """The folders of all packs, the later of two with one name."""
        return tuple(self._packs())

    def _packs(self) -> Iterator[Path]:
        by_name: dict[str, Path] = {}
        for folder in self._folders:
            if folder.is_dir():
                for path in sorted(folder.iterdir()):
                    if (path / "pack.yaml").is_file():
                        by_name[path.name] = path
        yield from by_name.values()

    def _marks(self) -> dict[Path, _Mark]:
        return {
            path: _mark(path)
            for pack in self._packs()
            for path in (pack / REQUIREMENTS, *_inside(pack, "actions"), *_inside(pack, "lib"))
            if path.is_file() and "__pycache__" not in path.parts
        }


def _mark(path: Path) -> _Mark:
    """What tells one state of a file from another, an older one that was put back, too.

    The time of the last write is what whoever writes says it is; the time of the last change
    is the system's own.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _inside(pack: Path, folder: str) -> list[Path]:
    return sorted((pack / folder).rglob("*"))


def _files(pack: Path) -> list[Path]:
    actions = pack / "actions"
    if not actions.is_dir():
        return []
    return [path for path in sorted(actions.iterdir()) if path.suffix in _SUFFIXES]
