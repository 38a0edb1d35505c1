"""Files: pictures within a message, others into somebody's own files when they agree.

A bot may put no file into a channel. Source: Microsoft Learn, "Send and receive files
through the bot".
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from datetime import timedelta
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
from botbuilder.schema import Activity  # pyright: ignore[reportMissingTypeStubs]
from botbuilder.schema import Attachment as Attached  # pyright: ignore[reportMissingTypeStubs]

from adapters.teams.activities import file_consent, file_info
from adapters.teams.seal import Seal
from chat.clock import Clock
from chat.errors import BadInput, Unavailable
from chat.memory import MemoryActs, MemoryStores
from chat.message import Attachment
from chat.payload import part, parts

FILE = "file"
"""What a button's token is sealed as that fetches a file."""
INLINE = 40_000
"""Bytes of a picture that a message may carry; as base64 and UTF-16 it takes 2.7 times that."""
MOST = 4_000_000
"""Bytes of a file, packed, that are kept until somebody takes it."""
_KEPT = timedelta(days=7)
_LIST = "teams:files"
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif"})
_TYPED = 1_000_000
_HOSTS = (".sharepoint.com", ".sharepoint.us", ".sharepoint.cn", ".sharepoint-mil.us")
_TIMEOUT = aiohttp.ClientTimeout(total=60)
_READING = aiohttp.ClientTimeout(total=8)


def picture(file: Attachment) -> Attached | None:
    """The file as part of a message; None when it is none that a message can carry."""
    if file.content_type not in _PICTURES or len(file.content) > INLINE:
        return None
    data = base64.b64encode(file.content).decode()
    url = f"data:{file.content_type};base64,{data}"
    return Attached(content_type=file.content_type, content_url=url, name=file.name)


class Files:
    """Keeps files until they are taken, and takes them where they are wanted."""

    def __init__(self, acts: MemoryActs, clock: Clock, seal: Seal, *, insecure: bool) -> None:
        """Wire it.

        Args:
            acts: Where files wait.
            clock: For how long.
            seal: Seals whose file it is.
            insecure: Whether files may go to and come from any address, as on a stand-in.
        """
        self._acts = acts
        self._clock = clock
        self._seal = seal
        self._insecure = insecure

    async def keep(self, file: Attachment, key: str) -> str:
        """Keep a file for a week; a token for it. With the same key it is kept once.

        Raises:
            BadInput: It is too large.
        """
        packed = base64.b64encode(zlib.compress(file.content)).decode()
        if len(packed) > MOST:
            raise BadInput(
                f"{file.name} is too large to be sent by Teams. Get it on Tocsin's own pages."
            )
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        until = (self._clock.now() + _KEPT).timestamp()
        held = json.dumps([file.name, file.content_type, packed])

        def act(to: MemoryStores) -> None:
            waiting: dict[str, float] = json.loads(to.settings.get(_LIST) or "{}")
            now = self._clock.now().timestamp()
            for old in [old for old, end in waiting.items() if end < now]:
                to.settings.put(f"teams:file:{old}", "")
                del waiting[old]
            to.settings.put(_LIST, json.dumps({**waiting, name: until}))
            to.settings.put(f"teams:file:{name}", held)

        await self._acts.run(act)
        return self._seal.close(FILE, name)

    async def kept(self, token: object) -> Attachment | None:
        """The file; None when it is none of ours, or gone."""
        name = self._seal.open(FILE, token)
        if not isinstance(name, str):
            return None
        held = await self._acts.read(lambda to: to.settings.get(f"teams:file:{name}"))
        if not held:
            return None
        title, kind, packed = cast("list[str]", json.loads(held))
        return Attachment(title, kind, zlib.decompress(base64.b64decode(packed)))

    async def offer(self, file: Attachment, token: str, about: str, person: str) -> Activity:
        """The question whether somebody wants it among their files."""
        context = {"t": token, "p": self._seal.close("for", person)}
        return file_consent(file.name, len(file.content), about, context)

    async def put(self, value: dict[str, Any], person: str) -> Activity | None:
        """Put a file where the platform says, once somebody agreed; what to tell them then.

        Raises:
            Unavailable: It could not be put there.
        """
        context = part(value, "context")
        upload = part(value, "uploadInfo")
        if self._seal.open("for", context.get("p")) != person or value.get("action") != "accept":
            return None
        file = await self.kept(context.get("t"))
        url = str(upload.get("uploadUrl") or "")
        if file is None or not self._trusted(url):
            return None
        last = len(file.content) - 1
        headers = {"Content-Range": f"bytes 0-{last}/{last + 1}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.put(
                    url, data=file.content, headers=headers, allow_redirects=False
                ) as answer,
            ):
                answer.raise_for_status()
                if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
                    # It sends us elsewhere, to whom we do not know.
                    raise Unavailable("The file could not be put into your files.")
        except (TimeoutError, aiohttp.ClientError) as error:
            raise Unavailable("The file could not be put into your files.") from error
        return file_info(
            str(upload.get("name") or file.name),
            str(upload.get("contentUrl") or ""),
            str(upload.get("uniqueId") or ""),
            str(upload.get("fileType") or ""),
        )

    async def typed(self, activity: dict[str, Any]) -> tuple[Attachment, ...]:
        """Files that somebody sent with a line in their chat with the bot; up to 1 MB each."""
        found: list[Attachment] = []
        for each in parts(activity, "attachments")[:5]:
            if each.get("contentType") != "application/vnd.microsoft.teams.file.download.info":
                continue
            content = part(each, "content")
            file = await self._fetched(str(each.get("name") or "file"), content)
            if file is not None:
                found.append(file)
        return tuple(found)

    async def _fetched(self, name: str, content: dict[str, Any]) -> Attachment | None:
        url = str(content.get("downloadUrl") or "")
        if not self._trusted(url):
            return None
        try:
            async with (
                aiohttp.ClientSession(timeout=_READING) as session,
                session.get(url, allow_redirects=False) as answer,
            ):
                answer.raise_for_status()
                body = await answer.content.read(_TYPED + 1)
                while len(body) <= _TYPED and (more := await answer.content.read(_TYPED)):
                    body += more
        except (TimeoutError, aiohttp.ClientError):
            return None
        if len(body) > _TYPED:
            return None
        return Attachment(name, answer.content_type, body)

    def _trusted(self, url: str) -> bool:
        """Whether an address that an event names is one of the platform's file stores."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        return self._insecure or (parts.scheme == "https" and host.endswith(_HOSTS))
