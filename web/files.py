"""Files attached to messages: taken in, and given out so that none can act as a page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import BodyPartReader, MultipartReader, web

from chat.errors import BadInput
from chat.message import Attachment
from web.ask import Ask
from web.messages import PICTURES, size_of

MAX_FILE = 10_000_000
MAX_FILES = 10
_MAX_FIELD = 100_000
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Posted:
    """A form with files."""

    fields: dict[str, str]
    files: tuple[Attachment, ...]


async def posted(request: web.Request) -> Posted:
    """The fields and files of a multipart form.

    Raises:
        BadInput: It is no such form, too large, or did not arrive in time.
    """
    if not request.content_type.startswith("multipart/"):
        raise BadInput("This form could not be read. Load the page again.")
    fields: dict[str, str] = {}
    files: list[Attachment] = []
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            await _take(part, fields, files)
    except web.HTTPRequestTimeout as error:
        raise BadInput("The upload took too long. Try again, or send a link instead.") from error
    except (ValueError, AssertionError) as error:
        raise BadInput("This form could not be read. Load the page again.") from error
    return Posted(fields, tuple(files))


async def _take(
    part: MultipartReader | BodyPartReader, fields: dict[str, str], files: list[Attachment]
) -> None:
    """Add one part of the form to what it is."""
    if not isinstance(part, BodyPartReader) or part.name is None:
        raise BadInput("This form could not be read. Load the page again.")
    if part.filename is None:
        fields[part.name] = (await _read(part, _MAX_FIELD, part.name)).decode("utf-8", "replace")
        return
    content = await _read(part, MAX_FILE, part.filename)
    if not part.filename and not content:
        return  # the file field was left empty
    if len(files) == MAX_FILES:
        raise BadInput(f"At most {MAX_FILES} files go with one message.")
    kind = part.headers.get("Content-Type", "application/octet-stream").partition(";")[0].strip()
    name = part.filename.replace("\\", "/").rpartition("/")[2].strip() or "file"
    files.append(Attachment(name, kind.casefold(), content))


async def _read(part: BodyPartReader, most: int, name: str) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        content += chunk
        if len(content) > most:
            raise BadInput(f"“{name[:60]}” is larger than {size_of(most)}. Send a link instead.")
    return bytes(content)


async def show(ask: Ask) -> web.Response:
    """One file: pictures in the page, everything else to be saved."""
    file = await ask.desks.rooms.file(ask.person, ask.path("file"))
    picture = file.content_type in PICTURES
    way = "inline" if picture and "download" not in ask.request.query else "attachment"
    return web.Response(
        body=file.content,
        headers={
            "Content-Type": file.content_type if picture else "application/octet-stream",
            "Content-Disposition": f"{way}; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )
