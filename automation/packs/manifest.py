"""Reads `pack.yaml`.

Source: StackStorm's pack metadata: `name`, `description`, `version` and `author` are needed;
keys that are not known are left alone.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

from automation.actions.lines import FileMistake, read_file
from automation.packs.documents import Manifest
from automation.packs.sheet import Sheet
from automation.values import Json
from chat.errors import BadInput

FILE = "pack.yaml"
REF = re.compile(r"[a-z0-9_]+")
_VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[\da-zA-Z-]+(\.[\da-zA-Z-]+)*)?"
    r"(\+[\da-zA-Z-]+(\.[\da-zA-Z-]+)*)?"
)
_ST2 = re.compile(r"((>=?|=|<=?)\s*\d+\.\d+\.\d+\s*,?\s*)+")
_READ = frozenset(
    (
        *("ref", "name", "description", "version", "author", "email", "keywords", "contributors"),
        *("dependencies", "stackstorm_version", "python_versions", "system"),
    )
)
_RESERVED = frozenset({"_global"})


def read_manifest(folder: Path) -> tuple[Manifest, tuple[FileMistake, ...]]:
    """What a pack says of itself, and what is wrong with that.

    Raises:
        BadInput: The folder is no pack: it has no `pack.yaml`, or that holds no object.
    """
    path = folder / FILE
    if not path.is_file():
        raise BadInput(
            f"{folder} is no pack: it has no {FILE}.", details={"path": f"has no {FILE}"}
        )
    lines, _, mistakes = read_file(path)
    if lines is None or not isinstance(lines.value, dict):
        why = str(mistakes[0]) if mistakes else f"{path} holds no object"
        raise BadInput(f"{folder} is no pack: {why}.", details={"path": why})
    sheet = Sheet(path, lines, cast("dict[str, Json]", lines.value))
    sheet.mistakes += mistakes
    name = sheet.text("name", needed=True)
    manifest = Manifest(
        ref=_ref(sheet, name, folder),
        name=name or folder.name,
        folder=folder,
        description=sheet.text("description", needed=True),
        version=_version(sheet),
        author=sheet.text("author", needed=True),
        email=sheet.text("email"),
        keywords=sheet.texts("keywords"),
        contributors=sheet.texts("contributors"),
        dependencies=sheet.texts("dependencies"),
        stackstorm_version=_stackstorm(sheet),
        python_versions=sheet.texts("python_versions"),
        system=sheet.mapping("system"),
        more={key: value for key, value in sheet.body.items() if key not in _READ},
    )
    return manifest, tuple(sheet.mistakes)


def _ref(sheet: Sheet, name: str, folder: Path) -> str:
    """As it says, or its name where that can be one, or else made of its name."""
    given = sheet.text("ref")
    if given in _RESERVED or (not given and name in _RESERVED):
        sheet.wrong("ref" if given else "name", f"is “{given or name}”, which is reserved")
    if REF.fullmatch(given):
        return given
    if given:
        sheet.wrong("ref", f"is “{given[:60]}”; small letters, digits and _ are accepted")
    elif name and not REF.fullmatch(name):
        sheet.wrong("name", "cannot stand in refs; give a ref of small letters, digits and _")
    made = re.sub(r"[^a-z0-9_]+", "_", (given or name or folder.name).lower()).strip("_")
    return made or "pack"


def _version(sheet: Sheet) -> str:
    version = sheet.text("version", needed=True)
    if version and _VERSION.fullmatch(version) is None:
        sheet.wrong("version", f"is “{version[:60]}”; give three numbers such as 1.0.0")
    return version


def _stackstorm(sheet: Sheet) -> str:
    wanted = sheet.text("stackstorm_version")
    if wanted and _ST2.fullmatch(wanted) is None:
        sheet.wrong("stackstorm_version", f"is “{wanted[:60]}”; give such as >=3.0.0, <4.0.0")
    return wanted
