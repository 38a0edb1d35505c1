"""Files as responses: saved by a browser, never run by it."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from chat.message import Attachment

_SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def download(file: Attachment) -> web.Response:
    """The file under its own name; only pictures are shown in place."""
    return web.Response(body=file.content, headers=_headers(file.name, file.content_type))


def streamed(path: Path) -> web.FileResponse:
    """The same for a file that is read while it is sent, however large it is."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return web.FileResponse(path, headers=_headers(path.name, kind))


def _headers(name: str, content_type: str) -> dict[str, str]:
    """What goes with a file.

    A file that people uploaded is somebody else's content on our address, so it gets
    neither a guessed type nor anything it could run.

    Source: RFC 6266 for `filename*`.
    """
    kind = content_type.split(";", 1)[0].strip().lower()
    how = "inline" if kind in _SHOWN_INLINE else "attachment"
    plain = "".join(
        char if (char.isascii() and char.isalnum()) or char in "._-" else "_" for char in name
    )
    called = f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {
        "Content-Type": content_type,
        "Content-Disposition": called,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
