"""Files as responses: saved by a browser, never run by it."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from chat.message import Attachment

_SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def download(file: Attachment) -> web.Response:
    """The file under its own name; only pictures are shown in place.

    A file that people uploaded is somebody else's content on our address, so it gets
    neither a guessed type nor anything it could run.

    Source: RFC 6266 for `filename*`.
    """
    kind = file.content_type.split(";", 1)[0].strip().lower()
    how = "inline" if kind in _SHOWN_INLINE else "attachment"
    plain = "".join(
        char if (char.isascii() and char.isalnum()) or char in "._-" else "_" for char in file.name
    )
    name = f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    return web.Response(
        body=file.content,
        headers={
            "Content-Type": file.content_type,
            "Content-Disposition": name,
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
