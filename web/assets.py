"""The browser's files: read once, named by their content, kept by browsers for good."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

ROOT = Path(__file__).resolve().parent / "static"
_FOREVER = "public, max-age=31536000, immutable"
_UNSERVED = frozenset({"lucide"})
"""Vendored folders whose files go into pages instead of being asked for."""

mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file.

    Attributes:
        packed: The content gzipped; None where that would not make it smaller.
    """

    content: bytes
    packed: bytes | None
    content_type: str


class Assets:
    """Every file below `static/`, served under one prefix that changes with any of them.

    One digest for the whole tree, and not one for each file, lets style sheets and
    modules name each other by relative paths.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self._assets = {
            path.relative_to(root).as_posix(): _read(path)
            for path in sorted(root.rglob("*"))
            if path.is_file() and path.parent.name not in _UNSERVED
        }
        whole = hashlib.sha256()
        for name, asset in self._assets.items():
            whole.update(f"{name}\0{len(asset.content)}\0".encode())
            whole.update(asset.content)
        self.digest = whole.hexdigest()[:16]

    def url(self, name: str) -> str:
        """Where the file is served.

        Raises:
            KeyError: There is no such file; a template names it wrongly.
        """
        if name not in self._assets:
            raise KeyError(name)
        return f"/static/{self.digest}/{name}"

    async def serve(self, request: web.Request) -> web.Response:
        """One file. An old digest gets the present file, but uncached."""
        asset = self._assets.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound(text="There is no such file.")
        current = request.match_info["digest"] == self.digest
        headers = {
            "Cache-Control": _FOREVER if current else "no-cache",
            "Content-Type": asset.content_type,
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept-Encoding",
        }
        if asset.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=asset.packed, headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=asset.content, headers=headers)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "text/plain"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    packed = gzip.compress(content, mtime=0)
    smaller = len(packed) < len(content) * 9 // 10
    return Asset(content, packed if smaller else None, kind)
