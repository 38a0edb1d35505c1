"""Fetches the browser files of others that we ship, and checks what is committed.

`vendor.toml` beside this file says what is wanted: npm package, version, licence, and
each file with its SHA-256. They lie in `web/static/vendor/<folder>/`, each package beside
its LICENSE, and are committed, so that nobody who installs or runs Tocsin needs Node.

    python tools/vendor.py           fetch with `npm pack`, check, copy
    python tools/vendor.py --check   check what is committed, offline
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "web" / "static" / "vendor"
_LEAD = "package/"
"""Where npm puts everything inside a tarball."""


@dataclass(frozen=True, slots=True)
class Package:
    """One package of `vendor.toml`.

    Attributes:
        licence: SPDX identifier of what its LICENSE file says; some state it nowhere else.
        folder: Below the vendor folder.
        files: Path inside the package to the SHA-256 of its content, in hexadecimal.
    """

    name: str
    version: str
    licence: str
    folder: str
    files: dict[str, str]

    def place(self, path: str) -> Path:
        """Where a file of the package is committed."""
        return TARGET / self.folder / Path(path).name


def packages() -> tuple[Package, ...]:
    """What `vendor.toml` asks for."""
    wanted = tomllib.loads((HERE / "vendor.toml").read_text(encoding="utf-8"))
    return tuple(Package(**entry) for entry in wanted["package"])


def mistakes() -> Iterator[str]:
    """What is wrong with the committed files, a sentence each."""
    expected: set[Path] = set()
    for package in packages():
        if "LICENSE" not in package.files:
            yield f"{package.name}: its LICENSE is not among its files"
        for path, digest in package.files.items():
            place = package.place(path)
            expected.add(place)
            if not place.is_file():
                yield f"{place} is missing"
            elif hashlib.sha256(place.read_bytes()).hexdigest() != digest:
                yield f"{place} is not {package.name} {package.version}"
    for found in sorted(TARGET.rglob("*")):
        if found.is_file() and found not in expected:
            yield f"{found} is in no package of vendor.toml"


def fetch(package: Package, folder: Path) -> None:
    """Download one package and copy its files.

    Raises:
        SystemExit: A file's hash is another than vendor.toml says.
    """
    packed = subprocess.run(
        ["npm", "pack", "--json", f"{package.name}@{package.version}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    (name,) = [entry["filename"] for entry in json.loads(packed.stdout)]
    with tarfile.open(folder / name) as archive:
        for path, digest in package.files.items():
            content = _read(archive, path)
            actual = hashlib.sha256(content).hexdigest()
            if actual != digest:
                sys.exit(f"{package.name}: {path} has the SHA-256 {actual}")
            package.place(path).parent.mkdir(parents=True, exist_ok=True)
            package.place(path).write_bytes(content)


def _read(archive: tarfile.TarFile, path: str) -> bytes:
    member = archive.extractfile(_LEAD + path)
    if member is None:
        sys.exit(f"{archive.name} has no {path}")
    return member.read()


def main() -> None:
    """Fetch, unless only a check is asked for; then check."""
    if "--check" not in sys.argv[1:]:
        for package in packages():
            with tempfile.TemporaryDirectory() as folder:
                fetch(package, Path(folder))
    found = list(mistakes())
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main()
