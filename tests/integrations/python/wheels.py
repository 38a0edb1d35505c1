"""Packages that pip installs, made here, so that no index is asked."""

from __future__ import annotations

import zipfile
from pathlib import Path

_SAYS = "import {name}\ndef main():\n    print({name}.version)\n"


def wheel(folder: Path, name: str, version: str = "1.0", requires: str = "") -> Path:
    """A package with a module of its name, which holds its version, and a program of its name.

    Source: the binary distribution format of the Python Packaging User Guide.
    """
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{name}_program.py": _SAYS.format(name=name),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + (f"Requires-Dist: {requires}\n" if requires else ""),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}_program:main\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{each},,\n" for each in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as packed:
        for inside, text in files.items():
            packed.writestr(inside, text)
    return path
