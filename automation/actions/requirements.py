"""What a pack asks of the Python that its actions run in.

Source: the format of pip's requirements files; StackStorm's place for one in a pack.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILE = "requirements.txt"
_COMMENT = re.compile(r"(^|\s+)#.*$")
_OTHER = re.compile(r"(?:-r|-c|--requirement|--constraint)[\s=]*(?P<file>\S+)")
_NEARBY = re.compile(r"^(-e|-f|--editable|--find-links|\.|/)|file:|@\s*\.|\.whl\b")


@dataclass(frozen=True, slots=True)
class Requirements:
    """What is asked for.

    Attributes:
        pack: The pack's folder, which paths in the file are relative to.
        digest: Equal where the same is asked for, so that packs may share an environment.
            What lies in the pack itself is the same for that pack only.
    """

    pack: Path
    digest: str

    @property
    def file(self) -> Path:
        """What pip is given."""
        return self.pack / FILE


def requirements_of(pack: Path) -> Requirements | None:
    """What a pack asks for; None when that is nothing.

    Raises:
        OSError: Its file cannot be read.
    """
    lines = tuple(_lines(pack / FILE, set()))
    if not lines:
        return None
    found = hashlib.sha256("\n".join(lines).encode())
    if any(_NEARBY.search(line) for line in lines):
        found.update(b"\0" + str(pack.resolve()).encode())
    return Requirements(pack, found.hexdigest())


def requirement_lines(pack: Path) -> tuple[str, ...]:
    """Each line of what a pack asks for, those of files it names in their place.

    Constraint files stay named, by their whole path.

    Raises:
        OSError: A file cannot be read.
    """
    return tuple(_flat(pack / FILE, set()))


def _flat(file: Path, seen: set[Path]) -> Iterator[str]:
    if file in seen or not file.is_file():
        return
    seen.add(file)
    text = file.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
    for written in text.splitlines():
        line = _COMMENT.sub("", written).strip()
        other = _OTHER.match(line)
        if other is None:
            yield from (line,) if line else ()
        elif line.startswith(("-c", "--constraint")):
            yield f"--constraint {(file.parent / other['file']).resolve()}"
        else:
            yield from _flat(file.parent / other["file"], seen)


def _lines(file: Path, seen: set[Path]) -> Iterator[str]:
    """Its lines without comments, those of the files it names among them."""
    if file in seen or not file.is_file():
        return  # A file that is missing is pip's to complain of.
    seen.add(file)
    for written in file.read_text(encoding="utf-8", errors="replace").splitlines():
        line = _COMMENT.sub("", written).strip()
        if line:
            yield line
        if other := _OTHER.match(line):
            yield from _lines(file.parent / other["file"], seen)
