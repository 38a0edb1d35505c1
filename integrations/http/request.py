"""A request to send, and what came back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message

from yarl import URL

from automation.hidden import clipped
from automation.values import Json
from chat.errors import BadInput

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNCLEAN = re.compile(r"[\x00-\x20\x7f]")
_IN_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_IN_COOKIE = re.compile(r"[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]")


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        url: Absolute, http or https, without user and password; made by `read_url`.
        headers: By name; made by `checked_headers`.
        timeout: Seconds for all of it, redirects and body included; None for no limit.
        verify: Whether the other side must prove by its certificate who it is.
        redirects: How many are followed at most; None hands out the first one instead.
        size_limit: Bytes that the body of the answer may have, unpacked.
    """

    method: str
    url: URL
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    timeout: float | None = 30.0
    verify: bool = True
    redirects: int | None = 5
    size_limit: int = 1024 * 1024

    def header(self, name: str) -> str | None:
        """A header's value, however its name is written; None without one."""
        wanted = name.casefold()
        return next(
            (value for key, value in self.headers.items() if key.casefold() == wanted), None
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        reason: The words behind the status code.
        headers: Names as they came; several of one name are joined by a comma.
        body: Unpacked.
        url: Where it came from in the end.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    url: URL

    def header(self, name: str) -> str:
        """A header's value, however its name is written; empty without one."""
        return _header(self.headers, name) or ""

    @property
    def text(self) -> str:
        """The body as text, by the encoding its header names, or else UTF-8."""
        try:
            return self.body.decode(self._content_type.get_content_charset("utf-8"), "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    @property
    def _content_type(self) -> Message:
        message = Message()
        message["Content-Type"] = self.header("Content-Type") or "application/octet-stream"
        return message

    def json(self) -> Json:
        """The body as JSON.

        Raises:
            ValueError: It is none, says that it is something else, or is nested too deeply.
        """
        kind, text = self._content_type.get_content_type(), self.text
        if not kind.endswith(("/json", "+json")) and not text.lstrip().startswith(("{", "[")):
            raise ValueError("is not said to be JSON")
        try:
            return json.loads(text, parse_constant=_no_constant)
        except RecursionError:
            raise ValueError("is nested too deeply") from None


def _header(headers: Mapping[str, str], name: str) -> str | None:
    wanted = name.casefold()
    return next((value for key, value in headers.items() if key.casefold() == wanted), None)


def _no_constant(word: str) -> Json:
    raise ValueError(f"{word} is no JSON")


def read_url(text: str, place: str = "url") -> tuple[URL, tuple[str, str] | None]:
    """A URL, and the user and password that were written into it.

    Raises:
        BadInput: It is no absolute URL of http or https.
    """
    wrong = f"{place} is “{clipped(text, 200)}”"
    if _UNCLEAN.search(text):
        raise _bad(place, f"{wrong}, which holds a space or a control character; write it as %20.")
    try:
        url = URL(text)
        scheme, host, login = url.scheme, url.host, (url.user, url.password)
    except ValueError as error:
        raise _bad(place, f"{wrong}, which is no URL: {error}") from None
    if scheme not in {"http", "https"} or not host:
        raise _bad(place, f"{wrong}; give one that begins with http:// or https:// and a host.")
    user, password = login
    found = None if user is None and password is None else (user or "", password or "")
    return url.with_user(None).with_fragment(None), found


def checked_headers(headers: Mapping[str, Json]) -> dict[str, str]:
    """Headers whose names and values can do no harm.

    Raises:
        BadInput: A name or a value could be taken for something else by the other side.
    """
    found: dict[str, str] = {}
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise _bad(
                "headers", f"headers has “{clipped(name, 60)}”, which can be no header's name."
            )
        if name.casefold() in {"content-length", "transfer-encoding", "connection"}:
            raise _bad("headers", f"headers has {name}, which is set by itself; leave it out.")
        text = as_text(value)
        if _IN_HEADER.search(text):
            problem = f"The header {name} has a value with a line end or a control character."
            raise _bad("headers", problem)
        found[name] = text
    return found


def cookie_header(cookies: Mapping[str, Json]) -> str:
    """Cookies as the header says them.

    Source: RFC 6265, section 4.2.1.

    Raises:
        BadInput: A name or a value could be taken for another cookie.
    """
    parts: list[str] = []
    for name, value in cookies.items():
        text = as_text(value)
        if not _TOKEN.fullmatch(name) or _IN_COOKIE.search(text):
            problem = (
                f"The cookie “{clipped(name, 60)}” has a name or a value that no cookie can have; "
                "spaces, quotes, commas, semicolons and backslashes must be percent-encoded."
            )
            raise _bad("cookies", problem)
        parts.append(f"{name}={text}")
    return "; ".join(parts)


def as_text(value: Json) -> str:
    """A single value as it is written into a header or a query."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _bad(place: str, message: str) -> BadInput:
    return BadInput(message, details={place: "is not accepted"})
